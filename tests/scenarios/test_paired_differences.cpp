#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "scenarios/paired_differences.h"

using namespace throng;

TEST_CASE("quantiles of Student's t are those of its table", "[paired]") {
  // 97.5 %, to the digits printed in tables; and by closed form for 1 and 2 degrees of freedom.
  CHECK(students_t_quantile(0.975, 7) == Approx(2.365).margin(0.0005));
  CHECK(students_t_quantile(0.975, 29) == Approx(2.045).margin(0.0005));
  CHECK(students_t_quantile(0.95, 4) == Approx(2.132).margin(0.0005));
  constexpr double pi = 3.14159265358979323846;
  for (const double p : {0.6, 0.9, 0.975, 0.995}) {
    CHECK(students_t_quantile(p, 1) == Approx(std::tan(pi * (p - 0.5))));
    const double x = 2 * p - 1;
    CHECK(students_t_quantile(p, 2) == Approx(x * std::sqrt(2 / (1 - x * x))));
    CHECK(students_t_quantile(1 - p, 2) == Approx(-x * std::sqrt(2 / (1 - x * x))));
  }
}

TEST_CASE("a paired difference by hand", "[paired]") {
  const std::vector<double> a{10, 20, 30}, b{11, 23, 32};

  const PairedDifference d = paired_difference(a, b, 0.95);

  CHECK(d.pairs == 3);
  CHECK(d.mean_a == 20);
  CHECK(d.mean_b == 22);
  CHECK(d.difference == 2);  // 1, 3, 2: s = 1
  CHECK(d.high - 2 == Approx(4.3027 / std::sqrt(3)).epsilon(1e-4));
  CHECK(d.low - 2 == Approx(-4.3027 / std::sqrt(3)).epsilon(1e-4));
  CHECK(d.relative == Approx(0.1));
  CHECK(d.luck_removed == Approx(1 - 1 / (100 + 111.)));  // 11, 23, 32: variance 111
}

TEST_CASE("runs that are equal differ by exactly nothing", "[paired]") {
  const std::vector<double> a{0.1, 1e9, -3};

  const PairedDifference d = paired_difference(a, a, 0.95);

  CHECK(d.difference == 0);
  CHECK(d.low == 0);
  CHECK(d.high == 0);
  CHECK(d.relative == 0);
  CHECK(d.luck_removed == 1);
}

TEST_CASE("of one pair no interval is claimed", "[paired]") {
  const PairedDifference d =
      paired_difference(std::vector<double>{0}, std::vector<double>{2}, 0.95);

  CHECK(d.difference == 2);
  CHECK(std::isnan(d.low));
  CHECK(std::isnan(d.high));
  CHECK(std::isnan(d.relative));  // of nothing
  CHECK(std::isnan(d.luck_removed));
}

TEST_CASE("pairs of which one is missing do not count", "[paired]") {
  const double none = std::numeric_limits<double>::quiet_NaN();

  const auto d =
      paired_difference(std::vector<double>{1, none, 5}, std::vector<double>{2, 7, 8}, 0.95);

  CHECK(d.pairs == 2);
  CHECK(d.difference == 2);
  CHECK(paired_difference(std::vector<double>{none}, std::vector<double>{1}, 0.95).pairs == 0);
}

TEST_CASE("intervals hold a known effect as often as they say", "[paired]") {
  // Luck of standard deviation 5 that both share, 2 of their own each, and an effect of 3.
  std::mt19937_64 chance(4);
  std::normal_distribution<double> normal;
  constexpr int trials = 20'000;
  for (const std::size_t n : {2u, 3u, 8u}) {
    for (const double level : {0.8, 0.95}) {
      int held = 0;
      for (int k = 0; k < trials; ++k) {
        std::vector<double> a(n), b(n);
        for (std::size_t i = 0; i < n; ++i) {
          const double luck = 5 * normal(chance);
          a[i] = luck + 2 * normal(chance);
          b[i] = luck + 2 * normal(chance) + 3;
        }
        const PairedDifference d = paired_difference(a, b, level);
        held += d.low <= 3 && 3 <= d.high ? 1 : 0;
      }
      const double share = static_cast<double>(held) / trials;
      const double error = std::sqrt(level * (1 - level) / trials);
      std::printf("%zu pairs at %.0f %%: hold the effect in %.4f of %d, would notice %.2g\n", n,
                  100 * level, share, trials, 4 * error);
      CHECK(share == Approx(level).margin(4 * error));
    }
  }
}
