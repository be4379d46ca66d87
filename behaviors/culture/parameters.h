// What a scenario can say about the dissemination of culture.
#pragma once
#include "behaviors/culture/columns.h"
#include "sim/parameter.h"

namespace throng::culture {

struct Settings {
  u32 width = 10, height = 10;
  u32 features = 5, traits = 10;
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view source = "Axelrod 1997, Journal of Conflict Resolution 41:203";
inline constexpr Parameter<i64> width{.name = "culture.width",
                                      .doc = "Sites from west to east; the world ends there.",
                                      .source = source,
                                      .initial = 10,
                                      .min = 3,
                                      .max = 30'000};
inline constexpr Parameter<i64> height{.name = "culture.height",
                                       .doc = "Sites from south to north; the world ends there.",
                                       .source = source,
                                       .initial = 10,
                                       .min = 3,
                                       .max = 30'000};
inline constexpr Parameter<i64> features{.name = "culture.features",
                                         .doc = "Features of a culture.",
                                         .source = source,
                                         .initial = 5,
                                         .min = 1,
                                         .max = most_features};
inline constexpr Parameter<i64> traits{.name = "culture.traits",
                                       .doc = "Traits that a feature can have.",
                                       .source = source,
                                       .initial = 10,
                                       .min = 1,
                                       .max = most_traits};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("culture", "Neighbors who become alike the more alike they are.");
  schema.add(width).add(height).add(features).add(traits);
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.width = static_cast<u32>(values.get(width)),
          .height = static_cast<u32>(values.get(height)),
          .features = static_cast<u32>(values.get(features)),
          .traits = static_cast<u32>(values.get(traits))};
}

}  // namespace throng::culture
