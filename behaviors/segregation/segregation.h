// Schelling's segregation: households with too few neighbors of their own group claim a vacant
// site. Sites act, and hand over who lives there: households need no rows of their own.
#pragma once
#include "behaviors/segregation/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::segregation {

/// A torus of sites with households of two groups at random.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

/// Households that were unhappy, summed over the steps of the run.
inline constexpr Tally unhappy_households{.name = "segregation.unhappy_households",
                                          .unit = "household",
                                          .doc = "Unhappy households, summed over steps."};

inline constexpr Tally moves{.name = "segregation.moves",
                             .unit = "household",
                             .doc = "Households that moved, since the run began."};

}  // namespace throng::segregation
