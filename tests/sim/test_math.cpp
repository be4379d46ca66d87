#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/chance.h"
#include "sim/math.h"

namespace throng {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// Distance from the truth in units of the last place of the result.
double ulps(double value, long double truth) {
  const double rounded = static_cast<double>(truth);
  const double next = std::nextafter(std::fabs(rounded), infinity);
  const long double unit = static_cast<long double>(next) - std::fabs(rounded);
  return static_cast<double>(std::fabs(value - truth) / unit);
}

// n points of (low, high), fixed, without pattern.
std::vector<double> points(double low, double high, std::size_t n) {
  std::vector<double> all(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double u = static_cast<double>(mix(i + 1) >> 11) * 0x1p-53;
    all[i] = low + (high - low) * u;
  }
  return all;
}

template <class F, class Truth>
double worst_ulps(const char* name, const std::vector<double>& xs, F&& f, Truth&& truth) {
  double worst = 0;
  for (const double x : xs) {
    worst = std::max(worst, ulps(f(x), truth(static_cast<long double>(x))));
  }
  std::printf("%s: n %zu, worst error %.3f ulp\n", name, xs.size(), worst);
  return worst;
}

u64 bits(double x) { return std::bit_cast<u64>(x); }

}  // namespace

TEST_CASE("exp is within an ulp of the truth over its whole range", "[math]") {
  const auto own = [](double x) { return math::exp(x); };
  const auto truth = [](long double x) { return std::exp(x); };

  CHECK(worst_ulps("exp near 0", points(-1, 1, 300'000), own, truth) < 1.0);
  CHECK(worst_ulps("exp", points(-708, 709.78, 300'000), own, truth) < 1.0);
  CHECK(worst_ulps("exp, subnormal", points(-745, -708, 100'000), own, truth) < 2.0);
}

TEST_CASE("exp meets its edges", "[math]") {
  CHECK(math::exp(0.0) == 1.0);
  CHECK(math::exp(-0.0) == 1.0);
  CHECK(math::exp(710.0) == infinity);
  CHECK(math::exp(infinity) == infinity);
  CHECK(math::exp(-746.0) == 0.0);
  CHECK(math::exp(-infinity) == 0.0);
  CHECK(std::isnan(math::exp(nan_value)));
}

TEST_CASE("log is within an ulp of the truth over its whole range", "[math]") {
  const auto own = [](double x) { return math::log(x); };
  const auto truth = [](long double x) { return std::log(x); };
  std::vector<double> all_exponents;
  for (const double x : points(-1074, 1023.99, 300'000)) {
    all_exponents.push_back(std::exp2(x));
  }

  CHECK(worst_ulps("log near 1", points(0.5, 2, 300'000), own, truth) < 1.0);
  CHECK(worst_ulps("log next to 1", points(0.9999, 1.0001, 100'000), own, truth) < 1.0);
  CHECK(worst_ulps("log of units", points(0, 1, 300'000), own, truth) < 1.0);
  CHECK(worst_ulps("log, all exponents", all_exponents, own, truth) < 1.0);
}

TEST_CASE("log meets its edges", "[math]") {
  CHECK(math::log(1.0) == 0.0);
  CHECK(math::log(0.0) == -infinity);
  CHECK(math::log(-0.0) == -infinity);
  CHECK(math::log(infinity) == infinity);
  CHECK(std::isnan(math::log(-1.0)));
  CHECK(std::isnan(math::log(-infinity)));
  CHECK(std::isnan(math::log(nan_value)));
  CHECK(math::log(5e-324) == Approx(std::log(5e-324)).epsilon(1e-15));
}

TEST_CASE("log1p and expm1 keep their digits near zero", "[math]") {
  const auto own_log = [](double x) { return math::log1p(x); };
  const auto true_log = [](long double x) { return std::log1p(x); };
  const auto own_exp = [](double x) { return math::expm1(x); };
  const auto true_exp = [](long double x) { return std::expm1(x); };

  CHECK(worst_ulps("log1p tiny", points(-1e-9, 1e-9, 100'000), own_log, true_log) < 2.0);
  CHECK(worst_ulps("log1p", points(-0.999, 3, 300'000), own_log, true_log) < 2.0);
  CHECK(worst_ulps("log1p large", points(3, 1e9, 100'000), own_log, true_log) < 2.0);
  CHECK(worst_ulps("expm1 tiny", points(-1e-9, 1e-9, 100'000), own_exp, true_exp) < 2.0);
  CHECK(worst_ulps("expm1", points(-5, 5, 300'000), own_exp, true_exp) < 4.0);
  CHECK(math::log1p(-1.0) == -infinity);
  CHECK(std::isnan(math::log1p(-2.0)));
  CHECK(math::log1p(infinity) == infinity);
  CHECK(math::expm1(-infinity) == -1.0);
}

TEST_CASE("pow is as exact as its exponent allows", "[math]") {
  const auto bases = points(1e-3, 1e3, 100'000);
  const auto exponents = points(-20, 20, 100'001);
  double worst = 0;

  for (std::size_t i = 0; i < bases.size(); ++i) {
    const double x = bases[i];
    const double y = exponents[i + 1];
    const long double truth = std::pow(static_cast<long double>(x), static_cast<long double>(y));
    const double allowed = (2 + std::fabs(y * std::log(x))) * 0x1p-52;
    const double error = static_cast<double>(std::fabs(math::pow(x, y) / truth - 1));
    worst = std::max(worst, error / allowed);
  }

  std::printf("pow: n %zu, worst error %.3f of what is allowed\n", bases.size(), worst);
  CHECK(worst < 1.0);
  CHECK(math::pow(0.0, 2.0) == 0.0);
  CHECK(math::pow(5.0, 0.0) == 1.0);
  CHECK(math::pow(1.0, 1e300) == 1.0);
  CHECK(std::isnan(math::pow(-1.0, 0.5)));
}

TEST_CASE("the normal distribution function agrees with the error function", "[math]") {
  double worst = 0;
  for (const double z : points(-37.4, 8, 300'000)) {
    const long double truth = 0.5L * std::erfc(-static_cast<long double>(z) / std::sqrt(2.0L));
    worst = std::max(worst, static_cast<double>(std::fabs(math::normal_cdf(z) / truth - 1)));
  }
  double worst_erfc = 0;
  for (const double x : points(-5, 26, 100'000)) {
    const long double truth = std::erfc(static_cast<long double>(x));
    const double error = static_cast<double>(std::fabs(math::erfc(x) / truth - 1));
    worst_erfc = std::max(worst_erfc, error / (1 + x * x));
  }

  std::printf("normal_cdf: n 300000, worst relative error %.2e; erfc %.2e (1 + x^2)\n", worst,
              worst_erfc);
  CHECK(worst < 1e-14);
  CHECK(worst_erfc < 1e-14);
  CHECK(math::normal_cdf(0.0) == 0.5);
  CHECK(math::normal_cdf(infinity) == 1.0);
  CHECK(math::normal_cdf(-infinity) == 0.0);
  CHECK(math::normal_cdf(1e300) == 1.0);
  CHECK(std::isnan(math::normal_cdf(nan_value)));
}

TEST_CASE("the normal quantile inverts the distribution function", "[math]") {
  // Error of z = (P(Z <= z) - p) / density, with P by the long double error function.
  const auto error = [](double p) {
    const double z = math::normal_quantile(p);
    const long double x = z;
    const long double density = std::exp(-x * x / 2) / std::sqrt(2 * 3.14159265358979323846L);
    const long double missed = 0.5L * std::erfc(-x / std::sqrt(2.0L)) - p;
    return static_cast<double>(std::fabs(missed / density) / std::max(0.01L, std::fabs(x)));
  };
  double worst = 0;
  for (const double p : points(0, 1, 300'000)) {
    worst = std::max(worst, error(p));
  }
  for (const double x : points(-700, 0, 100'000)) {
    worst = std::max(worst, error(std::exp(x)));
  }

  std::printf("normal_quantile: n 400000, worst relative error %.2e\n", worst);
  CHECK(worst < 1e-14);
  CHECK(math::normal_quantile(0.5) == 0.0);
  CHECK(math::normal_quantile(0.0) == -infinity);
  CHECK(math::normal_quantile(1.0) == infinity);
  CHECK(math::normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-15));
  CHECK(std::isnan(math::normal_quantile(-0.1)));
  CHECK(std::isnan(math::normal_quantile(1.1)));
  CHECK(std::isnan(math::normal_quantile(nan_value)));
}

TEST_CASE("the logarithm of Gamma agrees with the long double library", "[math]") {
  double worst = 0;
  for (const double x : points(1e-3, 60, 100'000)) {
    const long double truth = std::lgamma(static_cast<long double>(x));
    const double error = static_cast<double>(std::fabs(math::log_gamma(x) - truth));
    worst = std::max(worst, error / std::max(1.0, std::fabs(static_cast<double>(truth))));
  }

  std::printf("log_gamma: n 100000, worst error %.2e\n", worst);
  CHECK(worst < 1e-14);
  CHECK_THROWS_AS(math::log_gamma(0.0), ContractError);
}

TEST_CASE("the incomplete gamma function meets reference values and its closed forms", "[math]") {
  struct Reference {
    double a, x, lower, upper;
  };
  // Computed with 30 digits.
  const std::vector<Reference> references{
      {0.45, 1e-6, 0.0022528493848733009, 0.9977471506151267},
      {0.45, 0.3, 0.60071929371601149, 0.39928070628398851},
      {0.45, 12.0, 0.99999923664508965, 7.6335491034729653e-7},
      {1.45, 3.0, 0.8957876463504617, 0.1042123536495383},
      {5.0, 5.0, 0.55950671493478759, 0.44049328506521241},
      {20.0, 8.0, 0.00025293940209195681, 0.99974706059790804},
      {20.0, 40.0, 0.99982369710226143, 0.00017630289773856828},
      {500.0, 520.0, 0.8153088509012564, 0.1846911490987436},
      {10000.0, 9900.0, 0.15865119219356466, 0.84134880780643534}};
  for (const Reference& r : references) {
    const auto [lower, upper] = math::incomplete_gamma(r.a, r.x);
    const double allowed = 1e-13 * (1 + r.a);
    CAPTURE(r.a, r.x);
    CHECK(lower == Approx(r.lower).epsilon(allowed));
    CHECK(upper == Approx(r.upper).epsilon(allowed));
  }
  for (const double x : points(0.001, 30, 1000)) {
    CHECK(math::incomplete_gamma(1, x).upper == Approx(std::exp(-x)).epsilon(2e-13));
    CHECK(math::incomplete_gamma(0.5, x).upper == Approx(std::erfc(std::sqrt(x))).epsilon(2e-13));
  }
  CHECK(math::incomplete_gamma(2, 0).lower == 0.0);
  CHECK(math::incomplete_gamma(2, infinity).lower == 1.0);
}

TEST_CASE("the forms over spans give the bits of the forms for one value", "[math]") {
  auto xs = points(-800, 800, 10'007);
  const std::vector<double> edges{0.0, -0.0, infinity, -infinity, nan_value, 1e-310, 1.0, 0.075};
  xs.insert(xs.end(), edges.begin(), edges.end());
  const auto units = points(-0.01, 1.01, 10'007);
  std::vector<double> exps(xs.size());
  std::vector<double> logs(xs.size());
  std::vector<double> quantiles = units;

  math::exp(xs, exps);
  math::log(xs, logs);
  math::normal_quantile(quantiles, quantiles);

  const auto same = [](double a, double b) {
    return bits(a) == bits(b) || (std::isnan(a) && std::isnan(b));
  };
  for (std::size_t i = 0; i < xs.size(); ++i) {
    CAPTURE(xs[i]);
    REQUIRE(same(exps[i], math::exp(xs[i])));
    REQUIRE(same(logs[i], math::log(xs[i])));
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    REQUIRE(same(quantiles[i], math::normal_quantile(units[i])));
  }
  CHECK_THROWS_AS(math::exp(xs, quantiles), ContractError);
}

TEST_CASE("directions are cosine and sine of the turn", "[math]") {
  double worst = 0;
  for (double turn = -2.5; turn < 2.5; turn += 0x1.1p-18) {
    const math::Direction to = math::direction(turn);
    const long double angle = 2 * std::acos(-1.0L) * turn;
    worst = std::max({worst, static_cast<double>(std::abs(std::cos(angle) - to.x)),
                      static_cast<double>(std::abs(std::sin(angle) - to.y))});
  }
  INFO("largest error " << worst);
  CHECK(worst < 0x1p-52);
  CHECK(math::direction(0).x == 1);
  CHECK(math::direction(0.25).y == 1);
  CHECK(math::direction(-0.5).x == -1);
}

TEST_CASE("own arithmetic has the bits it always had", "[math]") {
  // A hash over many results: differs when a compiler contracts, reorders or approximates.
  u64 hash = 0;
  for (const double x : points(0, 1, 10'000)) {
    for (const double y : {math::exp(-50 * x), math::log(x), math::normal_quantile(x),
                           math::normal_cdf(16 * x - 8), math::log1p(-x), math::pow(x, 2.5)}) {
      hash = mix(hash ^ bits(y));
    }
  }

  CHECK(hash == 0xfedbd66155a7dec6);
}

}  // namespace throng
