// Wolves, sheep and grass on a torus: motion, meals by claims, births and deaths.
#pragma once
#include "behaviors/predation/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::predation {

/// Animals anywhere, with up to two meals in them; half of the patches are grown, the others
/// somewhere on the way.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

inline constexpr Tally meals{
    .name = "predation.meals", .unit = "1", .doc = "Patches grazed, sheep eaten."};

}  // namespace throng::predation
