// What a scenario can say about wolves, sheep and grass.
#pragma once
#include "sim/parameter.h"

namespace throng::predation {

enum class Movement : u8 { walk, mixed };

/// Of sheep, or of wolves.
struct Animals {
  AgentId count = 0;
  i32 gain = 0;        ///< energy of a meal
  double birth = 0;    ///< probability of a birth per step
  bool hungry = true;  ///< whether a step costs energy
  friend bool operator==(const Animals&, const Animals&) = default;
};

struct Settings {
  u32 side = 51;
  Animals sheep = {.count = 100, .gain = 4, .birth = 0.04};
  Animals wolves = {.count = 50, .gain = 20, .birth = 0.05};
  bool grass = true;  ///< false: sheep need none
  u32 regrowth = 30;
  Movement movement = Movement::walk;
  u32 most = 4'000'000;  ///< of each kind, on one rank
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view wilensky =
    "Wilensky 1997, NetLogo Wolf Sheep Predation: its default values";
inline constexpr Parameter<i64> side{.name = "predation.side",
                                     .unit = "meter",
                                     .doc = "Size of the meadow, a torus of patches of one meter.",
                                     .source = wilensky,
                                     .initial = 51,
                                     .min = 3,
                                     .max = 30'000};
inline constexpr Parameter<i64> sheep{.name = "predation.sheep",
                                      .doc = "Sheep in the beginning.",
                                      .source = wilensky,
                                      .initial = 100,
                                      .min = 0,
                                      .max = 100'000'000};
inline constexpr Parameter<i64> wolves{.name = "predation.wolves",
                                       .doc = "Wolves in the beginning.",
                                       .source = wilensky,
                                       .initial = 50,
                                       .min = 0,
                                       .max = 100'000'000};
inline constexpr Parameter<i64> sheep_gain{.name = "predation.sheep_gain",
                                           .doc = "Steps that a patch of grass feeds a sheep.",
                                           .source = wilensky,
                                           .initial = 4,
                                           .min = 0,
                                           .max = 10'000};
inline constexpr Parameter<i64> wolf_gain{.name = "predation.wolf_gain",
                                          .doc = "Steps that a sheep feeds a wolf.",
                                          .source = wilensky,
                                          .initial = 20,
                                          .min = 0,
                                          .max = 10'000};
inline constexpr Parameter<double> sheep_birth{
    .name = "predation.sheep_birth",
    .doc = "Probability that a sheep bears a lamb in a step.",
    .source = wilensky,
    .initial = 0.04,
    .min = 0.0,
    .max = 1.0};
inline constexpr Parameter<double> wolf_birth{
    .name = "predation.wolf_birth",
    .doc = "Probability that a wolf bears a cub in a step.",
    .source = wilensky,
    .initial = 0.05,
    .min = 0.0,
    .max = 1.0};
inline constexpr Parameter<bool> grass{
    .name = "predation.grass",
    .doc = "Whether sheep live on grass; without it they need nothing.",
    .source = wilensky,
    .initial = true};
inline constexpr Parameter<i64> regrowth{.name = "predation.regrowth",
                                         .unit = "step",
                                         .doc = "Until grazed grass is back.",
                                         .source = wilensky,
                                         .initial = 30,
                                         .min = 1,
                                         .max = 10'000};
inline constexpr Parameter<Choice> movement{
    .name = "predation.movement",
    .unit = "label",
    .doc =
        "walk: a meter a step, turning by up to 50 degrees left and right. mixed: anywhere, so "
        "that everybody meets everybody.",
    .source = wilensky,
    .initial = "walk",
    .choices = {"walk", "mixed"}};
inline constexpr Parameter<i64> most{
    .name = "predation.most_animals",
    .doc = "Room for so many sheep, and so many wolves, on each rank; more end the run.",
    .source = "assumption",
    .initial = 4'000'000,
    .min = 1,
    .max = 1'000'000'000};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("predation", "Wolves eat sheep, sheep eat grass.");
  schema.add(side).add(sheep).add(wolves).add(sheep_gain).add(wolf_gain).add(sheep_birth);
  schema.add(wolf_birth).add(grass).add(regrowth).add(movement).add(most);
  schema.check({.name = "predation.room",
                .reads = {"predation.sheep", "predation.wolves", "predation.most_animals"},
                .body = [](const Values& values, const CrossCheck::Complain& complain) {
                  if (std::max(values.get(sheep), values.get(wolves)) > values.get(most)) {
                    complain("predation.most_animals",
                             "predation.most_animals is below the sheep or wolves of the beginning "
                             "(one rank may have to hold them all). Write more.");
                  }
                }});
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.side = static_cast<u32>(values.get(side)),
          .sheep = {.count = static_cast<AgentId>(values.get(sheep)),
                    .gain = static_cast<i32>(values.get(sheep_gain)),
                    .birth = values.get(sheep_birth),
                    .hungry = values.get(grass)},
          .wolves = {.count = static_cast<AgentId>(values.get(wolves)),
                     .gain = static_cast<i32>(values.get(wolf_gain)),
                     .birth = values.get(wolf_birth)},
          .grass = values.get(grass),
          .regrowth = static_cast<u32>(values.get(regrowth)),
          .movement = values.choice<Movement>(movement),
          .most = static_cast<u32>(values.get(most))};
}

}  // namespace throng::predation
