// Opinions against the numbers of clusters that Deffuant and Hegselmann with Krause found.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/bounded_confidence/bounded_confidence.h"
#include "behaviors/bounded_confidence/columns.h"
#include "behaviors/person/columns.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::bounded_confidence;
using epidemic::fixture::estimate;

namespace {

/// Sizes of clusters, in order of opinion: opinions in order, cut where two neighbors are further
/// apart than anybody listens over.
std::vector<std::size_t> clusters_of(std::vector<double> opinions, double confidence) {
  std::sort(opinions.begin(), opinions.end());
  std::vector<std::size_t> sizes = {1};
  for (std::size_t k = 1; k < opinions.size(); ++k) {
    if (opinions[k] - opinions[k - 1] > confidence) {
      sizes.push_back(0);
    }
    ++sizes.back();
  }
  return sizes;
}

/// Clusters with a tenth of all people or more.
double large_of(const std::vector<double>& opinions, double confidence) {
  const auto sizes = clusters_of(opinions, confidence);
  return static_cast<double>(std::count_if(
      sizes.begin(), sizes.end(), [&](std::size_t n) { return 10 * n >= opinions.size(); }));
}

std::vector<double> outcome_of(const Settings& settings, u64 seed, Step steps) {
  Simulation s({}, make_population({}, settings, seed, {}), {.seed = seed});
  add_to(s, settings);
  s.start();
  while (s.now() < steps) {
    s.step();
  }
  const auto values = s.population().kind(person::kind).values(opinion);
  return {values.begin(), values.end()};
}

/// The classic: one random pair after the other.
std::vector<double> one_by_one(const Settings& settings, u64 seed, u32 meetings) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> x(settings.people);
  std::generate(x.begin(), x.end(), [&] { return uniform(random); });
  std::uniform_int_distribution<std::size_t> anybody(0, x.size() - 1);
  for (u32 k = 0; k < meetings; ++k) {
    const std::size_t a = anybody(random), b = anybody(random);
    const double difference = x[b] - x[a];
    if (std::abs(difference) <= settings.confidence) {
      x[a] += settings.convergence * difference;
      x[b] -= settings.convergence * difference;
    }
  }
  return x;
}

}  // namespace

TEST_CASE("pairs end in one, two or three large clusters, as one by one",
          "[classics][bounded_confidence][.statistics]") {
  // 1 / (2 confidence), rounded down (Deffuant et al. 2000, figure 4). Small clusters that are left
  // over at the ends do not count.
  constexpr int seeds = 40;
  for (const auto& [confidence, expected] :
       {std::pair{0.3, 1.0}, std::pair{0.2, 2.0}, std::pair{0.15, 3.0}}) {
    const Settings settings{.people = 1000, .confidence = confidence};
    std::vector<double> large, classic;
    for (u64 seed = 1; seed <= seeds; ++seed) {
      // A fifth of the people are asking and granted in a step.
      large.push_back(large_of(outcome_of(settings, seed, 300), confidence));
      classic.push_back(large_of(one_by_one(settings, seed, 300 * 200), confidence));
    }
    const auto as_expected = [n = expected](const std::vector<double>& counts) {
      return std::count(counts.begin(), counts.end(), n);
    };
    const auto here = estimate(large), there = estimate(classic);
    std::cout << "confidence " << confidence << ": mean of large clusters " << here.mean << " ("
              << here.error << "), one by one " << there.mean << " (" << there.error << "); "
              << as_expected(large) << " and " << as_expected(classic) << " of " << seeds
              << " have " << expected << "\n";
    CHECK(std::abs(here.mean - there.mean) <= 4 * std::hypot(here.error, there.error));
    CHECK(as_expected(large) >= seeds * 3 / 4);
  }
}

TEST_CASE("a pair meets in the middle, and nobody is in two pairs",
          "[classics][bounded_confidence]") {
  const Settings settings{.people = 500, .confidence = 1};
  Simulation s({}, make_population({}, settings, 5, {}), {.seed = 5});
  add_to(s, settings);
  s.start();
  const auto values = s.population().kind(person::kind).values(opinion);
  u64 moved = 0;
  for (int k = 0; k < 5; ++k) {
    const std::vector<double> before(values.begin(), values.end());
    s.step();
    std::map<double, std::vector<double>> met;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (values[i] != before[i]) {
        met[std::round(values[i] * 1e12)].push_back(before[i]);
        ++moved;
      }
    }
    for (const auto& [middle, pair] : met) {
      REQUIRE(pair.size() == 2);
      CHECK((pair[0] + pair[1]) / 2 * 1e12 == Approx(middle));
    }
  }
  // Half ask, half of whom find a listener; a listener is asked Poisson(1/2) times: 1 - exp(-1/2)
  // of a half are granted, 0.39 of all people are in a pair; 5 x 500 x 0.39 = 984.
  CHECK(static_cast<double>(moved) == Approx(984).margin(4 * 35));
}

TEST_CASE("who listens to everybody ends in one cluster or three",
          "[classics][bounded_confidence]") {
  Settings s{.people = 101, .meeting = Meeting::everybody, .start = Start::spaced};
  s.confidence = 0.2525;
  CHECK(clusters_of(outcome_of(s, 1, 100), s.confidence).size() == 1);
  s.confidence = 0.1525;
  CHECK(clusters_of(outcome_of(s, 1, 100), s.confidence).size() == 3);
}
