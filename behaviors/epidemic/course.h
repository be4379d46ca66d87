// Entering stages of the disease, and waiting for the next contact that may infect.
#pragma once
#include <memory>
#include <string_view>

#include "behaviors/epidemic/contacts.h"
#include "behaviors/epidemic/settings.h"
#include "sim/behavior.h"

namespace throng::epidemic {

/// How strongly a person infects, and when next.
class Infectivity {
 public:
  Infectivity(const Settings& settings, double beta);
  void bind(Binder& b);
  /// The next day in [from, until) with a candidate transmission, or `never`. `u` is uniform.
  StoredStep next_day(const SeenRow& me, u8 in_stage, Step from, Step until, double u) const;
  /// Expected candidates on an infectious day of a flat profile [1/day].
  double bound(const SeenRow& me, u8 in_stage) const;
  /// Expected candidates on this day.
  double on_day(const SeenRow& me, u8 in_stage, Step day) const {
    return bound(me, in_stage) * history().profile(day - me[infectious_since_]);
  }
  const NaturalHistory& history() const { return *settings_.history; }
  Step since(const SeenRow& me) const { return me[infectious_since_]; }

 private:
  const Settings& settings_;
  double scale_;  ///< beta times the largest susceptibility
  ContactRates rates_;
  GammaClasses classes_;
  Reads<StoredStep> infectious_since_;
  Reads<u8> infectiousness_;
};

/// What a behavior needs to move a person into a stage.
class Entry {
 public:
  Entry(const Settings& settings, double beta)
      : settings_(settings), infectivity_(settings, beta) {}
  void bind(Binder& b);
  /// Enters a stage at `start` (today, or tomorrow for who is infectious at once after an
  /// infection), draws its end, whether the case is reported, and the first day with a candidate
  /// transmission. Stages of no time are passed through, and entered as any other.
  void enter(const ActRow& me, u8 into, Step start, bool by_infection, Words words, Step now) const;

  Writes<u8> stage_, next_stage_;
  Writes<StoredStep> changes_at_, infectious_since_, symptoms_on_, next_contact_;

 private:
  void report(const ActRow& me, u8 into, Step start, u32 hop, Step now) const;
  bool in_bed(u8 of) const;
  person::Health health_in(u8 of) const;

  const Settings& settings_;
  Infectivity infectivity_;
  Writes<StoredStep> isolating_until_, reported_at_;
  Writes<u8> health_;  // where work is known
  Reads<u8> cell_;
  Tallies admissions_;
  Draw more_, reported_;
  Chance chance_{0};
};

/// Moves people on when their stage ends.
class Progress final : public Behavior {
 public:
  Progress(const Settings& settings, double beta) : entry_(settings, beta) {}
  std::string_view name() const override { return "epidemic.progress"; }
  std::string_view doc() const override {
    return "Moves people to the next stage when the present one ends.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  Entry entry_;
  Draw course_;
};

/// Draws candidate transmissions of infectious people at the highest rate, thins them by what the
/// sender is like today, and tells the targets.
class Transmit final : public Behavior {
 public:
  Transmit(const Settings& settings, double beta);
  std::string_view name() const override { return "epidemic.transmit"; }
  std::string_view doc() const override {
    return "Infectious people meet others in households, classes, teams, quarters, the community "
           "and along edges.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void observe(const Observe& o) const override;

 private:
  void offer(const Observe& o, const SeenRow& me, const Words& x) const;
  void tell(const Observe& o, const SeenRow& me, Layer layer, const Words& x) const;
  void outside(const Observe& o) const;
  /// How many candidate transmissions a day of this mean has.
  u32 candidate_count(const Observe& o, const SeenRow& me, double mean, u32 word,
                      bool at_least_one) const;
  static constexpr double most_candidates = 1e6;
  Timing timing(const SeenRow& me, Step now) const;

  const Settings& settings_;
  Infectivity infectivity_;
  ContactSense contacts_;
  Reads<u8> stage_, household_position_;
  Reads<u16> neighborhood_;
  Reads<StoredStep> infected_on_, symptoms_on_, next_contact_;
  Tells<Exposure> exposure_;
  Draw count_, meet_, seed_, import_;
  u32 place_network_ = 0, community_network_ = 0;
  std::vector<AliasTable> mixing_;             ///< [home]: neighborhood of a community contact
  std::vector<AliasTable> work_neighborhood_;  ///< [borough]: neighborhood of a random team
  std::vector<u8> borough_of_place_;
  AgentId people_ = 0;
};

/// Who met somebody today waits for the next day with a candidate.
class Wait final : public Behavior {
 public:
  Wait(const Settings& settings, double beta) : infectivity_(settings, beta) {}
  std::string_view name() const override { return "epidemic.wait"; }
  std::string_view doc() const override {
    return "Infectious people draw the next day on which they may infect somebody.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  Infectivity infectivity_;
  Reads<u8> stage_;
  Reads<StoredStep> changes_at_;
  Writes<StoredStep> next_contact_;
  Draw next_;
};

/// The target's half: who is susceptible and not away is infected by the smallest key.
class Infect final : public Behavior {
 public:
  Infect(const Settings& settings, double beta);
  std::string_view name() const override { return "epidemic.infect"; }
  std::string_view doc() const override {
    return "The susceptible who admitted an exposure are infected by one of them.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  bool admits(const SeenRow& me, Exposure& e, Step now) const;
  const Settings& settings_;
  Entry entry_;
  ContactSense contacts_;
  Writes<StoredStep> infected_on_;
  Writes<AgentId> infector_;
  Writes<u8> infected_in_;
  Hears<Exposure> exposure_;
  Tallies by_layer_, by_timing_, by_generation_, generations_, by_cohort_;
  Logs<Transmission> log_;
  Draw course_;
  std::vector<u64> admitted_below_;  ///< [cell]: threshold of the mark
};

/// Isolation of those with new symptoms, and the day of a report.
class Notice final : public Behavior {
 public:
  explicit Notice(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "epidemic.notice"; }
  std::string_view doc() const override {
    return "Those whose symptoms began may isolate; reports of cases arrive.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override;
  void observe(const Observe& o) const override;
  void act(const Act& a) const override;

 private:
  const Settings& settings_;
  Reads<u8> stage_;
  Reads<StoredStep> changes_at_, symptoms_on_, reported_at_;
  Writes<StoredStep> isolating_until_;
  Reads<u8> cell_;
  Adds reports_;
  Draw complies_;
};

/// Boroughs add up their reported cases by week.
class Surveillance final : public Behavior {
 public:
  explicit Surveillance(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "epidemic.surveillance"; }
  std::string_view doc() const override { return "Boroughs count reported cases by week."; }
  std::string_view kind() const override { return person::borough_kind; }
  void bind(Binder& b) override;
  void act(const Act& a) const override;

 private:
  const Settings& settings_;
  ReadsSum reports_;
  Writes<i64> this_week_, last_week_, week_before_;
  bool told_ = false;  // somebody hears of the week before
};

/// Once a week every group of people decides what share of it stays home.
class StayHome final : public Behavior {
 public:
  explicit StayHome(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "epidemic.stay_home"; }
  std::string_view doc() const override {
    return "Groups decide weekly what share of them stays home.";
  }
  std::string_view kind() const override { return person::cell_kind; }
  void bind(Binder& b) override;
  void decide(const Decide& d) const override;

 private:
  const Settings& settings_;
  Sees<i64> cases_, people_;
  Decides<u32> share_;
};

}  // namespace throng::epidemic
