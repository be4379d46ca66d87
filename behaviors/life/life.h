// Conway's Game of Life, and its relatives: cells on a torus are born and survive by the number of
// living ones among the eight around them.
#pragma once
#include <optional>
#include <string_view>

#include "behaviors/life/columns.h"
#include "sim/parameter.h"
#include "sim/simulation.h"
#include "sim/spread.h"

namespace throng::life {

/// Enumerators stand in the order of the words of their parameter.
enum class Start : u8 { random, r_pentomino, glider };

namespace parameters {
inline constexpr Parameter<i64> width{.name = "life.width",
                                      .unit = "1",
                                      .doc = "Cells from left to right.",
                                      .source = "convention of the model",
                                      .initial = 256,
                                      .min = 3,
                                      .max = 65'535};
inline constexpr Parameter<i64> height{.name = "life.height",
                                       .unit = "1",
                                       .doc = "Cells from top to bottom.",
                                       .source = "convention of the model",
                                       .initial = 256,
                                       .min = 3,
                                       .max = 65'535};
inline constexpr Parameter<std::string> rule{
    .name = "life.rule",
    .unit = "text",
    .doc =
        "B, the numbers of living neighbors with which a cell is born; /S, those with which it "
        "survives.",
    .source = "Gardner 1970, Scientific American 223(4):120: B3/S23",
    .initial = "B3/S23"};
inline constexpr Parameter<Choice> start{
    .name = "life.start",
    .unit = "label",
    .doc = "The first cells: each by chance, or one pattern in the middle.",
    .source = "convention of the model",
    .initial = "random",
    .choices = {"random", "r_pentomino", "glider"}};
inline constexpr Parameter<double> density{.name = "life.density",
                                           .doc = "Share of living cells at a random start.",
                                           .source = "convention of the model",
                                           .optional = true,
                                           .min = 0.0,
                                           .max = 1.0};
inline constexpr double usual_density = 0.375;
}  // namespace parameters

/// Bit n: with n living neighbors.
struct Rule {
  u32 born = 1u << 3, survives = 1u << 2 | 1u << 3;
  constexpr bool lives(bool now, u32 around) const {
    return ((now ? survives : born) >> around & 1) != 0;
  }
  friend bool operator==(const Rule&, const Rule&) = default;
};

struct Settings {
  u32 width = 256, height = 256;
  Rule rule = {};
  Start start = Start::random;
  double density = parameters::usual_density;
  /// Every cell looks around in every generation: cheaper where many change, as after a random
  /// start; otherwise only those around which something changed do. The cells are the same.
  bool everywhere = false;
  AgentId cells() const { return width * height; }
};

/// "B3/S23" as a rule; nothing where it is none.
std::optional<Rule> rule_of(std::string_view text);

void declare(Schema& schema);
Settings settings_from(const Values& values);

/// The cells in their first state, and the grid they form.
Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread);

/// Adds the one substep of a generation.
void add_to(Simulation& simulation, const Settings& settings);

}  // namespace throng::life
