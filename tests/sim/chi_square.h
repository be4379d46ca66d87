// Are counts what their probabilities say? By chi-square; prints what the test would notice.
#pragma once
#include <cmath>
#include <cstdio>
#include <vector>

#include "sim/types.h"

namespace throng::test {

/// True when the counts pass at p > 0.001 (Wilson and Hilferty's cube root of a chi-square is
/// normal).
inline bool chi_square(const char* what, const std::vector<u64>& count,
                       const std::vector<double>& probability) {
  u64 n = 0;
  for (const u64 c : count) {
    n += c;
  }
  double sum = 0, rarest = 1;
  int cells = 0;
  for (std::size_t k = 0; k < count.size(); ++k) {
    const double expected = probability[k] * static_cast<double>(n);
    if (expected == 0) {
      if (count[k] != 0) {
        std::printf("%s: %zu has probability 0 and came up\n", what, k);
        return false;
      }
      continue;
    }
    const double d = static_cast<double>(count[k]) - expected;
    sum += d * d / expected;
    rarest = std::fmin(rarest, probability[k]);
    ++cells;
  }
  const double freedom = cells - 1;
  const double spread = 2 / (9 * freedom);
  const double z = (std::cbrt(sum / freedom) - (1 - spread)) / std::sqrt(spread);
  const double error = std::sqrt((1 - rarest) / (static_cast<double>(n) * rarest));
  std::printf(
      "%s: n %llu, chi-square %.1f of %g, z %.2f, standard error of the rarest %.4f, notices %.1f "
      "%%\n",
      what, static_cast<unsigned long long>(n), sum, freedom, z, error, 400 * error);
  return z < 3.09;
}

}  // namespace throng::test
