// Snapshots: the state of every agent at chosen steps, whatever the model.
#pragma once
#include <vector>

#include "io/results.h"
#include "scenarios/model.h"

namespace throng {

/// All columns of the kinds that live on one rank each, in order of id: the fixed ones once, the
/// others after each of the steps (in order).
class SnapshotRecorder final : public Recorder {
 public:
  SnapshotRecorder(const Model& model, std::vector<Step> steps)
      : model_(model), steps_(std::move(steps)) {}
  void begin(Simulation& simulation) override;
  void step(Simulation& simulation) override;
  void keep(Keeper& keeper) override;
  void write(Results& results) const;

 private:
  const Model& model_;
  std::vector<Step> steps_;
  std::vector<AgentColumns> all_;
  // What a snapshot of each kind says of its columns, whose values are not there.
  std::vector<std::vector<TableColumn>> blank_;
};

/// The columns of a kind with one of the roles, in order of id, on rank 0. Collective.
std::vector<TableColumn> gather_columns(const Communicator& world, const Kind& kind, bool fixed);

}  // namespace throng
