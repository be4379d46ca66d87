// Conway's Life on a plane of which only the living cells are kept: they are born and die.
#pragma once
#include "behaviors/sparse_life/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::sparse_life {

/// A pattern in the middle of the plane.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
/// How many cells live in the beginning.
AgentId first_cells(const Settings& settings);
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::sparse_life
