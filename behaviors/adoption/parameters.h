// What a scenario can say about adoption.
#pragma once
#include "sim/parameter.h"

namespace throng::adoption {

struct Settings {
  AgentId people = 10'000;
  double innovation = 0.03, imitation = 0.38;  ///< p and q [1/year]
  u32 steps_a_year = 50;
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view source =
    "Sultan, Farley and Lehmann 1990, Journal of Marketing Research 27:70 (means of 213 studies)";
inline constexpr Parameter<i64> people{.name = "adoption.people",
                                       .unit = "person",
                                       .doc = "Size of the market.",
                                       .source = "assumption",
                                       .initial = 10'000,
                                       .min = 1,
                                       .max = 100'000'000};
inline constexpr Parameter<double> innovation{.name = "adoption.innovation",
                                              .doc = "Hazard of adopting by oneself, p, per year.",
                                              .source = source,
                                              .initial = 0.03,
                                              .min = 0.0,
                                              .max = 10.0};
inline constexpr Parameter<double> imitation{
    .name = "adoption.imitation",
    .doc = "Hazard of adopting when everybody else has, beyond p: q, per year.",
    .source = source,
    .initial = 0.38,
    .min = 0.0,
    .max = 10.0};
inline constexpr Parameter<i64> steps_a_year{.name = "adoption.steps_a_year",
                                             .unit = "step",
                                             .doc = "How finely a year is cut.",
                                             .source = "about a week a step",
                                             .initial = 50,
                                             .min = 1,
                                             .max = 1000};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("adoption", "People who adopt something new.");
  schema.add(people).add(innovation).add(imitation).add(steps_a_year);
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.people = static_cast<AgentId>(values.get(people)),
          .innovation = values.get(innovation),
          .imitation = values.get(imitation),
          .steps_a_year = static_cast<u32>(values.get(steps_a_year))};
}

}  // namespace throng::adoption
