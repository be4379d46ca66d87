// Who meets whom: rates of candidate transmissions by layer, and what closes them.
#pragma once
#include <array>
#include <vector>

#include "behaviors/epidemic/settings.h"
#include "behaviors/person/columns.h"
#include "sim/ask.h"
#include "sim/behavior.h"

namespace throng::epidemic {

/// A sender's possible contacts by layer, each at the largest value of the run [weighted
/// contact/day].
struct Rates {
  PerLayer most{};
  double total = 0;
};

/// What sets how often a person may infect: little is read of those who only wait.
class ContactRates {
 public:
  explicit ContactRates(const Settings& settings);
  void bind(Binder& b);

  /// By layer, for choosing one.
  Rates rates(const SeenRow& me) const {
    Rates r;
    r.most[0] = per_contact_[0] * (me[household_size_] - 1.0);
    const auto place = place_type(me);
    if (place != person::PlaceType::none) {
      r.most[static_cast<std::size_t>(layer_of(place))] =
          of_place_[static_cast<std::size_t>(place)];
    }
    r.most[3] = per_contact_[3] * me[contact_rate_];
    r.most[5] = edges_ == nullptr ? 0.0 : per_contact_[5] * edges_->strength(me.row());
    r.total = total_rate(me);
    return r;
  }
  /// Their sum.
  double total_rate(const SeenRow& me) const {
    const double rest = per_contact_[0] * (me[household_size_] - 1.0) + of_place_[me[place_type_]] +
                        per_contact_[3] * me[contact_rate_];
    return edges_ == nullptr ? rest : rest + per_contact_[5] * edges_->strength(me.row());
  }
  static Layer layer_of(person::PlaceType place) {
    constexpr Layer layers_of[] = {Layer::school, Layer::work, Layer::quarters, Layer::none};
    return layers_of[static_cast<std::size_t>(place)];
  }
  person::PlaceType place_type(const SeenRow& me) const {
    return static_cast<person::PlaceType>(me[place_type_]);
  }

  Reads<u8> household_size_, contact_rate_, place_type_;
  const Edges* edges_ = nullptr;

 private:
  PerLayer
      per_contact_{};  ///< weight of a contact at the largest value of the run (community: of half)
  std::array<double, 4> of_place_{};  ///< [place type]: summed weight of a day's contacts there
};

/// The reading half that sender and target share: their contact columns and today's measures.
class ContactSense : public ContactRates {
 public:
  explicit ContactSense(const Settings& settings);
  void bind(Binder& b);

  /// Whether this person's class or team does not meet today. Nested: who is closed at a lower
  /// share is closed at every higher one. A pure function of place and date, so both sides of a
  /// contact agree.
  bool place_closed(const SeenRow& me, Step now) const;
  /// Whether this person's group decided, and this person drew, to stay home this week.
  bool stays_home(const SeenRow& me, Step now) const;
  bool isolating(const SeenRow& me, Step now) const { return me[isolating_until_] > now; }
  /// Whether this person has work to go to, is not ill and would go.
  bool goes_to_work(const SeenRow& me, Step now) const {
    return me[off_work_] == 0 && me[health_] == 0 && (!would_go_ || would_go_(me, now));
  }
  /// What isolation, staying home and having no work leave of a person's contacts in a layer.
  double avoidance(const SeenRow& me, Layer layer, Step now) const;

  Reads<u8> sector_, cell_;
  Reads<u32> place_;
  Reads<StoredStep> isolating_until_;

 private:
  const Settings& settings_;
  bool schools_close_ = false, teams_close_ = false;
  Sees<u32> stay_home_share_;
  ArchetypeDecision::Acting stays_, would_go_;
  Reads<u8> off_work_, health_;  // where work is known
  Draw closure_draw_, stay_home_draw_;
  Chance chance_{0};
  KindTag person_tag_ = 0, place_tag_ = 0;
  bool has_places_ = false;
};

/// The step whose decision is in force at `now`: step 1, then every multiple of `every`; 0 before
/// the first.
constexpr Step decided_before(Step now, u32 every) {
  const Step multiple = (now - 1) / every * every;
  return multiple == 0 && now > 1 ? 1 : multiple;
}

}  // namespace throng::epidemic
