// What holds in every epidemic, measures in force, read from the log of infections and from
// columns.
#include <map>
#include <numeric>

#include <catch2/catch.hpp>

#include "behaviors/person/columns.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::epidemic;
using namespace throng::epidemic::fixture;

namespace {

constexpr std::size_t index(Layer layer) { return static_cast<std::size_t>(layer); }

/// People of these age bands stay home every week.
class SomeStayHome final : public CellProvider {
 public:
  static constexpr double from_band = 5;
  std::string_view name() const override { return "some"; }
  void answer(const CellQuestions& questions, std::span<u32> shares) const override {
    for (std::size_t k = 0; k < shares.size(); ++k) {
      const double band = questions.features[k * questions.names.size()];
      shares[k] = band >= from_band ? whole_share : 0;
    }
  }
};

template <class T>
std::vector<T> copy(std::span<T> values) {
  return {values.begin(), values.end()};
}

/// What a trial of New York showed day by day.
struct Watched {
  std::map<u8, i64> by_layer;
  i64 risen = 0, lost = 0;               ///< left the dead; days on which stages do not add up
  i64 from_isolated = 0, from_dead = 0;  ///< infections outside the household
  i64 from_home = 0, to_home = 0;  ///< by and of people who stay home, where these meet nobody
  i64 in_closed_schools = 0, in_schools = 0, by_isolated_at_home = 0, dead = 0;
};

constexpr Step schools_close = 30;

Watched watch(const Model& m, u64 seed) {
  Watched w;
  Trial trial(m, seed, Log::yes);
  const u8 stage_dead = stage_named(*m.settings, "dead");
  const auto stage_of = trial.values(stage);
  const auto isolating = trial.values(isolating_until);
  const auto cell = trial.values(person::cell);
  const auto stays = [&](AgentId i) {
    return cell[i] % m.settings->bands >= SomeStayHome::from_band;
  };
  std::size_t seen = 0;
  while (trial.simulation().now() < m.settings->steps) {
    const auto stage_before = copy(stage_of);
    const auto isolating_before = copy(isolating);
    trial.step();
    const Step now = trial.simulation().now();
    i64 people = 0;
    for (u8 s = 0; s < m.settings->history->stages().size(); ++s) {
      people += trial.count_of(s);
    }
    w.lost += people != m.source->people();
    for (std::size_t i = 0; i < stage_before.size(); ++i) {
      w.risen += stage_before[i] == stage_dead && stage_of[i] != stage_dead;
    }
    for (; seen < trial.log().size(); ++seen) {
      const auto& t = trial.log()[seen];
      ++w.by_layer[t.layer];
      if (t.layer == index(Layer::outside)) {
        continue;
      }
      const bool isolated = isolating_before[t.source] > now;
      w.from_dead += stage_before[t.source] == stage_dead;
      w.from_isolated += isolated && t.layer != index(Layer::household);
      w.by_isolated_at_home += isolated && t.layer == index(Layer::household);
      w.in_schools += t.layer == index(Layer::school);
      w.in_closed_schools += t.layer == index(Layer::school) && now >= schools_close;
      const bool meets = t.layer == index(Layer::household) || t.layer == index(Layer::quarters);
      w.from_home += now > 1 && !meets && stays(t.source);
      w.to_home += now > 1 && !meets && stays(t.target);
    }
  }
  w.dead = trial.count_of(stage_dead);
  return w;
}

Model measured_new_york(Step steps) {
  Model m = new_york(.01, steps);
  Settings& s = *m.settings;
  s.r0 = 4;
  s.seeds = {anybody(2'000)};
  calibrate(m);
  s.measures.isolation_compliance.assign(steps + std::size_t{1}, .8);
  s.measures.isolated = {1, 0, 0, 0, 0, 0, 1};
  s.measures.schools_closed.assign(steps + std::size_t{1}, 0);
  for (Step t = schools_close; t <= steps; ++t) {
    s.measures.schools_closed[t] = 1;
  }
  s.measures.at_home = {1, 0, 0, 0, 1, 0, 1};
  return m;
}

}  // namespace

TEST_CASE("measures hold, the dead stay dead and nobody is lost", "[epidemic]") {
  Model m = measured_new_york(90);

  const Watched w = watch(m, 5);

  CHECK(w.lost == 0);
  CHECK(w.risen == 0);
  CHECK(w.from_dead == 0);
  CHECK(w.dead > 20);
  CHECK(w.from_isolated == 0);
  CHECK(w.by_isolated_at_home > 100);
  CHECK(w.in_closed_schools == 0);
  CHECK(w.in_schools > 100);
  for (const Layer layer : {Layer::household, Layer::work, Layer::community, Layer::quarters}) {
    CHECK(w.by_layer.at(static_cast<u8>(layer)) > 20);
  }
  CHECK(w.by_layer.at(static_cast<u8>(Layer::outside)) == 2'000);
}

TEST_CASE("who stays home neither infects nor is infected where nothing is left", "[epidemic]") {
  Model m = measured_new_york(60);
  const Watched free = watch(m, 6);
  m.settings->stay_home.provider = std::make_shared<SomeStayHome>();

  const Watched w = watch(m, 6);

  CHECK(free.from_home > 1'000);
  CHECK(free.to_home > 1'000);
  CHECK(w.from_home == 0);
  CHECK(w.to_home == 0);
  CHECK(w.from_isolated == 0);
  CHECK(w.lost == 0);
}

TEST_CASE("who isolates is not infected where nothing is left", "[epidemic]") {
  Model m = new_york(.01, 40);
  Settings& s = *m.settings;
  s.r0 = 4;
  s.seeds = {anybody(2'000)};
  s.measures.isolated = {0, 0, 0, 0, 0, 0, 1};
  calibrate(m);
  const auto infected_of_every_third = [&](bool isolated) {
    Trial trial(m, 7, Log::yes);
    const auto until = trial.values(isolating_until);
    for (std::size_t i = 0; isolated && i < until.size(); i += 3) {
      until[i] = last_step;
    }
    trial.run();
    i64 infected = 0;
    for (const auto& t : trial.log()) {
      infected += t.target % 3 == 0 && t.layer != index(Layer::outside);
    }
    return std::pair{infected, static_cast<i64>(trial.log().size())};
  };

  CHECK(infected_of_every_third(false).first > 1'000);
  const auto [infected, all] = infected_of_every_third(true);
  CHECK(infected == 0);
  CHECK(all > 10'000);
}
