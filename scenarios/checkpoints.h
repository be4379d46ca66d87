// The checkpoints of a run: when they are written, which are kept, and where a run that was stopped
// goes on from.
//
//   RUN/checkpoints/ckpt-00000100.h5 (+ .json), fixed.h5 (+ .json)
//   RUN/segments/out-00000000-00000100.h5
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/checkpoint.h"
#include "io/segment.h"
#include "scenarios/run.h"

namespace throng {

/// When checkpoints are written, and how many are kept.
struct CheckpointRules {
  Step every_steps = 0;      ///< 0: none by steps
  double every_minutes = 0;  ///< 0: none by time
  u32 keep = 2;              ///< the newest
  u32 keep_every = 0;        ///< every so-manieth: of those by steps, or of all where none are
};
CheckpointRules checkpoint_rules(const Values& values);

/// No checkpoint of a run is whole.
class NoCheckpoint : public IoError {
  using IoError::IoError;
};

/// Where a run goes on from: a checkpoint that was verified, and what was recorded until then.
struct Restart {
  std::unique_ptr<Checkpoint> past;
  std::optional<Step> step{};     ///< of the checkpoint, on all ranks
  std::vector<Segment> recorded;  ///< on rank 0
  /// Why newer ones were passed over.
  std::vector<std::string> passed_over;
};

/// Where the files of one run stand.
struct CheckpointFolder {
  std::filesystem::path run;
  std::filesystem::path checkpoints() const { return run / "checkpoints"; }
  std::filesystem::path segments() const { return run / "segments"; }
  std::filesystem::path checkpoint(Step step) const {
    return checkpoints() / checkpoint_name(step);
  }
  /// Steps of the checkpoints that are there, ascending, whole or not.
  std::vector<Step> steps() const;
  /// Of a branch, the step of its parent that it began at.
  std::optional<Step> branched_at() const;
  /// The newest checkpoint that is whole, or the one of a step. Collective. Throws on all ranks
  /// alike: NoCheckpoint, or IoError where one cannot be read, which may be whole.
  Restart newest(const Communicator& world, std::optional<Step> only = {}) const;
  /// Removes what a run left there after a step, and files that were never finished.
  void remove_after(Step step) const;
  /// Removes all of it.
  void clear() const;
};

/// Writes the checkpoints of one run.
class Checkpoints {
 public:
  /// `scenario`: its resolved text. `recorded_until`: the step whose segment is there; `committed`:
  /// whose checkpoint is.
  Checkpoints(const Communicator& world, std::filesystem::path folder, const CheckpointRules& rules,
              std::string scenario, std::optional<Step> recorded_until = {},
              std::optional<Step> committed = {});

  /// Whether one is due at a step; `by_time`: due_by_time() of rank 0, who has the clock.
  bool due(Step now, bool by_time) const;
  bool due_by_time() const;
  bool asks_for_time() const { return rules_.every_minutes > 0; }
  /// What was recorded since the last one, then the state. Nothing where the step has one already.
  /// Collective. Throws on all ranks alike, and what was committed before stands: IoError, or
  /// ContractError naming a number of the state that is none.
  void commit(Run& run);
  /// Seconds the longest commit took; 0 before the first.
  double longest() const { return longest_s_; }

 private:
  using clock = std::chrono::steady_clock;
  void make_folders() const;
  /// Segment, fixed columns, state.
  void write(Run& run);
  void write_segment(Run& run);
  bool fixed_columns_are_whole() const;
  void refuse_not_finite(const Simulation& simulation) const;
  void prune() const;
  Communicator world_;
  CheckpointFolder folder_;
  CheckpointRules rules_;
  std::string scenario_;
  std::optional<Unchanging> unchanging_;
  bool fixed_columns_written_ = false;
  std::optional<Step> recorded_until_, committed_, branched_at_;
  clock::time_point last_ = clock::now();
  double longest_s_ = 0;
};

}  // namespace throng
