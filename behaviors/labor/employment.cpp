#include "behaviors/labor/employment.h"

#include <algorithm>
#include <cmath>

#include "behaviors/labor/market.h"
#include "sim/distributions.h"
#include "sim/simulation.h"

namespace throng::labor {

StoredStep separation_step(const Settings& s, u8 borough, Step now, u32 word) {
  const u32 gap = geometric_gap(-math::log1p(-s.separation[borough]), unit(word));
  const u64 first = u64{now} - now % s.every + s.every;
  const u64 at = first + u64{gap} * s.every;
  return gap == no_gap || at > last_step ? never : static_cast<StoredStep>(at);
}

u16 idle_from(const Settings& s, u32 sector, u32 open, u32 order, u32 keeps) {
  if (keeps >= threshold(s.at_risk[sector])) {
    return never_idle;
  }
  return static_cast<u16>(open + below(order, std::max(1u, never_idle - open)));
}

// ---- openings -----------------------------------------------------------------------------------

Openings::Openings(const Settings& settings, std::span<const Market> markets,
                   std::span<const i64> people)
    : settings_(settings), markets_(markets.begin(), markets.end()), cut_(markets.size(), 0) {
  const u32 per = settings.markets_of_sector();
  for (u32 k = 0; k < settings.sectors; ++k) {
    i64 vacant = 0, all = 0;
    for (u32 m = k * per; m < (k + 1) * per; ++m) {
      vacant += markets[m].vacancies;
      all += people[m];
    }
    ensures(vacant < i64{1} << 32, "the vacancies of a sector are fewer than 2^32");
    of_sector_.push_back(static_cast<u32>(vacant));
    for (u32 m = k * per; m < (k + 1) * per && vacant > 0; ++m) {
      // Of those below it a number with a Poisson law asks: its mean lies as far above the seats
      // as chance never goes.
      const auto n = static_cast<double>(markets[m].seats);
      const double ask = static_cast<double>(all) * static_cast<double>(markets[m].vacancies) /
                         static_cast<double>(vacant);
      const double enough = n + 8 * std::sqrt(n) + 20;
      cut_[m] = markets[m].seats == 0 ? 0 : ask <= enough ? ~0u : threshold(enough / ask);
    }
  }
}

u32 Openings::choose(u32 sector, u32 word) const {
  if (of_sector_[sector] == 0) {
    return none;
  }
  i64 at = below(word, of_sector_[sector]);
  u32 m = sector * settings_.markets_of_sector();
  while (at >= markets_[m].vacancies) {
    at -= markets_[m++].vacancies;
  }
  return m;
}

// ---- change -------------------------------------------------------------------------------------

void Change::bind(Binder& b) {
  status_ = b.writes(status);
  b.lists(status_, label(Status::temporary_layoff));
  b.lists(status_, label(Status::unemployed));
  off_work_ = b.writes(person::off_work);
  market_ = b.writes(market);
  idle_above_ = b.writes(idle_above);
  since_ = b.writes(since);
  claim_filed_ = b.writes(claim_filed);
  b.follows(claim_filed_);
  separates_at_ = b.writes(separates_at);
  b.follows(separates_at_);
  health_ = b.reads(person::health);
  cell_ = b.reads(person::cell);
  vacancies_ = b.sees(market_kind, vacancies);
  searching_ = b.sees(market_kind, searching);
  seats_at_ = b.sees(market_kind, seats);
  idle_layoff_ = b.sees(market_kind, idle_layoff);
  other_layoff_ = b.sees(market_kind, other_layoff);
  if (settings_.works != nullptr) {
    works_ = settings_.works->acting(b);
  }
  seats_ = b.claims(seats, market_kind);
  recall_seats_ = b.claims(recall_seats, market_kind);
  tells_notice_ = b.tells(notice, person::kind);
  hears_notice_ = b.hears(notice, [](const SeenRow&, AgentId, u8) { return true; });
  leaving_ = b.adds(leaving, market_kind);
  flow_ = b.tallies(flow, flows * settings_.boroughs);
  search_ = b.draws("labor.search");
  recall_ = b.draws("labor.recall");
  layoff_ = b.draws("labor.layoff");
  separation_ = b.draws("labor.separation");
  told_ = b.draws("labor.told");
  hired_ = b.draws("labor.hired");
  permanent_ = b.draws("labor.permanent");
}

bool Change::separates(const SeenRow& me) const {
  return me[status_] == label(Status::employed) &&
         me[health_] != static_cast<u8>(person::Health::dead);
}

void Change::observe(const Observe& o) const {
  o.for_each(entered(health_, static_cast<u8>(person::Health::dead)), [&](const SeenRow& me) {
    if (me[status_] == label(Status::employed)) {
      o.add(me, leaving_, me[market_], 1);
    }
  });
  if (!settings_.week_ends(o.now())) {
    return;
  }
  o.for_each(due(separates_at_), [&](const SeenRow& me) {
    if (separates(me)) {
      o.add(me, leaving_, me[market_], 1);
    }
  });
  lay_off(o);
  search(o);
}

void Change::lay_off(const Observe& o) const {
  struct Chances {
    u32 closed, idle, other;
  };
  std::vector<Chances> at(settings_.markets());
  bool any = false;
  for (u32 m = 0; m < at.size(); ++m) {
    at[m] = {settings_.closed_in_units(o.now(), settings_.sector_of(m)), idle_layoff_.at(m),
             other_layoff_.at(m)};
    any = any || at[m].idle > 0 || at[m].other > 0;
  }
  if (!any) {
    return;
  }
  o.for_each(all(), [&](const SeenRow& me) {
    if (me[status_] != label(Status::employed)) {
      return;
    }
    const Chances& there = at[me[market_]];
    const u32 below = me[idle_above_] < there.closed ? there.idle : there.other;
    if (below == 0 || me[separates_at_] == o.now() || !separates(me)) {
      return;
    }
    const Words x = o.chance().words(me.kind().tag(), me.id(), o.now(), layoff_);
    if (x[0] < below) {
      o.add(me, leaving_, me[market_], 1);
      o.tell(me, me.id(), tells_notice_,
             static_cast<u8>(x[1] < threshold(settings_.temporary_share)));
    }
  });
}

void Change::search(const Observe& o) const {
  const u32 markets = settings_.markets();
  std::vector<Openings::Market> there(markets);
  std::vector<i64> people(markets);
  std::vector<u32> closed(markets);
  for (u32 m = 0; m < markets; ++m) {
    there[m] = {.vacancies = vacancies_.at(m), .seats = seats_at_.at(m)};
    people[m] = searching_.at(m);
    closed[m] = settings_.closed_in_units(o.now(), settings_.sector_of(m));
  }
  const Openings openings(settings_, there, people);
  const u32 recalled = threshold(settings_.recall);
  o.for_each(having(status_, label(Status::temporary_layoff)), recall_,
             [&](const SeenRow& me, const Words& x) {
               if (x[0] < recalled && me[health_] == 0 && me[idle_above_] >= closed[me[market_]] &&
                   willing(me, o.now())) {
                 o.claim(me, me[market_], recall_seats_, u64{x[1]} << 32 | x[2]);
               }
             });
  o.for_each(having(status_, label(Status::unemployed)), search_,
             [&](const SeenRow& me, const Words& x) {
               if (me[health_] != 0) {
                 return;
               }
               const u32 m = openings.choose(settings_.sector_of(me[market_]), x[0]);
               if (m != Openings::none && openings.may_win(m, x[1])) {
                 o.claim(me, m, seats_, u64{x[1]} << 32 | x[2]);
               }
             });
}

void Change::count(const ActRow& me, Flow what) const {
  me.count(flow_, static_cast<u32>(what) * settings_.boroughs + me[cell_] / settings_.bands);
}

void Change::lose(const ActRow& me, Status into, Flow what, double files, u32 word, u32 delay_word,
                  Step now) const {
  me.set(status_, label(into));
  me.set(off_work_, u8{1});
  me.set(since_, static_cast<StoredStep>(now));
  me.set(separates_at_, never);
  count(me, what);
  StoredStep filed = never;
  if (word < threshold(files)) {
    // A day, and then a geometric number of days.
    const double mean = std::max(1.0, settings_.filing_delay[std::min(now, settings_.steps)]);
    const u32 more = mean > 1 ? geometric_gap(-math::log1p(-1 / mean), unit(delay_word)) : 0;
    filed = static_cast<StoredStep>(std::min<u64>(u64{now} + 1 + more, last_step));
  }
  me.set(claim_filed_, filed);
}

void Change::start(const ActRow& me, Flow what, u32 word, Step now) const {
  me.set(status_, label(Status::employed));
  me.set(off_work_, u8{0});
  me.set(since_, static_cast<StoredStep>(now));
  me.set(claim_filed_, never);
  me.set(separates_at_,
         separation_step(settings_, static_cast<u8>(me[cell_] / settings_.bands), now, word));
  count(me, what);
}

void Change::act(const Act& a) const {
  const Step now = a.now();
  a.for_each(entered(health_, static_cast<u8>(person::Health::dead)), [&](const ActRow& me) {
    if (me[status_] != label(Status::outside)) {
      count(me, Flow::deaths);
      me.set(status_, label(Status::outside));
      me.set(since_, static_cast<StoredStep>(now));
      me.set(off_work_, u8{1});
      me.set(separates_at_, never);
      me.set(claim_filed_, never);
    }
  });
  if (!settings_.week_ends(now)) {
    return;
  }
  a.for_each(due(separates_at_), separation_, [&](const ActRow& me, const Words& x) {
    if (separates(me)) {
      lose(me, Status::unemployed, Flow::separations, settings_.separated_file, x[0], x[1], now);
    }
  });
  a.for_each_told(hears_notice_, told_,
                  [&](const ActRow& me, std::span<const Told<u8>> told, const Words& x) {
                    const bool waits = told[0].value != 0;
                    lose(me, waits ? Status::temporary_layoff : Status::unemployed,
                         waits ? Flow::temporary_layoffs : Flow::permanent_layoffs,
                         settings_.laid_off_file, x[0], x[1], now);
                  });
  const auto words = [&](const ActRow& me) {
    return a.chance().words(me.kind().tag(), me.id(), now, hired_);
  };
  a.for_each_won(recall_seats_, [&](const ActRow& me, std::span<const Told<Granted>>) {
    start(me, Flow::recalls, words(me)[0], now);
  });
  a.for_each_won(seats_, [&](const ActRow& me, std::span<const Told<Granted>> won) {
    const auto m = static_cast<u16>(won[0].value.by);
    const u32 k = settings_.sector_of(m);
    const Words x = words(me);
    me.set(market_, m);
    // A new job is one that has work.
    me.set(idle_above_, idle_from(settings_, k, settings_.closed_in_units(now, k), x[1], x[2]));
    start(me, Flow::hires, x[0], now);
  });
  a.for_each(having(status_, label(Status::temporary_layoff)), permanent_,
             [&](const ActRow& me, const Words& x) {
               if (me[since_] != now && x[0] < threshold(settings_.turns_permanent)) {
                 me.set(status_, label(Status::unemployed));
                 me.set(since_, static_cast<StoredStep>(now));
                 count(me, Flow::turned_permanent);
               }
             });
}

// ---- will ---------------------------------------------------------------------------------------

void Will::bind(Binder& b) {
  status_ = b.writes(status);
  b.lists(status_, label(Status::unemployed));
  b.lists(status_, label(Status::not_searching));
  works_ = settings_.works->acting(b);
}

void Will::act(const Act& a) const {
  if (!settings_.week_ends(a.now())) {
    return;
  }
  a.for_each(having(status_, label(Status::unemployed)), [&](const ActRow& me) {
    if (!works_(me, a.now())) {
      me.set(status_, label(Status::not_searching));
    }
  });
  a.for_each(having(status_, label(Status::not_searching)), [&](const ActRow& me) {
    if (works_(me, a.now())) {
      me.set(status_, label(Status::unemployed));
    }
  });
}

}  // namespace throng::labor
