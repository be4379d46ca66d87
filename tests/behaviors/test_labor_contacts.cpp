// What work and an epidemic tell each other: contacts of those without work, and who is ill or
// dead.
#include <catch2/catch.hpp>

#include "behaviors/person/columns.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::epidemic;
using namespace throng::epidemic::fixture;

namespace {

Model town(bool work_is_known, bool daily_visits) {
  Model m = covid(std::make_shared<Town>(TownParameters{.people = 10'000, .neighborhoods = 2}), 60);
  m.settings->r0 = 4;
  m.settings->seeds = {anybody(100)};
  m.settings->contacts.weight[static_cast<std::size_t>(Layer::work)] = 3;
  m.settings->geography.outsiders = {.2};
  m.settings->daily_visits = daily_visits;
  calibrate(m);
  m.settings->work.known = work_is_known;
  return m;
}

bool has_none(AgentId id) { return mix(id) % 3 == 0; }

struct AtWork {
  i64 all = 0, without_work = 0, of_ill = 0;
};

AtWork infections_at_work(const Model& m, bool some_have_none) {
  Trial trial(m, 3, Log::yes);
  if (m.settings->work.known) {
    const auto off = trial.values(person::off_work);
    for (AgentId id = 0; id < off.size(); ++id) {
      off[id] = some_have_none && has_none(id) ? 1 : 0;
    }
  }
  trial.run();
  const auto symptoms = trial.values(symptoms_on);
  AtWork sum;
  for (const auto& t : trial.log()) {
    if (static_cast<Layer>(t.layer) == Layer::work) {
      ++sum.all;
      sum.without_work += has_none(t.source) || has_none(t.target);
      sum.of_ill += symptoms[t.source] <= t.step;
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("who has no work infects nobody there and is infected by nobody", "[labor]") {
  for (const bool daily_visits : {false, true}) {
    const AtWork before = infections_at_work(town(false, daily_visits), false);
    const AtWork after = infections_at_work(town(true, daily_visits), true);

    INFO((daily_visits ? "daily visits" : "timers"));
    CHECK(before.without_work > 100);
    CHECK(before.of_ill > 100);
    CHECK(after.all > 100);
    CHECK(after.without_work == 0);
    CHECK(after.of_ill == 0);
  }
}

TEST_CASE("health says who is ill and who is dead, day by day", "[labor]") {
  const Model m = town(true, false);
  Trial trial(m, 5);
  const auto& stages = m.settings->history->stages();

  i64 ill = 0, dead = 0;
  for (Step day = 1; day <= 60; ++day) {
    trial.step();
    for (Row r = 0; r < trial.values(stage).size(); ++r) {
      const Stage& in = stages[trial.values(stage)[r]];
      const auto expected = in.role == StageRole::dead ? person::Health::dead
                            : in.symptomatic || in.role != StageRole::at_large
                                ? person::Health::ill
                                : person::Health::well;
      REQUIRE(trial.values(person::health)[r] == static_cast<u8>(expected));
      ill += expected == person::Health::ill;
      dead += expected == person::Health::dead;
    }
  }

  CHECK(ill > 1000);
  CHECK(dead > 10);
  CHECK(trial.simulation().content_hash() == trial.simulation().full_hash());
}
