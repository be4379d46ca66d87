// Repeated games: the list of ordinal games, what strategies earn, and who takes over a group.
#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "behaviors/person/columns.h"
#include "behaviors/repeated_games/columns.h"
#include "behaviors/repeated_games/imitation.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::repeated_games;
using epidemic::fixture::agrees;
using epidemic::fixture::proportion;

namespace {

const Strategy& named(std::string_view name) {
  return *std::find_if(strategies.begin(), strategies.end(),
                       [&](const Strategy& s) { return s.name == name; });
}
u8 number_of(std::string_view name) { return static_cast<u8>(&named(name) - strategies.data()); }

/// Where the chain of both players' moves is after many rounds, round by round.
Payoffs by_rounds(const Game& game, const Strategy& row, const Strategy& column, double noise) {
  const auto play = [&](double p) { return p * (1 - noise) + (1 - p) * noise; };
  std::array<double, 4> at = {0.25, 0.25, 0.25, 0.25};
  for (int round = 0; round < 5'000; ++round) {
    std::array<double, 4> next{};
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t mirrored = k == 1 ? 2 : k == 2 ? 1 : k;
      const double p = play(row.plays0[k]), q = play(column.plays0[mirrored]);
      next[0] += at[k] * p * q, next[1] += at[k] * p * (1 - q);
      next[2] += at[k] * (1 - p) * q, next[3] += at[k] * (1 - p) * (1 - q);
    }
    at = next;
  }
  Payoffs sum;
  for (std::size_t k = 0; k < 4; ++k) {
    sum.row += at[k] * game.row[k], sum.column += at[k] * game.column[k];
  }
  return sum;
}

struct Settled {
  i64 mutants = 0, groups = 0;
};
/// Groups in which all are mutants when all are alike.
Settled settled_of(const Settings& settings) {
  Simulation s({}, make_population({}, settings, 1, {}), {.seed = 21});
  add_to(s, settings);
  s.start();
  const auto plays = s.population().kind(person::kind).values(strategy);
  for (;;) {
    for (int k = 0; k < 50; ++k) {
      s.step();
    }
    Settled all;
    for (AgentId g = 0; g < settings.groups; ++g) {
      const auto group = plays.subspan(g * settings.people, settings.people);
      const auto n = std::count(group.begin(), group.end(), settings.mutants);
      all.mutants += n == settings.people ? 1 : 0;
      all.groups += n == settings.people || n == 0 ? 1 : 0;
    }
    if (all.groups == settings.groups) {
      return all;
    }
  }
}
double expected_of(const Settings& s) {
  const auto pays = [&](u8 mine, u8 other) {
    return earns(s.game, strategies[mine], strategies[other], s.noise);
  };
  return fixation({.mutant_mutant = pays(s.mutants, s.mutants),
                   .mutant_resident = pays(s.mutants, s.residents),
                   .resident_mutant = pays(s.residents, s.mutants),
                   .resident_resident = pays(s.residents, s.residents)},
                  s.people, s.selection);
}

}  // namespace

TEST_CASE("there are 144 ordinal games, 78 but for who is called row",
          "[classics][repeated_games]") {
  const auto& games = ordinal_games();
  CHECK(games.size() == 144);

  // Row and column exchanged, moves renamed so as to find it in the list again.
  std::set<Game> classes;
  u32 own_mirror = 0;
  for (const Game& g : games) {
    const auto mirror = [](const std::array<double, 4>& p) {
      return std::array<double, 4>{p[0], p[2], p[1], p[3]};
    };
    const Game exchanged{.row = mirror(g.column), .column = mirror(g.row)};
    Game found = exchanged;
    for (u32 k = 0; k < 4; ++k) {
      Game renamed;
      for (u32 i = 0; i < 4; ++i) {
        renamed.row[i] = exchanged.row[i ^ k];
        renamed.column[i] = exchanged.column[i ^ k];
      }
      found = std::min(found, renamed);
    }
    CHECK(std::find(games.begin(), games.end(), found) != games.end());
    own_mirror += found == g ? 1 : 0;
    classes.insert(std::min(found, g));
  }
  CHECK(own_mirror == 12);  // 12 + (144 - 12) / 2 = 78
  CHECK(classes.size() == 78);
}

TEST_CASE("strategies earn what the chain of their moves gives", "[classics][repeated_games]") {
  const Game dilemma = symmetric(3, 0, 5, 1);
  // Against one who always defects, tit for tat is at 1 but for noise e = 0.01: it plays the wrong
  // move after the other's wrong move as well, 0.0198 in all; in payoffs of (3, 0, 5, 1).
  const double e = 0.01, mine = 2 * e * (1 - e);
  const Payoffs p = long_run(dilemma, named("tit_for_tat"), named("all_d"), e);
  CHECK(p.row ==
        Approx(3 * mine * e + 0 * mine * (1 - e) + 5 * (1 - mine) * e + (1 - mine) * (1 - e)));

  // Extortion: the share beyond 1 of who extorts with factor 3 is three times the other's (Press
  // and Dyson, equation 14: plays 0 with 11/13, 1/2, 7/26, 0).
  const Strategy extorts{"extorts", {11. / 13, 1. / 2, 7. / 26, 0}};
  for (const Strategy& other : strategies) {
    if (other.name != "all_d") {
      const Payoffs x = long_run(dilemma, extorts, other, 1e-9);
      CHECK(x.row - 1 == Approx(3 * (x.column - 1)).margin(1e-5));
    }
  }

  for (std::size_t k = 0; k < 144; k += 29) {
    for (const Strategy& a : strategies) {
      for (const Strategy& b : strategies) {
        const Payoffs fast = long_run(ordinal_games()[k], a, b, 0.02);
        const Payoffs slow = by_rounds(ordinal_games()[k], a, b, 0.02);
        CHECK(fast.row == Approx(slow.row).epsilon(1e-9));
        CHECK(fast.column == Approx(slow.column).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("a scenario's words are the strategies' names", "[classics][repeated_games]") {
  std::string names;
  for (std::size_t k = 0; k < strategies.size(); ++k) {
    names += std::string(strategies[k].name) + ',';
    CHECK(parameters::residents.choices.items[k] == strategies[k].name);
  }
  CHECK(names == std::string(strategy.labels) + ',');
}

TEST_CASE("two thousand groups already tell a good mutant from a neutral one",
          "[classics][repeated_games]") {
  const Settings s{.people = 6, .groups = 2'000, .selection = 0.5};
  agrees("tit for tat among defectors", proportion(settled_of(s).mutants, s.groups), expected_of(s),
         0.2);
}

TEST_CASE("one mutant takes over with the probability of Fermi imitation",
          "[classics][repeated_games][.statistics]") {
  CHECK(fixation({1, 1, 1, 1}, 10, 1) == Approx(0.1));
  const auto check = [](const char* what, const Settings& s) {
    agrees(what, proportion(settled_of(s).mutants, s.groups), expected_of(s), 0.02);
  };
  check("tit for tat among defectors", {.people = 5, .groups = 65'000, .selection = 4});
  check("a defector among cooperators", {.people = 6,
                                         .groups = 45'000,
                                         .selection = 0.3,
                                         .residents = number_of("all_c"),
                                         .mutants = number_of("all_d")});
  // An ordinal game without symmetry: both roles are played.
  check("grim among those who win, stay; lose, shift in game 17",
        {.people = 5,
         .groups = 50'000,
         .game = ordinal_games()[17],
         .selection = 1,
         .residents = number_of("win_stay_lose_shift"),
         .mutants = number_of("grim")});
}
