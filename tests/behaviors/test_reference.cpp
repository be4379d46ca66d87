// The engine and the plain reference are one epidemic: over many seeds, their counts of infections
// are samples of one distribution. So are the timer kernel and the one that visits everybody daily.
#include <functional>
#include <iostream>
#include <numeric>

#include <catch2/catch.hpp>

#include "behaviors/epidemic/reference.h"
#include "scenarios/reference_times.h"
#include "sim/chance.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::epidemic;
using namespace throng::epidemic::fixture;

namespace {

using Series = std::vector<i64>;

constexpr u64 towns = 200;  ///< seeds a kernel

Series of_engine(const Model& m, u64 seed) {
  Trial trial(m, seed);
  trial.run();
  Series infections = trial.infections();
  infections.resize(m.settings->steps + std::size_t{1});
  return infections;
}

Series of_reference(const Model& m, Population& population, u64 seed) {
  ReferenceEpidemic reference(population, m.settings, m.beta, seed);
  while (reference.now() < m.settings->steps) {
    reference.step();
  }
  return reference.infections();
}

/// Compares what was infected up to some days, and on the days themselves. Differences of the mean
/// of more than `notices` of it are sure to be seen.
void same_epidemic(const std::string& what, const std::vector<Series>& a,
                   const std::vector<Series>& b, const std::vector<Step>& days, double notices) {
  // A p value of .001 for the whole family of comparisons.
  const double least = .001 / (2 * static_cast<double>(days.size()));
  for (const Step day : days) {
    const auto sample = [&](const std::vector<Series>& of, Step from) {
      std::vector<double> sums;
      for (const Series& s : of) {
        sums.push_back(
            static_cast<double>(std::accumulate(s.begin() + from, s.begin() + day + 1, i64{0})));
      }
      return sums;
    };
    const double p = same_distribution(sample(a, 0), sample(b, 0));
    const double p_day = same_distribution(sample(a, day - 4), sample(b, day - 4));
    const Estimate of_a = estimate(sample(a, 0)), of_b = estimate(sample(b, 0));
    const double error = std::hypot(of_a.error, of_b.error);
    const double apart = (of_a.mean - of_b.mean) / error, seen = 4 * error / of_b.mean;
    INFO(what << ", day " << day << ": " << of_a.mean << " and " << of_b.mean << " infected, "
              << apart << " standard errors apart, p = " << p << " in all and " << p_day
              << " for the last five days");
    std::cout << what << ", day " << day << ": " << of_a.mean << " (" << of_a.error << ") and "
              << of_b.mean << " (" << of_b.error << ") infected, p = " << p << ", " << p_day
              << ", notices " << 100 * seen << " %\n";
    CHECK(p > least);
    CHECK(p_day > least);
    CHECK(std::abs(apart) < 4);
    CHECK(seen <= notices);
  }
}

/// Some of the young and more of the old stay home, whatever they hear.
class ByAge final : public CellProvider {
 public:
  std::string_view name() const override { return "by_age"; }
  void answer(const CellQuestions& questions, std::span<u32> shares) const override {
    for (std::size_t k = 0; k < shares.size(); ++k) {
      const double band = questions.features[k * questions.names.size()];
      shares[k] = static_cast<u32>((band < 4 ? .3 : .7) * whole_share);
    }
  }
};

/// Four contacts of everybody with people anywhere, one way, of different weights.
std::vector<Edges::Edge> acquaintances(AgentId people) {
  std::vector<Edges::Edge> edges;
  for (AgentId i = 0; i < people; ++i) {
    for (u32 k = 0; k < 4; ++k) {
      const auto to = static_cast<AgentId>(mix(u64{i} * 4 + k) % people);
      if (to != i) {
        edges.push_back({i, to, .25 * (k + 1)});
      }
    }
  }
  return edges;
}

/// A town with schools, work and uneven contacts, masks and isolation; half of the classes and .4
/// of the teams close.
Model busy_town(AgentId people, Step steps) {
  Model m =
      covid(std::make_shared<Town>(TownParameters{.people = people, .neighborhoods = 4}), steps);
  Settings& s = *m.settings;
  s.shape = 2;  // not so uneven that most outbreaks of a small town are chance
  s.contacts.class_share = .75;
  s.geography.outsiders = {.2};
  s.r0 = 3;
  s.seeds = {anybody(30)};
  s.importations = {{.per_day = std::vector<double>(steps + std::size_t{1}, .5)}};
  calibrate(m);
  for (Step t = 20; t <= steps; ++t) {
    s.measures.open[t][static_cast<std::size_t>(Layer::community)] = .7;
  }
  s.measures.schools_closed.assign(steps + std::size_t{1}, .5);
  s.measures.sectors = static_cast<u32>(s.geography.sectors.size());
  s.measures.teams_closed.assign((steps + std::size_t{1}) * s.measures.sectors, .4);
  s.measures.isolation_compliance.assign(steps + std::size_t{1}, .5);
  return m;
}

std::vector<Series> many(u64 seeds, const std::function<Series(u64)>& one) {
  std::vector<Series> all;
  for (u64 seed = 1; seed <= seeds; ++seed) {
    all.push_back(one(seed));
  }
  return all;
}

}  // namespace

TEST_CASE("the engine and the plain reference are one epidemic in a town", "[.statistics]") {
  const Model m = busy_town(3'000, 60);
  Population population = population_of(m, 1);

  const auto engine = many(towns, [&](u64 seed) { return of_engine(m, seed); });
  const auto plain = many(towns, [&](u64 seed) { return of_reference(m, population, seed); });

  same_epidemic("engine and reference", engine, plain, {6, 12, 20, 30, 45, 60}, .1);
}

TEST_CASE("the engine and the plain reference are one epidemic along edges, many at home",
          "[.statistics]") {
  Model m = busy_town(3'000, 60);
  m.edges = acquaintances(3'000);
  m.settings->contacts.weight[static_cast<std::size_t>(Layer::edges)] = 2;
  m.settings->stay_home.provider = std::make_shared<ByAge>();
  Population population = population_of(m, 1);

  const auto engine = many(towns, [&](u64 seed) { return of_engine(m, seed); });
  const auto plain = many(towns, [&](u64 seed) { return of_reference(m, population, seed); });

  same_epidemic("engine and reference, at home and along edges", engine, plain,
                {6, 12, 20, 30, 45, 60}, .1);
}

TEST_CASE("the reference meets the community in sums or contact by contact, by one law",
          "[.statistics]") {
  const Model m = busy_town(2'000, 45);
  Population population = population_of(m, 1);
  const auto by = [&](CommunityContacts how) {
    return many(towns, [&](u64 seed) {
      ReferenceEpidemic reference(population, m.settings, m.beta, seed, how);
      while (reference.now() < m.settings->steps) {
        reference.step();
      }
      return reference.infections();
    });
  };

  const auto summed = by(CommunityContacts::summed);
  const auto drawn = by(CommunityContacts::one_by_one);

  same_epidemic("summed and drawn contacts", summed, drawn, {6, 12, 20, 30, 45}, .1);
}

TEST_CASE("visiting every infectious person daily changes nothing but the time it takes",
          "[.statistics]") {
  Model m = busy_town(3'000, 60);
  const auto timers = many(towns, [&](u64 seed) { return of_engine(m, seed); });
  m.settings = std::make_shared<Settings>(*m.settings);
  m.settings->daily_visits = true;

  const auto visits = many(towns, [&](u64 seed) { return of_engine(m, 1'000 + seed); });

  same_epidemic("timers and daily visits", timers, visits, {6, 12, 20, 30, 45, 60}, .1);
}

TEST_CASE("the engine and the plain reference are one epidemic where some have no work",
          "[.statistics]") {
  Model m = busy_town(3'000, 60);
  m.settings->work.known = true;
  m.settings->contacts.weight[static_cast<std::size_t>(Layer::work)] = 2;  // or little would change
  const auto no_work = [](auto&& off_work) {
    for (std::size_t i = 0; i < off_work.size(); ++i) {
      off_work[i] = mix(i) % 2 == 0 ? 1 : 0;
    }
  };
  Population population = population_of(m, 1);
  no_work(population.kind(person::kind).values(person::off_work));

  const auto engine = many(towns, [&](u64 seed) {
    Trial trial(m, seed);
    no_work(trial.values(person::off_work));
    trial.run();
    Series infections = trial.infections();
    infections.resize(m.settings->steps + std::size_t{1});
    return infections;
  });
  const auto plain = many(towns, [&](u64 seed) { return of_reference(m, population, seed); });

  same_epidemic("engine and reference, half without work", engine, plain, {6, 12, 20, 30, 45, 60},
                .1);
}

TEST_CASE("the engine and the plain reference are one epidemic in a small New York", "[.full]") {
  Model m = new_york(.01, 60);
  REQUIRE(m.source->people() == 83'368);
  m.settings->seeds = {anybody(100)};
  m.settings->measures.isolation_compliance.assign(61, .5);
  calibrate(m);
  Population population = population_of(m, 1);

  const auto engine = many(200, [&](u64 seed) { return of_engine(m, seed); });
  const auto plain = many(200, [&](u64 seed) { return of_reference(m, population, seed); });

  same_epidemic("engine and reference in New York", engine, plain, {6, 12, 20, 30, 45, 60}, .12);
}

TEST_CASE("the reference and the engine are timed on one scenario", "[epidemic]") {
  const Model m = busy_town(1'000, 10);

  const ReferenceTimes times = time_reference(*m.source, m.settings, m.beta, m.age_bands, 1);

  CHECK(times.reference > 0);
  CHECK(times.engine > 0);
  CHECK(times.reference_infections >= 30);
  CHECK(times.engine_infections >= 30);
}
