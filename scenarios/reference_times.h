// What the engine is worth: seconds of the plain reference and of the engine on one scenario.
#pragma once
#include <memory>

#include "behaviors/epidemic/settings.h"
#include "scenarios/city/built.h"

namespace throng {

struct ReferenceTimes {
  double reference = 0, engine = 0;  ///< time to make all steps, without building anything [s]
  i64 reference_infections = 0, engine_infections = 0;  ///< alike, up to chance
  double ratio() const { return engine > 0 ? reference / engine : 0; }
};

/// Runs `settings.steps` steps of both on one rank; the reference uses one thread. The age bands
/// (lower limits) are those of the settings.
ReferenceTimes time_reference(const PopulationSource& source,
                              std::shared_ptr<const epidemic::Settings> settings, double beta,
                              const std::vector<double>& age_bands, u64 seed);

}  // namespace throng
