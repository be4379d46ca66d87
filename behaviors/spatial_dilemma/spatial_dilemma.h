// Nowak and May's spatial prisoner's dilemma: play all around, then do as the most successful did.
#pragma once
#include "behaviors/spatial_dilemma/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::spatial_dilemma {

/// A torus of players, cooperators and defectors at random.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::spatial_dilemma
