// Boids: birds that keep apart, fly alike and stay together.
#pragma once
#include "behaviors/flocking/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::flocking {

/// Anywhere, each in a direction of its own at the highest speed.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::flocking
