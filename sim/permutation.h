// A keyed bijection on [0, n): who sits where, and back, without a table.
#pragma once
#include <algorithm>
#include <bit>

#include "sim/chance.h"

namespace throng {

/// Four Feistel rounds over the next even power of two, walking the cycle until inside [0, n).
class Permutation {
 public:
  constexpr Permutation(u32 n, u64 key) : n_(n), key_(key) {
    const u32 bits = std::max(2u, static_cast<u32>(std::bit_width(n > 0 ? n - 1 : 0u)));
    half_ = (bits + 1) / 2;
    mask_ = (1u << half_) - 1;
  }
  constexpr u32 size() const { return n_; }
  /// Image of x, x < size().
  constexpr u32 operator()(u32 x) const {
    do {
      x = forth(x);
    } while (x >= n_);
    return x;
  }
  /// The x whose image is y.
  constexpr u32 inverse(u32 y) const {
    do {
      y = back(y);
    } while (y >= n_);
    return y;
  }

 private:
  constexpr u32 round(u32 x, u32 r) const {
    return static_cast<u32>(mix(key_ + x * 0x9E3779B97F4A7C15ull + r)) & mask_;
  }
  constexpr u32 forth(u32 x) const {
    u32 a = x >> half_, b = x & mask_;
    for (u32 r = 0; r < 4; ++r) {
      const u32 t = a ^ round(b, r);
      a = b;
      b = t;
    }
    return a << half_ | b;
  }
  constexpr u32 back(u32 x) const {
    u32 a = x >> half_, b = x & mask_;
    for (u32 r = 4; r-- > 0;) {
      const u32 t = b ^ round(a, r);
      b = a;
      a = t;
    }
    return a << half_ | b;
  }
  u32 n_, half_ = 0, mask_ = 0;
  u64 key_;
};

}  // namespace throng
