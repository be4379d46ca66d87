// exp, log, powers and the normal distribution from + - * / sqrt and bit casts alone: the same
// bits on every machine with IEEE doubles (built with -ffp-contract=off, rounding to nearest).
// The C library's versions differ between CPUs, so they never decide anything in a run. The forms
// over spans give the same bits as the forms for one value.
#pragma once
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "sim/error.h"
#include "sim/types.h"

namespace throng::math {

namespace parts {

inline constexpr double ln2_high = 0x1.62e42fefa38p-1;  // 42 bits: times an exponent it is exact
inline constexpr double ln2_low = 0x1.ef35793c7673p-45;
inline constexpr double to_integer = 0x1.8p52;  // adding it rounds a double to a whole number

/// 2^n for n in [-1022, 1023].
inline double power_of_two(i64 n) {
  return std::bit_cast<double>(static_cast<u64>(n + 1023) << 52);
}

/// A polynomial by Horner's rule, highest power first.
template <std::size_t n>
double polynomial(const double (&coefficient)[n], double x) {
  double sum = coefficient[0];
  for (std::size_t k = 1; k < n; ++k) {
    sum = sum * x + coefficient[k];
  }
  return sum;
}

/// (exp(r) - 1 - r) / r^2 for |r| <= 0.35, by its series to r^11 / 13!.
inline double exp_tail(double r) {
  constexpr double c[] = {1. / 6227020800, 1. / 479001600, 1. / 39916800, 1. / 3628800,
                          1. / 362880,     1. / 40320,     1. / 5040,     1. / 720,
                          1. / 120,        1. / 24,        1. / 6,        1. / 2};
  return polynomial(c, r);
}

}  // namespace parts

/// e^x. Error below 1 ulp (2 where the result is subnormal). 0 below -745.2, infinity above 709.79;
/// NaN stays NaN. No branches: a loop over it becomes SIMD.
inline double exp(double x) {
  const double low = x < -746.0 ? -746.0 : x;
  const double in_range = low > 710.0 ? 710.0 : low;
  const double shifted = in_range * 0x1.71547652b82fep0 + parts::to_integer;
  const double n = shifted - parts::to_integer;
  const u64 whole =
      std::bit_cast<u64>(shifted) - std::bit_cast<u64>(parts::to_integer);  // n, wrapping
  const double r = (in_range - n * parts::ln2_high) - n * parts::ln2_low;
  const double mantissa = 1.0 + (r + r * r * parts::exp_tail(r));
  // 2^n in two factors, since n reaches beyond what one exponent holds. n + 1100 > 0 makes the
  // halving a shift of unsigned numbers.
  const u64 half = ((whole + 1100) >> 1) - 550;
  const double first = std::bit_cast<double>((half + 1023) << 52);
  const double second = std::bit_cast<double>((whole - half + 1023) << 52);
  return mantissa * first * second;
}

/// ln x. Error below 1 ulp. -infinity at 0, NaN below. No branches: a loop over it becomes SIMD.
inline double log(double x) {
  constexpr double smallest_normal = 0x1p-1022;
  const bool subnormal = x < smallest_normal;
  const double normal = subnormal ? x * 0x1p54 : x;
  // x = 2^e m with m in [sqrt(1/2), sqrt(2)).
  const u64 bits = std::bit_cast<u64>(normal);
  const u64 offset = bits - std::bit_cast<u64>(0x1.6a09e667f3bcdp-1);
  // The exponent as a double, without a conversion of 64-bit integers: its 12 bits go into the
  // low end of 2^52, then 2^52 and the bias of 2048 go away again.
  const u64 exponent = ((offset >> 52) + 2048) & 4095;
  const double e = std::bit_cast<double>(exponent | 0x4330000000000000ull) - (0x1p52 + 2048.0) -
                   (subnormal ? 54.0 : 0.0);
  const double m = std::bit_cast<double>(bits - (offset & 0xFFF0000000000000ull));
  // With f = m - 1 and s = f / (2 + f): ln m = 2 atanh s = f - f^2/2 + s (f^2/2 + R(s^2)).
  constexpr double c[] = {2. / 23, 2. / 21, 2. / 19, 2. / 17, 2. / 15, 2. / 13,
                          2. / 11, 2. / 9,  2. / 7,  2. / 5,  2. / 3};
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double half_square = 0.5 * f * f;
  const double rest = s * (half_square + z * parts::polynomial(c, z)) + e * parts::ln2_low;
  const double finite = e * parts::ln2_high - ((half_square - rest) - f);
  const double above = x > std::numeric_limits<double>::max() ? x : finite;
  const double at_least_zero = x == 0.0 ? -std::numeric_limits<double>::infinity() : above;
  return x >= 0.0 ? at_least_zero : std::numeric_limits<double>::quiet_NaN();
}

/// ln(1 + x), exact for small x too. Error below 2 ulp.
inline double log1p(double x) {
  const double u = 1.0 + x;
  if (!(u > 0.0) || u > std::numeric_limits<double>::max()) {
    return log(u);
  }
  // What rounding 1 + x lost, divided by 1 + x.
  const double lost = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
  return u == 1.0 ? x : log(u) + lost / u;
}

/// e^x - 1, exact for small x too. Error below 4 ulp.
inline double expm1(double x) {
  if (x > -0.34 && x < 0.34) {
    return x + x * x * parts::exp_tail(x);
  }
  return exp(x) - 1.0;
}

/// x^y for x > 0 (0 for x = 0, y > 0; 1 for y = 0; otherwise NaN below 0) as exp(y ln x): relative
/// error below (2 + |y ln x|) 2^-52.
inline double pow(double x, double y) {
  if (y == 0.0 || x == 1.0) {
    return 1.0;
  }
  return exp(y * log(x));
}

/// P(Z <= z) of the standard normal distribution. Relative error below 1e-14 (below 0 too, down to
/// the smallest normal double at z = -37.5). Rational approximations of W. J. Cody (1969),
/// Mathematics of Computation 23, 631-637.
double normal_cdf(double z);

/// 2 P(Z > x sqrt 2). Relative error below (1 + x^2) 1e-14.
double erfc(double x);

/// The z with P(Z <= z) = p, for p in (0, 1); -infinity at 0, infinity at 1, NaN outside. Relative
/// error below 1e-14 (an absolute one of 1e-16 next to p = 1/2). Algorithm AS 241 (PPND16),
/// M. J. Wichura (1988), Applied Statistics 37, 477-484.
double normal_quantile(double p);

/// ln Gamma(x) for x > 0. Relative error below 1e-14, absolute where the result is below 1.
double log_gamma(double x);

/// The regularized incomplete gamma functions P(a, x) = integral from 0 to x of t^(a-1) e^-t dt /
/// Gamma(a), and Q = 1 - P, for a > 0, x >= 0. Relative error of the smaller of the two below
/// 1e-13 (1 + a) for a up to 1e4.
struct IncompleteGamma {
  double lower = 0;
  double upper = 1;
};
IncompleteGamma incomplete_gamma(double a, double x);

/// out[i] = f(in[i]); `out` may be `in`. Both of one length (ContractError).
void exp(std::span<const double> in, std::span<double> out);
void log(std::span<const double> in, std::span<double> out);
void normal_quantile(std::span<const double> in, std::span<double> out);

/// A direction in the plane.
struct Direction {
  double x = 1, y = 0;
};
/// The unit vector at `turn` of a whole turn counterclockwise from (1, 0), for |turn| below 2^50.
/// Each part is within 2^-52 of the exact one. From cos and sin of at most an eighth of a turn, by
/// their series.
inline Direction direction(double turn) {
  const double quarters = turn * 4 + parts::to_integer - parts::to_integer;
  const double a = (turn - quarters * 0.25) * 0x1.921fb54442d18p2, a2 = a * a;
  constexpr double c[] = {1. / 20922789888000, -1. / 87178291200, 1. / 479001600, -1. / 3628800,
                          1. / 40320,          -1. / 720,         1. / 24};
  constexpr double s[] = {-1. / 1307674368000, 1. / 6227020800, -1. / 39916800, 1. / 362880,
                          -1. / 5040,          1. / 120,        -1. / 6};
  const double cos = 1 - (a2 * 0.5 - a2 * a2 * parts::polynomial(c, a2));
  const double sin = a + a * a2 * parts::polynomial(s, a2);
  switch (static_cast<i64>(quarters) & 3) {
    case 0:
      return {cos, sin};
    case 1:
      return {-sin, cos};
    case 2:
      return {-cos, -sin};
    default:
      return {sin, -cos};
  }
}

}  // namespace throng::math
