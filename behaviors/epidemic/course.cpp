#include "behaviors/epidemic/course.h"

#include <algorithm>

#include "behaviors/epidemic/stay_home_rule.h"
#include "sim/simulation.h"

namespace throng::epidemic {

Infectivity::Infectivity(const Settings& settings, double beta)
    : settings_(settings),
      scale_(beta *
             *std::max_element(settings.susceptibility.begin(), settings.susceptibility.end())),
      rates_(settings),
      classes_(settings.shape > 0 ? settings.shape : 1.0) {}

void Infectivity::bind(Binder& b) {
  rates_.bind(b);
  infectious_since_ = b.reads(infectious_since);
  infectiousness_ = b.reads(infectiousness);
}

double Infectivity::bound(const SeenRow& me, u8 in_stage) const {
  const double individual = settings_.shape > 0 ? classes_.mean(me[infectiousness_]) : 1.0;
  return scale_ * individual * history().stages()[in_stage].infectiousness * rates_.total_rate(me);
}

StoredStep Infectivity::next_day(const SeenRow& me, u8 in_stage, Step from, Step until,
                                 double u) const {
  if (from >= until) {
    return never;
  }
  const double rate = bound(me, in_stage);
  const Step first = since(me);
  const NaturalHistory& h = history();
  const double begin = h.cumulative(from - first);
  const double left = h.cumulative(until - first) - begin;
  if (u < 1 - rate * left) {
    return never;  // exp(-x) >= 1 - x: surely none before the stage ends, and no logarithm needed
  }
  const double wait = -math::log(u) / rate;
  if (wait >= left) {
    return never;
  }
  Step day = from;
  while (h.cumulative(day + 1 - first) - begin <= wait) {
    ++day;
  }
  return static_cast<StoredStep>(day);
}

void Entry::bind(Binder& b) {
  infectivity_.bind(b);
  stage_ = b.writes(epidemic::stage);
  next_stage_ = b.writes(next_stage);
  changes_at_ = b.writes(changes_at);
  infectious_since_ = b.writes(infectious_since);
  symptoms_on_ = b.writes(symptoms_on);
  next_contact_ = b.writes(next_contact);
  isolating_until_ = b.writes(isolating_until);
  reported_at_ = b.writes(reported_at);
  if (settings_.work.known) {
    health_ = b.writes(person::health);
  }
  cell_ = b.reads(person::cell);
  admissions_ = b.tallies(
      admissions, static_cast<u32>(std::max<std::size_t>(1, settings_.geography.boroughs.size())) *
                      settings_.bands);
  more_ = b.shares_draw("epidemic.course.more");
  reported_ = b.shares_draw("epidemic.report");
  chance_ = b.chance();
}

void Entry::enter(const ActRow& me, u8 into, Step start, bool by_infection, Words words,
                  Step now) const {
  const NaturalHistory& h = infectivity_.history();
  const u32 cell = me[cell_], band = cell % settings_.bands;
  for (u32 hop = 1;; ++hop) {
    if (in_bed(into) && !in_bed(me[stage_])) {
      me.count(admissions_, cell);
    }
    me.set(stage_, into);
    if (health_) {
      me.set(health_, static_cast<u8>(health_in(into)));
    }
    report(me, into, start, hop, now);
    if (h.stages()[into].symptomatic && me[symptoms_on_] == never) {
      me.set(symptoms_on_, static_cast<StoredStep>(start));
    }
    const bool infectious = h.infectious(into);
    if (infectious && me[infectious_since_] == never) {
      me.set(infectious_since_, static_cast<StoredStep>(start));
    }
    const Branch* branch = h.branch(into, band, words[0]);
    if (branch == nullptr) {
      return;
    }
    u32 days = branch->dwell.draw(words[1]);
    if (by_infection && !infectious) {
      days = std::max(days, 1u);  // this morning's changes are over
    }
    if (days == 0 && !by_infection) {
      into = branch->to;
      words = chance_.words(me.kind().tag(), me.id(), now, more_, hop);
      continue;
    }
    const Step until = std::min<Step>(start + days, last_step);
    me.set(next_stage_, branch->to);
    me.set(changes_at_, static_cast<StoredStep>(until));
    if (h.stages()[into].symptomatic && me[isolating_until_] != isolating_until.initial) {
      me.set(isolating_until_, static_cast<StoredStep>(until));  // who complied goes on
    }
    if (infectious) {
      if (const StoredStep day = infectivity_.next_day(me, into, start, until, unit(words[2]));
          day != never) {
        me.set(next_contact_, day);
      }
    }
    return;
  }
}

bool Entry::in_bed(u8 of) const {
  const StageRole role = infectivity_.history().stages()[of].role;
  return role == StageRole::hospital || role == StageRole::critical;
}

person::Health Entry::health_in(u8 of) const {
  const Stage& s = infectivity_.history().stages()[of];
  return s.role == StageRole::dead     ? person::Health::dead
         : s.symptomatic || in_bed(of) ? person::Health::ill
                                       : person::Health::well;
}

void Entry::report(const ActRow& me, u8 into, Step start, u32 hop, Step now) const {
  for (const ReportRule& r : settings_.reports) {
    const double share = r.share[std::min(start, settings_.steps)];
    if (r.stage != into || share <= 0 || me[reported_at_] != never) {
      continue;
    }
    const Words x = chance_.words(me.kind().tag(), me.id(), now, reported_, hop - 1);
    if (x[0] < threshold(share)) {
      const Step at = start + std::max(1u, r.delay.draw(x[1]));
      me.set(reported_at_, static_cast<StoredStep>(std::min<Step>(at, last_step)));
    }
  }
}

// ---- progress -----------------------------------------------------------------------------------

void Progress::bind(Binder& b) {
  entry_.bind(b);
  b.follows(entry_.changes_at_);
  course_ = b.draws("epidemic.course");
}

void Progress::act(const Act& a) const {
  a.for_each(due(entry_.changes_at_), course_, [&](const ActRow& me, const Words& words) {
    entry_.enter(me, me[entry_.next_stage_], a.now(), false, words, a.now());
  });
}

// ---- transmission -------------------------------------------------------------------------------

Transmit::Transmit(const Settings& settings, double beta)
    : settings_(settings), infectivity_(settings, beta), contacts_(settings) {}

void Transmit::bind(Binder& b) {
  infectivity_.bind(b);
  contacts_.bind(b);
  household_position_ = b.reads(person::household_position);
  neighborhood_ = b.reads(person::neighborhood);
  stage_ = b.reads(epidemic::stage);
  infected_on_ = b.reads(infected_on);
  symptoms_on_ = b.reads(symptoms_on);
  next_contact_ = b.reads(next_contact);
  b.follows(next_contact_);
  exposure_ = b.tells(exposure, person::kind);
  count_ = b.draws("epidemic.contacts");
  meet_ = b.draws("epidemic.contact");
  seed_ = b.draws("epidemic.seed");
  import_ = b.draws("epidemic.importation");
  people_ = b.own().partition().total();
  for (u8 s = 0; settings_.daily_visits && s < settings_.history->stages().size(); ++s) {
    if (settings_.history->infectious(s)) {
      b.lists(stage_, s);
    }
  }
  const person::Geography& g = settings_.geography;
  if (b.groups(person::community_network) != nullptr) {
    community_network_ = b.network(person::community_network);
    const std::vector<i64> weights = b.group_weights(person::community_network);
    for (u32 home = 0; home < g.count(); ++home) {
      std::vector<double> row(g.count());
      for (u32 k = 0; k < g.count(); ++k) {
        row[k] = g.mixing[std::size_t{home} * g.count() + k] * static_cast<double>(weights[k]);
      }
      const bool any = std::any_of(row.begin(), row.end(), [](double w) { return w > 0; });
      row[home] = any ? row[home] : 1.0;
      mixing_.push_back(AliasTable::of(row));
    }
  }
  if (b.groups(person::place_network) != nullptr) {
    place_network_ = b.network(person::place_network);
    for (u32 h = 0; h < g.count(); ++h) {
      borough_of_place_.resize(g.first_place[h + 1], g.borough_of[h]);
    }
    for (u32 borough = 0; borough < g.boroughs.size(); ++borough) {
      std::vector<u64> teams(g.count());
      for (u32 k = 0; k < g.count(); ++k) {
        teams[k] = g.borough_of[k] == borough ? g.teams[k] : 0;
      }
      const bool any = std::any_of(teams.begin(), teams.end(), [](u64 n) { return n > 0; });
      work_neighborhood_.push_back(AliasTable::of(any ? teams : std::vector<u64>{1}));
    }
  }
}

void Transmit::observe(const Observe& o) const {
  const NaturalHistory& h = infectivity_.history();
  const auto meet = [&](const SeenRow& me, u32, const Words& x) { offer(o, me, x); };
  if (settings_.daily_visits) {
    for (u8 s = 0; s < h.stages().size(); ++s) {
      if (h.infectious(s)) {
        const auto candidates = [&](const SeenRow& me, const Words& x) {
          return infectivity_.since(me) > o.now()
                     ? 0u
                     : candidate_count(o, me, infectivity_.on_day(me, s, o.now()), x[0], false);
        };
        o.for_each_repeated(having(stage_, s), count_, candidates, meet_, meet);
      }
    }
  } else {
    const auto candidates = [&](const SeenRow& me, const Words& x) {
      return candidate_count(o, me, infectivity_.on_day(me, me[stage_], o.now()), x[0], true);
    };
    o.for_each_repeated(due(next_contact_), count_, candidates, meet_, meet);
  }
  outside(o);
}

u32 Transmit::candidate_count(const Observe& o, const SeenRow& me, double mean, u32 word,
                              bool at_least_one) const {
  if (mean <= largest_poisson_mean) [[likely]] {
    return at_least_one ? poisson_at_least_one(mean, unit(word)) : poisson(mean, unit(word));
  }
  if (mean > most_candidates) {
    throw InputError("epidemic: person " + std::to_string(me.id()) + " would have " +
                     std::to_string(static_cast<i64>(mean)) +
                     " candidate transmissions on one day (more than a million is no contact "
                     "process). Lower beta or r0, or the weights of edges and layers.");
  }
  // A Poisson count is the sum of counts of parts of its mean; that all of a part of 600 are 0
  // never happens.
  u32 n = 0;
  for (u32 part = 0; mean > 0; ++part, mean -= largest_poisson_mean) {
    const u32 bits =
        part == 0 ? word : o.chance().words(me.kind().tag(), me.id(), o.now(), count_, part)[0];
    n += poisson(std::min(mean, largest_poisson_mean), unit(bits));
  }
  return n;
}

void Transmit::offer(const Observe& o, const SeenRow& me, const Words& x) const {
  const Measures& m = settings_.measures;
  const Rates rates = contacts_.rates(me);
  // One word chooses the layer and, by where in the layer's share it falls, thins by what is open
  // today.
  double at = unit(x[0]) * rates.total;
  std::size_t l = 0;
  while (l + 1 < layers && at >= rates.most[l]) {
    at -= rates.most[l];
    ++l;
  }
  const auto layer = static_cast<Layer>(l);
  double open = rates.most[l] / m.most[l] * m.open[o.now()][l];
  if (at >= open) {
    return;
  }
  open *= contacts_.avoidance(me, layer, o.now());
  if (at >= open) {
    return;
  }
  if ((layer == Layer::school || layer == Layer::work) && contacts_.place_closed(me, o.now())) {
    return;
  }
  tell(o, me, layer, x);
}

void Transmit::tell(const Observe& o, const SeenRow& me, Layer layer, const Words& x) const {
  const ContactSense& c = contacts_;
  const person::Geography& g = settings_.geography;
  const Exposure e = Exposure::of(x[3], layer, timing(me, o.now()), me[infected_on_]);
  switch (layer) {
    case Layer::household: {
      const u32 position = me[household_position_], size = me[c.household_size_];
      const Consecutive home = {.first = me.id() - position, .position = position, .size = size};
      o.tell(me, home.other(below(x[1], size - 1)), exposure_, e);
      break;
    }
    case Layer::school: {
      const Contacts& n = settings_.contacts;
      const bool own = x[1] < threshold(n.class_share);
      const auto slots = static_cast<u16>(n.in_class * (own ? n.class_share : 1 - n.class_share));
      o.tell(
          me,
          Member{place_network_, me[c.place_], x[2], own ? Choose::other : Choose::sibling, slots},
          exposure_, e);
      break;
    }
    case Layer::work: {
      // A slot of the team that an in-commuter fills: in-commuters carry the residents' prevalence,
      // so who meets one meets, in their stead, somebody of another team of the borough.
      const u8 borough = borough_of_place_[me[c.place_]];
      const double outsiders = borough < g.outsiders.size() ? g.outsiders[borough] : 0;
      u32 team = me[c.place_];
      if (x[1] < threshold(outsiders)) {
        const u32 word = x[1] * 0x9E3779B1u;
        const u32 h = work_neighborhood_[borough].draw(word);
        team = g.first_team[h] + below(word * 0x85EBCA6Bu, g.teams[h]);
        o.tell(me, Member{place_network_, team, x[2], Choose::any, 1}, exposure_, e);
        break;
      }
      const auto slots = static_cast<u16>(settings_.contacts.in_team * (1 - outsiders));
      o.tell(me, Member{place_network_, team, x[2], Choose::other, slots}, exposure_, e);
      break;
    }
    case Layer::quarters:
      o.tell(me, Member{place_network_, me[c.place_], x[2], Choose::other, 1}, exposure_, e);
      break;
    case Layer::community:
      o.tell(me,
             Member{community_network_, mixing_[me[neighborhood_]].draw(x[1]), x[2],
                    Choose::weighted, 1},
             exposure_, e);
      break;
    case Layer::edges:
      o.tell(me, c.edges_->choose(me.row(), unit(x[1])), exposure_, e);
      break;
    case Layer::outside:
    case Layer::none:
      break;
  }
}

Timing Transmit::timing(const SeenRow& me, Step now) const {
  const NaturalHistory& h = infectivity_.history();
  if (me[symptoms_on_] <= now) {
    return me[symptoms_on_] == now ? Timing::on_the_day : Timing::after;
  }
  return h.may_show_symptoms(me[stage_]) ? Timing::before_symptoms : Timing::never_symptoms;
}

void Transmit::outside(const Observe& o) const {
  const person::Geography& g = settings_.geography;
  const Exposure e = Exposure::of(0, Layer::outside, Timing::never_symptoms, never);
  const auto block = [&](u32 neighborhood) -> std::pair<AgentId, AgentId> {
    return neighborhood == no_group
               ? std::pair<AgentId, AgentId>{0, people_}
               : std::pair{g.first_person[neighborhood], g.first_person[neighborhood + 1]};
  };
  for (u32 s = 0; s < settings_.seeds.size(); ++s) {
    const Seed& seed = settings_.seeds[s];
    if (seed.step != o.now()) {
      continue;
    }
    for (const AgentId id : seed.people) {
      o.tell_from_outside(id, exposure_, e);
    }
    // Without replacement: the first ones of a keyed order of the block.
    const auto [begin, end] = block(seed.neighborhood);
    const Words key = o.chance().words(0xFF, s, o.now(), seed_);
    const Permutation order(end - begin, u64{key[0]} << 32 | key[1]);
    for (u32 k = 0; k < std::min<u32>(seed.count, end - begin); ++k) {
      o.tell_from_outside(begin + order(k), exposure_, e);
    }
  }
  for (u32 s = 0; s < settings_.importations.size(); ++s) {
    const Importation& importation = settings_.importations[s];
    const auto [begin, end] = block(importation.neighborhood);
    if (end == begin || importation.per_day[o.now()] <= 0) {
      continue;
    }
    const u32 n =
        poisson(importation.per_day[o.now()], unit(o.chance().words(0xFF, s, o.now(), import_)[0]));
    for (u32 k = 1; k <= n; ++k) {
      o.tell_from_outside(
          begin + below(o.chance().words(0xFF, s, o.now(), import_, k)[0], end - begin), exposure_,
          e);
    }
  }
}

void Wait::bind(Binder& b) {
  infectivity_.bind(b);
  stage_ = b.reads(epidemic::stage);
  changes_at_ = b.reads(changes_at);
  next_contact_ = b.writes(next_contact);
  b.follows(next_contact_);
  next_ = b.draws("epidemic.next_contact");
}

void Wait::act(const Act& a) const {
  a.for_each(due(next_contact_), next_, [&](const ActRow& me, const Words& x) {
    const StoredStep day =
        infectivity_.next_day(me, me[stage_], a.now() + 1, me[changes_at_], unit(x[0]));
    if (day != never) {
      me.set(next_contact_, day);
    }
  });
}

// ---- infection ----------------------------------------------------------------------------------

Infect::Infect(const Settings& settings, double beta)
    : settings_(settings), entry_(settings, beta), contacts_(settings) {}

void Infect::bind(Binder& b) {
  entry_.bind(b);
  contacts_.bind(b);
  infected_on_ = b.writes(infected_on);
  infector_ = b.writes(infector);
  infected_in_ = b.writes(infected_in);
  by_layer_ = b.tallies(infections_by_layer, layers);
  by_timing_ = b.tallies(infections_by_timing, 4);
  by_generation_ = b.tallies(generation_time, generation_days);
  generations_ = b.tallies(generation_sum, 1);
  by_cohort_ = b.tallies(offspring_of_day, settings_.steps + 1);
  log_ = b.logs(transmission);
  course_ = b.draws("epidemic.infection");
  const auto& sigma = settings_.susceptibility;
  const double most = *std::max_element(sigma.begin(), sigma.end());
  const u32 cells =
      static_cast<u32>(std::max<std::size_t>(1, settings_.geography.boroughs.size())) *
      settings_.bands;
  for (u32 c = 0; c < cells; ++c) {
    admitted_below_.push_back(static_cast<u64>(sigma[c % settings_.bands] / most * 0x1p32));
  }
  exposure_ = b.hears(exposure, [this, &now = b.clock()](const SeenRow& me, AgentId, Exposure& e) {
    return admits(me, e, now);
  });
}

bool Infect::admits(const SeenRow& me, Exposure& e, Step now) const {
  if (e.layer() == Layer::outside) {
    return me[entry_.stage_] == 0;
  }
  if (me[entry_.stage_] != 0 && !settings_.only_seeds_infect) {
    return false;
  }
  u64 below = admitted_below_[me[contacts_.cell_]];
  if (e.mark >= below) {
    return false;
  }
  const double left = contacts_.avoidance(me, e.layer(), now);
  below = static_cast<u64>(static_cast<double>(below) * left);
  if (e.mark >= below) {
    return false;
  }
  if ((e.layer() == Layer::school || e.layer() == Layer::work) && contacts_.place_closed(me, now)) {
    return false;
  }
  // Given that it was admitted, mark / below is uniform and says nothing of the layer: a fair key.
  e.mark = static_cast<u32>((u64{e.mark} << 32) / below);
  return true;
}

void Infect::act(const Act& a) const {
  const NaturalHistory& h = *settings_.history;
  a.for_each_told(
      exposure_, course_,
      [&](const ActRow& me, std::span<const Told<Exposure>> offers, const Words& words) {
        const u32 place = me[contacts_.place_];
        if (settings_.only_seeds_infect) {
          // Also what is offered to a seed on its own day: it counts for who offered it.
          for (const Told<Exposure>& offer : offers) {
            if (offer.value.layer() != Layer::outside) {
              me.log(log_, {me.id(), offer.from, place, static_cast<u8>(offer.value.layer())});
            }
          }
          if (offers.front().value.layer() != Layer::outside) {
            return;
          }
        }
        const Told<Exposure>& first = offers.front();
        const Exposure& e = first.value;
        const auto today = static_cast<StoredStep>(a.now());
        me.set(infected_on_, today);
        me.set(infector_, first.from);
        me.set(infected_in_, static_cast<u8>(e.layer()));
        me.count(by_layer_, static_cast<u32>(e.layer()));
        if (e.layer() != Layer::outside) {
          me.count(by_timing_, static_cast<u32>(e.timing()));
          me.count(generations_, 0, today - e.infector_infected_on());
          me.count(by_generation_,
                   std::min<u32>(today - e.infector_infected_on(), generation_days - 1));
          me.count(by_cohort_, e.infector_infected_on());
        }
        me.log(log_, {me.id(), first.from, place, static_cast<u8>(e.layer())});
        const Step start = h.infectious(h.entry()) ? a.now() + 1 : a.now();
        entry_.enter(me, h.entry(), start, true, words, a.now());
      });
}

// ---- isolation, reports, staying home -----------------------------------------------------------

void Notice::bind(Binder& b) {
  stage_ = b.reads(epidemic::stage);
  changes_at_ = b.reads(changes_at);
  symptoms_on_ = b.reads(symptoms_on);
  b.follows(symptoms_on_);
  cell_ = b.reads(person::cell);
  isolating_until_ = b.writes(isolating_until);
  reported_at_ = b.reads(reported_at);
  b.follows(reported_at_);
  reports_ = b.adds(reports, person::borough_kind);
  complies_ = b.draws("epidemic.isolation");
}

void Notice::observe(const Observe& o) const {
  o.for_each(due(reported_at_),
             [&](const SeenRow& me) { o.add(me, reports_, me[cell_] / settings_.bands, 1); });
}

void Notice::act(const Act& a) const {
  const auto& compliance = settings_.measures.isolation_compliance;
  const double complying = compliance.empty() ? 0 : compliance[a.now()];
  if (complying <= 0) {
    return;
  }
  const auto& stages = settings_.history->stages();
  a.for_each(due(symptoms_on_), complies_, [&](const ActRow& me, const Words& x) {
    // From tomorrow to the end of the stage; Entry goes on with it in further ones with symptoms.
    if (stages[me[stage_]].symptomatic && me[changes_at_] != never && x[0] < threshold(complying)) {
      me.set(isolating_until_, me[changes_at_]);
    }
  });
}

void Surveillance::bind(Binder& b) {
  reports_ = b.sums(reports);
  this_week_ = b.writes(cases_this_week);
  last_week_ = b.writes(cases_last_week);
  told_ = settings_.stay_home.decision != nullptr || settings_.work.would != nullptr;
  if (told_) {
    week_before_ = b.writes(cases_week_before);
  }
}

void Surveillance::act(const Act& a) const {
  const bool ends = a.now() % settings_.stay_home.every == 0;
  a.for_each(all(), [&](const ActRow& me) {
    const i64 sum = me[this_week_] + reports_.at(me.row());
    if (ends && told_) {
      me.set(week_before_, me[last_week_]);
    }
    if (ends) {
      me.set(last_week_, sum);
    }
    me.set(this_week_, ends ? i64{0} : sum);
  });
}

void StayHome::bind(Binder& b) {
  cases_ = b.sees(person::borough_kind, cases_last_week);
  people_ = b.sees(person::borough_kind, borough_people);
  share_ = b.decides(stay_home_share);
}

void StayHome::decide(const Decide& d) const {
  const Step now = d.now(), every = settings_.stay_home.every;
  if (!settings_.stay_home.provider || (now != 1 && now % every != 0)) {
    return;
  }
  std::vector<double> features;
  const u32 cells = d.kind().rows();
  for (u32 c = 0; c < cells; ++c) {
    const u32 borough = c / settings_.bands;
    // Integers below 2^53: the quotient is rounded once.
    const auto cases = static_cast<double>(cases_.at(borough) * 7 * 100'000);
    const auto people = static_cast<double>(std::max<i64>(1, people_.at(borough)) * every);
    const double order =
        settings_.stay_home.order_in_force.empty() ? 0 : settings_.stay_home.order_in_force[now];
    features.insert(features.end(), {static_cast<double>(c % settings_.bands),
                                     static_cast<double>(borough), cases / people, order});
  }
  std::vector<u32> shares(cells);
  settings_.stay_home.provider->answer({stay_home_features, features}, shares);
  d.for_each(all(),
             [&](const DecideRow& me) { me.set(share_, std::min(shares[me.row()], whole_share)); });
}

}  // namespace throng::epidemic
