// The same epidemic without the engine: the slow, obvious truth that the engine is compared with.
// Every day every susceptible person adds up the hazards of every contact, one by one, and is
// infected with probability 1 - exp(-sum). Plain arrays, one rank, one thread, chance of its own:
// results agree with the engine's in distribution, never in bits.
#pragma once
#include <memory>
#include <random>
#include <vector>

#include "behaviors/epidemic/settings.h"
#include "sim/population.h"

namespace throng::epidemic {

/// How the reference meets the community: by summed contacts of each neighborhood (exact, quick
/// enough for many runs), or contact by contact, as engines that evaluate every contact do (the
/// same law, for timing).
enum class CommunityContacts : u8 { summed, one_by_one };

class ReferenceEpidemic {
 public:
  /// `population` lives on one rank, in order of id; individual infectiousness is drawn anew by
  /// `seed`. Reports are not part of it: decisions to stay home hear of no cases (ContractError
  /// with a provider and reports). Who is off work at the start stays so; all others would go.
  ReferenceEpidemic(Population& population, std::shared_ptr<const Settings> settings, double beta,
                    u64 seed, CommunityContacts community = CommunityContacts::summed);

  void step();
  Step now() const { return now_; }
  /// [step]: people infected in each step so far, those from outside included; 0 at step 0.
  const std::vector<i64>& infections() const { return infections_; }
  /// [stage]: people in each stage.
  std::vector<i64> stage_counts() const;

 private:
  struct Person {
    u8 stage = 0, next = 0;
    Step changes_at = never, infectious_since = never, symptoms_on = never, isolating_until = 0;
    double individual = 1;  ///< infectiousness, mean 1
    double infects = 0;     ///< today: individual times stage times profile
    u32 band = 0, cell = 0;
    bool stays_home = false, off_work = false, ill = false;
    double left(Layer layer, const Measures& m, Step now) const {
      if (layer == Layer::work && (off_work || ill)) {
        return 0;
      }
      const auto l = static_cast<std::size_t>(layer);
      return (isolating_until > now ? m.isolated[l] : 1.0) * (stays_home ? m.at_home[l] : 1.0);
    }
  };

  u32 word() { return static_cast<u32>(chance_() >> 32); }
  void enter(u32 i, u8 into, Step start, bool by_infection);
  void progress();
  void look_around();
  void close_places();
  void mix_neighborhoods();
  void mix_outsiders();
  void push_along_edges();
  double hazard(u32 i);
  double of_community_contacts(u32 i);
  void prepare_contacts();
  double of_household(u32 i) const;
  double of_place(u32 i) const;
  double of_team(u32 i) const;
  double of_members(u32 place, Layer layer, double contacts, u32 slots) const;
  double of_siblings(u32 i, double contacts, u32 slots) const;
  void strike_from_outside(std::vector<bool>& struck);
  void isolate();
  void stay_home();
  double weight(Layer layer) const;
  double sends(u32 j, Layer layer) const {
    return people_[j].infects * people_[j].left(layer, settings_->measures, now_);
  }

  std::shared_ptr<const Settings> settings_;
  double beta_;
  std::mt19937_64 chance_;
  Step now_ = 0;
  std::vector<Person> people_;
  std::vector<i64> infections_ = {0};

  // Contacts, as the population says them.
  std::vector<u8> household_size_, household_position_, contact_rate_, sector_;
  std::vector<u32> place_;
  std::vector<u16> neighborhood_;
  std::vector<std::vector<u32>> members_;      ///< [place]
  std::vector<u8> place_type_;                 ///< [place]
  std::vector<u8> borough_;                    ///< [place]
  std::vector<u32> first_sibling_, siblings_;  ///< [place]
  std::vector<u32> place_word_;                ///< [place]: closed at shares above it
  std::vector<u32> teams_;                     ///< [borough]
  std::vector<double> from_home_to_;  ///< [home x neighborhood]: probability over weight there
  CommunityContacts how_;
  std::vector<std::vector<u32>> residents_;  ///< [neighborhood]
  std::vector<std::vector<double>>
      rates_upto_;                    ///< [neighborhood]: summed contact rates of residents
  std::vector<double> met_per_rate_;  ///< [neighborhood]: expected contacts a day per half contact
  std::vector<AliasTable> met_from_;  ///< [neighborhood]: home of somebody met
  std::vector<std::vector<Edges::Edge>> edges_;  ///< [source]
  // Today.
  std::vector<bool> closed_;         ///< [place]
  std::vector<double> community_;    ///< [neighborhood]: hazard per half contact
  std::vector<double> outsiders_;    ///< [borough]: contacts that reach one of its teams
  std::vector<double> along_edges_;  ///< [person]
};

}  // namespace throng::epidemic
