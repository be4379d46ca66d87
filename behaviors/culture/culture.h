// Axelrod's dissemination of culture: neighbors who share traits come to share more.
#pragma once
#include "behaviors/culture/parameters.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::culture {

/// A grid with borders and random cultures.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);
void add_to(Simulation& simulation, const Settings& settings);

/// Pairs of neighbors that share some traits and not all, summed over steps (each pair twice): as
/// long as it grows, something can still happen.
inline constexpr Tally open_pairs{.name = "culture.open_pairs",
                                  .unit = "1",
                                  .doc =
                                      "Ordered pairs of neighbors that are neither alike nor "
                                      "altogether different, summed over steps."};

}  // namespace throng::culture
