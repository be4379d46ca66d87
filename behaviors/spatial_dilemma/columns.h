// What players on a grid remember.
#pragma once
#include "sim/column.h"

namespace throng::spatial_dilemma {

inline constexpr std::string_view kind = "site";
inline constexpr std::string_view grid = "spatial_dilemma.grid";

enum class Move : u8 { defect, cooperate };

inline constexpr State<Move> move{.name = "spatial_dilemma.move",
                                  .unit = "label",
                                  .doc = "What the player on the site does.",
                                  .indexed = true,
                                  .labels = "defect,cooperate"};
inline constexpr State<double> score{.name = "spatial_dilemma.score",
                                     .unit = "1",
                                     .doc =
                                         "Payoff of this step's games with all around and "
                                         "oneself."};
inline constexpr Finding<u8> cooperating{.name = "spatial_dilemma.cooperating",
                                         .unit = "1",
                                         .doc = "Cooperators around, oneself included."};
inline constexpr Finding<Move> best{.name = "spatial_dilemma.best",
                                    .unit = "label",
                                    .doc = "Move of the most successful around, or oneself."};

}  // namespace throng::spatial_dilemma
