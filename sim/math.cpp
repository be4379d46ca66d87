#include "sim/math.h"

#include <cstddef>

namespace throng::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double one_over_sqrt_2pi = 0.398942280401432677939946;

// exp(-x^2 / 2) with x^2 in two parts, so that rounding it does not grow with x.
double gauss(double x) {
  const double scaled = x * 16.0;
  const double near = (scaled + parts::to_integer) - parts::to_integer;
  const double whole = near / 16.0;
  const double rest = (x - whole) * (x + whole);
  return exp(-whole * whole * 0.5) * exp(-rest * 0.5);
}

// Cody's three ranges: P(Z <= z) - 1/2 near 0, the upper tail in the middle, the tail far out.
double cody_center(double z) {
  constexpr double p[] = {0.065682337918207449113, 2.2352520354606839287, 161.02823106855587881,
                          1067.6894854603709582, 18154.981253343561249};
  constexpr double q[] = {1.0, 47.20258190468824187, 976.09855173777669322, 10260.932208618978205,
                          45507.789335026729956};
  const double square = z * z;
  return z * parts::polynomial(p, square) / parts::polynomial(q, square);
}

double cody_middle(double y) {
  constexpr double p[] = {1.0765576773720192317e-8, 0.39894151208813466764, 8.8831497943883759412,
                          93.506656132177855979,    597.27027639480026226,  2494.5375852903726711,
                          6848.1904505362823326,    11602.651437647350124,  9842.7148383839780218};
  constexpr double q[] = {1.0,
                          22.266688044328115691,
                          235.38790178262499861,
                          1519.377599407554805,
                          6485.558298266760755,
                          18615.571640885098091,
                          34900.952721145977266,
                          38912.003286093271411,
                          19685.429676859990727};
  return gauss(y) * parts::polynomial(p, y) / parts::polynomial(q, y);
}

double cody_far(double y) {
  constexpr double p[] = {0.02307344176494017303, 0.21589853405795699,     0.1274011611602473639,
                          0.022235277870649807,   0.001421619193227893466, 2.9112874951168792e-5};
  constexpr double q[] = {1.0,
                          1.28426009614491121,
                          0.468238212480865118,
                          0.0659881378689285515,
                          0.00378239633202758244,
                          7.29751555083966205e-5};
  const double inverse = 1.0 / (y * y);
  const double rational = inverse * parts::polynomial(p, inverse) / parts::polynomial(q, inverse);
  return gauss(y) * (one_over_sqrt_2pi - rational) / y;
}

// Wichura's three ranges.
double wichura_center(double q) {
  constexpr double a[] = {2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
                          4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
                          1.3314166789178437745e2, 3.3871328727963666080e0};
  constexpr double b[] = {5.2264952788528545610e3, 2.8729085735721942674e4,
                          3.9307895800092710610e4, 2.1213794301586595867e4,
                          5.3941960214247511077e3, 6.8718700749205790830e2,
                          4.2313330701600911252e1, 1.0};
  const double r = 0.180625 - q * q;
  return q * parts::polynomial(a, r) / parts::polynomial(b, r);
}

double wichura_tail(double tail) {
  constexpr double c[] = {7.74545014278341407640e-4, 2.27238449892691845833e-2,
                          2.41780725177450611770e-1, 1.27045825245236838258e0,
                          3.64784832476320460504e0,  5.76949722146069140550e0,
                          4.63033784615654529590e0,  1.42343711074968357734e0};
  constexpr double d[] = {1.05075007164441684324e-9, 5.47593808499534494600e-4,
                          1.51986665636164571966e-2, 1.48103976427480074590e-1,
                          6.89767334985100004550e-1, 1.67638483018380384940e0,
                          2.05319162663775882187e0,  1.0};
  constexpr double e[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                          1.24266094738807843860e-3, 2.65321895265761230930e-2,
                          2.96560571828504891230e-1, 1.78482653991729133580e0,
                          5.46378491116411436990e0,  6.65790464350110377720e0};
  constexpr double f[] = {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                          1.84631831751005468180e-5,  7.86869131145613259100e-4,
                          1.48753612908506148525e-2,  1.36929880922735805310e-1,
                          5.99832206555887937690e-1,  1.0};
  const double r = std::sqrt(-log(tail));
  if (r <= 5.0) {
    return parts::polynomial(c, r - 1.6) / parts::polynomial(d, r - 1.6);
  }
  return parts::polynomial(e, r - 5.0) / parts::polynomial(f, r - 5.0);
}

// Everything of the quantile but its central range |p - 1/2| <= 0.425.
double quantile_outside(double p) {
  if (!(p >= 0.0 && p <= 1.0)) {
    return not_a_number;
  }
  if (p == 0.0 || p == 1.0) {
    return p == 0.0 ? -infinity : infinity;
  }
  const double z = wichura_tail(p < 0.5 ? p : 1.0 - p);
  return p < 0.5 ? -z : z;
}

bool central(double p) { return p - 0.5 >= -0.425 && p - 0.5 <= 0.425; }

// x^a e^-x / Gamma(a + 1). For large a through the deviance of x from a, since the three
// logarithms would cancel.
double gamma_term(double a, double x) {
  if (a < 20.0) {
    return exp(a * log(x) - x - log_gamma(a + 1.0));
  }
  const double d = (x - a) / a;
  double deviance = 0;  // ln(1 + d) - d
  if (d > -0.1 && d < 0.1) {
    double power = -d * d;
    for (int k = 2; k < 40; ++k, power *= -d) {
      deviance += power / k;
    }
  } else {
    deviance = log(x / a) - d;
  }
  const double s = 1.0 / (a * a);
  // ln Gamma(a + 1) = a ln a - a + ln(2 pi a) / 2 + stirling.
  const double stirling =
      (1. / 12 - s * (1. / 360 - s * (1. / 1260 - s * (1. / 1680 - s / 1188.)))) / a;
  return exp(a * deviance - stirling) * one_over_sqrt_2pi / std::sqrt(a);
}

// Q(a, x) / (x^a e^-x / Gamma(a)) by the continued fraction of Legendre, evaluated by Lentz's
// method; for x >= a + 1.
double upper_fraction(double a, double x) {
  constexpr double tiny = 1e-300;
  double b = x + 1.0 - a;
  double c = 1.0 / tiny;
  double d = 1.0 / b;
  double value = d;
  for (int k = 1; k < 100'000; ++k) {
    const double numerator = -k * (k - a);
    b += 2.0;
    d = numerator * d + b;
    d = 1.0 / (d == 0.0 ? tiny : d);
    c = b + numerator / c;
    c = c == 0.0 ? tiny : c;
    const double factor = c * d;
    value *= factor;
    if (factor > 1.0 - 0x1p-52 && factor < 1.0 + 0x1p-52) {
      break;
    }
  }
  return value;
}

}  // namespace

double normal_cdf(double z) {
  const double y = z < 0.0 ? -z : z;
  if (y <= 0.67448975) {
    return 0.5 + cody_center(z);
  }
  if (!(y <= 40.0)) {
    return z != z ? z : z < 0.0 ? 0.0 : 1.0;
  }
  const double tail = y <= 5.656854249492380 ? cody_middle(y) : cody_far(y);
  return z < 0.0 ? tail : 1.0 - tail;
}

double erfc(double x) { return 2.0 * normal_cdf(-x * 1.41421356237309504880); }

double normal_quantile(double p) {
  return central(p) ? wichura_center(p - 0.5) : quantile_outside(p);
}

double log_gamma(double x) {
  ensures(x > 0.0, "log_gamma is for positive numbers");
  // Stirling's series from 10 on; below, Gamma(x) = Gamma(x + n) / (x (x + 1) ... (x + n - 1)).
  double product = 1.0;
  while (x < 10.0) {
    product *= x;
    x += 1.0;
  }
  constexpr double c[] = {-3617. / 122400, 1. / 156,  -691. / 360360, 1. / 1188,
                          -1. / 1680,      1. / 1260, -1. / 360,      1. / 12};
  const double inverse = 1.0 / x;
  const double series = inverse * parts::polynomial(c, inverse * inverse);
  constexpr double half_log_2pi = 0.918938533204672741780330;
  return (x - 0.5) * log(x) - x + half_log_2pi + series - log(product);
}

IncompleteGamma incomplete_gamma(double a, double x) {
  ensures(a > 0.0 && x >= 0.0, "the incomplete gamma function is for a > 0 and x >= 0");
  if (x == 0.0 || x > std::numeric_limits<double>::max()) {
    return x == 0.0 ? IncompleteGamma{0.0, 1.0} : IncompleteGamma{1.0, 0.0};
  }
  if (x < a + 1.0) {
    double term = 1.0;
    double sum = 1.0;
    for (double n = a + 1.0; term > sum * 0x1p-54; n += 1.0) {
      term *= x / n;
      sum += term;
    }
    const double lower = gamma_term(a, x) * sum;
    return {lower, 1.0 - lower};
  }
  const double upper = gamma_term(a, x) * a * upper_fraction(a, x);
  return {1.0 - upper, upper};
}

void exp(std::span<const double> in, std::span<double> out) {
  ensures(in.size() == out.size(), "exp needs as many places as values");
  for (std::size_t i = 0; i < in.size(); ++i) {
    out[i] = exp(in[i]);
  }
}

void log(std::span<const double> in, std::span<double> out) {
  ensures(in.size() == out.size(), "log needs as many places as values");
  for (std::size_t i = 0; i < in.size(); ++i) {
    out[i] = log(in[i]);
  }
}

void normal_quantile(std::span<const double> in, std::span<double> out) {
  ensures(in.size() == out.size(), "normal_quantile needs as many places as values");
  constexpr std::size_t block = 64;
  for (std::size_t at = 0; at < in.size(); at += block) {
    const std::size_t n = in.size() - at < block ? in.size() - at : block;
    double p[block];
    for (std::size_t i = 0; i < n; ++i) {
      p[i] = in[at + i];
    }
    // Six of seven are central: all of them as if they were, in SIMD, then the others again.
    for (std::size_t i = 0; i < n; ++i) {
      out[at + i] = wichura_center(p[i] - 0.5);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (!central(p[i])) {
        out[at + i] = quantile_outside(p[i]);
      }
    }
  }
}

}  // namespace throng::math
