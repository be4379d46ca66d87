// An epidemic put together: its substeps, in order.
#pragma once
#include <memory>

#include "behaviors/epidemic/settings.h"
#include "sim/simulation.h"

namespace throng::epidemic {

/// Adds the column of the stages with their names, for who wants it before the simulation is put
/// together. Once.
void add_stages(Kind& person, const NaturalHistory& history);

/// Adds the substeps of an epidemic. A day is: progress (those whose stage ends move on), contact
/// (the infectious meet others; seeds and importations arrive), infection (the targets), notice
/// (isolation, reports, surveillance), and, on the last day of a week, decisions for the next one.
/// The settings live as long as the simulation.
void add_to(Simulation& simulation, std::shared_ptr<const Settings> settings, double beta);

}  // namespace throng::epidemic
