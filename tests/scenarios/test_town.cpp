#include <map>

#include <catch2/catch.hpp>

#include "scenarios/city/fit.h"
#include "scenarios/city/town.h"
#include "sim/error.h"

using namespace throng;

TEST_CASE("a town has the people, neighborhoods and households it was asked for", "[town]") {
  const Town town({.people = 20'000, .neighborhoods = 9});
  const BuiltPopulation built(town);

  CHECK(town.people() == 20'000);
  CHECK(town.neighborhoods() == 9);
  u32 households = 0, alone = 0, minors = 0, pupils = 0, workers = 0;
  for (u32 i = 0; i < 20'000; ++i) {
    households += built.household_position[i] == 0;
    alone += built.household_size[i] == 1;
    minors += built.age[i] >= 6 && built.age[i] < 14;
    pupils += built.age[i] >= 6 && built.age[i] < 14 && built.place[i] != no_place;
    workers += built.sector[i] != no_sector;
  }
  CHECK(alone == Approx(.32 * households).epsilon(.01));
  CHECK(pupils == Approx(minors).epsilon(.06));
  CHECK(workers == 9'600);
  CHECK(check_fit(town).pass());
}

TEST_CASE("a town without families has households of exactly the size asked for", "[town]") {
  const Town town({.people = 4'000,
                   .neighborhoods = 1,
                   .household_sizes = {0, 0, 0, 1, 0, 0, 0},
                   .school = false,
                   .work = false,
                   .families = false,
                   .uneven_contacts = false});
  const BuiltPopulation built(town);

  CHECK(town.places() == 0);
  for (u32 i = 0; i < 4'000; ++i) {
    REQUIRE(built.household_size[i] == 4);
    REQUIRE(built.household_position[i] == i % 4);
    REQUIRE(built.place[i] == no_place);
    REQUIRE(built.contact_rate[i] == 40);
  }
}

TEST_CASE("everybody may live alone in a town without families", "[town]") {
  const Town town({.people = 501,
                   .neighborhoods = 1,
                   .household_sizes = {1, 0, 0, 0, 0, 0, 0},
                   .school = false,
                   .work = false,
                   .families = false});
  const BuiltPopulation built(town);

  for (const u8 size : built.household_size) {
    REQUIRE(size == 1);
  }
}

TEST_CASE("towns of any small size can be built", "[town]") {
  for (const AgentId people : {1u, 2u, 7u, 33u, 150u, 999u}) {
    for (const u32 neighborhoods : {1u, 2u, 5u}) {
      if (neighborhoods <= people) {
        for (const bool families : {true, false}) {
          const Town town({.people = people, .neighborhoods = neighborhoods, .families = families});
          const BuiltPopulation built(town);
          INFO(people << " people in " << neighborhoods);
          CHECK(built.age.size() == people);
          for (std::size_t i = 0; i < people; ++i) {
            REQUIRE((built.place[i] == no_place || built.place[i] < town.places()));
          }
        }
      }
    }
  }
}

TEST_CASE("uneven contacts have mean 20 a day and the spread of an exponential", "[town]") {
  const Town town({.people = 100'000, .neighborhoods = 4});
  const BuiltPopulation built(town);
  double sum = 0, squares = 0;
  for (const u8 c : built.contact_rate) {
    sum += c / 2.0;
    squares += c / 2.0 * c / 2.0;
  }

  // n = 100,000, standard error of the mean 20 / sqrt(n) = 0.063: 4 of them notice 1.3 %.
  const double mean = sum / 1e5, deviation = std::sqrt(squares / 1e5 - mean * mean);
  INFO("n = 100000, mean " << mean << ", standard deviation " << deviation);
  CHECK(std::abs(mean - 20) < 0.253);
  CHECK(deviation == Approx(20).epsilon(.02));
}

TEST_CASE("a town put together in code refuses parameters out of range", "[town]") {
  TownParameters ageless;
  ageless.ages.fill(0);

  CHECK_THROWS_AS(Town({.people = 0}), ContractError);
  CHECK_THROWS_AS(Town({.neighborhoods = 0}), ContractError);
  CHECK_THROWS_AS(Town({.people = 3, .neighborhoods = 4}), ContractError);
  CHECK_THROWS_AS(Town({.neighborhoods = 1001}), ContractError);
  CHECK_THROWS_AS(Town({.household_sizes = {.5, .4, 0, 0, 0, 0, 0}}), ContractError);
  CHECK_THROWS_AS(Town(ageless), ContractError);
}
