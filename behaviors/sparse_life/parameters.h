// What a scenario can say about Life on a plane.
#pragma once
#include "sim/parameter.h"

namespace throng::sparse_life {

enum class Pattern : u8 { r_pentomino, acorn, glider };

struct Settings {
  u32 side = 1'024;
  Pattern pattern = Pattern::r_pentomino;
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr Parameter<i64> side{
    .name = "sparse_life.side",
    .doc =
        "Cells from the left to the right and from the top to the bottom. A pattern that comes "
        "to the border ends the run: the plane has none.",
    .source = "assumption",
    .initial = 1'024,
    .min = 16,
    .max = 16'384};
inline constexpr Parameter<Choice> pattern{.name = "sparse_life.pattern",
                                           .unit = "label",
                                           .doc = "What is alive in the beginning, in the middle.",
                                           .source = "Gardner 1970, Scientific American 223(4):120",
                                           .initial = "r_pentomino",
                                           .choices = {"r_pentomino", "acorn", "glider"}};
}  // namespace parameters

inline void declare(Schema& schema) {
  schema.fields().section("sparse_life", "Life on an unbounded plane.");
  schema.add(parameters::side).add(parameters::pattern);
}

inline Settings settings_from(const Values& values) {
  return {.side = static_cast<u32>(values.get(parameters::side)),
          .pattern = values.choice<Pattern>(parameters::pattern)};
}

}  // namespace throng::sparse_life
