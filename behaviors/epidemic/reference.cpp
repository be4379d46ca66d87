#include "behaviors/epidemic/reference.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "behaviors/epidemic/stay_home_rule.h"
#include "behaviors/person/columns.h"
#include "sim/chance.h"
#include "sim/distributions.h"
#include "sim/error.h"
#include "sim/math.h"

namespace throng::epidemic {
namespace {

template <class C>
auto copy_of(Kind& kind, const C& column) {
  const auto values = kind.values(column);
  return std::vector<typename C::Type>(values.begin(), values.end());
}

u64 value_of(const Kind& kind, std::string_view column, Row row) {
  return kind.find(column)->store->bits(row);
}

}  // namespace

ReferenceEpidemic::ReferenceEpidemic(Population& population,
                                     std::shared_ptr<const Settings> settings, double beta,
                                     u64 seed, CommunityContacts community)
    : settings_(std::move(settings)), beta_(beta), chance_(seed), how_(community) {
  ensures(!settings_->stay_home.provider || settings_->reports.empty(),
          "the reference knows no reports for decisions to stay home");
  ensures(!settings_->work.would, "in the reference everybody who has work would go");
  Kind& person = population.kind(person::kind);
  const person::Geography& g = settings_->geography;
  const u32 n = person.rows();
  ensures(n == person.partition().total() && (n == 0 || person.partition().id_of(n - 1) == n - 1),
          "the reference has all people in order of id");
  household_size_ = copy_of(person, person::household_size);
  household_position_ = copy_of(person, person::household_position);
  contact_rate_ = copy_of(person, person::contact_rate);
  sector_ = copy_of(person, person::sector);
  place_ = copy_of(person, person::place);
  neighborhood_ = copy_of(person, person::neighborhood);
  const auto cell = person.values(person::cell);
  people_.resize(n);
  const GammaClasses classes(settings_->shape > 0 ? settings_->shape : 1.0);
  for (u32 i = 0; i < n; ++i) {
    people_[i].off_work = settings_->work.known && value_of(person, person::off_work.name, i) != 0;
    people_[i].cell = cell[i];
    people_[i].band = cell[i] % settings_->bands;
    people_[i].individual =
        settings_->shape > 0 ? classes.mean(GammaClasses::class_of(word())) : 1.0;
  }

  const Kind& place = population.kind(person::place_kind);
  members_.resize(place.rows());
  teams_.assign(g.boroughs.size(), 0);
  for (Row p = 0; p < place.rows(); ++p) {
    place_type_.push_back(static_cast<u8>(value_of(place, person::type_of_place.name, p)));
    borough_.push_back(g.borough_of[value_of(place, person::neighborhood_of_place.name, p)]);
    first_sibling_.push_back(static_cast<u32>(value_of(place, person::first_sibling.name, p)));
    siblings_.push_back(static_cast<u32>(value_of(place, person::siblings.name, p)));
    place_word_.push_back(word());
    teams_[borough_[p]] += place_type_[p] == static_cast<u8>(person::PlaceType::team);
  }
  for (u32 i = 0; i < n; ++i) {
    if (place_[i] != no_group) {
      members_[place_[i]].push_back(i);
    }
  }

  // Somebody met in the community: first a neighborhood, by distance and by the contacts of all who
  // live there, then one of these by his or her own contacts.
  std::vector<double> contacts(g.count(), 0);
  for (u32 i = 0; i < n; ++i) {
    contacts[neighborhood_[i]] += contact_rate_[i];
  }
  from_home_to_.assign(std::size_t{g.count()} * g.count(), 0);
  for (std::size_t home = 0; home < g.count(); ++home) {
    double all = 0;
    for (std::size_t k = 0; k < g.count(); ++k) {
      all += g.mixing[home * g.count() + k] * contacts[k];
    }
    for (std::size_t k = 0; k < g.count() && all > 0; ++k) {
      from_home_to_[home * g.count() + k] = g.mixing[home * g.count() + k] / all;
    }
  }
  if (how_ == CommunityContacts::one_by_one) {
    prepare_contacts();
  }
  if (const Edges* edges = population.edges(person::edge_network)) {
    edges_.resize(n);
    for (u32 i = 0; i < n; ++i) {
      for (u32 k = 0; k < edges->degree(i); ++k) {
        edges_[i].push_back({i, edges->targets(i)[k], edges->weight(i, k)});
      }
    }
  }
}

void ReferenceEpidemic::prepare_contacts() {
  const std::size_t count = settings_->geography.count();
  residents_.resize(count);
  rates_upto_.resize(count);
  for (u32 i = 0; i < people_.size(); ++i) {
    auto& upto = rates_upto_[neighborhood_[i]];
    residents_[neighborhood_[i]].push_back(i);
    upto.push_back((upto.empty() ? 0.0 : upto.back()) + contact_rate_[i]);
  }
  for (std::size_t here = 0; here < count; ++here) {
    std::vector<double> from(count, 0);
    double all = 0;
    for (std::size_t home = 0; home < count; ++home) {
      from[home] = rates_upto_[home].empty()
                       ? 0
                       : 0.5 * rates_upto_[home].back() * from_home_to_[home * count + here];
      all += from[home];
    }
    met_per_rate_.push_back(all);
    met_from_.push_back(AliasTable::of(all > 0 ? from : std::vector<double>{1.0}));
  }
}

std::vector<i64> ReferenceEpidemic::stage_counts() const {
  std::vector<i64> counts(settings_->history->stages().size(), 0);
  for (const Person& p : people_) {
    ++counts[p.stage];
  }
  return counts;
}

void ReferenceEpidemic::enter(u32 i, u8 into, Step start, bool by_infection) {
  const NaturalHistory& h = *settings_->history;
  Person& p = people_[i];
  for (;;) {
    p.stage = into;
    const Stage& in = h.stages()[into];
    p.ill = settings_->work.known && (in.symptomatic || in.role != StageRole::at_large);
    p.changes_at = never;
    if (h.stages()[into].symptomatic && p.symptoms_on == never) {
      p.symptoms_on = start;
    }
    if (h.infectious(into) && p.infectious_since == never) {
      p.infectious_since = start;
    }
    const Branch* branch = h.branch(into, p.band, word());
    if (branch == nullptr) {
      return;
    }
    u32 days = branch->dwell.draw(word());
    if (by_infection && !h.infectious(into)) {
      days = std::max(days, 1u);
    }
    if (days > 0 || by_infection) {
      p.next = branch->to;
      p.changes_at = start + days;
      if (h.stages()[into].symptomatic && p.isolating_until > 0) {
        p.isolating_until = p.changes_at;
      }
      return;
    }
    into = branch->to;
  }
}

void ReferenceEpidemic::progress() {
  for (u32 i = 0; i < people_.size(); ++i) {
    if (people_[i].changes_at == now_) {
      enter(i, people_[i].next, now_, false);
    }
  }
}

void ReferenceEpidemic::step() {
  ++now_;
  progress();
  look_around();
  std::vector<bool> struck(people_.size(), false);
  strike_from_outside(struck);
  i64 infected = 0;
  std::vector<u32> today;
  for (u32 i = 0; i < people_.size(); ++i) {
    if (people_[i].stage == 0 && (unit(word()) < -math::expm1(-hazard(i)) || struck[i])) {
      today.push_back(i);
    }
  }
  const NaturalHistory& h = *settings_->history;
  for (const u32 i : today) {
    enter(i, h.entry(), h.infectious(h.entry()) ? now_ + 1 : now_, true);
    ++infected;
  }
  infections_.push_back(infected);
  isolate();
  stay_home();
}

void ReferenceEpidemic::isolate() {
  const Measures& m = settings_->measures;
  if (m.isolation_compliance.empty()) {
    return;
  }
  for (Person& p : people_) {
    if (p.symptoms_on == now_ && settings_->history->stages()[p.stage].symptomatic &&
        p.changes_at != never && unit(word()) < m.isolation_compliance[now_]) {
      p.isolating_until = p.changes_at;
    }
  }
}

void ReferenceEpidemic::stay_home() {
  const StayHomeSettings& s = settings_->stay_home;
  if (!s.provider || (now_ != 1 && now_ % s.every != 0)) {
    return;
  }
  const double order = s.order_in_force.empty() ? 0 : s.order_in_force[now_];
  std::vector<double> features;
  std::vector<u32> shares(settings_->geography.boroughs.size() * settings_->bands);
  for (u32 c = 0; c < shares.size(); ++c) {
    features.insert(features.end(), {static_cast<double>(c % settings_->bands),
                                     static_cast<double>(c / settings_->bands), 0, order});
  }
  s.provider->answer({stay_home_features, features}, shares);
  for (Person& p : people_) {
    p.stays_home = unit(word()) * whole_share < shares[p.cell];
  }
}

// ---- contacts -----------------------------------------------------------------------------------

double ReferenceEpidemic::weight(Layer layer) const {
  const auto l = static_cast<std::size_t>(layer);
  return settings_->contacts.weight[l] * settings_->measures.open[now_][l];
}

void ReferenceEpidemic::look_around() {
  const NaturalHistory& h = *settings_->history;
  for (Person& p : people_) {
    const bool infects = h.infectious(p.stage) && p.infectious_since <= now_;
    p.infects = infects ? p.individual * h.stages()[p.stage].infectiousness *
                              h.profile(now_ - p.infectious_since)
                        : 0.0;
  }
  close_places();
  mix_neighborhoods();
  mix_outsiders();
  push_along_edges();
}

void ReferenceEpidemic::close_places() {
  const Measures& m = settings_->measures;
  closed_.assign(members_.size(), false);
  for (u32 p = 0; p < members_.size(); ++p) {
    double share = 0;
    if (place_type_[p] == static_cast<u8>(person::PlaceType::school_class)) {
      share = m.schools_closed.empty() ? 0 : m.schools_closed[now_];
    } else if (place_type_[p] == static_cast<u8>(person::PlaceType::team) &&
               !m.teams_closed.empty() && !members_[p].empty() &&
               sector_[members_[p][0]] < m.sectors) {
      share = m.teams_closed[std::size_t{now_} * m.sectors + sector_[members_[p][0]]];
    }
    closed_[p] = share >= 1 || unit(place_word_[p]) < share;
  }
}

void ReferenceEpidemic::mix_neighborhoods() {
  const std::size_t count = settings_->geography.count();
  std::vector<double> from(count, 0);
  for (u32 j = 0; j < people_.size(); ++j) {
    from[neighborhood_[j]] += sends(j, Layer::community) * 0.5 * contact_rate_[j];
  }
  community_.assign(count, 0);
  for (std::size_t home = 0; home < count; ++home) {
    for (std::size_t k = 0; k < count; ++k) {
      community_[k] += from[home] * from_home_to_[home * count + k];
    }
  }
}

void ReferenceEpidemic::mix_outsiders() {
  const auto& share = settings_->geography.outsiders;
  outsiders_.assign(settings_->geography.boroughs.size(), 0);
  for (u32 j = 0; j < people_.size(); ++j) {
    const u32 p = place_[j];
    if (p != no_group && place_type_[p] == static_cast<u8>(person::PlaceType::team) &&
        !closed_[p]) {
      outsiders_[borough_[p]] += sends(j, Layer::work) * settings_->contacts.in_team *
                                 share[borough_[p]] / teams_[borough_[p]];
    }
  }
}

void ReferenceEpidemic::push_along_edges() {
  if (edges_.empty()) {
    return;
  }
  along_edges_.assign(people_.size(), 0);
  for (u32 j = 0; j < people_.size(); ++j) {
    for (const Edges::Edge& e : edges_[j]) {
      along_edges_[e.target] += sends(j, Layer::edges) * e.weight;
    }
  }
}

double ReferenceEpidemic::hazard(u32 i) {
  const Person& p = people_[i];
  const auto left = [&](Layer layer) { return p.left(layer, settings_->measures, now_); };
  double sum = of_household(i) + of_place(i);
  if (how_ == CommunityContacts::summed) {
    sum += weight(Layer::community) * community_[neighborhood_[i]] * contact_rate_[i] *
           left(Layer::community);
  }
  if (!edges_.empty()) {
    sum += weight(Layer::edges) * along_edges_[i] * left(Layer::edges);
  }
  const double summed = beta_ * settings_->susceptibility[p.band] * sum;
  return how_ == CommunityContacts::summed ? summed : summed + of_community_contacts(i);
}

double ReferenceEpidemic::of_community_contacts(u32 i) {
  const Person& p = people_[i];
  const u16 here = neighborhood_[i];
  const double scale = beta_ * settings_->susceptibility[p.band] * weight(Layer::community) *
                       p.left(Layer::community, settings_->measures, now_);
  const u32 contacts = poisson(met_per_rate_[here] * contact_rate_[i], unit(word()));
  double sum = 0;
  for (u32 k = 0; k < contacts; ++k) {
    const u32 home = met_from_[here].draw(word());
    const auto& upto = rates_upto_[home];
    const auto at =
        std::upper_bound(upto.begin(), upto.end(), unit(word()) * upto.back()) - upto.begin();
    const u32 j =
        residents_[home]
                  [static_cast<std::size_t>(std::min<std::ptrdiff_t>(at, std::ssize(upto) - 1))];
    // A Poisson number of contacts, each of which infects with probability h, is a hazard of h
    // each: -ln(1 - h) makes 1 - exp(-sum) just that.
    sum -= math::log1p(-std::min(0.999, scale * sends(j, Layer::community)));
  }
  return sum;
}

double ReferenceEpidemic::of_household(u32 i) const {
  const u32 first = i - household_position_[i];
  double sum = 0;
  for (u32 j = first; j < first + household_size_[i]; ++j) {
    sum += j == i ? 0 : sends(j, Layer::household);
  }
  return weight(Layer::household) * sum;
}

double ReferenceEpidemic::of_members(u32 place, Layer layer, double contacts, u32 slots) const {
  const auto others = static_cast<u32>(members_[place].size()) - 1;
  double sum = 0;
  for (const u32 j : members_[place]) {
    sum += sends(j, layer);
  }
  return others == 0 ? 0 : sum * contacts / std::max(slots, others);
}

double ReferenceEpidemic::of_siblings(u32 i, double contacts, u32 slots) const {
  const u32 first = first_sibling_[place_[i]];
  double sum = 0;
  u32 all = 0;
  for (u32 p = first; p < first + siblings_[place_[i]]; ++p) {
    all += static_cast<u32>(members_[p].size());
    for (const u32 j : members_[p]) {
      sum += closed_[p] ? 0 : sends(j, Layer::school);
    }
  }
  return all < 2 ? 0 : sum * contacts / std::max(slots, all - 1);
}

double ReferenceEpidemic::of_team(u32 i) const {
  const u32 p = place_[i];
  const double outside = settings_->geography.outsiders[borough_[p]];
  const double own = settings_->contacts.in_team * (1 - outside);
  return of_members(p, Layer::work, own, static_cast<u32>(own)) +
         outsiders_[borough_[p]] / static_cast<double>(members_[p].size());
}

double ReferenceEpidemic::of_place(u32 i) const {
  const u32 p = place_[i];
  if (p == no_group || closed_[p]) {
    return 0;
  }
  const Contacts& c = settings_->contacts;
  const auto left = [&](Layer layer) {
    return weight(layer) * people_[i].left(layer, settings_->measures, now_);
  };
  switch (static_cast<person::PlaceType>(place_type_[p])) {
    case person::PlaceType::school_class: {
      const double own = c.in_class * c.class_share, apart = c.in_class * (1 - c.class_share);
      const double with_own = of_members(p, Layer::school, own, static_cast<u32>(own));
      const double with_grade = apart > 0 ? of_siblings(i, apart, static_cast<u32>(apart)) : 0;
      return left(Layer::school) * (with_own + with_grade);
    }
    case person::PlaceType::team:
      return left(Layer::work) * of_team(i);
    case person::PlaceType::quarters:
      return left(Layer::quarters) * of_members(p, Layer::quarters, c.in_quarters, 1);
    case person::PlaceType::none:
      break;
  }
  return 0;
}

// ---- from outside -------------------------------------------------------------------------------

void ReferenceEpidemic::strike_from_outside(std::vector<bool>& struck) {
  const person::Geography& g = settings_->geography;
  const auto block = [&](u32 h) {
    return h == no_group ? std::pair<u32, u32>{0, static_cast<u32>(people_.size())}
                         : std::pair<u32, u32>{g.first_person[h], g.first_person[h + 1]};
  };
  for (const Seed& seed : settings_->seeds) {
    if (seed.step != now_) {
      continue;
    }
    for (const AgentId id : seed.people) {
      struck[id] = true;
    }
    const auto [begin, end] = block(seed.neighborhood);
    std::unordered_set<u32> chosen;
    while (chosen.size() < std::min(seed.count, end - begin)) {
      chosen.insert(begin + below(word(), end - begin));
    }
    for (const u32 i : chosen) {
      struck[i] = true;
    }
  }
  for (const Importation& importation : settings_->importations) {
    const auto [begin, end] = block(importation.neighborhood);
    const double expected = importation.per_day[now_];
    for (u32 n = end == begin || expected <= 0 ? 0 : poisson(expected, unit(word())); n > 0; --n) {
      struck[begin + below(word(), end - begin)] = true;
    }
  }
}

}  // namespace throng::epidemic
