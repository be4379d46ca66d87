#include "behaviors/labor/market.h"

#include <algorithm>
#include <array>

#include "sim/simulation.h"

namespace throng::labor {
namespace {

/// A U^a V^(1 - a) with the A that gives `finding` at U0 and V0; at most U and V.
double matches(const Settings& s, double u, double v, double u0, double v0) {
  if (u <= 0 || v <= 0 || u0 <= 0 || v0 <= 0) {
    return 0;
  }
  const double of_start = s.elasticity * math::log(u / u0) + (1 - s.elasticity) * math::log(v / v0);
  return std::min({s.finding * u0 * math::exp(of_start), u, v});
}

i64 with_work(const MarketState& m) { return m.staff - m.idle; }

}  // namespace

std::vector<MarketPlan> plan(const Settings& s, Step now, std::span<const MarketState> markets) {
  std::vector<MarketPlan> plans(markets.size());
  const u32 per = s.markets_of_sector();
  for (u32 k = 0; k < s.sectors; ++k) {
    double u = 0, v = 0, u0 = 0, v0 = 0;
    for (u32 m = k * per; m < (k + 1) * per; ++m) {
      const MarketState& now_there = markets[m];
      MarketPlan& p = plans[m];
      p.target = s.jobs_with_work(now, m, now_there.baseline, now_there.demand_lost);
      const i64 open = p.target - with_work(now_there);
      p.recall_seats = std::max<i64>(0, open);
      p.vacancies = std::max<i64>(0, open - now_there.recallable);
      p.idle_layoff = now_there.idle > 0 ? s.layoff_speed : 0;
      p.other_layoff = open < 0 ? s.layoff_speed * static_cast<double>(-open) /
                                      static_cast<double>(with_work(now_there))
                                : 0;
      u += static_cast<double>(now_there.searching);
      v += static_cast<double>(p.vacancies);
      u0 += static_cast<double>(now_there.baseline_unemployed);
      // Without closures and losses: the vacancies of the start.
      v0 += static_cast<double>(now_there.baseline) * s.vacancy_rate / (1 - s.vacancy_rate);
    }
    const double hires = matches(s, u, v, u0, v0);
    for (u32 m = k * per; m < (k + 1) * per && v > 0; ++m) {
      plans[m].hires = hires * static_cast<double>(plans[m].vacancies) / v;
    }
  }
  return plans;
}

bool may_lay_off(const Settings& s, Step now, std::span<const MarketState> markets) {
  const Step before = now > s.every ? now - s.every : 0;
  for (u32 m = 0; m < markets.size(); ++m) {
    const u32 k = s.sector_of(m);
    const u32 closed = s.closed_in_units(now, k);
    const u32 closed_before = before == 0 ? 0 : s.closed_in_units(before, k);
    const MarketState& there = markets[m];
    if (there.staff > 0 &&
        (closed > closed_before || there.idle > 0 ||
         there.staff > s.jobs_with_work(now, m, there.baseline, there.demand_lost))) {
      return true;
    }
  }
  return false;
}

// ---- behaviors ----------------------------------------------------------------------------------

void MarketSense::bind(Binder& b) {
  baseline_ = b.sees(market_kind, baseline);
  baseline_unemployed_ = b.sees(market_kind, baseline_unemployed);
  staff_ = b.sees(market_kind, staff);
  idle_ = b.sees(market_kind, idle);
  demand_lost_ = b.sees(market_kind, demand_lost);
}

std::vector<MarketState> MarketSense::look(u32 markets) const {
  std::vector<MarketState> all(markets);
  for (u32 m = 0; m < markets; ++m) {
    all[m] = {.baseline = baseline_.at(m),
              .baseline_unemployed = baseline_unemployed_.at(m),
              .staff = staff_.at(m),
              .idle = idle_.at(m),
              .demand_lost = demand_lost_.at(m) * 0x1p-20};
  }
  return all;
}

std::size_t find_employed(std::span<const Jobs> jobs, std::span<const u16> in,
                          std::span<const u16> idle_above_of, std::span<const u8> state,
                          std::span<u16> found) {
  const auto no_market_row = static_cast<u32>(jobs.size() - 1);
  std::size_t n = 0;
  for (std::size_t k = 0; k < state.size(); ++k) {
    // Without a branch: who is found follows the one before in no order.
    found[n] = static_cast<u16>(k);
    const Jobs& there = jobs[std::min<u32>(in[k], no_market_row)];
    n += static_cast<std::size_t>(there.has(idle_above_of[k])) &
         static_cast<std::size_t>(state[k] == label(Status::employed));
  }
  return n;
}

void Count::bind(Binder& b) {
  markets_.bind(b);
  status_ = b.reads(status);
  b.lists(status_, label(Status::temporary_layoff));
  b.lists(status_, label(Status::unemployed));
  health_ = b.reads(person::health);
  market_ = b.reads(market);
  idle_above_ = b.reads(idle_above);
  searching_ = b.adds(counted_searching, market_kind);
  recallable_ = b.adds(counted_recallable, market_kind);
  idle_ = b.adds(counted_idle, market_kind);
}

void Count::observe(const Observe& o) const {
  if (!settings_.week_ends(o.now())) {
    return;
  }
  std::vector<Jobs> without_work(settings_.markets() + 1);
  for (u32 m = 0; m < settings_.markets(); ++m) {
    without_work[m].to = settings_.closed_in_units(o.now(), settings_.sector_of(m));
  }
  o.for_each(having(status_, label(Status::unemployed)), [&](const SeenRow& me) {
    if (me[health_] == 0) {
      o.add(me, searching_, me[market_], 1);
    }
  });
  o.for_each(having(status_, label(Status::temporary_layoff)), [&](const SeenRow& me) {
    if (me[health_] == 0 && !without_work[me[market_]].has(me[idle_above_])) {
      o.add(me, recallable_, me[market_], 1);
    }
  });
  if (may_lay_off(settings_, o.now(), markets_.look(settings_.markets()))) {
    o.for_each_block(all(), [&](const Block<ObserveRow>& people) {
      std::array<u16, Block<ObserveRow>::most> found;
      const std::size_t n =
          find_employed(without_work, people[market_], people[idle_above_], people[status_], found);
      for (std::size_t j = 0; j < n; ++j) {
        o.add(people, idle_, people[market_][found[j]], 1);
      }
    });
  }
}

void Plan::bind(Binder& b) {
  markets_.bind(b);
  counted_searching_ = b.sums(counted_searching);
  counted_recallable_ = b.sums(counted_recallable);
  counted_idle_ = b.sums(counted_idle);
  target_ = b.writes(target);
  idle_ = b.writes(idle);
  searching_ = b.writes(searching);
  recallable_ = b.writes(recallable);
  vacancies_ = b.writes(vacancies);
  seats_ = b.writes(seats);
  recall_seats_ = b.writes(recall_seats);
  idle_layoff_ = b.writes(idle_layoff);
  other_layoff_ = b.writes(other_layoff);
  rounds_ = b.draws("labor.rounds");
}

void Plan::act(const Act& a) const {
  if (!settings_.week_ends(a.now())) {
    return;
  }
  auto markets = markets_.look(settings_.markets());
  for (u32 m = 0; m < markets.size(); ++m) {
    markets[m].searching = counted_searching_.at(m);
    markets[m].recallable = counted_recallable_.at(m);
    markets[m].idle = counted_idle_.at(m);
  }
  const auto plans = plan(settings_, a.now(), markets);
  a.for_each(all(), rounds_, [&](const ActRow& me, const Words& x) {
    const MarketState& there = markets[me.row()];
    const MarketPlan& p = plans[me.row()];
    me.set(target_, p.target);
    me.set(idle_, there.idle);
    me.set(searching_, there.searching);
    me.set(recallable_, there.recallable);
    me.set(vacancies_, p.vacancies);
    me.set(recall_seats_, p.recall_seats);
    // Rounded up or down at random, so that the mean is kept.
    me.set(seats_, std::min(p.vacancies, static_cast<i64>(p.hires + unit(x[0]))));
    me.set(idle_layoff_, threshold(p.idle_layoff));
    me.set(other_layoff_, threshold(p.other_layoff));
  });
}

void Staff::bind(Binder& b) {
  leaving_ = b.sums(leaving);
  staff_ = b.writes(staff);
  seats_ = b.grants(seats);
  recall_seats_ = b.grants(recall_seats);
}

void Staff::act(const Act& a) const {
  a.for_each(all(), [&](const ActRow& me) { me.set(staff_, me[staff_] - leaving_.at(me.row())); });
  const auto came = [&](const ActRow& me, std::span<const Told<u64>> winners) {
    me.set(staff_, me[staff_] + static_cast<i64>(winners.size()));
  };
  a.for_each_granted(recall_seats_, came);
  a.for_each_granted(seats_, came);
}

}  // namespace throng::labor
