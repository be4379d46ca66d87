// Columns of Life: cells that live or do not, on a grid.
#pragma once
#include "sim/column.h"
#include "sim/message.h"

namespace throng::life {

inline constexpr std::string_view kind = "cell";
inline constexpr std::string_view network = "life.grid";

enum class Cell : u8 { dead, alive };

inline constexpr State<Cell> state{.name = "life.state",
                                   .unit = "label",
                                   .doc = "Whether the cell lives.",
                                   .indexed = true,
                                   .labels = "dead,alive",
                                   .source = "Gardner 1970, Scientific American 223(4):120"};
/// Nothing becomes of a cell around which nothing changed: only the others are looked at.
inline constexpr State<u8> stirred{
    .name = "life.stirred",
    .unit = "label",
    .doc = "Whether the cell or one around it changed in the last step.",
    .initial = 1,
    .indexed = true,
    .labels = "no,yes"};
inline constexpr Finding<u8> turns{
    .name = "life.turns", .unit = "1", .doc = "Whether the cell is about to change."};
inline constexpr Observation<u8> stirs{.name = "life.stirs", .doc = "A cell around has changed."};

}  // namespace throng::life
