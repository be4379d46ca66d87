// 2 x 2 games, strategies with a memory of one round, and what they earn against each other in the
// long run. Plain mathematics: no rows.
#pragma once
#include <array>
#include <string_view>
#include <vector>

#include "sim/types.h"

namespace throng::repeated_games {

/// Payoffs of both players for (row's move, column's move) in the order 00, 01, 10, 11.
struct Game {
  std::array<double, 4> row{}, column{};
  friend bool operator==(const Game&, const Game&) = default;
  friend auto operator<=>(const Game&, const Game&) = default;
};

/// The same payoffs for a row and a column player: (R, S, T, P) with move 0 to cooperate.
Game symmetric(double reward, double sucker, double temptation, double punishment);

/// The 144 games in which each player ranks the four outcomes without ties, from 1 to 4, one for
/// all those that differ only in what the moves are called; in a fixed order (Rapoport, Guyer and
/// Gordon 1976; Robinson and Goforth 2005).
const std::vector<Game>& ordinal_games();

/// Probability of move 0 after the outcomes (own move, other's move) 00, 01, 10, 11.
struct Strategy {
  std::string_view name;
  std::array<double, 4> plays0{};
};
/// Well-known ones.
inline constexpr std::array<Strategy, 8> strategies = {{{"all_d", {0, 0, 0, 0}},
                                                        {"all_c", {1, 1, 1, 1}},
                                                        {"tit_for_tat", {1, 0, 1, 0}},
                                                        {"win_stay_lose_shift", {1, 0, 0, 1}},
                                                        {"grim", {1, 0, 0, 0}},
                                                        {"generous", {1, 1. / 3, 1, 1. / 3}},
                                                        {"extortion", {8. / 9, 0.5, 1. / 3, 0}},
                                                        {"random", {0.5, 0.5, 0.5, 0.5}}}};

/// Mean payoffs a round of a row and a column player in the long run, when each does the other move
/// than meant with probability `noise` in (0, 1/2]: noise makes the first move not matter. By the
/// determinants of Press and Dyson 2012, PNAS 109:10409.
struct Payoffs {
  double row = 0, column = 0;
};
Payoffs long_run(const Game& game, const Strategy& row, const Strategy& column, double noise);

/// What one of strategy `mine` earns against `other`, as mean of both roles.
double earns(const Game& game, const Strategy& mine, const Strategy& other, double noise);

/// Probability that one mutant's descendants are all of `people`, in a well-mixed group where one
/// after the other compares with a random other and imitates it with the probability of Fermi:
/// 1 / (1 + sum over k of the product over j <= k of exp(-beta (mutant's - resident's payoff with j
/// mutants))). Traulsen, Nowak and Pacheco 2006, Physical Review E 74:011909.
struct Against {
  double mutant_mutant = 0, mutant_resident = 0, resident_mutant = 0, resident_resident = 0;
};
double fixation(const Against& payoffs, u32 people, double beta);

}  // namespace throng::repeated_games
