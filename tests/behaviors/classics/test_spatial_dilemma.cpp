// The spatial dilemma against Nowak and May's share of cooperators, and step by step against plain
// arrays.
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/spatial_dilemma/columns.h"
#include "behaviors/spatial_dilemma/spatial_dilemma.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::spatial_dilemma;
using epidemic::fixture::agrees;
using epidemic::fixture::estimate;

namespace {

/// One generation of plain arrays, 1 for cooperators. Payoffs in tenths of whole numbers.
std::vector<int> next_of(const std::vector<int>& now, int width, int height, int tenths) {
  const auto at = [&](const std::vector<int>& of, int x, int y) {
    return of[static_cast<std::size_t>((x + width) % width + width * ((y + height) % height))];
  };
  std::vector<int> score(now.size()), next(now.size());
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      int n = 0;
      for (int k = 0; k < 9; ++k) {
        n += at(now, x + k % 3 - 1, y + k / 3 - 1);
      }
      score[static_cast<std::size_t>(x + width * y)] = n * (at(now, x, y) == 1 ? 10 : tenths);
    }
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      int best = at(score, x, y), does = at(now, x, y);
      for (int k = 0; k < 9; ++k) {
        if (at(score, x + k % 3 - 1, y + k / 3 - 1) > best) {
          best = at(score, x + k % 3 - 1, y + k / 3 - 1);
          does = at(now, x + k % 3 - 1, y + k / 3 - 1);
        }
      }
      next[static_cast<std::size_t>(x + width * y)] = does;
    }
  }
  return next;
}

}  // namespace

TEST_CASE("players do what plain arrays do", "[classics][spatial_dilemma]") {
  const Settings settings{.width = 41, .height = 33, .temptation = 1.9, .cooperators = 0.7};
  Simulation s({}, make_population({}, settings, 2, {}), {.seed = 2});
  add_to(s, settings);
  s.start();
  const auto moves = s.population().kind(spatial_dilemma::kind).values(move);
  std::vector<int> expected;
  for (const Move m : moves) {
    expected.push_back(static_cast<int>(m));
  }
  for (int k = 0; k < 30; ++k) {
    s.step();
    expected = next_of(expected, 41, 33, 19);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      REQUIRE(static_cast<int>(moves[i]) == expected[i]);
    }
  }
}

TEST_CASE("a third of the players cooperate, whatever the beginning",
          "[classics][spatial_dilemma][.statistics]") {
  // 0.315 in long runs; 12 ln 2 - 8 = 0.318 in the limit of one growing pattern (Nowak and May
  // 1992).
  std::vector<double> shares;
  for (u64 seed = 1; seed <= 8; ++seed) {
    const Settings settings{.width = 120, .height = 120, .cooperators = seed % 2 == 0 ? 0.9 : 0.6};
    Simulation s({}, make_population({}, settings, seed, {}), {.seed = seed});
    add_to(s, settings);
    s.start();
    double sum = 0;
    for (int k = 0; k < 250; ++k) {
      s.step();
      sum += k < 100 ? 0 : static_cast<double>(s.counts(move.name).count_of(1));
    }
    shares.push_back(sum / 150 / (settings.width * settings.height));
  }
  agrees("share of cooperators", estimate(shares), 0.315, 0.01);
}
