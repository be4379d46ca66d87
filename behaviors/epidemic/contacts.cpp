#include "behaviors/epidemic/contacts.h"

#include <algorithm>

#include "sim/simulation.h"

namespace throng::epidemic {

ContactRates::ContactRates(const Settings& settings) {
  const Contacts& c = settings.contacts;
  for (std::size_t l = 0; l < layers; ++l) {
    per_contact_[l] = c.weight[l] * settings.measures.most[l];
  }
  const auto of = [&](Layer layer, double contacts) {
    return per_contact_[static_cast<std::size_t>(layer)] * contacts;
  };
  of_place_ = {of(Layer::school, c.in_class), of(Layer::work, c.in_team),
               of(Layer::quarters, c.in_quarters), 0};
  per_contact_[static_cast<std::size_t>(Layer::community)] *= 0.5;
}

void ContactRates::bind(Binder& b) {
  household_size_ = b.reads(person::household_size);
  contact_rate_ = b.reads(person::contact_rate);
  place_type_ = b.reads(person::place_type);
  edges_ = b.edges(person::edge_network);
}

ContactSense::ContactSense(const Settings& settings) : ContactRates(settings), settings_(settings) {
  const auto any = [](const std::vector<double>& shares) {
    return std::any_of(shares.begin(), shares.end(), [](double share) { return share > 0; });
  };
  schools_close_ = any(settings.measures.schools_closed);
  teams_close_ = any(settings.measures.teams_closed);
}

void ContactSense::bind(Binder& b) {
  ContactRates::bind(b);
  place_ = b.reads(person::place);
  sector_ = b.reads(person::sector);
  cell_ = b.reads(person::cell);
  isolating_until_ = b.reads(isolating_until);
  if (settings_.stay_home.provider) {
    stay_home_share_ = b.sees(person::cell_kind, stay_home_share);
  }
  if (settings_.stay_home.decision) {
    stays_ = settings_.stay_home.decision->acting(b);
  }
  if (settings_.work.known) {
    off_work_ = b.reads(person::off_work);
    health_ = b.reads(person::health);
  }
  if (settings_.work.would) {
    would_go_ = settings_.work.would->acting(b);
  }
  closure_draw_ = b.shares_draw(person::closure_order);
  stay_home_draw_ = b.shares_draw("epidemic.stay_home");
  chance_ = b.chance();
  person_tag_ = b.own().tag();
  has_places_ = b.groups(person::place_network) != nullptr;
  place_tag_ = has_places_ ? b.kind(person::place_kind).tag() : KindTag{0};
}

bool ContactSense::place_closed(const SeenRow& me, Step now) const {
  const Measures& m = settings_.measures;
  double share = 0;
  if (place_type(me) == person::PlaceType::school_class) {
    share = schools_close_ ? m.schools_closed[now] : 0;
  } else if (place_type(me) == person::PlaceType::team && teams_close_ && me[sector_] < m.sectors) {
    share = m.teams_closed[std::size_t{now} * m.sectors + me[sector_]];
  }
  if (share <= 0 || share >= 1) {
    return share >= 1;
  }
  return chance_.words(place_tag_, me[place_], 0, closure_draw_)[0] < threshold(share);
}

bool ContactSense::stays_home(const SeenRow& me, Step now) const {
  if (stays_) {
    return stays_(me, now);
  }
  if (!stay_home_share_) {
    return false;
  }
  const u32 share = stay_home_share_.at(me[cell_]);
  if (share == 0 || share >= whole_share) {
    return share != 0;
  }
  const Step decided = decided_before(now, settings_.stay_home.every);
  return chance_.words(person_tag_, me.id(), decided, stay_home_draw_)[0] < share << 12;
}

double ContactSense::avoidance(const SeenRow& me, Layer layer, Step now) const {
  if (layer == Layer::work && off_work_ && !goes_to_work(me, now)) {
    return 0;
  }
  const auto l = static_cast<std::size_t>(layer);
  double left = 1;
  if (isolating(me, now)) {
    left *= settings_.measures.isolated[l];
  }
  if (settings_.measures.at_home[l] < 1 && stays_home(me, now)) {
    left *= settings_.measures.at_home[l];
  }
  return left;
}

}  // namespace throng::epidemic
