// The course of a disease as a table: stages, branches, dwell times, infectiousness. SIR, SEIR,
// influenza and COVID-19 are tables of this one form.
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/distributions.h"

namespace throng::epidemic {

/// What a stage means to others.
enum class StageRole : u8 {
  at_large,  ///< lives as usual
  hospital,  ///< in a hospital bed: meets nobody
  critical,  ///< in a critical-care bed: meets nobody
  dead,      ///< has left the living: final
};

struct Branch {
  u8 to = 0;
  /// Probability by age band, or one value for all; empty: what the other branches leave.
  std::vector<double> share;
  WholeSteps dwell;
};

struct Stage {
  std::string name;
  double infectiousness = 0;  ///< relative, per contact; 0: does not infect
  bool symptomatic = false;
  StageRole role = StageRole::at_large;
  std::vector<Branch> next;  ///< none: final
};

/// What contradicts what a stage means: `key` is the one to point at, `text` a mistake without its
/// place. Readers of files report it there; NaturalHistory refuses it.
struct StageMistake {
  std::string_view key;
  std::string text;
};
/// `susceptible`: it is the first stage, which only infection leaves.
std::vector<StageMistake> mistakes_of(const Stage& stage, bool susceptible);

/// Reads the branches as integer thresholds. Stage 0 is the susceptible one.
class NaturalHistory {
 public:
  /// InputError when shares are not probabilities, or a stage contradicts itself (`mistakes_of`).
  /// `entry`: the stage of a newly infected person.
  NaturalHistory(std::vector<Stage> stages, u8 entry, u32 age_bands, double decay_days);

  const std::vector<Stage>& stages() const { return stages_; }
  u8 entry() const { return entry_; }
  u32 age_bands() const { return bands_; }
  bool infectious(u8 of) const { return stages_[of].infectiousness > 0; }
  /// The branch taken by a person of an age band on a random word; null in a final stage.
  const Branch* branch(u8 of, u32 band, u32 word) const {
    const auto& next = stages_[of].next;
    if (next.empty()) {
      return nullptr;
    }
    const u32* upto = &upto_[of][band * next.size()];
    std::size_t k = 0;
    while (k + 1 < next.size() && word >= upto[k]) {
      ++k;
    }
    return &next[k];
  }
  double probability(u8 of, u32 band, std::size_t branch) const;

  /// Infectiousness of the k-th infectious day relative to a flat profile: the integral of
  /// exp(-tau / decay) over the day, averaged over the time of day at which it began; 1 when flat.
  double profile(u32 day) const { return cumulative(day + 1) - cumulative(day); }
  /// Sum of the profile over days before `day`.
  double cumulative(u32 day) const { return flat_ ? day : cumulative_[clamp(day)]; }
  static constexpr u32 profile_days = 1024;

  /// One course of infectiousness: its probability, and its dose: the summed profile times the
  /// relative infectiousness of the stages.
  struct Course {
    double probability, dose;
  };
  /// Every course a case of this age band may take (without measures), by enumeration of branches
  /// and dwell times. Probabilities add up to 1 within 1e-9. Throws InputError where there are too
  /// many: long dwell times in several stages of different infectiousness.
  std::vector<Course> courses(u32 band) const;
  /// Expected dose of a case of this age band.
  double dose(u32 band) const;
  /// Expected dose by days since infection, split by Timing (before, on the day of, after, never
  /// symptoms).
  std::vector<std::array<double, 4>> dose_by_day(u32 band) const;
  /// Days since infection by which cases of every age band have done this share of their expected
  /// transmission (without measures).
  u32 days_of_transmission(double share) const;
  struct Summary {
    double generation_mean = 0, generation_sd = 0;  ///< [day]
    /// Of transmission by those with symptoms; the day they begin counts half. NaN unless
    /// infects_before_symptoms().
    double presymptomatic_share = 0;
  };
  /// For cases with these shares of age bands (adding up to 1).
  Summary summary(std::span<const double> band_share) const;
  /// Seen from a case in this stage, as Timing orders it; the day symptoms begin is the caller's to
  /// tell.
  bool may_show_symptoms(u8 of) const { return may_show_symptoms_[of]; }
  /// Whether an infectious stage comes before the first symptoms.
  bool infects_before_symptoms() const { return infects_before_symptoms_; }

 private:
  static u32 clamp(u32 day) { return day < profile_days ? day : profile_days - 1; }
  std::vector<Stage> stages_;
  u8 entry_;
  u32 bands_;
  std::vector<std::vector<u32>> upto_;
  bool flat_ = false, infects_before_symptoms_ = false;
  std::vector<double> cumulative_;  // by day; a decaying profile has ended long before the last
  std::vector<bool> may_show_symptoms_, may_infect_;  // now or later, by stage
};

}  // namespace throng::epidemic
