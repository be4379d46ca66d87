// Granovetter's thresholds: one joins when as many others have as one's threshold says.
#pragma once
#include "behaviors/thresholds/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::thresholds {

/// A crowd in which nobody has joined.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::thresholds
