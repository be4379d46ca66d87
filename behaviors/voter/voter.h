// The voter model: everybody takes over the opinion of one acquaintance.
#pragma once
#include "behaviors/voter/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::voter {

/// Groups of acquainted people, the first of each for yes.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::voter
