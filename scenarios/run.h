// A run put together: from a scenario that was read to a simulation ready to step, and to results.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "behaviors/epidemic/calibration.h"
#include "scenarios/catalog.h"
#include "scenarios/recorders.h"
#include "scenarios/scenario_file.h"
#include "scenarios/user_source.h"
#include "sim/simulation.h"

namespace throng {

/// Everything a scenario may say to the built-in catalog.
Schema full_schema();

struct RunOptions {
  u64 seed_offset = 0;                   ///< added to the seed, for replicates
  u64 shuffle_rows = 0;                  ///< tests only: random row order
  u64 shuffle_messages = 0;              ///< tests only: random message order
  std::optional<bool> check_order = {};  ///< run every phase twice; default: as built
  Tracer* tracer = nullptr;
  Catalog catalog = builtin_catalog();  ///< the domains; the scenario was read by their schema
};

/// One run of one seed, ready to step.
class Run {
 public:
  /// Builds the population and binds the behaviors. Collective. Throws InputError, on all ranks,
  /// with what only the population can show to be wrong (an unknown neighborhood, a household that
  /// is too large, an R0 out of reach).
  Run(const Communicator& world, const ScenarioFile& scenario, const RunOptions& options);

  /// Collective. Throws InputError, maybe on one rank alone, where a person would have more
  /// candidate transmissions than any contact process has.
  void step() { simulation_->step(); }
  bool done() const { return simulation_->now() >= steps_; }
  Step steps() const { return steps_; }
  AgentId people() const { return people_; }
  u64 seed() const { return seed_; }
  Simulation& simulation() { return *simulation_; }
  const Simulation& simulation() const { return *simulation_; }
  const SeriesRecorder& series() const { return *series_; }
  const epidemic::Settings& settings() const { return *settings_; }
  const Calendar& calendar() const { return calendar_; }
  /// Null for a population with edges of its own, on which R0 is not defined, and where beta was
  /// given and the disease has too many courses to count.
  const epidemic::NextGeneration* next_generation() const { return next_generation_.get(); }
  double beta() const { return beta_; }
  /// Seconds from the scenario to a simulation ready to step.
  double build_seconds() const { return build_seconds_; }
  /// On rank 0: all that was recorded.
  Results results(const ScenarioFile& scenario) const;
  /// Ids as people know them: those of their own files, where the population comes from such;
  /// no_agent when nobody has that id.
  AgentId agent_with(i64 id) const;
  i64 id_of(AgentId agent) const { return file_ids_.empty() ? i64{agent} : file_ids_[agent]; }
  /// "ids go from 0 to 99"
  std::string ids_in_words() const;

 private:
  Calendar calendar_;
  Step steps_ = 0;
  AgentId people_ = 0;
  u64 seed_ = 0;
  double beta_ = 0, build_seconds_ = 0;
  std::vector<i64> file_ids_,
      file_places_;  // [agent], [place]; empty unless they come from a user's files
  std::shared_ptr<epidemic::Settings> settings_;
  std::unique_ptr<epidemic::NextGeneration> next_generation_;
  std::unique_ptr<Simulation> simulation_;
  SeriesRecorder* series_ = nullptr;
  TransmissionRecorder* transmissions_ = nullptr;
  SnapshotRecorder* snapshots_ = nullptr;
};

/// Everything Run checks but what people have to be built for; how many they would be. Throws
/// InputError.
AgentId check_scenario(const ScenarioFile& scenario);

/// The population a scenario asks for; unless it has a seed of its own, that of the run plus
/// `seed_offset`.
std::unique_ptr<PopulationSource> source_of(const Values& values, u64 seed_offset = 0);

}  // namespace throng
