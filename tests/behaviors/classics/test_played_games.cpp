// Games played round by round by archetypes: in the long run moves are as often as the chain of two
// strategies says, and pay what the determinants give.
#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "behaviors/person/columns.h"
#include "behaviors/repeated_games/columns.h"
#include "behaviors/repeated_games/rounds.h"
#include "scenarios/models/played_games.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::repeated_games;
using epidemic::fixture::agrees;
using epidemic::fixture::estimate;

namespace {

class Nothing final : public Circumstances {
 public:
  const std::vector<Feature>& features() const override { return none_; }
  void bind(Binder&) override {}
  void look(Step, u32, const LabelOf&, std::span<u16>) const override {}

 private:
  std::vector<Feature> none_;
};

std::shared_ptr<ArchetypeDecision> by_character() {
  DecisionSettings s;
  s.name = "plays";
  s.kind = person::kind;
  s.archetype = {player_feature("character"), player_feature("last_round")};
  s.every = 1;
  s.circumstances = std::make_shared<Nothing>();
  s.provider = std::make_shared<PlaysAsCalled>();
  return std::make_shared<ArchetypeDecision>(std::move(s));
}

/// [combination x 4]: pairs by the moves of the last of some rounds.
std::vector<i64> last_moves(const std::shared_ptr<PlayedSettings>& settings, int many) {
  settings->plays = by_character();
  Population population = make_pairs({}, *settings, {});
  population.kind(person::kind).values(last_round);
  settings->plays->populate({}, population, 3);
  Simulation s({}, std::move(population), {.seed = 3});
  add_played_to(s, settings);
  s.start();
  for (int k = 0; k < many; ++k) {
    s.step();
  }
  std::vector<i64> found(settings->rows.size() * settings->columns.size() * 4, 0);
  const auto last = s.population().kind(person::kind).values(last_round);
  for (AgentId pair = 0; pair < settings->pairs; ++pair) {
    ++found[settings->combination(pair) + last[2 * pair] - 1u];
  }
  return found;
}

}  // namespace

TEST_CASE("archetypes that play as strategies earn what those do", "[classics][played_games]") {
  auto s = std::make_shared<PlayedSettings>();
  constexpr u32 each = 1'000;
  s->noise = 0.2;  // the slowest pair, grim and grim, forgets in 25 rounds
  s->rows = s->columns = {0, 1, 2, 3, 4, 5, 6, 7};
  s->pairs = 64 * each;
  s->game = ordinal_games()[17];
  const auto found = last_moves(s, 200);

  // A stationary share of each outcome is what a game pays in which that outcome alone pays 1.
  double chi_square = 0;
  std::vector<double> deviation;
  for (AgentId pair = 0; pair < 64; ++pair) {
    const Strategy& row = strategies[s->row_of(pair)];
    const Strategy& column = strategies[s->column_of(pair)];
    double mean = 0, mean_of_squares = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      Game only;
      only.row[k] = 1;
      const double expected = each * long_run(only, row, column, s->noise).row;
      const auto n = static_cast<double>(found[s->combination(pair) + k]);
      chi_square += (n - expected) * (n - expected) / expected;
      mean += n / each * s->game.row[k];
      mean_of_squares += n / each * s->game.row[k] * s->game.row[k];
    }
    const double error = std::sqrt((mean_of_squares - mean * mean) / each);
    const double exact = long_run(s->game, row, column, s->noise).row;
    deviation.push_back(1 + (mean - exact) / exact);
    CAPTURE(row.name, column.name, mean, exact, error);
    CHECK(std::abs(mean - exact) < 4.5 * error);  // 64 of them: once in 2,000 times
  }
  agrees("payoffs of archetype players over exact ones, 64 pairs of strategies",
         estimate(deviation), 1, 0.01);
  // 192 degrees of freedom: mean 192, standard deviation 19.6.
  CAPTURE(chi_square);
  CHECK(chi_square < 192 + 4.5 * 19.6);
  CHECK(chi_square > 192 - 4.5 * 19.6);
}

TEST_CASE("players are told apart by the labels of their columns", "[classics][played_games]") {
  const auto joined = [](const RowFeature& f) {
    std::string all;
    for (const std::string& label : f.feature.labels) {
      all += (all.empty() ? "" : ",") + label;
    }
    return all;
  };
  CHECK(joined(player_feature("role")) == role.labels);
  CHECK(joined(player_feature("character")) == character.labels);
  CHECK(character.labels == strategy.labels);
  CHECK(joined(player_feature("last_round")) == last_round.labels);
  CHECK_THROWS_WITH(player_feature("mood"), Catch::Contains("role, character, last_round"));
}
