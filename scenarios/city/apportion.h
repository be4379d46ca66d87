// Whole numbers from shares: largest remainders, proportional fitting, margins kept exactly, and a
// keyed bijection that deals people to seats. Basic arithmetic only, so the bits are the same
// anywhere.
#pragma once
#include <span>
#include <vector>

#include "sim/types.h"

namespace throng {

/// `total` things in proportion to `weights` (not negative, finite): floors, then the largest
/// remainders get one more, ties to the lower index. All-zero weights count as equal.
std::vector<u32> largest_remainder(std::span<const double> weights, u64 total);

/// As above, but at most caps[i] of each; what a cap refuses goes to the others. Needs total <= sum
/// of caps. Cells without weight are used only when the others are full.
std::vector<u32> largest_remainder(std::span<const double> weights, u64 total,
                                   std::span<const u32> caps);

/// Iterative proportional fitting of a row-major table to its margins; ends with the columns. Empty
/// rows and columns stay empty.
void fit_margins(std::span<double> cells, std::span<const double> row_totals,
                 std::span<const double> column_totals, int rounds);

/// A table of whole numbers near `cells` with both margins exact (their sums must be equal). A cell
/// of 0 is used only where the margins leave nothing else.
std::vector<u32> round_to_margins(std::span<const double> cells, std::span<const u32> row_totals,
                                  std::span<const u32> column_totals);

/// Rounds a sequence so that every partial sum is within 1 of the exact one (systematic rounding).
class RunningRounder {
 public:
  /// `offset` in [0, 1) shifts the grid: with a uniform offset the mean is exact.
  explicit RunningRounder(double offset) : sum_(offset) {}
  u32 take(double x) {
    sum_ += x;
    const u64 whole = static_cast<u64>(sum_);
    const u64 step = whole - given_;
    given_ = whole;
    return static_cast<u32>(step);
  }

 private:
  double sum_;
  u64 given_ = 0;
};

/// Who sits where: a keyed bijection on [0, n), a Feistel network over a rectangle just larger than
/// n, walked until the value is inside.
class Seating {
 public:
  Seating(u32 n, u64 key);
  u32 operator()(u32 x) const {
    do {
      x = once(x);
    } while (x >= n_);
    return x;
  }

 private:
  static u32 scramble(u32 x, u32 key) {
    x = (x ^ key) * 0x9E3779B1u;
    x = (x ^ x >> 15) * 0x85EBCA77u;
    x = (x ^ x >> 13) * 0xC2B2AE3Du;
    return x ^ x >> 16;
  }
  u32 once(u32 x) const {
    u32 high = x / width_, low = x % width_;
    for (int round = 0; round < 2; ++round) {
      high += static_cast<u32>(u64{scramble(low, key_[2 * round])} * height_ >> 32);
      high -= high >= height_ ? height_ : 0;
      low += static_cast<u32>(u64{scramble(high, key_[2 * round + 1])} * width_ >> 32);
      low -= low >= width_ ? width_ : 0;
    }
    return high * width_ + low;
  }
  u32 n_, width_ = 1, height_ = 1;
  u32 key_[4];
};

}  // namespace throng
