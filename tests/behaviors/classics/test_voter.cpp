// Voters against the probability that their opinion is everybody's in the end.
#include <catch2/catch.hpp>

#include "behaviors/person/columns.h"
#include "behaviors/voter/columns.h"
#include "behaviors/voter/voter.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using epidemic::fixture::agrees;
using epidemic::fixture::proportion;

namespace {

/// Of the groups, how many agree on yes when all agree.
i64 for_yes(const voter::Settings& settings) {
  Simulation s({}, voter::make_population({}, settings, 1, {}), {.seed = 11});
  voter::add_to(s, settings);
  s.start();
  const auto opinion = s.population().kind(person::kind).values(voter::opinion);
  for (;;) {
    for (int k = 0; k < 20; ++k) {
      s.step();
    }
    i64 yes = 0, settled = 0;
    for (AgentId g = 0; g < settings.groups; ++g) {
      i64 here = 0;
      for (AgentId k = 0; k < settings.people; ++k) {
        here += static_cast<i64>(opinion[g * settings.people + k]);
      }
      yes += here == settings.people ? 1 : 0;
      settled += here == settings.people || here == 0 ? 1 : 0;
    }
    if (settled == settings.groups) {
      return yes;
    }
  }
}

}  // namespace

TEST_CASE("an opinion wins with the share of acquaintances it begins with",
          "[classics][voter][.statistics]") {
  // The sum of degree times opinion does not drift when everybody copies at once. On a ring all
  // have one degree: 4 of 9. On a wheel of 8 the hub and one of the rim have 7 + 3 of 28, where
  // counting heads gives 0.25.
  const voter::Settings ring{.people = 9, .groups = 60'000, .degree = 4, .yes = 4};
  agrees("voters on a ring", proportion(for_yes(ring), ring.groups), 4.0 / 9, 0.02);
  const voter::Settings wheel{
      .people = 8, .groups = 80'000, .graph = voter::Graph::wheel, .yes = 2};
  agrees("voters on a wheel", proportion(for_yes(wheel), wheel.groups), 10.0 / 28, 0.02);
}

TEST_CASE("two thousand groups of voters already tell degree from number", "[classics][voter]") {
  const voter::Settings wheel{
      .people = 11, .groups = 2'000, .graph = voter::Graph::wheel, .yes = 1};
  // The hub alone: 10 of 40, where counting heads gives 0.09.
  agrees("voters on a wheel", proportion(for_yes(wheel), wheel.groups), 10.0 / 40, 0.2);
}
