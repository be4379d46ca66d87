// What a scenario can say about repeated games.
#pragma once
#include <algorithm>

#include "behaviors/repeated_games/games.h"
#include "sim/parameter.h"

namespace throng::repeated_games {

struct Settings {
  AgentId people = 20, groups = 1000;
  Game game = symmetric(3, 0, 5, 1);
  double noise = 0.01;
  double selection = 0.1;  ///< beta of the Fermi rule
  u8 residents = 0, mutants = 2;
  AgentId mutant_count = 1;
  friend bool operator==(const Settings&, const Settings&) = default;
};

namespace parameters {
inline constexpr std::string_view fermi =
    "Traulsen, Nowak and Pacheco 2006, Physical Review E 74:011909";
inline constexpr std::string_view axelrod = "Axelrod 1984, The Evolution of Cooperation";
inline constexpr std::string_view assumption = "assumption";

/// What is said of the game that is played, in any section.
struct GameParameters {
  Parameter<i64> ordinal;
  Parameter<std::vector<double>> row, column;
  Parameter<double> noise;
};
/// The names are whole: "repeated_games.ordinal".
constexpr GameParameters game_parameters(std::string_view ordinal, std::string_view row,
                                         std::string_view column, std::string_view noise,
                                         double least_noise) {
  return {.ordinal = {.name = ordinal,
                      .doc = "Number of one of the 144 games of ranks 1 to 4; without it row and "
                             "column hold.",
                      .source = "Robinson and Goforth 2005, The Topology of the 2x2 Games",
                      .optional = true,
                      .min = 0,
                      .max = 143},
          .row = {.name = row,
                  .doc = "Row player's payoffs for the moves 00, 01, 10, 11; 0 is to cooperate.",
                  .source = axelrod,
                  .initial = Listed<double>{3, 0, 5, 1},
                  .min = -1e6,
                  .max = 1e6,
                  .length = 4},
          .column = {.name = column,
                     .doc = "Column player's payoffs for the same moves (row's first).",
                     .source = axelrod,
                     .initial = Listed<double>{3, 5, 0, 1},
                     .min = -1e6,
                     .max = 1e6,
                     .length = 4},
          .noise = {.name = noise,
                    .doc = "Probability of doing the other move than meant.",
                    .source = assumption,
                    .initial = 0.01,
                    .min = least_noise,
                    .max = 0.5}};
}

inline constexpr Parameter<i64> people{.name = "repeated_games.people",
                                       .unit = "person",
                                       .doc = "People in each group; all of a group play all.",
                                       .source = assumption,
                                       .initial = 20,
                                       .min = 2,
                                       .max = 5000};
inline constexpr Parameter<i64> groups{
    .name = "repeated_games.groups",
    .doc = "Groups that do not meet: as many independent runs in one.",
    .source = assumption,
    .initial = 1000,
    .min = 1,
    .max = 1'000'000};
inline constexpr GameParameters game =
    game_parameters("repeated_games.ordinal", "repeated_games.row", "repeated_games.column",
                    "repeated_games.noise", 1e-6);
inline constexpr Parameter<double> selection{
    .name = "repeated_games.selection",
    .doc =
        "Intensity of selection beta: imitation has probability 1 / (1 + exp(-beta difference of "
        "payoffs)).",
    .source = fermi,
    .initial = 0.1,
    .min = 0.0,
    .max = 1000.0};
inline constexpr Parameter<Choice> residents{
    .name = "repeated_games.residents",
    .unit = "label",
    .doc = "Strategy of all others in the beginning.",
    .source = assumption,
    .initial = "all_d",
    .choices = {"all_d", "all_c", "tit_for_tat", "win_stay_lose_shift", "grim", "generous",
                "extortion", "random"}};
inline constexpr Parameter<Choice> mutants{.name = "repeated_games.mutants",
                                           .unit = "label",
                                           .doc = "Strategy of the first ones of each group.",
                                           .source = assumption,
                                           .initial = "tit_for_tat",
                                           .choices = residents.choices};
inline constexpr Parameter<i64> mutant_count{.name = "repeated_games.mutant_count",
                                             .unit = "person",
                                             .doc = "How many these are.",
                                             .source = assumption,
                                             .initial = 1,
                                             .min = 0,
                                             .max = 5000};
}  // namespace parameters

inline void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("repeated_games", "Players who imitate those who earn more.");
  schema.add(people).add(groups).add(game.ordinal).add(game.row).add(game.column).add(game.noise);
  schema.add(selection);
  schema.add(residents).add(mutants).add(mutant_count);
  schema.check(
      {.name = "repeated_games.sizes",
       .reads = {"repeated_games.people", "repeated_games.groups", "repeated_games.mutant_count"},
       .body = [](const Values& values, const CrossCheck::Complain& complain) {
         const i64 n = values.get(people), m = values.get(mutant_count);
         if (m > n) {
           complain("repeated_games.mutant_count",
                    "repeated_games.mutant_count is " + std::to_string(m) + " (a group has only " +
                        std::to_string(n) + " people). Write at most repeated_games.people.");
         }
         if (n * n * values.get(groups) > 500'000'000) {
           complain(
               "repeated_games.groups",
               "repeated_games.groups times repeated_games.people squared is above 500,000,000 "
               "(everybody of a group sees everybody). Write less.");
         }
       }});
}

/// The game a scenario names by its number, or else by its payoffs.
inline Game game_from(const Values& values, const parameters::GameParameters& said) {
  if (const i64* number = values.find(said.ordinal)) {
    return ordinal_games().at(static_cast<std::size_t>(*number));
  }
  Game game;
  std::copy_n(values.get(said.row).begin(), 4, game.row.begin());
  std::copy_n(values.get(said.column).begin(), 4, game.column.begin());
  return game;
}

inline Settings settings_from(const Values& values) {
  using namespace parameters;
  return {.people = static_cast<AgentId>(values.get(people)),
          .groups = static_cast<AgentId>(values.get(groups)),
          .game = game_from(values, game),
          .noise = values.get(game.noise),
          .selection = values.get(selection),
          .residents = static_cast<u8>(values.get(residents).index),
          .mutants = static_cast<u8>(values.get(mutants).index),
          .mutant_count = static_cast<AgentId>(values.get(mutant_count))};
}

}  // namespace throng::repeated_games
