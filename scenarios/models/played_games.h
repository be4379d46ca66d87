// Pairs who play a 2 x 2 game, each move decided by kinds of players: strategies by name, a table,
// a recording or a language model.
#pragma once
#include <string>

#include "scenarios/model.h"
#include "sim/archetype.h"

namespace throng {

/// role, character, last_round: what questions may mention of a player. Throws InputError where
/// there is no such feature.
RowFeature player_feature(const std::string& name);

ModelEntry played_games_model();

}  // namespace throng
