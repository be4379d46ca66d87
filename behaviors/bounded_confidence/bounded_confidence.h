// Bounded confidence: people move towards opinions that are close enough to their own, in pairs
// (Deffuant) or towards the mean of all of them (Hegselmann and Krause).
#pragma once
#include "behaviors/bounded_confidence/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::bounded_confidence {

/// People with opinions; replicated rows where everybody sees everybody.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::bounded_confidence
