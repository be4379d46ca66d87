#include "scenarios/city/apportion.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/chance.h"
#include "sim/error.h"

namespace throng {
namespace {

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

std::vector<u32> largest_remainder(std::span<const double> weights, u64 total) {
  std::vector<u32> out(weights.size(), 0);
  if (total == 0) {
    return out;
  }
  ensures(!weights.empty(), "something to apportion needs somewhere to go");
  const double sum = sum_of(weights);
  std::vector<double> rest(weights.size());
  u64 given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double share = sum > 0 ? weights[i] : 1.0;
    const double whole = sum > 0 ? sum : static_cast<double>(weights.size());
    const double exact = share * static_cast<double>(total) / whole;
    out[i] = static_cast<u32>(exact);
    rest[i] = exact - out[i];
    given += out[i];
  }
  std::vector<u32> order(weights.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](u32 a, u32 b) { return rest[a] > rest[b]; });
  for (std::size_t i = 0; given < total; i = (i + 1) % order.size(), ++given) {
    ++out[order[i]];
  }
  return out;
}

std::vector<u32> largest_remainder(std::span<const double> weights, u64 total,
                                   std::span<const u32> caps) {
  std::vector<u32> out(weights.size(), 0);
  ensures(std::accumulate(caps.begin(), caps.end(), u64{0}) >= total,
          "caps leave room for the total");
  std::vector<double> open(weights.begin(), weights.end());
  for (u64 left = total; left > 0;) {
    for (std::size_t i = 0; i < open.size(); ++i) {
      open[i] = out[i] < caps[i] ? open[i] : 0.0;
    }
    if (!(sum_of(open) >
          0)) {  // the weighted cells are full: the others, in proportion to their room
      for (std::size_t i = 0; i < open.size(); ++i) {
        open[i] = static_cast<double>(caps[i] - out[i]);
      }
    }
    const std::vector<u32> more = largest_remainder(open, left);
    for (std::size_t i = 0; i < open.size(); ++i) {
      const u32 taken = std::min(more[i], caps[i] - out[i]);
      out[i] += taken;
      left -= taken;
    }
  }
  return out;
}

void fit_margins(std::span<double> cells, std::span<const double> row_totals,
                 std::span<const double> column_totals, int rounds) {
  const std::size_t rows = row_totals.size(), columns = column_totals.size();
  ensures(cells.size() == rows * columns, "a table has rows x columns cells");
  std::vector<double> sums(columns);
  for (int round = 0; round < rounds; ++round) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::span<double> row = cells.subspan(r * columns, columns);
      const double sum = sum_of(row);
      const double factor = sum > 0 ? row_totals[r] / sum : 0.0;
      for (std::size_t c = 0; c < columns; ++c) {
        row[c] *= factor;
        sums[c] += row[c];
      }
    }
    for (std::size_t c = 0; c < columns; ++c) {
      sums[c] = sums[c] > 0 ? column_totals[c] / sums[c] : 0.0;
    }
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        cells[r * columns + c] *= sums[c];
      }
    }
  }
}

std::vector<u32> round_to_margins(std::span<const double> cells, std::span<const u32> row_totals,
                                  std::span<const u32> column_totals) {
  const std::size_t rows = row_totals.size(), columns = column_totals.size();
  std::vector<u32> row_left(row_totals.begin(), row_totals.end());
  std::vector<u32> column_left(column_totals.begin(), column_totals.end());
  ensures(std::accumulate(row_left.begin(), row_left.end(), u64{0}) ==
              std::accumulate(column_left.begin(), column_left.end(), u64{0}),
          "both margins of a table have one sum");
  std::vector<u32> out(cells.size(), 0), order;
  std::vector<double> rest(cells.size(), 0.0);
  const auto give = [&](std::size_t at, u32 wanted) {
    const u32 n = std::min({wanted, row_left[at / columns], column_left[at % columns]});
    out[at] += n;
    row_left[at / columns] -= n;
    column_left[at % columns] -= n;
  };
  for (std::size_t at = 0; at < cells.size(); ++at) {
    give(at, static_cast<u32>(std::min(cells[at], 4294967295.0)));
    rest[at] = cells[at] - out[at];
    if (cells[at] > 0) {
      order.push_back(static_cast<u32>(at));
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](u32 a, u32 b) { return rest[a] > rest[b]; });
  for (const u32 at : order) {
    give(at, 1);
  }
  std::stable_sort(order.begin(), order.end(), [&](u32 a, u32 b) { return cells[a] > cells[b]; });
  for (const u32 at : order) {
    give(at, ~0u);
  }
  for (std::size_t at = 0; at < rows * columns; ++at) {
    give(at, ~0u);
  }
  return out;
}

Seating::Seating(u32 n, u64 key) : n_(std::max(n, 1u)) {
  width_ = std::max(1u, static_cast<u32>(std::sqrt(static_cast<double>(n_))));
  height_ = (n_ + width_ - 1) / width_;
  for (u32 i = 0; i < 4; ++i) {
    key_[i] = static_cast<u32>(mix(key + 0x9E3779B97F4A7C15ull * (i + 1)) >> 16);
  }
}

}  // namespace throng
