// The weekly step of work against a plain twin: arrays in order of id, everybody looked at every
// week, every claim made; only the draws, pure functions, are shared. The same bits.
#include <algorithm>
#include <map>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/labor/employment.h"
#include "behaviors/labor/market.h"
#include "sim/distributions.h"
#include "tests/behaviors/labor_example.h"

namespace throng::labor {
namespace {

using example::HealthOn;
using example::Trial;

class Twin {
 public:
  Twin(Trial& of, u64 seed, HealthOn health)
      : s_(of.settings()), chance_(seed), health_on_(std::move(health)) {
    Kind& person = of.simulation().population().kind(person::kind);
    tag_ = person.tag();
    markets_tag_ = of.simulation().population().kind(market_kind).tag();
    const auto cell = of.people(person::cell);
    for (Row r = 0; r < person.rows(); ++r) {
      people_.push_back({.status = static_cast<Status>(of.people(status)[r]),
                         .market = of.people(market)[r],
                         .idle_above = of.people(idle_above)[r],
                         .since = of.people(since)[r],
                         .filed = of.people(claim_filed)[r],
                         .separates = of.people(separates_at)[r],
                         .borough = static_cast<u8>(cell[r] / s_.bands)});
    }
    for (u32 m = 0; m < s_.markets(); ++m) {
      markets_.push_back({.baseline = of.markets(baseline)[m],
                          .baseline_unemployed = of.markets(baseline_unemployed)[m]});
    }
  }

  struct Person {
    Status status;
    u16 market, idle_above;
    StoredStep since, filed, separates;
    u8 borough;
    person::Health health = person::Health::well;
  };
  const std::vector<Person>& people() const { return people_; }

  void step() {
    ++now_;
    for (AgentId i = 0; i < people_.size(); ++i) {
      Person& p = people_[i];
      if (health_on_ && p.health != person::Health::dead) {
        p.health = health_on_(i, now_);
      }
    }
    // Markets plan as they stood in the morning; then the dead of the day leave.
    const bool ends = now_ % s_.every == 0;
    if (ends) {
      count();
    }
    for (Person& p : people_) {
      if (dead(p) && p.status != Status::outside) {
        p.status = Status::outside;
        p.since = static_cast<StoredStep>(now_);
        p.separates = p.filed = never;
      }
    }
    if (ends) {
      week();
    }
  }

 private:
  Words words(AgentId i, Draw draw) const { return chance_.words(tag_, i, now_, draw); }
  bool closed(const Person& p) const {
    return p.idle_above < s_.closed_in_units(now_, s_.sector_of(p.market));
  }
  bool dead(const Person& p) const { return p.health == person::Health::dead; }

  void count() {
    for (MarketState& m : markets_) {
      m.staff = m.idle = m.searching = m.recallable = 0;
    }
    for (const Person& p : people_) {
      if (p.status == Status::outside) {
        continue;
      }
      MarketState& m = markets_[p.market];
      m.staff += p.status == Status::employed;
      m.idle += p.status == Status::employed && closed(p);
      m.searching += p.status == Status::unemployed && p.health == person::Health::well;
      m.recallable +=
          p.status == Status::temporary_layoff && p.health == person::Health::well && !closed(p);
    }
  }

  void lose(AgentId i, Status into, double files, Draw draw) {
    Person& p = people_[i];
    const Words x = words(i, draw);
    p.status = into;
    p.since = static_cast<StoredStep>(now_);
    p.separates =
        into == Status::temporary_layoff ? event_step(s_, s_.turns_permanent, now_, x[2]) : never;
    p.filed =
        x[0] < threshold(files)
            ? static_cast<StoredStep>(
                  now_ + 1 + geometric_gap(-math::log1p(-1 / s_.filing_delay[now_]), unit(x[1])))
            : never;
  }

  void begin(AgentId i) {
    Person& p = people_[i];
    p.status = Status::employed;
    p.since = static_cast<StoredStep>(now_);
    p.filed = never;
    p.separates = event_step(s_, s_.separation[p.borough], now_, words(i, "labor.hired")[0]);
  }

  using Claim = std::pair<u64, AgentId>;
  static void grant(std::vector<Claim>& claims, i64 places, auto&& winner) {
    std::sort(claims.begin(), claims.end());
    for (std::size_t k = 0; k < claims.size() && static_cast<i64>(k) < places; ++k) {
      winner(claims[k].second);
    }
  }

  void week() {
    const auto plans = plan(s_, now_, markets_);
    std::vector<i64> places(plans.size());
    for (u32 m = 0; m < plans.size(); ++m) {
      const u32 word = chance_.words(markets_tag_, m, now_, "labor.rounds")[0];
      places[m] = std::min(plans[m].vacancies, static_cast<i64>(plans[m].hires + unit(word)));
    }
    std::map<u32, std::vector<Claim>> back, hired;
    for (AgentId i = 0; i < people_.size(); ++i) {
      const Person& p = people_[i];
      if (p.health != person::Health::well) {
        continue;
      }
      if (p.status == Status::temporary_layoff && !closed(p) && p.separates != now_) {
        const Words x = words(i, "labor.recall");
        if (x[0] < threshold(s_.recall)) {
          back[p.market].push_back({u64{x[1]} << 32 | x[2], i});
        }
      } else if (p.status == Status::unemployed) {
        const Words x = words(i, "labor.search");
        const u32 m = choose(plans, s_.sector_of(p.market), x[0]);
        if (m != no_market) {
          hired[m].push_back({u64{x[1]} << 32 | x[2], i});
        }
      }
    }
    for (AgentId i = 0; i < people_.size(); ++i) {
      Person& p = people_[i];
      if (p.status == Status::temporary_layoff && p.separates == now_) {
        p.status = Status::unemployed;
        p.since = static_cast<StoredStep>(now_);
        p.separates = never;
        continue;
      }
      if (p.status != Status::employed) {
        continue;
      }
      const Words x = words(i, "labor.layoff");
      const double chance_of =
          closed(p) ? plans[p.market].idle_layoff : plans[p.market].other_layoff;
      if (p.separates == now_) {
        lose(i, Status::unemployed, s_.separated_file, "labor.separation");
      } else if (x[0] < threshold(chance_of)) {
        lose(i,
             x[1] < threshold(s_.temporary_share) ? Status::temporary_layoff : Status::unemployed,
             s_.laid_off_file, "labor.told");
      }
    }
    for (auto& [m, claims] : back) {
      grant(claims, plans[m].recall_seats, [&](AgentId i) { begin(i); });
    }
    for (auto& [market_of_job, claims] : hired) {
      grant(claims, places[market_of_job], [&, m = market_of_job](AgentId i) {
        const u32 k = s_.sector_of(m);
        const Words x = words(i, "labor.hired");
        people_[i].market = static_cast<u16>(m);
        people_[i].idle_above = idle_from(s_, k, s_.closed_in_units(now_, k), x[1], x[2]);
        begin(i);
      });
    }
  }

  u32 choose(const std::vector<MarketPlan>& plans, u32 sector, u32 word) const {
    const u32 per = s_.markets_of_sector();
    u64 all = 0;
    for (u32 m = sector * per; m < (sector + 1) * per; ++m) {
      all += static_cast<u64>(plans[m].vacancies);
    }
    u64 at = u64{word} * all >> 32;
    for (u32 m = sector * per; m < (sector + 1) * per; ++m) {
      if (at < static_cast<u64>(plans[m].vacancies)) {
        return m;
      }
      at -= static_cast<u64>(plans[m].vacancies);
    }
    return no_market;
  }

  const Settings& s_;
  Chance chance_;
  HealthOn health_on_;
  KindTag tag_ = 0, markets_tag_ = 0;
  Step now_ = 0;
  std::vector<Person> people_;
  std::vector<MarketState> markets_;
};

/// Ill in some weeks; one in 500 dies on a day of his own.
person::Health sometimes_ill(AgentId id, Step now) {
  const u64 dies = mix(id + 17) % 500 == 0 ? mix(id) % 200 : 100'000;
  return now >= dies                         ? person::Health::dead
         : mix(id * 64 + now / 10) % 20 == 0 ? person::Health::ill
                                             : person::Health::well;
}

void compare(const PopulationSource& source, std::shared_ptr<Settings> settings, u64 seed) {
  Trial trial(source, settings, seed, sometimes_ill);
  Twin twin(trial, seed, sometimes_ill);
  std::map<Status, i64> most;

  for (Step step = 1; step <= settings->steps; ++step) {
    trial.steps(1);
    twin.step();

    const auto& expected = twin.people();
    std::vector<i64> works(settings->markets(), 0);
    std::size_t wrong = 0;
    for (Row r = 0; r < expected.size(); ++r) {
      const auto& p = expected[r];
      wrong += trial.people(status)[r] != label(p.status) || trial.people(market)[r] != p.market ||
               trial.people(since)[r] != p.since || trial.people(claim_filed)[r] != p.filed ||
               trial.people(separates_at)[r] != p.separates ||
               trial.people(idle_above)[r] != p.idle_above;
      if (p.status == Status::employed) {
        ++works[p.market];
      }
    }
    INFO("step " << step);
    REQUIRE(wrong == 0);
    const auto staffed = trial.markets(staff);
    REQUIRE(std::equal(works.begin(), works.end(), staffed.begin()));
    for (const Status s : {Status::temporary_layoff, Status::unemployed, Status::outside}) {
      most[s] = std::max(most[s], trial.with(s));
    }
  }
  // Or else little was compared.
  CHECK(most[Status::temporary_layoff] > trial.with(Status::employed) / 10);
  for (const Flow f : {Flow::hires, Flow::recalls, Flow::temporary_layoffs, Flow::permanent_layoffs,
                       Flow::separations, Flow::turned_permanent, Flow::deaths}) {
    INFO("flow " << static_cast<int>(f));
    CHECK(trial.flow_of(f) > 20);
  }
}

}  // namespace

TEST_CASE("work is what its plain twin does, week by week", "[labor]") {
  SECTION("in a town") {
    const Town town({.people = 30'000, .neighborhoods = 4, .seed = 5});
    auto settings = std::make_shared<Settings>(example::settings(town, 210));
    settings->at_risk = {0.7};
    example::close(*settings, 0.6, 30, 90);
    example::close(*settings, 0.2, 90, 120);
    example::close(*settings, 0.5, 150, 170);
    for (Step step = 60; step < 180; ++step) {
      settings->lost[step] = 0.2;
    }
    compare(town, settings, 11);
  }
  SECTION("in a small New York") {
    const City city(read_city_tables(THRONG_SOURCE_DIR "/scenarios/nyc/tables"), 0.005, 3);
    auto settings = std::make_shared<Settings>(example::settings(city, 140));
    for (u32 k = 0; k < settings->sectors; ++k) {
      settings->at_risk[k] = 0.3 + 0.03 * k;
    }
    example::close(*settings, 0.7, 20, 70);
    example::close(*settings, 0.3, 70, 100);
    compare(city, settings, 12);
  }
}

}  // namespace throng::labor
