// The random walk: a step of one meter in any direction, in a plane without walls.
#pragma once
#include "behaviors/random_walk/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::random_walk {

/// All in one place.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::random_walk
