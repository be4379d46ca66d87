// What a scenario can say about the spatial dilemma.
#pragma once
#include "sim/parameter.h"

namespace throng::spatial_dilemma {

struct Settings {
  u32 width = 200, height = 200;
  double temptation = 1.9;
  double cooperators = 0.9;
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view source = "Nowak and May 1992, Nature 359:826";
inline constexpr Parameter<i64> width{.name = "spatial_dilemma.width",
                                      .doc = "Sites from west to east; the borders touch.",
                                      .source = source,
                                      .initial = 200,
                                      .min = 3,
                                      .max = 30'000};
inline constexpr Parameter<i64> height{.name = "spatial_dilemma.height",
                                       .doc = "Sites from south to north; the borders touch.",
                                       .source = source,
                                       .initial = 200,
                                       .min = 3,
                                       .max = 30'000};
inline constexpr Parameter<double> temptation{
    .name = "spatial_dilemma.temptation",
    .doc = "Payoff b of defecting against a cooperator; two cooperators get 1, all others 0.",
    .source = source,
    .initial = 1.9,
    .min = 1.0,
    .max = 3.0};
inline constexpr Parameter<double> cooperators{
    .name = "spatial_dilemma.cooperators",
    .doc = "Probability that a player cooperates in the beginning.",
    .source = source,
    .initial = 0.9,
    .min = 0.0,
    .max = 1.0};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("spatial_dilemma", "The prisoner's dilemma among neighbors.");
  schema.add(width).add(height).add(temptation).add(cooperators);
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.width = static_cast<u32>(values.get(width)),
          .height = static_cast<u32>(values.get(height)),
          .temptation = values.get(temptation),
          .cooperators = values.get(cooperators)};
}

}  // namespace throng::spatial_dilemma
