// Well-mixed groups that play repeated games: in each step one person of a group compares with one
// other, and imitates who earns more the more likely the more that is (the Fermi rule).
#pragma once
#include "behaviors/repeated_games/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::repeated_games {

/// Groups in which everybody knows everybody, the first of each with another strategy.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::repeated_games
