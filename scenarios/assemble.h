// From a synthetic or user-given population to a Population of kinds, columns and networks on this
// rank, under any partition.
#pragma once
#include <span>
#include <vector>

#include "behaviors/person/geography.h"
#include "scenarios/city/built.h"
#include "sim/communicator.h"
#include "sim/population.h"

namespace throng {

struct AssembleOptions {
  std::vector<double> age_bands = {0, 10, 20, 30, 40, 50, 60, 70, 80};  ///< lower limits [year]
  u64 seed = 1;  ///< of individual infectiousness
};

/// The tables every rank holds.
person::Geography geography_of(const PopulationSource& source);

/// Kinds `person`, `place`, `neighborhood` (owned) and `borough`, `cell` (replicated), split by
/// geography: every rank has whole neighborhoods, so whole households. Collective.
Population build_by_geography(const Communicator& world, const PopulationSource& source,
                              const person::Geography& g, const AssembleOptions& options);

/// The same rows on other ranks and in another order, for tests of independence: scattered over
/// ranks when `scatter`, and in random row order when `shuffle` is not 0. Networks are not carried
/// over. Collective.
Population redistribute(const Communicator& world, Population from, const person::Geography& g,
                        bool scatter, u64 shuffle);

/// Makes the networks (places, community) from the columns. Collective.
void add_networks(const Communicator& world, Population& population);

}  // namespace throng
