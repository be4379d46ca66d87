// The world of work put together: its first state, and its substeps in order.
#pragma once
#include <memory>

#include "behaviors/labor/settings.h"
#include "sim/simulation.h"

namespace throng::labor {

/// Adds the kind `market` and everybody's first status: people with a sector work; of adults
/// without work, a daytime place or quarters as many are unemployed as their borough's rate asks
/// for, drawn by `seed`, with a market drawn as the employed of their borough have them. Once, when
/// the population stands as it is split over ranks. Collective. Throws InputError, on all ranks
/// alike, where nobody has a sector or too few are without work.
void populate(const Communicator& world, Population& population, const Settings& settings,
              u64 seed);

/// Adds the substeps of work, after those of an epidemic. At the end of every period: will (who
/// would work), count and plan (by market), change (separations, layoffs, recalls, hires); the dead
/// leave on their day. The settings live as long as the simulation.
void add_to(Simulation& simulation, std::shared_ptr<const Settings> settings);

}  // namespace throng::labor
