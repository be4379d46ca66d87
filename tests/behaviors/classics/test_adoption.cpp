// Adoption against Bass's equation.
#include <array>
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/adoption/adoption.h"
#include "behaviors/adoption/columns.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using epidemic::fixture::agrees;
using epidemic::fixture::estimate;

namespace {

/// Share of adopters after every step, from step 0.
std::vector<double> curve_of(const adoption::Settings& settings, u64 seed, Step steps) {
  Simulation s({}, adoption::make_population({}, settings, seed, {}), {.seed = seed});
  adoption::add_to(s, settings);
  s.start();
  std::vector<double> share = {0};
  while (s.now() < steps) {
    s.step();
    share.push_back(static_cast<double>(s.counts(adoption::adopted.name).count_of(1)) /
                    settings.people);
  }
  return share;
}

/// The top of a parabola through adoptions per step within three years of it [year]. The curve of
/// Bass is symmetric about its peak, so that the width of the window does not move it.
double peak_of(const std::vector<double>& share, double steps_a_year) {
  double peak = 5;
  for (int again = 0; again < 30; ++again) {
    // Weighted least squares of y = a + b t + c t^2 over times t from the old peak; weights fall to
    // 0 at the ends, so that a step more or less in the window makes no jump.
    std::array<double, 5> m{};  // sums of w t^k
    std::array<double, 3> v{};  // sums of w y t^k
    for (std::size_t k = 1; k < share.size(); ++k) {
      const double t = (static_cast<double>(k) - 0.5) / steps_a_year - peak;
      const double w = std::abs(t) < 3 ? std::pow(1 - t * t / 9, 2) : 0;
      for (std::size_t j = 0; j < m.size(); ++j) {
        m[j] += w * std::pow(t, static_cast<double>(j));
      }
      for (std::size_t j = 0; j < v.size(); ++j) {
        v[j] += w * (share[k] - share[k - 1]) * std::pow(t, static_cast<double>(j));
      }
    }
    // Cramer's rule; the common denominator of b and c falls away in -b / 2c.
    const double b = m[0] * (v[1] * m[4] - v[2] * m[3]) - v[0] * (m[1] * m[4] - m[2] * m[3]) +
                     m[2] * (m[1] * v[2] - m[2] * v[1]);
    const double c = m[0] * (m[2] * v[2] - m[3] * v[1]) - m[1] * (m[1] * v[2] - m[2] * v[1]) +
                     v[0] * (m[1] * m[3] - m[2] * m[2]);
    peak -= b / (2 * c);
  }
  return peak;
}

/// The matching difference equation, step by step.
std::vector<double> equation_of(const adoption::Settings& settings, double years) {
  std::vector<double> share = {0};
  while (static_cast<double>(share.size()) <= years * settings.steps_a_year + 1) {
    share.push_back(share.back() +
                    (1 - share.back()) * adoption::probability(settings, share.back()));
  }
  return share;
}

}  // namespace

TEST_CASE("adoption follows Bass's curve and peaks when it says",
          "[classics][adoption][.statistics]") {
  const adoption::Settings settings{.people = 40'000, .steps_a_year = 25};
  constexpr double years = 10;
  const auto steps = static_cast<Step>(years * settings.steps_a_year);
  const std::vector<double> expected = equation_of(settings, years);
  constexpr std::array at = {2, 4, 6, 8, 10};  // years
  std::array<std::vector<double>, at.size()> shares;
  std::vector<double> peaks;
  for (u64 seed = 1; seed <= 36; ++seed) {
    const auto curve = curve_of(settings, seed, steps);
    for (std::size_t k = 0; k < at.size(); ++k) {
      shares[k].push_back(curve[static_cast<std::size_t>(at[k]) * settings.steps_a_year]);
    }
    peaks.push_back(peak_of(curve, settings.steps_a_year));
  }

  for (std::size_t k = 0; k < at.size(); ++k) {
    agrees("adopters after " + std::to_string(at[k]) + " years", estimate(shares[k]),
           expected[static_cast<std::size_t>(at[k]) * settings.steps_a_year], 0.02);
  }
  // ln(q / p) / (p + q) = ln(0.38 / 0.03) / 0.41 = 6.19. In steps, people learn of adopters at the
  // end of a step only: with two weeks a step the peak comes 0.05 years later.
  const double formula = std::log(0.38 / 0.03) / 0.41;
  CHECK(formula == Approx(6.19).margin(0.005));
  CHECK(peak_of(equation_of({.steps_a_year = 1000}, years), 1000) == Approx(formula).margin(0.002));
  agrees("peak of adoption [year]", estimate(peaks), peak_of(expected, settings.steps_a_year),
         0.02);
}

TEST_CASE("people adopt as the equation says, in a market small enough to be quick",
          "[classics][adoption]") {
  const adoption::Settings settings{.people = 200'000, .steps_a_year = 5};
  const double expected = equation_of(settings, 6)[30];

  const auto curve = curve_of(settings, 3, 30);

  // After 6 years 0.45 have adopted; the spread of early adopters grows fourfold at most.
  INFO(curve.back() << " " << expected);
  CHECK(std::abs(curve.back() - expected) < 4 * 4 * std::sqrt(0.25 / settings.people));
}
