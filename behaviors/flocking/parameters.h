// What a scenario can say about a flock.
#pragma once
#include "sim/parameter.h"

namespace throng::flocking {

struct Settings {
  AgentId birds = 1'000;
  double width = 512, height = 512, sight = 50, personal = 25, speed = 4, force = 0.1;
  double separation = 1.5, alignment = 1, cohesion = 1;
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view assumption = "assumption",
                                  reynolds =
                                      "Reynolds 1987 (Computer Graphics 21:25); weights and "
                                      "distances of common implementations";
inline constexpr Parameter<i64> birds{.name = "flocking.birds",
                                      .doc = "How many fly.",
                                      .source = assumption,
                                      .initial = 1'000,
                                      .min = 1,
                                      .max = 100'000'000};
inline constexpr Parameter<double> width{.name = "flocking.width",
                                         .unit = "meter",
                                         .doc = "From west to east; the sky is a torus.",
                                         .source = assumption,
                                         .initial = 512.0,
                                         .min = 1.0,
                                         .max = 1e7};
inline constexpr Parameter<double> height{.name = "flocking.height",
                                          .unit = "meter",
                                          .doc = "From south to north.",
                                          .source = assumption,
                                          .initial = 512.0,
                                          .min = 1.0,
                                          .max = 1e7};
inline constexpr Parameter<double> sight{.name = "flocking.sight",
                                         .unit = "meter",
                                         .doc = "How far a bird sees those it flies with.",
                                         .source = reynolds,
                                         .initial = 50.0,
                                         .min = 0.1,
                                         .max = 1e6};
inline constexpr Parameter<double> personal{.name = "flocking.personal_space",
                                            .unit = "meter",
                                            .doc = "Nearer ones are kept away from.",
                                            .source = reynolds,
                                            .initial = 25.0,
                                            .min = 0.0,
                                            .max = 1e6};
inline constexpr Parameter<double> speed{.name = "flocking.speed",
                                         .unit = "meter/step",
                                         .doc = "The highest.",
                                         .source = reynolds,
                                         .initial = 4.0,
                                         .min = 0.001,
                                         .max = 1e4};
inline constexpr Parameter<double> force{
    .name = "flocking.force",
    .unit = "meter/step",
    .doc = "The most by which one rule changes the velocity in a step.",
    .source = assumption,
    .initial = 0.1,
    .min = 0.0,
    .max = 1e4};
inline constexpr Parameter<double> separation{.name = "flocking.separation",
                                              .doc = "Weight of keeping away from near ones.",
                                              .source = reynolds,
                                              .initial = 1.5,
                                              .min = 0.0,
                                              .max = 100.0};
inline constexpr Parameter<double> alignment{.name = "flocking.alignment",
                                             .doc = "Weight of flying where the others fly.",
                                             .source = reynolds,
                                             .initial = 1.0,
                                             .min = 0.0,
                                             .max = 100.0};
inline constexpr Parameter<double> cohesion{.name = "flocking.cohesion",
                                            .doc = "Weight of flying to the middle of the others.",
                                            .source = reynolds,
                                            .initial = 1.0,
                                            .min = 0.0,
                                            .max = 100.0};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("flocking", "Birds that fly together.");
  schema.add(birds).add(width).add(height).add(sight).add(personal).add(speed).add(force);
  schema.add(separation).add(alignment).add(cohesion);
  schema.check({.name = "flocking.distances",
                .reads = {"flocking.personal_space", "flocking.sight"},
                .body = [](const Values& values, const CrossCheck::Complain& complain) {
                  if (values.get(personal) > values.get(sight)) {
                    complain("flocking.personal_space",
                             "flocking.personal_space is above flocking.sight (one cannot keep "
                             "away from whom one does not see). Write at most flocking.sight.");
                  }
                }});
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.birds = static_cast<AgentId>(values.get(birds)),
          .width = values.get(width),
          .height = values.get(height),
          .sight = values.get(sight),
          .personal = values.get(personal),
          .speed = values.get(speed),
          .force = values.get(force),
          .separation = values.get(separation),
          .alignment = values.get(alignment),
          .cohesion = values.get(cohesion)};
}

}  // namespace throng::flocking
