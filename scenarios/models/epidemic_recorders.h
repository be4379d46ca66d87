// Recorders of an epidemic: daily series from counts kept on change, and the transmission log.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "behaviors/epidemic/settings.h"
#include "io/results.h"
#include "sim/simulation.h"

namespace throng {

/// Daily series by stage, borough and age. Nothing is scanned: everything comes from the counts of
/// the step.
class EpidemicSeries final : public Recorder {
 public:
  EpidemicSeries(std::shared_ptr<const epidemic::Settings> settings, std::vector<double> age_bands,
                 bool by_group);
  void begin(Simulation& simulation) override { record(simulation); }
  void step(Simulation& simulation) override { record(simulation); }
  void keep(Keeper& keeper) override;
  /// Adds what was recorded to results.
  void write(Results& results) const;

  struct Summary {
    i64 people = 0, infections = 0, deaths = 0, reported = 0, peak_infections = 0;
    std::optional<Step> peak_step;  ///< none where nobody was infected
    i64 peak_beds = 0;
    double attack_rate() const {
      return people == 0 ? 0 : static_cast<double>(infections) / static_cast<double>(people);
    }
  };
  Summary summary() const;
  /// Days recorded, the beginning included.
  std::size_t days() const { return count_.size(); }
  /// People by stage after the last step.
  std::vector<i64> stage_counts() const;
  /// NaN where nobody infected anybody, as are the others of a run without transmission. [day]
  double mean_generation_time() const;
  /// NaN also where nobody can infect before symptoms.
  double presymptomatic_share() const;

 private:
  void record(Simulation& simulation);
  i64 sum(const std::vector<std::vector<i64>>& days, std::size_t day, u32 label) const;
  /// NaN where nobody was infected, and for those the run does not follow long enough.
  std::vector<double> cohort_r() const;
  std::vector<double> instantaneous_r() const;
  std::vector<i64> incidence() const;
  /// Adds one series by borough and age, or in total: the sum over the given stages of `days`.
  void add_by_group(Results& results, const std::string& name, const std::string& unit,
                    const std::string& what, const std::vector<std::vector<i64>>& days,
                    const std::vector<u32>& of_stages) const;

  std::shared_ptr<const epidemic::Settings> settings_;
  std::vector<double> age_bands_;
  bool by_group_;
  u32 labels_ = 0, cells_ = 1;
  std::vector<std::vector<i64>> count_, entries_;  // [day][stage x cell]
  std::vector<std::vector<i64>> reported_;         // [day][cell]
  std::vector<std::vector<i64>> by_layer_;         // [day][layer], since the run began
  std::vector<std::vector<i64>> admissions_;       // [day][cell], since the run began
  std::vector<std::vector<i64>> stay_home_;        // [day][cell], 2^-20
  std::vector<i64> offspring_, generation_, timing_;
  i64 generation_sum_ = 0;
};

/// Who infected whom, gathered on rank 0 in order of (step, target).
class TransmissionRecorder final : public Recorder {
 public:
  void begin(Simulation& simulation) override;
  void step(Simulation& simulation) override;
  void keep(Keeper& keeper) override;
  /// Ids of a user's own files, by agent and by place; empty where there are none.
  struct FileIds {
    std::span<const i64> people, places;
  };
  void write(Results& results, const FileIds& ids) const;
  const std::vector<epidemic::Transmission>& all() const { return all_; }

 private:
  std::vector<epidemic::Transmission> all_;
  std::vector<u64> offset_ = {0};
};

}  // namespace throng
