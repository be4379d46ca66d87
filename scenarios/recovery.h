// What archetypes miss, measured: shares by archetypes against those of people asked one by one,
// where the law that answers is known.
#pragma once
#include <string>
#include <vector>

#include "scenarios/scenario_file.h"
#include "sim/types.h"

namespace throng {

/// What people would do at every epoch of a run.
struct ToldShares {
  u64 questions = 0;                      ///< of an epoch, without audits
  std::vector<u16> archetype;             ///< [person]
  std::vector<std::vector<u32>> share;    ///< [epoch][archetype], of 2^20
  std::vector<u32> lattice;               ///< [epoch]: the point of the first archetype
  std::vector<double> correction, error;  ///< [epoch], by audits; NaN without any

  double of(std::size_t epoch, AgentId person) const {
    return share[epoch][archetype[person]] * 0x1p-20;
  }
};

/// The changes to a scenario of stay_home under which staying home has no effect: the world is the
/// same whatever is decided, and so are the questions of an epoch.
std::vector<std::string> without_effect();

/// Runs a scenario of an epidemic in which archetypes decide, on this rank alone. The lag is
/// shorter than the time between epochs.
ToldShares told_shares(const ScenarioFile& scenario);

/// Archetypes against everybody asked alone, over all epochs of two runs of the same people.
struct Recovery {
  u64 questions = 0;       ///< of an epoch
  double share_error = 0;  ///< of an archetype's share, weighted by its people: root mean square
  double mean_error = 0;   ///< of the mean share of the people: root mean square
  double corrected_error = 0;  ///< the same after the audits' correction
  double stated_error = 0;     ///< standard error the audits give it: root mean square
  double covered = 0;          ///< share of epochs whose truth lies within 1.96 of these
  u32 epochs = 0;
};
/// Throws ContractError where the runs were not told the same. The last three are NaN without
/// audits.
Recovery recovery(const ToldShares& archetypes, const ToldShares& everyone);

}  // namespace throng
