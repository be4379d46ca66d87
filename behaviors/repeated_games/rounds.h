// Pairs who play a 2 x 2 game round by round. Whether one makes move 0 is asked of kinds of
// players: how they play, in which role, and what happened in the last round.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "behaviors/repeated_games/games.h"
#include "sim/ask.h"
#include "sim/column.h"
#include "sim/parameter.h"
#include "sim/simulation.h"
#include "sim/spread.h"
#include "sim/tally.h"

namespace throng::repeated_games {

inline constexpr std::string_view pair_network = "played_games.partner";

/// How far one is behind the first of the pair, too.
inline constexpr Fixed<u8> role{.name = "played_games.role",
                                .unit = "label",
                                .doc = "Whose payoffs one gets: the row or the column player's.",
                                .labels = "row,column"};
inline constexpr Fixed<u8> character{
    .name = "played_games.character",
    .unit = "label",
    .doc = "How one plays, as questions call it.",
    .labels = "all_d,all_c,tit_for_tat,win_stay_lose_shift,grim,generous,extortion,random"};
inline constexpr State<u8> last_round{.name = "played_games.last_round",
                                      .unit = "label",
                                      .doc = "Own and other's move of the round before.",
                                      .initial = 0,
                                      .indexed = true,
                                      .labels = "none,00,01,10,11"};
inline constexpr Decision<u8> move{.name = "played_games.move",
                                   .unit = "label",
                                   .doc = "The move of this round.",
                                   .initial = 1,
                                   .labels = "0,1"};
inline constexpr u8 not_seen = 255;
inline constexpr Finding<u8> partners_move{.name = "played_games.partners_move",
                                           .unit = "label",
                                           .doc = "The other's move of this round.",
                                           .initial = not_seen};
inline constexpr Tally rounds{.name = "played_games.rounds",
                              .unit = "1",
                              .doc =
                                  "Rounds by the row player's character, the column player's and "
                                  "the moves of both."};

struct PlayedSettings {
  AgentId pairs = 1000;
  Game game = symmetric(3, 0, 5, 1);
  double noise = 0.01;
  std::vector<u8> rows = {2}, columns = {2};  ///< characters; pairs go through all combinations
  std::shared_ptr<ArchetypeDecision> plays;   ///< who makes move 0

  u8 row_of(AgentId pair) const { return rows[pair % rows.size()]; }
  u8 column_of(AgentId pair) const { return columns[pair / rows.size() % columns.size()]; }
  /// Index into `rounds` of the first outcome of a combination; the others follow.
  u32 combination(AgentId pair) const {
    return static_cast<u32>(pair % (rows.size() * columns.size())) * 4;
  }
};

void declare_played(Schema& schema);
PlayedSettings played_settings_from(const Values& values);

/// Persons 2 k and 2 k + 1 are a pair.
Population make_pairs(const Communicator& world, const PlayedSettings& settings, Spread spread);
/// `settings.plays` stands, and outlives the simulation.
void add_played_to(Simulation& simulation, std::shared_ptr<const PlayedSettings> settings);

/// Moves by the strategy of the same name as the player's character, each alike before the first
/// round. Questions mention "character" and "last_round".
class PlaysAsCalled final : public DecisionProvider {
 public:
  std::string_view name() const override { return "rule"; }
  void answer(const Questions& questions, std::span<Answer> answers) override;
};

}  // namespace throng::repeated_games
