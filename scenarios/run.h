// A run put together: from a scenario that was read to a simulation ready to step, and to results.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/checkpoint.h"
#include "io/segment.h"
#include "scenarios/catalog.h"
#include "scenarios/model.h"
#include "scenarios/scenario_file.h"
#include "sim/simulation.h"

namespace throng {

class SnapshotRecorder;

/// Everything a scenario may say to the built-in catalog.
Schema full_schema();

struct RunOptions {
  u64 seed_offset = 0;                   ///< added to the seed, for replicates
  u64 shuffle_rows = 0;                  ///< tests only: random row order
  u64 shuffle_messages = 0;              ///< tests only: random message order
  std::optional<bool> check_order = {};  ///< run every phase twice; default: as built
  Tracer* tracer = nullptr;
  std::string folder = {};              ///< of the run, for what a model keeps there of its own
  Catalog catalog = builtin_catalog();  ///< the scenario was read by its schema
  /// Where the run goes on from, and what it had recorded until then.
  const Checkpoint* past = nullptr;
  std::vector<Segment> recorded = {};
};

/// One run of one seed, ready to step.
class Run {
 public:
  /// Builds the population and binds the behaviors. Collective. Throws InputError, on all ranks,
  /// with what only the population can show to be wrong (an unknown neighborhood, a household that
  /// is too large, an R0 out of reach). The scenario outlives the run.
  Run(const Communicator& world, const ScenarioFile& scenario, const RunOptions& options);
  ~Run();

  /// Collective. Throws InputError, maybe on one rank alone, where a model meets a number that it
  /// cannot go on with.
  void step() { simulation_->step(); }
  bool done() const { return simulation_->now() >= steps_; }
  Step steps() const { return steps_; }
  AgentId agents() const { return agents_; }
  u64 seed() const { return seed_; }
  Simulation& simulation() { return *simulation_; }
  const Simulation& simulation() const { return *simulation_; }
  const Model& model() const { return *model_; }
  /// "2020-03-01", or "step 60" of a model without dates.
  std::string when(Step step) const;
  /// Seconds from the scenario to a simulation ready to step.
  double build_seconds() const { return build_seconds_; }
  /// On rank 0: what became of it, and all that was recorded.
  Outcome outcome() const;
  Results results(const ScenarioFile& scenario) const;
  /// On rank 0: what was recorded since the segment before, or all of it `anew`. Throws IoError;
  /// then the next one has it.
  void write_segment(const Segment& segment, bool anew);
  /// Ids as people know them: those of their own files, where the population comes from such;
  /// no_agent when nobody has that id. Where agents are born, any id may be somebody's.
  AgentId agent_with(i64 id) const;
  i64 id_of(AgentId agent) const;
  /// "ids go from 0 to 99"
  std::string ids_in_words() const;

 private:
  class Hashes;
  void go_on_from(const Communicator& world, const RunOptions& options);
  Step steps_ = 0;
  AgentId agents_ = 0;
  u64 seed_ = 0;
  double build_seconds_ = 0;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Simulation> simulation_;
  SegmentKeeper recorded_;
  const SeriesRecorder* series_ = nullptr;
  const Hashes* hashes_ = nullptr;
  const SnapshotRecorder* snapshots_ = nullptr;
};

/// The model of a scenario, before anybody is built. Throws InputError.
std::unique_ptr<Model> model_of(const ScenarioFile& scenario,
                                const Catalog& catalog = builtin_catalog(), u64 seed_offset = 0,
                                const std::string& folder = {});

/// The same, with everything checked but what agents have to be built for.
std::unique_ptr<Model> check_scenario(const ScenarioFile& scenario,
                                      const Catalog& catalog = builtin_catalog());

/// What the user should know though the run goes on.
std::vector<ModelEntry::Warning> warnings_of(const ScenarioFile& scenario,
                                             const Catalog& catalog = builtin_catalog());

}  // namespace throng
