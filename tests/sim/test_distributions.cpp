#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/distributions.h"

namespace throng {
namespace {

const Chance chance(20'200'301);

Words words_of(u32 i) { return chance.words(0, i, 0, "test.distribution"); }

// The z with P(Z > z) = 0.001.
constexpr double one_in_a_thousand = 3.0902323061678132;

// The chi-square that is exceeded with probability 0.001 (Wilson and Hilferty).
double chi_square_limit(double degrees) {
  const double a = 2 / (9 * degrees);
  return degrees * std::pow(1 - a + one_in_a_thousand * std::sqrt(a), 3);
}

// Counts of n draws against probabilities; classes expecting fewer than 10 go together.
void check_counts(const char* name, u32 n, std::span<const double> probabilities,
                  const std::function<u32(u32)>& draw) {
  std::vector<double> counts(probabilities.size(), 0);
  double sum = 0;
  double mean = 0;
  double square = 0;
  for (u32 i = 0; i < n; ++i) {
    const u32 outcome = draw(i);
    REQUIRE(outcome < counts.size());
    ++counts[outcome];
    sum += outcome;
  }
  double chi_square = 0;
  double degrees = -1;
  double rest = 0;
  double rest_expected = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    mean += static_cast<double>(k) * probabilities[k];
    square += static_cast<double>(k) * static_cast<double>(k) * probabilities[k];
    rest += counts[k];
    rest_expected += n * probabilities[k];
    if (rest_expected >= 10) {
      chi_square += (rest - rest_expected) * (rest - rest_expected) / rest_expected;
      ++degrees;
      rest = rest_expected = 0;
    }
  }
  const double error = std::sqrt((square - mean * mean) / n);
  std::printf("%s: n %u, mean %.6g, drawn %.6g, se %.2g, notices %.3f %%, chi2 %.1f on %.0f\n",
              name, n, mean, sum / n, error, 400 * error / mean, chi_square, degrees);
  CHECK(std::fabs(sum / n - mean) <= 4 * error);
  if (degrees > 0) {
    CHECK(chi_square < chi_square_limit(degrees));
  }
}

std::vector<double> poisson_probabilities(double mean, bool positive) {
  std::vector<double> p;
  double term = std::exp(-mean);
  double sum = 0;
  for (int k = 0; k < mean + 20 * std::sqrt(mean) + 20; ++k) {
    p.push_back(positive && k == 0 ? 0 : term);
    sum += p.back();
    term *= mean / (k + 1);
  }
  for (double& x : p) {
    x /= sum;
  }
  return p;
}

double mean_of(std::span<const double> probabilities) {
  double mean = 0;
  for (std::size_t n = 0; n < probabilities.size(); ++n) {
    mean += static_cast<double>(n) * probabilities[n];
  }
  return mean;
}

// P(floor(X + U) = n) from the quantiles of X by brute force: the slow truth.
std::vector<double> by_quantiles(std::size_t size, const std::function<double(double)>& quantile) {
  std::vector<double> p(size + 1, 0);
  const int n = 400'000;
  for (int i = 0; i < n; ++i) {
    const double x = quantile((i + 0.5) / n);
    const auto whole = static_cast<std::size_t>(x);
    const double up = x - static_cast<double>(whole);
    p[std::min(whole, size)] += (1 - up) / n;
    p[std::min(whole + 1, size)] += up / n;
  }
  p.pop_back();
  return p;
}

double largest_difference(std::span<const double> a, std::span<const double> b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::fabs(a[i] - b[i]));
  }
  return largest;
}

}  // namespace

TEST_CASE("Poisson counts follow the Poisson distribution", "[distributions]") {
  for (const double mean : {0.01, 0.5, 3.0, 40.0, 600.0}) {
    const auto p = poisson_probabilities(mean, false);
    // Rare events need more draws for the same power.
    check_counts("poisson", mean < 0.1 ? 4'000'000 : 400'000, p,
                 [mean](u32 i) { return poisson(mean, unit(words_of(i)[0])); });
  }
}

TEST_CASE("Poisson counts of at least one follow the truncated distribution", "[distributions]") {
  for (const double mean : {1e-6, 0.01, 0.5, 3.0, 40.0}) {
    const auto p = poisson_probabilities(mean, true);
    check_counts("poisson at least one", 200'000, p,
                 [mean](u32 i) { return poisson_at_least_one(mean, unit(words_of(i)[0])); });
  }
}

TEST_CASE("a Poisson count rises with its quantile and ends at the last one", "[distributions]") {
  CHECK(poisson(0.0, unit(~0u)) == 0);
  CHECK(poisson(2.0, unit(0)) == 0);
  // e^-1 = 0.367879, 2 e^-1 = 0.735759, 2.5 e^-1 = 0.919699.
  CHECK(poisson(1.0, 0.3678) == 0);
  CHECK(poisson(1.0, 0.3679) == 1);
  CHECK(poisson(1.0, 0.7357) == 1);
  CHECK(poisson(1.0, 0.7358) == 2);
  CHECK(poisson(1.0, 0.9197) == 3);
  CHECK(poisson(600.0, unit(~0u)) < 800);
  CHECK(poisson(0.001, std::nextafter(1.0, 0.0)) < 20);
  CHECK(poisson_at_least_one(1e-9, unit(~0u)) >= 1);
  CHECK(poisson_at_least_one(1e-300, unit(0)) == 1);
  // P(1 | at least 1) = 1 / (e - 1) = 0.581977.
  CHECK(poisson_at_least_one(1.0, 0.5819) == 1);
  CHECK(poisson_at_least_one(1.0, 0.5820) == 2);
  CHECK_THROWS_AS(poisson(-0.1, 0.5), ContractError);
  CHECK_THROWS_AS(poisson(601.0, 0.5), ContractError);
  CHECK_THROWS_AS(poisson(std::nan(""), 0.5), ContractError);
  CHECK_THROWS_AS(poisson_at_least_one(0.0, 0.5), ContractError);
}

TEST_CASE("gaps between events are geometric", "[distributions]") {
  for (const double rate : {0.05, 0.7}) {
    std::vector<double> p;
    for (int k = 0; k * rate < 40; ++k) {
      p.push_back(std::exp(-rate * k) * -std::expm1(-rate));
    }
    check_counts("gap", 400'000, p,
                 [rate](u32 i) { return geometric_gap(rate, unit(words_of(i)[0])); });
  }
  CHECK(geometric_gap(0.0, 0.5) == no_gap);
  CHECK(geometric_gap(1e-12, 0.5) == no_gap);
  CHECK(geometric_gap(1e9, 0.5) == 0);
  // -ln(0.5) / 0.1 = 6.93.
  CHECK(geometric_gap(0.1, 0.5) == 6);
  CHECK_THROWS_AS(geometric_gap(-1.0, 0.5), ContractError);
}

TEST_CASE("an alias table of one word has exactly the asked probabilities", "[distributions]") {
  // 1 : 2 : 5 in eighths are multiples of 2^-32.
  const std::vector<u64> weights{1, 0, 2, 5};

  const auto table = AliasTable::of(weights);

  CHECK(table.size() == 4);
  CHECK(table.probabilities() == std::vector<double>{0.125, 0, 0.25, 0.625});
}

TEST_CASE("an alias table rounds each probability to less than a unit of its words",
          "[distributions]") {
  for (const auto resolution :
       {AliasTable::Resolution::one_word, AliasTable::Resolution::two_words}) {
    for (const std::size_t n : {1u, 2u, 3u, 7u, 256u, 1000u}) {
      std::vector<u64> whole(n);
      std::vector<double> fractions(n);
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        whole[i] = mix(i + 1) >> 20;
        fractions[i] = static_cast<double>(whole[i]) / 3;
        sum += static_cast<double>(whole[i]);
      }
      const double unit_of = resolution == AliasTable::Resolution::one_word
                                 ? 0x1p-32
                                 : 0x1p-32 / static_cast<double>(std::bit_ceil(n));

      const auto a = AliasTable::of(whole, resolution).probabilities();
      const auto b = AliasTable::of(fractions, resolution).probabilities();

      double total = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const double p = static_cast<double>(whole[i]) / sum;
        REQUIRE(std::fabs(a[i] - p) <= unit_of * 1.0001);
        REQUIRE(std::fabs(b[i] - p) <= unit_of * 1.0001);
        total += a[i];
      }
      REQUIRE(total == 1.0);
    }
  }
}

TEST_CASE("every word of an alias table goes where the probabilities say", "[distributions]") {
  // 2^20 words at equal distances meet each outcome p 2^20 times, within one per piece of column.
  const std::vector<double> weights{0.1, 0.2, 0.05, 0.3, 0.35, 0.0};
  const auto table = AliasTable::of(weights);
  std::vector<double> counts(weights.size());

  for (u32 i = 0; i < (1u << 20); ++i) {
    ++counts[table.draw(i << 12)];
  }

  const auto p = table.probabilities();
  for (std::size_t k = 0; k < weights.size(); ++k) {
    CHECK(std::fabs(counts[k] - p[k] * (1 << 20)) <= 8);
  }
  CHECK(counts[5] == 0);
}

TEST_CASE("draws from alias tables follow their probabilities", "[distributions]") {
  std::vector<double> weights(300);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = 1.0 / static_cast<double>(i + 1);
  }
  const auto one_word = AliasTable::of(weights);
  const auto two_words = AliasTable::of(weights, AliasTable::Resolution::two_words);

  check_counts("alias, one word", 1'000'000, one_word.probabilities(),
               [&](u32 i) { return one_word.draw(words_of(i)[0]); });
  check_counts("alias, two words", 1'000'000, two_words.probabilities(), [&](u32 i) {
    const Words w = words_of(i);
    return two_words.draw(w[1], w[2]);
  });
}

TEST_CASE("an alias table without a usable weight is refused", "[distributions]") {
  CHECK_THROWS_AS(AliasTable::of(std::vector<u64>{}), ContractError);
  CHECK_THROWS_AS(AliasTable::of(std::vector<u64>{0, 0}), ContractError);
  CHECK_THROWS_AS(AliasTable::of(std::vector<double>{0, 0}), ContractError);
  CHECK_THROWS_AS(AliasTable::of(std::vector<double>{1, -1}), ContractError);
  CHECK_THROWS_AS(AliasTable::of(std::vector<double>{1, std::nan("")}), ContractError);
  CHECK_THROWS_AS(AliasTable::of_masses(std::vector<u64>{1, 2}), ContractError);
}

TEST_CASE("whole steps keep the mean of the time they round", "[distributions]") {
  struct Asked {
    const char* name;
    WholeSteps steps;
    double mean;
  };
  const std::vector<Asked> all{{"lognormal 3.5 (1.2)", WholeSteps::lognormal(3.5, 1.2), 3.5},
                               {"lognormal 2 (1)", WholeSteps::lognormal(2.0, 1.0), 2.0},
                               {"lognormal 6.6 (4.9)", WholeSteps::lognormal(6.6, 4.9), 6.6},
                               {"lognormal 1.5 (2)", WholeSteps::lognormal(1.5, 2.0), 1.5},
                               {"lognormal 18.1 (6.3)", WholeSteps::lognormal(18.1, 6.3), 18.1},
                               {"lognormal 0.2 (0.1)", WholeSteps::lognormal(0.2, 0.1), 0.2},
                               {"exponential 5", WholeSteps::exponential(5.0), 5.0},
                               {"exponential 1000", WholeSteps::exponential(1000.0), 1000.0},
                               {"gamma 4 (2)", WholeSteps::gamma(4.0, 2.0), 4.0},
                               {"gamma 2 (4)", WholeSteps::gamma(2.0, 4.0), 2.0},
                               {"geometric 3", WholeSteps::geometric(3.0), 3.0},
                               {"constant 3.7", WholeSteps::constant(3.7), 3.7}};
  for (const auto& [name, steps, mean] : all) {
    CAPTURE(name);
    CHECK(std::fabs(steps.mean() - mean) < 0x1p-32);
    CHECK(mean_of(steps.probabilities()) == Approx(mean).epsilon(1e-9));
    check_counts(name, 400'000, steps.probabilities(),
                 [&s = steps](u32 i) { return s.draw(words_of(i)[3]); });
  }
}

TEST_CASE("whole steps have the probabilities of the rounded time", "[distributions]") {
  const double s = std::sqrt(std::log1p(4.9 * 4.9 / (6.6 * 6.6)));
  const double m = std::log(6.6) - s * s / 2;
  const auto lognormal = WholeSteps::lognormal(6.6, 4.9);
  const auto exponential = WholeSteps::exponential(5.0);
  // Gamma of mean 4 and sd 4 is exponential; of mean 4, sd 2 its tail is known: shape 4, scale 1.
  const auto gamma = WholeSteps::gamma(4.0, 4.0);
  const auto narrow = WholeSteps::gamma(4.0, 2.0);
  const auto geometric = WholeSteps::geometric(4.0);

  const auto true_lognormal = by_quantiles(lognormal.probabilities().size(), [&](double p) {
    return std::exp(m + s * math::normal_quantile(p));
  });
  const auto true_exponential = by_quantiles(exponential.probabilities().size(),
                                             [](double p) { return -5 * std::log1p(-p); });
  const auto true_gamma =
      by_quantiles(gamma.probabilities().size(), [](double p) { return -4 * std::log1p(-p); });

  CHECK(largest_difference(lognormal.probabilities(), true_lognormal) < 1e-5);
  CHECK(largest_difference(exponential.probabilities(), true_exponential) < 1e-5);
  CHECK(largest_difference(gamma.probabilities(), true_gamma) < 1e-5);
  // P(n = 0) = E max(0, 1 - X) = 1 - 4 + E max(0, X - 1), with X the fourth event of a Poisson
  // process: E max(0, X - 1) = integral from 1 of e^-t (1 + t + t^2/2 + t^3/6) = e^-1 (4 + 3 + 2 +
  // 1 ...) by parts = e^-1 * 49/6.
  CHECK(narrow.probabilities()[0] == Approx(-3 + std::exp(-1.0) * 49 / 6).epsilon(1e-6));
  CHECK(geometric.probabilities()[0] == 0.0);
  CHECK(geometric.probabilities()[1] == Approx(0.25).epsilon(1e-8));
  CHECK(geometric.probabilities()[3] == Approx(0.25 * 0.5625).epsilon(1e-8));
}

TEST_CASE("whole steps of a constant are the two numbers around it", "[distributions]") {
  const auto steps = WholeSteps::constant(3.75);
  const auto none = WholeSteps();

  CHECK(std::vector<double>(steps.probabilities().begin(), steps.probabilities().end()) ==
        std::vector<double>{0, 0, 0, 0.25, 0.75});
  CHECK(WholeSteps::lognormal(3.75, 0).probabilities()[4] == 0.75);
  CHECK(WholeSteps::constant(7).draw(~0u) == 7);
  CHECK(none.draw(12345) == 0);
  CHECK(none.mean() == 0.0);
}

TEST_CASE("times that no run can hold are refused with their range", "[distributions]") {
  CHECK_THROWS_AS(WholeSteps::lognormal(-1, 1), InputError);
  CHECK_THROWS_AS(WholeSteps::lognormal(1, -1), InputError);
  CHECK_THROWS_AS(WholeSteps::lognormal(std::nan(""), 1), InputError);
  CHECK_THROWS_AS(WholeSteps::exponential(60'000), InputError);
  CHECK_THROWS_AS(WholeSteps::geometric(0.5), InputError);
  CHECK_THROWS_WITH(WholeSteps::constant(70'000.5),
                    "constant time: the mean is 70000.5 (it lies between 0 and 65534 steps). Give "
                    "a value in that range.");
}

TEST_CASE("gamma classes have mean one and the means of their classes", "[distributions]") {
  // Exponential: the mean between quantiles p and q is 256 [(1 + x) e^-x] from x(q) to x(p).
  const GammaClasses exponential(1.0);
  const auto part = [](double p) {
    const double x = -std::log1p(-p);
    return p == 1.0 ? 0.0 : (1 + x) * std::exp(-x);
  };
  double worst = 0;
  for (std::size_t c = 0; c < 256; ++c) {
    const double low = static_cast<double>(c) / 256;
    const double truth = 256 * (part(low) - part(low + 1.0 / 256));
    const double mean = exponential.mean(static_cast<u8>(c));
    worst = std::max(worst, std::fabs(mean / truth - 1));
  }
  std::printf("gamma classes, shape 1: worst relative error %.2e\n", worst);
  CHECK(worst < 1e-10);

  for (const double shape : {0.05, 0.45, 1.0, 20.0, 10'000.0}) {
    const GammaClasses classes(shape);
    double sum = 0;
    for (std::size_t c = 0; c < 256; ++c) {
      sum += classes.means()[c];
      CHECK((c == 0 || classes.means()[c] >= classes.means()[c - 1]));
      CHECK(classes.means()[c] >= 0.0);
    }
    std::printf("gamma classes, shape %g: variance %.6g of %.6g\n", shape, classes.variance(),
                1 / shape);
    CHECK(std::fabs(sum / 256 - 1) < 1e-14);
    CHECK(classes.variance() < 1 / shape);
    CHECK(classes.variance() > (shape < 0.1 ? 0.9 : 0.98) / shape);
  }
  CHECK(GammaClasses::class_of(0xFF000000) == 255);
  CHECK(GammaClasses::class_of(0x00FFFFFF) == 0);
  CHECK_THROWS_AS(GammaClasses(0.01), InputError);
  CHECK_THROWS_AS(GammaClasses(std::nan("")), InputError);
}

}  // namespace throng
