// A made-up town as a scenario asks for it: population.town.* and the seeds.
#pragma once
#include "scenarios/city/town.h"
#include "sim/parameter.h"

namespace throng {

/// Where population.town.mean_household_size is below this, a town has about as many households as
/// adults, or more: then households are filled at random, children on their own included.
inline constexpr double least_mean_of_families = 1.5;  ///< [person]

/// The town's own household sizes with the share of size s multiplied by t^s, for the t that makes
/// their mean the one asked for, within 1e-6: the distribution of that mean that is nearest to
/// them, in relative entropy. `mean` is between 1 and the 7.6 of the last class. Basic arithmetic
/// only, so the bits are the same anywhere.
std::array<double, size_classes> household_sizes_of_mean(double mean);

/// The seed is population.seed, or else run.seed.
TownParameters town_parameters(const Values& values);

}  // namespace throng
