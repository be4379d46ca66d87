// What a scenario can say about walkers.
#pragma once
#include "sim/parameter.h"

namespace throng::random_walk {

struct Settings {
  AgentId walkers = 10'000;
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr Parameter<i64> walkers{.name = "random_walk.walkers",
                                        .unit = "person",
                                        .doc = "How many walk.",
                                        .source = "assumption",
                                        .initial = 10'000,
                                        .min = 1,
                                        .max = 1'000'000'000};
}  // namespace parameters

inline void declare(Schema& schema) {
  schema.fields().section("random_walk", "Walkers who take a step in any direction.");
  schema.add(parameters::walkers);
}

inline Settings settings_from(const Values& values) {
  return {.walkers = static_cast<AgentId>(values.get(parameters::walkers))};
}

}  // namespace throng::random_walk
