// What scenarios can say about the classics: documented, with initial values that are the settings'
// own, and mistakes that are told.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/adoption/parameters.h"
#include "behaviors/bounded_confidence/parameters.h"
#include "behaviors/culture/parameters.h"
#include "behaviors/flocking/parameters.h"
#include "behaviors/predation/parameters.h"
#include "behaviors/random_walk/parameters.h"
#include "behaviors/repeated_games/parameters.h"
#include "behaviors/segregation/parameters.h"
#include "behaviors/sparse_life/parameters.h"
#include "behaviors/spatial_dilemma/parameters.h"
#include "behaviors/thresholds/parameters.h"
#include "behaviors/voter/parameters.h"

using namespace throng;

namespace {

/// "parameter: text" of everything that the checks between parameters complain about.
std::vector<std::string> complaints(const Schema& schema, const Values& values) {
  std::vector<std::string> all;
  for (const CrossCheck& check : schema.checks()) {
    check.body(values, [&](std::string_view where, const std::string& text) {
      all.push_back(std::string(where) + ": " + text);
    });
  }
  return all;
}

template <class Settings>
void sound(void (*declare)(Schema&), Settings (*settings_from)(const Values&)) {
  Schema schema;
  declare(schema);
  CHECK(undocumented(schema.fields()).empty());
  CHECK(complaints(schema, schema.initial_values()).empty());
  CHECK(settings_from(schema.initial_values()) == Settings{});
}

}  // namespace

TEST_CASE("initial values of the classics are documented and stand once", "[classics]") {
  sound(adoption::declare, adoption::settings_from);
  sound(bounded_confidence::declare, bounded_confidence::settings_from);
  sound(culture::declare, culture::settings_from);
  sound(flocking::declare, flocking::settings_from);
  sound(predation::declare, predation::settings_from);
  sound(random_walk::declare, random_walk::settings_from);
  sound(repeated_games::declare, repeated_games::settings_from);
  sound(segregation::declare, segregation::settings_from);
  sound(sparse_life::declare, sparse_life::settings_from);
  sound(spatial_dilemma::declare, spatial_dilemma::settings_from);
  sound(thresholds::declare, thresholds::settings_from);
  sound(voter::declare, voter::settings_from);
}

TEST_CASE("sizes of the classics that do not fit together are mistakes", "[classics]") {
  using Told = std::vector<std::string>;
  {
    Schema schema;
    flocking::declare(schema);
    Values v = schema.initial_values();
    v.set(flocking::parameters::personal, 60.0);
    CHECK(complaints(schema, v) ==
          Told{"flocking.personal_space: flocking.personal_space is above flocking.sight (one "
               "cannot keep away from whom one does not see). Write at most flocking.sight."});
  }
  {
    Schema schema;
    predation::declare(schema);
    Values v = schema.initial_values();
    v.set(predation::parameters::most, i64{99});
    CHECK(complaints(schema, v) ==
          Told{"predation.most_animals: predation.most_animals is below the sheep or wolves of the "
               "beginning (one rank may have to hold them all). Write more."});
  }
  {
    Schema schema;
    voter::declare(schema);
    Values v = schema.initial_values();
    v.set(voter::parameters::people, i64{9});
    v.set(voter::parameters::degree, i64{9});
    CHECK(complaints(schema, v) ==
          Told{"voter.degree: voter.degree is 9 among 9 people (as many stand on one's left as on "
               "one's right). Write an even number below voter.people.",
               "voter.yes: voter.yes is 300 (a group has only 9 people). Write at most "
               "voter.people."});
  }
  {
    Schema schema;
    voter::declare(schema);
    Values v = schema.initial_values();
    v.set(voter::parameters::people, i64{8});
    v.set(voter::parameters::yes, i64{2});
    v.set(voter::parameters::graph, Choice{"wheel", 1});
    CHECK(complaints(schema, v).empty());  // a wheel has no degree to be wrong
  }
  {
    Schema schema;
    thresholds::declare(schema);
    Values v = schema.initial_values();
    v.set(thresholds::parameters::raised, i64{99});
    CHECK(complaints(schema, v).empty());
    v.set(thresholds::parameters::raised, i64{100});
    CHECK(complaints(schema, v) ==
          Told{"thresholds.raised: thresholds.raised is 100 (people are numbered from 0 to 99). "
               "Name one of them."});
  }
  {
    Schema schema;
    voter::declare(schema);
    Values v = schema.initial_values();
    v.set(voter::parameters::groups, i64{1'000'000});
    CHECK(complaints(schema, v) ==
          Told{"voter.groups: voter.groups times voter.people is above 100,000,000 (ids and memory "
               "end somewhere). Write less."});
  }
  {
    Schema schema;
    bounded_confidence::declare(schema);
    Values v = schema.initial_values();
    v.set(bounded_confidence::parameters::meeting, Choice{"everybody", 1});
    v.set(bounded_confidence::parameters::people, i64{200'000});
    CHECK(complaints(schema, v) ==
          Told{"bounded_confidence.people: bounded_confidence.people is 200000 (with everybody, a "
               "step costs its square, on every rank). Write at most 100000, or let pairs meet."});
  }
  {
    Schema schema;
    repeated_games::declare(schema);
    Values v = schema.initial_values();
    v.set(repeated_games::parameters::mutant_count, i64{21});
    v.set(repeated_games::parameters::groups, i64{1'000'000 * 2});
    CHECK(
        complaints(schema, v) ==
        Told{"repeated_games.mutant_count: repeated_games.mutant_count is 21 (a group has only 20 "
             "people). Write at most repeated_games.people.",
             "repeated_games.groups: repeated_games.groups times repeated_games.people squared is "
             "above 500,000,000 (everybody of a group sees everybody). Write less."});
  }
}
