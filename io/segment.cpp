#include "io/segment.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "io/publish.h"
#include "io/seal.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

/// f(a value of the type), as a column's values are stored.
template <class F>
auto with_type(DataType type, F&& f) {
  switch (type) {
    case DataType::u8_:
      return f(u8{});
    case DataType::u16_:
      return f(u16{});
    case DataType::u32_:
      return f(u32{});
    case DataType::u64_:
      return f(u64{});
    case DataType::i32_:
      return f(i32{});
    case DataType::i64_:
      return f(i64{});
    default:
      return f(double{});
  }
}

}  // namespace

std::string segment_name(Step from, Step to) {
  char name[48];
  std::snprintf(name, sizeof name, "out-%08u-%08u.h5", unsigned{from}, unsigned{to});
  return name;
}

std::vector<Segment> segments_until(const fs::path& folder, Step step) {
  std::vector<Segment> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    unsigned from = 0, to = 0;
    const std::string name = entry.path().filename().string();
    if (std::sscanf(name.c_str(), "out-%8u-%8u.h5", &from, &to) == 2 &&
        name == segment_name(static_cast<Step>(from), static_cast<Step>(to)) && to <= step) {
      all.push_back({static_cast<Step>(from), static_cast<Step>(to), entry.path()});
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.to < b.to; });
  Step reached = 0;
  for (const Segment& s : all) {
    if (s.from != reached) {
      throw IoError(s.path.string() + ": begins at step " + std::to_string(s.from) +
                    " and the segment before it ends at " + std::to_string(reached) +
                    " (one is missing). An older checkpoint may have all of its segments.");
    }
    reached = s.to;
  }
  if (all.empty() || reached != step) {
    throw IoError(folder.string() + ": has no segment that ends at step " + std::to_string(step) +
                  " (it was removed). An older checkpoint may have all of its segments.");
  }
  return all;
}

void SegmentKeeper::give_back(const std::vector<Segment>& segments) {
  for (const Segment& s : segments) {
    check_seal(s.path.string());
    files_.push_back(h5::File::open(s.path.string()));
  }
}

bool SegmentKeeper::has(std::string_view name) const {
  return std::any_of(files_.begin(), files_.end(),
                     [&](const h5::File& file) { return file.has(std::string(name)); });
}

Keeper::Kept SegmentKeeper::get(std::string_view name) {
  const std::string path(name);
  Kept kept;
  bool found = false;
  for (const h5::File& file : files_) {
    if (!file.has(path)) {
      continue;
    }
    const h5::Dataset data = file.dataset(path);
    for (u8 t = 0; t <= static_cast<u8>(DataType::f64_); ++t) {
      with_type(static_cast<DataType>(t), [&]<class T>(T) {
        if (data.type() != h5::type_of<T>()) {
          return;
        }
        const std::vector<T> values = data.read<T>();
        const auto width = data.number<u32>("width");
        if (width == 0) {
          kept.bytes.clear();
        }
        kept.type = static_cast<DataType>(t);
        kept.width = std::max(kept.width, width);
        const auto bytes = std::as_bytes(std::span(values));
        kept.bytes.insert(kept.bytes.end(), bytes.begin(), bytes.end());
      });
    }
    found = true;
  }
  if (!found) {
    throw InputError(files_.front().path() + ": '" + path +
                     "' is in none of the segments (another scenario or program wrote them). Go on "
                     "with those that wrote them.");
  }
  known_.insert(path);
  return kept;
}

void SegmentKeeper::put(std::string_view name, DataType type, u32 width,
                        std::span<const std::byte> bytes) {
  const auto at = pending_.find(name);
  if (at == pending_.end()) {
    const bool news = known_.emplace(name).second;
    if (news || !bytes.empty()) {
      pending_.emplace(std::string(name), Kept{type, width, {bytes.begin(), bytes.end()}});
    }
    return;
  }
  Kept& kept = at->second;
  if (width == 0) {
    kept.bytes.clear();
  }
  kept.width = std::max(kept.width, width);
  kept.bytes.insert(kept.bytes.end(), bytes.begin(), bytes.end());
}

void SegmentKeeper::write(const Segment& segment) {
  PendingFile pending(segment.path.string());
  {
    auto file = h5::File::create(pending.temporary(), segment.path.string());
    file.set_text("format", segment_format);
    file.set_number("format_version", u32{1});
    file.set_numbers("steps", std::span<const u32>({u32{segment.from}, u32{segment.to}}));
    for (const auto& [name, kept] : pending_) {
      with_type(kept.type, [&, &name = name, &kept = kept]<class T>(T) {
        std::vector<T> values(kept.bytes.size() / sizeof(T));
        std::memcpy(values.data(), kept.bytes.data(), kept.bytes.size());
        const u64 width = std::max<u32>(1, kept.width);
        auto made =
            file.create_dataset(name, h5::type_of<T>(),
                                width == 1 ? std::vector<u64>{values.size()}
                                           : std::vector<u64>{values.size() / width, width});
        made.write(std::span<const T>(values));
        made.set_number("width", kept.width);
        made.close();
      });
    }
    file.close();
  }
  seal_file(pending.temporary(), segment.path.string());
  pending.publish();
  pending_.clear();
}

}  // namespace throng
