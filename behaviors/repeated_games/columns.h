// What players remember, and whom they play.
#pragma once
#include "sim/column.h"

namespace throng::repeated_games {

inline constexpr std::string_view network = "repeated_games.partners";

inline constexpr State<u8> strategy{
    .name = "repeated_games.strategy",
    .unit = "label",
    .doc = "How one plays.",
    .indexed = true,
    .labels = "all_d,all_c,tit_for_tat,win_stay_lose_shift,grim,generous,extortion,random"};
inline constexpr u8 as_before = 255;
inline constexpr Finding<u8> becomes{.name = "repeated_games.becomes",
                                     .unit = "label",
                                     .doc = "The strategy taken over from another; 255: none.",
                                     .initial = as_before};

}  // namespace throng::repeated_games
