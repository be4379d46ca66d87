#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "scenarios/scores.h"

using namespace throng;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// The integral of (F(x) - [y <= x])^2 as it is defined, piece by piece between the places where
/// the integrand changes.
double crps_by_integral(std::vector<double> members, double observed) {
  std::vector<double> places = members;
  places.push_back(observed);
  std::sort(places.begin(), places.end());
  std::sort(members.begin(), members.end());
  double integral = 0;
  for (std::size_t k = 0; k + 1 < places.size(); ++k) {
    const double x = 0.5 * (places[k] + places[k + 1]);
    const auto below = std::upper_bound(members.begin(), members.end(), x) - members.begin();
    const double share = static_cast<double>(below) / static_cast<double>(members.size());
    const double step = observed <= x ? 1 : 0;
    integral += (share - step) * (share - step) * (places[k + 1] - places[k]);
  }
  return integral;
}

/// ln P by the product that defines it: C(k + r - 1, k) p^r (1 - p)^k, r = m^2 / (v - m), p = m/v.
double negative_binomial_by_product(double mean, double variance, int count) {
  const double r = mean * mean / (variance - mean), p = mean / variance;
  double probability = std::pow(p, r);
  for (int j = 1; j <= count; ++j) {
    probability *= (r + j - 1) / j * (1 - p);
  }
  return std::log(probability);
}

double log_of_poisson(double rate, double count) {
  return count * std::log(rate) - rate - std::lgamma(count + 1);
}

std::vector<double> draws(std::mt19937_64& chance, std::size_t n) {
  std::normal_distribution<double> normal(10, 3);
  std::vector<double> all(n);
  std::generate(all.begin(), all.end(), [&] { return normal(chance); });
  return all;
}

}  // namespace

TEST_CASE("moments and medians are those of a small sample", "[scores]") {
  const std::vector<double> values{4, 1, 3};

  CHECK(mean_of(values) == Approx(8. / 3));
  CHECK(variance_of(values) == Approx(7. / 3));  // (16 + 25 + 1) / 9 / 2
  CHECK(median_of(values) == 3);
  CHECK(median_of(std::vector<double>{4, 1, 3, 10}) == 3.5);
  CHECK(std::isnan(variance_of(std::vector<double>{4})));
}

TEST_CASE("quantiles of a sample lie between order statistics", "[scores]") {
  const std::vector<double> values = {4, 1, 3, 2};
  CHECK(quantile_of(values, 0.5) == Approx(2.5));
  CHECK(quantile_of(values, 0.05) == Approx(1.15));  // of three steps 0.15
  CHECK(quantile_of(values, 0) == 1);
  CHECK(quantile_of(values, 1) == 4);
  CHECK(quantile_of(std::vector<double>{7}, 0.95) == 7);
}

TEST_CASE("a mixture of normal distributions is their mean", "[scores]") {
  const NormalMixture one{.means = {8}, .sd = 2};
  CHECK(one.quantile(0.05) == Approx(8 - 2 * 1.6448536269514722));
  CHECK(one.quantile(0.5) == Approx(8));
  CHECK(one.log_density(10) == Approx(-0.5 - std::log(2 * std::sqrt(2 * M_PI))));
  // Two apart: the quarters are their middles, and a density is half of each.
  const NormalMixture two{.means = {0, 100}, .sd = 1};
  CHECK(two.quantile(0.25) == Approx(0).margin(1e-9));
  CHECK(two.quantile(0.75) == Approx(100));
  CHECK(two.log_density(100) == Approx(std::log(0.5 / std::sqrt(2 * M_PI))));
  CHECK(two.log_density(1'000) == Approx(std::log(1e-300)));
}

TEST_CASE("the CRPS is the integral that defines it", "[scores]") {
  std::mt19937_64 chance(1);
  for (const std::size_t members : {1u, 2u, 3u, 8u, 50u}) {
    for (int trial = 0; trial < 50; ++trial) {
      auto ensemble = draws(chance, members);
      ensemble.push_back(ensemble.front());  // ties
      const double observed = trial == 0 ? ensemble.front() : draws(chance, 1).front();

      CHECK(crps(ensemble, observed) == Approx(crps_by_integral(ensemble, observed)).epsilon(1e-9));
    }
  }
}

TEST_CASE("the CRPS of one member is its absolute error", "[scores]") {
  CHECK(crps(std::vector<double>{7}, 10) == 3);
  CHECK(crps(std::vector<double>{7, 7, 7}, 7) == 0);
  // F is 1/2 between 0 and 10, the observation 4 a step: 4 / 4 + 6 / 4.
  CHECK(crps(std::vector<double>{0, 10}, 4) == Approx(2.5));
}

TEST_CASE("a negative binomial is the product that defines it", "[scores]") {
  for (const auto& [mean, variance] : {std::pair{0.3, 0.4}, {5.0, 8.0}, {40.0, 400.0}}) {
    const NegativeBinomial n{mean, variance};
    double sum = 0, first = 0, second = 0;
    for (int k = 0; k < 3000; ++k) {
      const double log = n.log_probability(k), p = std::exp(log);
      if (k < 200) {
        CHECK(log == Approx(negative_binomial_by_product(mean, variance, k)).epsilon(1e-9));
      }
      sum += p;
      first += k * p;
      second += k * p * k;
    }
    CHECK(sum == Approx(1));
    CHECK(first == Approx(mean));
    CHECK(second - first * first == Approx(variance));
  }
}

TEST_CASE("a prediction of counts is the Poisson posterior where members vary no more",
          "[scores]") {
  // Jeffreys' prior and n counts with sum S: Gamma(S + 1/2, n), and so a negative binomial of size
  // S + 1/2 and p = n / (n + 1).
  const std::vector<double> members{3, 3, 4, 4};

  const NegativeBinomial n = predictive_counts(members);

  CHECK(n.mean == Approx(14.5 / 4));
  CHECK(n.mean / n.variance == Approx(4. / 5));
  CHECK(n.mean * n.mean / (n.variance - n.mean) == Approx(14.5));
}

TEST_CASE("members that vary more widen a prediction of counts", "[scores]") {
  const std::vector<double> members{0, 10, 20, 50};

  const NegativeBinomial n = predictive_counts(members);

  CHECK(n.mean == Approx(80.5 / 4));
  CHECK(n.variance == Approx(1.25 * 1400 / 3.));  // squares of -20, -10, 0, 30
}

TEST_CASE("nobody in any seed is no certainty", "[scores]") {
  CHECK(std::isfinite(log_score(std::vector<double>{0, 0, 0}, 5)));
  // A tenth of the people without a case says less than all of them.
  const double all = log_score(std::vector<double>{0, 0, 0}, 5, 1);
  const double tenth = log_score(std::vector<double>{0, 0, 0}, 5, 10);
  CHECK(tenth < all);
  // One member: Poisson with the error of its rate.
  CHECK(predictive_counts(std::vector<double>{9}).variance == Approx(19));
}

TEST_CASE("the logarithmic score finds the rate that drew the counts", "[scores]") {
  // Proper: of ensembles, that of the true rate scores best on average, and comes near to the best
  // there is.
  std::mt19937_64 chance(2);
  constexpr int n = 4000;
  constexpr std::size_t members = 50;
  const double rates[] = {15, 20, 26};
  std::vector<double> scores[3], bests;
  std::poisson_distribution<int> truth(20);
  for (int k = 0; k < n; ++k) {
    const double observed = truth(chance);
    bests.push_back(-log_of_poisson(20, observed));
    for (int which = 0; which < 3; ++which) {
      std::poisson_distribution<int> drawn(rates[which]);
      std::vector<double> ensemble(members);
      std::generate(ensemble.begin(), ensemble.end(), [&] { return drawn(chance); });
      scores[which].push_back(log_score(ensemble, observed));
    }
  }
  const double error = std::sqrt(variance_of(scores[1]) / n);
  std::printf(
      "logarithmic score of %d counts by 50 members: %.4f, best %.4f, standard error %.4f\n", n,
      mean_of(scores[1]), mean_of(bests), error);

  CHECK(mean_of(scores[0]) > mean_of(scores[1]) + 4 * error);
  CHECK(mean_of(scores[2]) > mean_of(scores[1]) + 4 * error);
  CHECK(mean_of(scores[1]) == Approx(mean_of(bests)).margin(0.05));
}

TEST_CASE("central intervals cover what they say", "[scores]") {
  std::mt19937_64 chance(3);
  constexpr int n = 20'000;
  for (const std::size_t members : {2u, 8u, 19u, 40u}) {
    for (const double level : {0.5, 0.9}) {
      int covered = 0;
      for (int k = 0; k < n; ++k) {
        const auto ensemble = draws(chance, members);
        covered += central_interval(ensemble, level).holds(draws(chance, 1).front()) ? 1 : 0;
      }
      const double share = static_cast<double>(covered) / n;
      const double nominal = reachable_coverage(level, members);
      const double error = std::sqrt(nominal * (1 - nominal) / n);
      std::printf("%zu members at %.0f %%: covers %.4f of %d, expected %.4f, would notice %.2g\n",
                  members, 100 * level, share, n, nominal, 4 * error);
      // Between two order statistics the interval is not exact but for uniform draws.
      CHECK(share == Approx(nominal).margin(4 * error + 0.01));
    }
  }
}

TEST_CASE("intervals stand at order statistics", "[scores]") {
  const std::vector<double> nineteen{1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                                     11, 12, 13, 14, 15, 16, 17, 18, 19};

  CHECK(central_interval(nineteen, 0.9).low == Approx(1));
  CHECK(central_interval(nineteen, 0.9).high == Approx(19));
  CHECK(central_interval(nineteen, 0.5).low == Approx(5));
  CHECK(central_interval(nineteen, 0.5).high == Approx(15));
  CHECK(central_interval(std::vector<double>{4}, 0.9).low == 4);
  CHECK(reachable_coverage(0.9, 19) == Approx(0.9));
  CHECK(reachable_coverage(0.9, 8) == Approx(7. / 9));
}

TEST_CASE("smoothing is a mean of the days around, where all are there", "[scores]") {
  const auto smooth = centered_mean(std::vector<double>{1, 2, 6, none, 2, 2, 2}, 3);

  CHECK(std::isnan(smooth[0]));
  CHECK(smooth[1] == Approx(3));
  CHECK(std::isnan(smooth[2]));
  CHECK(std::isnan(smooth[3]));
  CHECK(std::isnan(smooth[4]));
  CHECK(smooth[5] == Approx(2));
  CHECK(std::isnan(smooth[6]));
  CHECK(centered_mean(std::vector<double>{1, 2}, 1) == std::vector<double>{1, 2});
}

TEST_CASE("a peak is the first of the largest", "[scores]") {
  CHECK(peak_of(std::vector<double>{none, 1, 5, 5, 2}).at == 2);
  CHECK(peak_of(std::vector<double>{none, 1, 5, 5, 2}).height == 5);
  CHECK(std::isnan(peak_of(std::vector<double>{none, none}).height));
}

TEST_CASE("a series is scored where both are there", "[scores]") {
  const Ensemble members{{1, 2, none, 4}, {3, 2, 5, 8}};
  const std::vector<double> observed{2, 5, 7, none};

  const SeriesScore s = score_of(members, observed);

  CHECK(s.times == 2);  // days 0 and 1: means 2 and 2
  CHECK(s.observed_mean == 3.5);
  CHECK(s.predicted_mean == 2);
  CHECK(s.mae == 1.5);
  CHECK(s.rmse == Approx(std::sqrt(4.5)));
  CHECK(s.crps == Approx(0.5 * (0.5 + 3)));  // of {1, 3} at 2: 1 - 1/2; of {2, 2} at 5: 3
  CHECK(s.log_score == Approx(0.5 * (log_score(std::vector<double>{1, 3}, 2) +
                                     log_score(std::vector<double>{2, 2}, 5))));
  CHECK(s.covered_90 == 0.5);
}

TEST_CASE("what is no count has no logarithmic score", "[scores]") {
  const Ensemble members{{1.5}, {2.5}};

  CHECK(std::isnan(score_of(members, std::vector<double>{2}, std::nullopt).log_score));
  CHECK(std::isnan(score_of(members, std::vector<double>{2.25}).log_score));
  CHECK(std::isfinite(score_of(members, std::vector<double>{2}).log_score));
}

TEST_CASE("no time in common leaves every score open", "[scores]") {
  const SeriesScore s = score_of({{none, 1}}, std::vector<double>{1, none});

  CHECK(s.times == 0);
  CHECK(std::isnan(s.rmse));
  CHECK(std::isnan(s.crps));
}

TEST_CASE("scores of areas are pooled by their times", "[scores]") {
  const Ensemble one{{1, 2, 3}}, other{{10}};
  const std::vector<double> of_one{2, 2, 7}, of_other{4};
  const SeriesScore parts[] = {score_of(one, of_one), score_of(other, of_other),
                               score_of({{none}}, std::vector<double>{1})};

  const SeriesScore all = pooled(parts);

  const SeriesScore whole = score_of({{1, 2, 3, 10}}, std::vector<double>{2, 2, 7, 4});
  CHECK(all.times == 4);
  CHECK(all.rmse == Approx(whole.rmse));
  CHECK(all.mae == Approx(whole.mae));
  CHECK(all.crps == Approx(whole.crps));
  CHECK(all.log_score == Approx(whole.log_score));
  CHECK(all.covered_50 == Approx(whole.covered_50));
}

TEST_CASE("peaks are compared member by member", "[scores]") {
  const Ensemble members{{0, 4, 1, 0}, {0, 1, 6, 0}, {9, 2, 8, 0}};
  const std::vector<double> observed{none, 3, 5, 4};

  const PeakScore p = peak_score(members, observed, 1);

  CHECK(p.found);
  CHECK(p.observed.at == 2);
  CHECK(p.observed.height == 5);
  CHECK(p.at == 2);  // 1, 2, and 2, since day 0 is not observed
  CHECK(p.height == 6);
  CHECK(p.at_90.low == 1);
  CHECK(p.height_90.high == 8);
  CHECK_FALSE(peak_score({{0, 0}}, std::vector<double>{1, 2}, 1).found);
  CHECK_FALSE(peak_score({{0, 1}}, std::vector<double>{0, 0}, 1).found);
}
