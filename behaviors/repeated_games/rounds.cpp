#include "behaviors/repeated_games/rounds.h"

#include <algorithm>

#include "behaviors/person/columns.h"
#include "behaviors/repeated_games/parameters.h"
#include "sim/error.h"

namespace throng::repeated_games {
namespace {

namespace played {
inline constexpr Parameter<i64> pairs{.name = "played_games.pairs",
                                      .doc = "Pairs of players.",
                                      .source = parameters::assumption,
                                      .initial = 1000,
                                      .min = 1,
                                      .max = 100'000'000};
inline constexpr parameters::GameParameters game = parameters::game_parameters(
    "played_games.ordinal", "played_games.row", "played_games.column", "played_games.noise", 0);
inline constexpr Parameter<std::vector<std::string>> row_players{
    .name = "played_games.row_players",
    .unit = "label",
    .doc =
        "Characters of row players; pairs go through all combinations with those of column "
        "players: all_d, all_c, tit_for_tat, win_stay_lose_shift, grim, generous, extortion, "
        "random.",
    .source = parameters::axelrod,
    .initial = Listed<std::string_view>{"tit_for_tat"}};
inline constexpr Parameter<std::vector<std::string>> column_players{
    .name = "played_games.column_players",
    .unit = "label",
    .doc = "Characters of column players.",
    .source = parameters::axelrod,
    .initial = Listed<std::string_view>{"tit_for_tat"}};
}  // namespace played

const Strategy* strategy_named(std::string_view name) {
  const auto* found = std::find_if(strategies.begin(), strategies.end(),
                                   [&](const Strategy& s) { return s.name == name; });
  return found == strategies.end() ? nullptr : found;
}

std::vector<u8> characters(const Values& values,
                           const Parameter<std::vector<std::string>>& parameter) {
  std::vector<u8> all;
  for (const std::string& name : values.get(parameter)) {
    all.push_back(static_cast<u8>(strategy_named(name) - strategies.data()));
  }
  return all;
}

void check_characters(Schema& schema, const Parameter<std::vector<std::string>>& parameter) {
  schema.check({.name = std::string(parameter.name),
                .reads = {std::string(parameter.name)},
                .body = [&parameter](const Values& values, const CrossCheck::Complain& complain) {
                  const auto& names = values.get(parameter);
                  const std::string key(parameter.name);
                  if (names.empty()) {
                    complain(parameter.name, key + " is empty (pairs have two). Name one or more.");
                  }
                  for (const std::string& name : names) {
                    if (strategy_named(name) == nullptr) {
                      std::string there;
                      for (const Strategy& s : strategies) {
                        there += (there.empty() ? "" : ", ") + std::string(s.name);
                      }
                      complain(parameter.name, key + " has '" + name +
                                                   "' (nobody plays so; there are " + there +
                                                   "). Name one of these.");
                    }
                  }
                }});
}

/// Everybody makes a move.
class Play final : public Behavior {
 public:
  explicit Play(const PlayedSettings& settings) : settings_(settings) {}
  std::string_view name() const override { return "played_games.play"; }
  std::string_view doc() const override {
    return "Everybody makes the move that is decided on, or by a slip the other one.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    move_ = b.decides(move);
    plays_ = settings_.plays->acting(b);
    slips_ = b.draws("played_games.slips");
  }
  void decide(const Decide& d) const override {
    d.for_each(all(), slips_, [&](const DecideRow& me, const Words& x) {
      const bool meant = plays_(me, d.now());
      me.set(move_, static_cast<u8>(meant == (unit(x[0]) < settings_.noise)));
    });
  }

 private:
  const PlayedSettings& settings_;
  Decides<u8> move_;
  ArchetypeDecision::Acting plays_;
  Draw slips_;
};

/// Everybody sees what the other did.
class Remember final : public Behavior {
 public:
  explicit Remember(const PlayedSettings& settings) : settings_(settings) {}
  std::string_view name() const override { return "played_games.remember"; }
  std::string_view doc() const override { return "Everybody remembers the moves of both."; }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    role_ = b.reads(role);
    move_ = b.reads(move);
    last_round_ = b.writes(last_round);
    partners_move_ = b.finds(partners_move);
    looks_ = b.looks(pair_network);
    seen_ = b.sees(looks_, move);
    rounds_ =
        b.tallies(rounds, static_cast<u32>(settings_.rows.size() * settings_.columns.size() * 4));
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), [&](const ObserveRow& me) {
      o.for_each_in_sight(me, looks_,
                          [&](const Neighbor& other) { me.set(partners_move_, other[seen_]); });
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) {
      const u8 both = static_cast<u8>(2 * me[move_] + me[partners_move_]);
      me.set(last_round_, static_cast<u8>(both + 1));
      if (me[role_] == 0) {
        me.count(rounds_, settings_.combination(me.id() / 2) + both);
      }
    });
  }

 private:
  const PlayedSettings& settings_;
  Reads<u8> role_, move_;
  Writes<u8> last_round_;
  Finds<u8> partners_move_;
  Looks looks_;
  Sights<u8> seen_;
  Tallies rounds_;
};

std::size_t feature_named(const Questions& questions, std::string_view name) {
  const auto at = std::find_if(questions.features.begin(), questions.features.end(),
                               [&](const Feature& f) { return f.name == name; });
  ensures(at != questions.features.end(),
          "a question that strategies answer mentions character and last_round");
  return static_cast<std::size_t>(at - questions.features.begin());
}

}  // namespace

void declare_played(Schema& schema) {
  using namespace played;
  schema.fields().section("played_games", "Pairs of players whose moves are decided by kind.");
  schema.add(pairs).add(game.ordinal).add(game.row).add(game.column).add(game.noise);
  schema.add(row_players).add(column_players);
  check_characters(schema, row_players);
  check_characters(schema, column_players);
}

PlayedSettings played_settings_from(const Values& values) {
  using namespace played;
  return {.pairs = static_cast<AgentId>(values.get(pairs)),
          .game = game_from(values, game),
          .noise = values.get(game.noise),
          .rows = characters(values, row_players),
          .columns = characters(values, column_players),
          .plays = nullptr};
}

Population make_pairs(const Communicator& world, const PlayedSettings& settings, Spread spread) {
  Population p;
  Kind& people = p.add_kind(std::string(person::kind), spread(world, 2 * settings.pairs));
  const auto roles = people.values(role);
  const auto plays = people.values(character);
  std::vector<Edges::Edge> edges;
  for (Row r = 0; r < people.rows(); ++r) {
    const AgentId id = people.partition().id_of(r);
    roles[r] = static_cast<u8>(id % 2);
    plays[r] = id % 2 == 0 ? settings.row_of(id / 2) : settings.column_of(id / 2);
    edges.push_back({id, id ^ 1u, 1});
  }
  p.add_edges(std::string(pair_network), Edges(people, edges));
  return p;
}

void add_played_to(Simulation& simulation, std::shared_ptr<const PlayedSettings> settings) {
  simulation.keep(settings);
  simulation.add_substep("play", std::make_unique<Play>(*settings));
  simulation.add_substep("remember", std::make_unique<Remember>(*settings));
  simulation.add_substep("decision", settings->plays->asker());
}

void PlaysAsCalled::answer(const Questions& questions, std::span<Answer> answers) {
  const std::size_t as = feature_named(questions, "character");
  const std::size_t last = feature_named(questions, "last_round");
  for (std::size_t q = 0; q < questions.count(); ++q) {
    const auto values = questions.of(q);
    const Strategy& plays = strategies[values[as]];
    const double p = values[last] == 0 ? 0.5 : plays.plays0[values[last] - 1u];
    answers[q].share = static_cast<u32>(whole_share * p + 0.5);
    answers[q].rung = Rung::live;
  }
}

}  // namespace throng::repeated_games
