// What a scenario can say about segregation.
#pragma once
#include "sim/parameter.h"

namespace throng::segregation {

struct Settings {
  u32 width = 51, height = 51;
  double density = 0.95;
  double wanted = 0.3;
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view source =
    "Wilensky 1997, NetLogo Segregation model, after Schelling 1971, Journal of Mathematical "
    "Sociology 1:143";
inline constexpr Parameter<i64> width{.name = "segregation.width",
                                      .doc = "Sites from west to east; the borders touch.",
                                      .source = source,
                                      .initial = 51,
                                      .min = 3,
                                      .max = 30'000};
inline constexpr Parameter<i64> height{.name = "segregation.height",
                                       .doc = "Sites from south to north; the borders touch.",
                                       .source = source,
                                       .initial = 51,
                                       .min = 3,
                                       .max = 30'000};
inline constexpr Parameter<double> density{
    .name = "segregation.density",
    .doc = "Probability that a household lives on a site in the beginning.",
    .source = source,
    .initial = 0.95,
    .min = 0.0,
    .max = 1.0};
inline constexpr Parameter<double> wanted{
    .name = "segregation.wanted",
    .doc = "Share of one's neighbors who must be of one's own group.",
    .source = source,
    .initial = 0.3,
    .min = 0.0,
    .max = 1.0};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("segregation", "Households that want neighbors of their own group.");
  schema.add(width).add(height).add(density).add(wanted);
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.width = static_cast<u32>(values.get(width)),
          .height = static_cast<u32>(values.get(height)),
          .density = values.get(density),
          .wanted = values.get(wanted)};
}

}  // namespace throng::segregation
