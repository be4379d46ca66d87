#include "behaviors/labor/employment.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "behaviors/labor/market.h"
#include "sim/distributions.h"
#include "sim/simulation.h"

namespace throng::labor {

StoredStep event_step(const Settings& s, double probability, Step now, u32 word) {
  const u32 gap = geometric_gap(-math::log1p(-probability), unit(word));
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
    : markets_of_sector_(settings.markets_of_sector()), cut_(markets.size(), 0) {
  const u32 per = markets_of_sector_;
  for (u32 k = 0; k < settings.sectors; ++k) {
    i64 vacant = 0, all = 0;
    for (u32 m = k * per; m < (k + 1) * per; ++m) {
      vacant += markets[m].vacancies;
      upto_.push_back(static_cast<u32>(vacant));
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
    most_.push_back(*std::max_element(cut_.begin() + k * per, cut_.begin() + (k + 1) * per));
  }
}

u32 Openings::choose(u32 sector, u32 word) const {
  if (of_sector_[sector] == 0) {
    return none;
  }
  const u32 at = below(word, of_sector_[sector]);
  const u32 first = sector * markets_of_sector_;
  u32 m = first;
  for (u32 k = first; k + 1 < first + markets_of_sector_; ++k) {
    m += at >= upto_[k];  // no branch: one who asks goes elsewhere than the next
  }
  return m;
}

namespace {

bool is(const SeenRow& me, const Reads<u8>& status_column, Status s) {
  return me[status_column] == label(s);
}
constexpr u8 well = static_cast<u8>(person::Health::well),
             dead = static_cast<u8>(person::Health::dead);

/// [market]: what is closed of its sector today, in the units of idle_above.
std::vector<u32> closed_of(const Settings& s, Step now) {
  std::vector<u32> closed(s.markets());
  for (u32 m = 0; m < s.markets(); ++m) {
    closed[m] = s.closed_in_units(now, s.sector_of(m));
  }
  return closed;
}

}  // namespace

// ---- leave --------------------------------------------------------------------------------------

void Leave::bind(Binder& b) {
  status_ = b.reads(status);
  health_ = b.reads(person::health);
  market_ = b.reads(market);
  idle_above_ = b.reads(idle_above);
  separates_at_ = b.reads(separates_at);
  b.follows(separates_at_);
  idle_layoff_ = b.sees(market_kind, idle_layoff);
  other_layoff_ = b.sees(market_kind, other_layoff);
  notice_ = b.tells(notice, person::kind);
  leaving_ = b.adds(leaving, market_kind);
  layoff_ = b.draws("labor.layoff");
}

void Leave::observe(const Observe& o) const {
  const auto leave = [&](const SeenRow& me) {
    if (is(me, status_, Status::employed)) {
      o.add(me, leaving_, me[market_], 1);
    }
  };
  o.for_each(entered(health_, dead), leave);
  if (!settings_.week_ends(o.now())) {
    return;
  }
  o.for_each(due(separates_at_), [&](const SeenRow& me) {
    if (me[health_] != dead) {
      leave(me);
    }
  });
  lay_off(o);
}

void Leave::lay_off(const Observe& o) const {
  constexpr u32 all_jobs = never_idle + 1;
  const auto closed = closed_of(settings_, o.now());
  std::vector<Jobs> at_risk(closed.size() + 1);
  for (u32 m = 0; m < closed.size(); ++m) {
    const bool some = idle_layoff_.at(m) > 0, others = other_layoff_.at(m) > 0;
    at_risk[m] = {some ? 0 : closed[m], others ? all_jobs : closed[m]};
  }
  if (std::all_of(at_risk.begin(), at_risk.end(), [](const Jobs& j) { return j.from == j.to; })) {
    return;
  }
  const u32 temporary = threshold(settings_.temporary_share);
  o.for_each_block(all(), [&](const Block<ObserveRow>& people) {
    const auto in = people[market_], idle_above_of = people[idle_above_];
    std::array<u16, Block<ObserveRow>::most> found;
    const std::size_t n = find_employed(at_risk, in, idle_above_of, people[status_], found);
    std::array<AgentId, Block<ObserveRow>::most> ids;
    std::array<Words, Block<ObserveRow>::most> words;
    for (std::size_t j = 0; j < n; ++j) {
      ids[j] = people.row(found[j]).id();
    }
    o.chance().fill(std::span(ids.data(), n), o.kind().tag(), o.now(), layoff_, 0, words.data());
    for (std::size_t j = 0; j < n; ++j) {
      const u16 m = in[found[j]];
      const bool without_work = idle_above_of[found[j]] < closed[m];
      if (words[j][0] >= (without_work ? idle_layoff_ : other_layoff_).at(m)) {
        continue;
      }
      const SeenRow me = people.row(found[j]);
      if (me[health_] != dead && me[separates_at_] != o.now()) {
        o.add(me, leaving_, m, 1);
        o.tell(me, me.id(), notice_, static_cast<u8>(words[j][1] < temporary));
      }
    }
  });
}

// ---- search -------------------------------------------------------------------------------------

void Search::bind(Binder& b) {
  status_ = b.reads(status);
  b.lists(status_, label(Status::temporary_layoff));
  b.lists(status_, label(Status::unemployed));
  health_ = b.reads(person::health);
  market_ = b.reads(market);
  idle_above_ = b.reads(idle_above);
  separates_at_ = b.reads(separates_at);
  vacancies_ = b.sees(market_kind, vacancies);
  searching_ = b.sees(market_kind, searching);
  seats_at_ = b.sees(market_kind, seats);
  if (settings_.works != nullptr) {
    works_ = settings_.works->acting(b);
  }
  seats_ = b.claims(seats, market_kind);
  recall_seats_ = b.claims(recall_seats, market_kind);
  search_ = b.draws("labor.search");
  recall_ = b.draws("labor.recall");
}

void Search::observe(const Observe& o) const {
  if (!settings_.week_ends(o.now())) {
    return;
  }
  const u32 markets = settings_.markets();
  std::vector<Openings::Market> there(markets);
  std::vector<i64> people(markets);
  for (u32 m = 0; m < markets; ++m) {
    there[m] = {.vacancies = vacancies_.at(m), .seats = seats_at_.at(m)};
    people[m] = searching_.at(m);
  }
  const Openings openings(settings_, there, people);
  const auto closed = closed_of(settings_, o.now());
  const u32 recalled = threshold(settings_.recall);
  o.for_each(
      having(status_, label(Status::temporary_layoff)), recall_,
      [&](const SeenRow&, const Words& x) { return x[0] < recalled; },
      [&](const SeenRow& me, const Words& x) {
        if (me[idle_above_] >= closed[me[market_]] && me[health_] == well &&
            me[separates_at_] != o.now() && willing(me, o.now())) {
          o.claim(me, me[market_], recall_seats_, u64{x[1]} << 32 | x[2]);
        }
      });
  std::vector<u32> sector_of(markets);
  for (u32 m = 0; m < markets; ++m) {
    sector_of[m] = settings_.sector_of(m);
  }
  const auto asks_for = [&](const SeenRow& me, const Words& x) {
    return openings.choose(sector_of[me[market_]], x[0]);
  };
  o.for_each(
      having(status_, label(Status::unemployed)), search_,
      [&](const SeenRow& me, const Words& x) {
        if (!openings.may_win_in(sector_of[me[market_]], x[1])) {
          return false;
        }
        const u32 m = asks_for(me, x);
        return m != Openings::none && openings.may_win(m, x[1]);
      },
      [&](const SeenRow& me, const Words& x) {
        if (me[health_] == well) {
          o.claim(me, asks_for(me, x), seats_, u64{x[1]} << 32 | x[2]);
        }
      });
}

// ---- change -------------------------------------------------------------------------------------

void Change::bind(Binder& b) {
  status_ = b.writes(status);
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
  seats_ = b.claims(seats, market_kind);
  recall_seats_ = b.claims(recall_seats, market_kind);
  notice_ = b.hears(notice, [](const SeenRow&, AgentId, u8) { return true; });
  flow_ = b.tallies(flow, flows * settings_.boroughs);
  separation_ = b.draws("labor.separation");
  told_ = b.draws("labor.told");
  hired_ = b.draws("labor.hired");
}

void Change::count(const ActRow& me, Flow what) const {
  me.count(flow_, static_cast<u32>(what) * settings_.boroughs + me[cell_] / settings_.bands);
}

void Change::lose(const ActRow& me, Status into, Flow what, double files, const Words& x,
                  Step now) const {
  me.set(status_, label(into));
  me.set(off_work_, u8{1});
  me.set(since_, static_cast<StoredStep>(now));
  me.set(separates_at_, into == Status::temporary_layoff
                            ? event_step(settings_, settings_.turns_permanent, now, x[2])
                            : never);
  count(me, what);
  StoredStep filed = never;
  if (x[0] < threshold(files)) {
    // A day, and then a geometric number of days.
    const double mean = std::max(1.0, settings_.filing_delay[std::min(now, settings_.steps)]);
    const u32 more = mean > 1 ? geometric_gap(-math::log1p(-1 / mean), unit(x[1])) : 0;
    filed = static_cast<StoredStep>(std::min<u64>(u64{now} + 1 + more, last_step));
  }
  me.set(claim_filed_, filed);
}

void Change::start(const ActRow& me, Flow what, u32 word, Step now) const {
  const double ends = settings_.separation[me[cell_] / settings_.bands];
  me.set(status_, label(Status::employed));
  me.set(off_work_, u8{0});
  me.set(since_, static_cast<StoredStep>(now));
  me.set(claim_filed_, never);
  me.set(separates_at_, event_step(settings_, ends, now, word));
  count(me, what);
}

void Change::end(const ActRow& me, const Words& x, Step now) const {
  if (is(me, status_, Status::employed)) {
    lose(me, Status::unemployed, Flow::separations, settings_.separated_file, x, now);
  } else if (is(me, status_, Status::temporary_layoff)) {
    me.set(status_, label(Status::unemployed));
    me.set(since_, static_cast<StoredStep>(now));
    me.set(separates_at_, never);
    count(me, Flow::turned_permanent);
  }
}

void Change::act(const Act& a) const {
  const Step now = a.now();
  a.for_each(entered(health_, dead), [&](const ActRow& me) {
    if (!is(me, status_, Status::outside)) {
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
  a.for_each(due(separates_at_), separation_,
             [&](const ActRow& me, const Words& x) { end(me, x, now); });
  a.for_each_told(notice_, told_,
                  [&](const ActRow& me, std::span<const Told<u8>> told, const Words& x) {
                    const bool waits = told[0].value != 0;
                    lose(me, waits ? Status::temporary_layoff : Status::unemployed,
                         waits ? Flow::temporary_layoffs : Flow::permanent_layoffs,
                         settings_.laid_off_file, x, now);
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
  const auto ask = [&](Status now_in, Status other, u8 leaves) {
    a.for_each_block(having(status_, label(now_in)), [&](const Block<ActRow>& people) {
      std::array<u8, Block<ActRow>::most> would;
      works_(people, a.now(), would);
      for (std::size_t k = 0; k < people.size(); ++k) {
        if (would[k] == leaves) {
          people.row(k).set(status_, label(other));
        }
      }
    });
  };
  ask(Status::unemployed, Status::not_searching, 0);
  // Who has just given up is asked again, and answers the same.
  ask(Status::not_searching, Status::unemployed, 1);
}

}  // namespace throng::labor
