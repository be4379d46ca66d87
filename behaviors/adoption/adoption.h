// Bass's adoption: people adopt by themselves, and the more the more others have.
#pragma once
#include "behaviors/adoption/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::adoption {

/// A market in which nobody has adopted.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

/// Probability of adopting within a step when a share of the market has.
double probability(const Settings& settings, double share);

}  // namespace throng::adoption
