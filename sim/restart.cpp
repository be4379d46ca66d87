#include "sim/restart.h"

#include <utility>

namespace throng {

std::size_t Keeper::count(std::string_view name, std::size_t now) {
  const auto at = counted_.find(name);
  if (at == counted_.end()) {
    counted_.emplace(name, now);
    return 0;
  }
  ensures(at->second <= now, "what a recorder keeps only grows");
  return std::exchange(at->second, now);
}

void Keeper::grows(std::string_view name, std::vector<std::vector<i64>>& rows) {
  if (keeps()) {
    const std::size_t first = count(name, rows.size());
    const std::size_t width = rows.empty() ? 0 : rows.front().size();
    std::vector<i64> values;
    for (std::size_t r = first; r < rows.size(); ++r) {
      ensures(rows[r].size() == width, "rows that are kept are of one width");
      values.insert(values.end(), rows[r].begin(), rows[r].end());
    }
    put(name, data_type<i64>(), static_cast<u32>(std::max<std::size_t>(1, width)),
        std::as_bytes(std::span(values)));
    return;
  }
  const Kept kept = get(name);
  ensures(kept.type == data_type<i64>() && kept.width > 0, "rows that are kept are whole numbers");
  const std::size_t row_bytes = kept.width * sizeof(i64);
  rows.assign(kept.bytes.size() / row_bytes, std::vector<i64>(kept.width));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::memcpy(rows[r].data(), kept.bytes.data() + r * row_bytes, row_bytes);
  }
  count(name, rows.size());
}

}  // namespace throng
