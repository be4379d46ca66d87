// Work without an epidemic, built in code for tests: a population, settings by hand, and a plain
// twin of the weekly step.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "behaviors/labor/columns.h"
#include "behaviors/labor/labor.h"
#include "behaviors/labor/settings.h"
#include "behaviors/person/columns.h"
#include "scenarios/assemble.h"
#include "scenarios/city/town.h"
#include "tests/sim/scripted.h"

namespace throng::labor::example {

/// Separation 0.034 and finding 0.45 a month everywhere; nothing closed; one age band.
inline Settings settings(const PopulationSource& source, Step steps) {
  const person::Geography g = geography_of(source);
  Settings s;
  s.steps = steps;
  s.sectors = static_cast<u32>(g.sectors.size());
  s.boroughs = static_cast<u32>(g.boroughs.size());
  s.borough_of_residence = g.borough_of;
  for (u32 h = 0; h + 1 < g.first_place.size(); ++h) {
    s.borough_of_place.resize(g.first_place[h + 1], g.borough_of[h]);
  }
  s.finding = over_days(0.45, 7);
  s.unemployment.assign(s.boroughs, 0.034 / (0.034 + 0.45));
  s.separation.assign(s.boroughs, s.finding * 0.034 / 0.45);
  s.vacancy_rate = 0.045;
  s.elasticity = 0.5;
  s.closed.assign((steps + std::size_t{1}) * s.sectors, 0);
  s.lost.assign((steps + std::size_t{1}) * s.sectors, 0);
  s.at_risk.assign(s.sectors, 1);
  s.layoff_speed = 0.5;
  s.temporary_share = 0.8;
  s.recall = over_days(0.6, 7);
  s.turns_permanent = over_days(0.1, 7);
  s.laid_off_file = 0.9;
  s.separated_file = 0.4;
  s.filing_delay.assign(steps + std::size_t{1}, 4);
  return s;
}

/// Closes a share of every sector's teams in the steps [from, to).
inline void close(Settings& s, double share, Step from, Step to) {
  for (Step step = from; step < to && step <= s.steps; ++step) {
    for (u32 k = 0; k < s.sectors; ++k) {
      s.closed[std::size_t{step} * s.sectors + k] = share;
    }
  }
}

/// Who falls ill, recovers and dies: functions of the id and the step. Nobody, unless a test says.
using HealthOn = std::function<person::Health(AgentId, Step)>;

/// One run. People are in order of id.
class Trial {
 public:
  Trial(const PopulationSource& source, std::shared_ptr<const Settings> settings, u64 seed,
        HealthOn health = nullptr, bool check_order = false)
      : settings_(std::move(settings)), health_on_(std::move(health)) {
    const Communicator alone;
    Population population =
        build_by_geography(alone, source, geography_of(source), {.age_bands = {0}, .seed = seed});
    add_networks(alone, population);
    labor::populate(alone, population, *settings_, seed);
    simulation_ = std::make_unique<Simulation>(
        alone, std::move(population), SimulationOptions{.seed = seed, .check_order = check_order});
    if (health_on_) {
      simulation_->add_substep(
          "health", test::behaviors(test::Script{
                        .name = "test.health",
                        .kind = std::string(person::kind),
                        .bind = [this](Binder& b) { health_ = b.writes(person::health); },
                        .act =
                            [this](const Act& a) {
                              a.for_each(all(), [&](const ActRow& me) {
                                if (me[health_] != static_cast<u8>(person::Health::dead)) {
                                  me.set(health_, static_cast<u8>(health_on_(me.id(), a.now())));
                                }
                              });
                            }}));
    }
    labor::add_to(*simulation_, settings_);
    simulation_->start();
  }
  Simulation& simulation() { return *simulation_; }
  const Settings& settings() const { return *settings_; }
  void steps(Step n) {
    for (Step k = 0; k < n; ++k) {
      simulation_->step();
    }
  }
  template <class C>
  auto people(const C& column) {
    return simulation_->population().kind(person::kind).values(column);
  }
  template <class C>
  auto markets(const C& column) {
    return simulation_->population().kind(market_kind).values(column);
  }
  i64 with(Status s) const { return simulation_->counts(status.name).count_of(label(s)); }
  i64 flow_of(Flow f) const {
    const auto& all = simulation_->tally(flow.name);
    i64 sum = 0;
    for (u32 b = 0; b < settings_->boroughs; ++b) {
      sum += all[static_cast<u32>(f) * settings_->boroughs + b];
    }
    return sum;
  }

 private:
  std::shared_ptr<const Settings> settings_;
  HealthOn health_on_;
  Writes<u8> health_;
  std::unique_ptr<Simulation> simulation_;
};

}  // namespace throng::labor::example
