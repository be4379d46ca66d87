#include <cmath>

#include <catch2/catch.hpp>

#include "scenarios/city/town.h"
#include "scenarios/town_parameters.h"
#include "tests/scenarios/people_schema.h"

using namespace throng;

namespace {
double mean_of(const std::array<double, size_classes>& share) {
  return share[0] + 2 * share[1] + 3 * share[2] + 4 * share[3] + 5 * share[4] + 6 * share[5] +
         7.6 * share[6];
}

double mean_household(const Town& town) {
  const BuiltPopulation built(town);
  u32 households = 0;
  for (const u8 position : built.household_position) {
    households += position == 0;
  }
  return static_cast<double>(town.people()) / households;
}
}  // namespace

TEST_CASE("household sizes have the mean asked for", "[town]") {
  for (const double mean : {1.0, 1.2, 2.0, 2.53, 4.0, 6.9, 7.6}) {
    const auto share = household_sizes_of_mean(mean);

    double sum = 0;
    for (const double x : share) {
      REQUIRE(x >= 0);
      sum += x;
    }
    INFO(mean);
    CHECK(std::abs(sum - 1) < 1e-12);
    CHECK(std::abs(mean_of(share) - mean) < 1e-6);
  }
}

TEST_CASE("the town's own mean leaves its household sizes as they are", "[town]") {
  const auto own = TownParameters().household_sizes;

  const auto share = household_sizes_of_mean(mean_of(own));

  for (u32 s = 0; s < size_classes; ++s) {
    CHECK(std::abs(share[s] - own[s]) < 1e-12);
  }
}

TEST_CASE("household sizes are tilted by the same factor from each size to the next", "[town]") {
  const auto own = TownParameters().household_sizes;

  const auto share = household_sizes_of_mean(3.5);

  const double factor = share[1] / own[1] / (share[0] / own[0]);
  CHECK(factor > 1);
  for (u32 s = 1; s < size_classes; ++s) {
    CHECK(share[s] / own[s] / (share[s - 1] / own[s - 1]) == Approx(factor).epsilon(1e-9));
  }
}

TEST_CASE("a town has households of the mean size its scenario asks for", "[town]") {
  for (const double mean : {1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.5, 7.0}) {
    Values values = test::people_schema().initial_values();
    values.set(scenario::town_people, i64{20'000});
    values.set(scenario::town_mean_household, mean);

    const Town town(town_parameters(values));

    INFO(mean);
    CHECK(mean_household(town) == Approx(mean).epsilon(.02));
  }
}

TEST_CASE("a town is what its scenario says", "[town]") {
  Values values = test::people_schema().initial_values();
  values.set(scenario::town_people, i64{1'234});
  values.set(scenario::town_neighborhoods, i64{7});
  values.set(scenario::town_school, false);
  values.set(scenario::town_work, false);
  values.set(scenario::run_seed, i64{11});

  const TownParameters by_run = town_parameters(values);
  values.set(scenario::population_seed, i64{12});
  values.set(scenario::town_mean_household, 1.4);
  const TownParameters by_population = town_parameters(values);

  CHECK(by_run.people == 1'234);
  CHECK(by_run.neighborhoods == 7);
  CHECK_FALSE(by_run.school);
  CHECK_FALSE(by_run.work);
  CHECK(by_run.families);
  CHECK(by_run.seed == 11);
  CHECK(by_population.seed == 12);
  CHECK_FALSE(by_population.families);
}
