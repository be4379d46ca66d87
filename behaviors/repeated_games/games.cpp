#include "behaviors/repeated_games/games.h"

#include <algorithm>
#include <set>

#include "sim/error.h"
#include "sim/math.h"

namespace throng::repeated_games {
namespace {

using Four = std::array<double, 4>;

Four renamed(const Four& payoffs, bool rows, bool columns) {
  Four out;
  for (std::size_t k = 0; k < 4; ++k) {
    out[k] = payoffs[k ^ (rows ? 2u : 0u) ^ (columns ? 1u : 0u)];
  }
  return out;
}

/// The determinant of the matrix with these columns, by cofactors.
double determinant(const Four& a, const Four& b, const Four& c, const Four& d) {
  const auto minor = [](const Four& x, const Four& y, std::size_t i, std::size_t j) {
    return x[i] * y[j] - x[j] * y[i];
  };
  // Laplace's expansion over the two-by-two minors of the first two and the last two columns.
  return minor(a, b, 0, 1) * minor(c, d, 2, 3) - minor(a, b, 0, 2) * minor(c, d, 1, 3) +
         minor(a, b, 0, 3) * minor(c, d, 1, 2) + minor(a, b, 1, 2) * minor(c, d, 0, 3) -
         minor(a, b, 1, 3) * minor(c, d, 0, 2) + minor(a, b, 2, 3) * minor(c, d, 0, 1);
}

Four noisy(const Four& plays0, double noise) {
  Four out;
  for (std::size_t k = 0; k < 4; ++k) {
    out[k] = plays0[k] * (1 - noise) + (1 - plays0[k]) * noise;
  }
  return out;
}

}  // namespace

Game symmetric(double reward, double sucker, double temptation, double punishment) {
  return {.row = {reward, sucker, temptation, punishment},
          .column = {reward, temptation, sucker, punishment}};
}

const std::vector<Game>& ordinal_games() {
  static const std::vector<Game> all = [] {
    std::set<Game> kept;
    Four row = {1, 2, 3, 4};
    do {
      Four column = {1, 2, 3, 4};
      do {
        Game first{.row = row, .column = column};
        for (const bool rows : {false, true}) {
          for (const bool columns : {false, true}) {
            first = std::min(first, Game{.row = renamed(row, rows, columns),
                                         .column = renamed(column, rows, columns)});
          }
        }
        kept.insert(first);
      } while (std::next_permutation(column.begin(), column.end()));
    } while (std::next_permutation(row.begin(), row.end()));
    return std::vector<Game>(kept.begin(), kept.end());
  }();
  return all;
}

Payoffs long_run(const Game& game, const Strategy& row, const Strategy& column, double noise) {
  ensures(noise > 0 && noise <= 0.5, "noise makes the long run independent of its beginning");
  const Four p = noisy(row.plays0, noise), q = noisy(column.plays0, noise);
  // Columns of the Markov matrix less 1, after adding its first column to the second and third. The
  // column player sees the outcomes 01 and 10 the other way round.
  const Four both = {p[0] * q[0] - 1, p[1] * q[2], p[2] * q[1], p[3] * q[3]};
  const Four mine = {p[0] - 1, p[1] - 1, p[2], p[3]};
  const Four theirs = {q[0] - 1, q[2], q[1] - 1, q[3]};
  const double whole = determinant(both, mine, theirs, {1, 1, 1, 1});
  return {.row = determinant(both, mine, theirs, game.row) / whole,
          .column = determinant(both, mine, theirs, game.column) / whole};
}

double earns(const Game& game, const Strategy& mine, const Strategy& other, double noise) {
  return (long_run(game, mine, other, noise).row + long_run(game, other, mine, noise).column) / 2;
}

double fixation(const Against& payoffs, u32 people, double beta) {
  double sum = 1, product = 1;
  for (u32 j = 1; j < people; ++j) {
    const double mutant =
        ((j - 1) * payoffs.mutant_mutant + (people - j) * payoffs.mutant_resident) / (people - 1);
    const double resident =
        (j * payoffs.resident_mutant + (people - j - 1) * payoffs.resident_resident) / (people - 1);
    product *= math::exp(-beta * (mutant - resident));
    sum += product;
  }
  return 1 / sum;
}

}  // namespace throng::repeated_games
