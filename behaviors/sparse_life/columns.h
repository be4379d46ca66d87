// Where living cells are.
#pragma once
#include "sim/column.h"

namespace throng::sparse_life {

inline constexpr std::string_view kind = "cell", plane = "sparse_life.plane";

inline constexpr State<double> x{
    .name = "sparse_life.x", .unit = "1", .doc = "Column of the plane, and a half."};
inline constexpr State<double> y{
    .name = "sparse_life.y", .unit = "1", .doc = "Row of the plane, and a half."};
inline constexpr Finding<u8> stays{
    .name = "sparse_life.stays", .unit = "1", .doc = "1 where a cell has two or three neighbors."};
inline constexpr Finding<u8> bears{
    .name = "sparse_life.bears",
    .unit = "1",
    .doc =
        "Of the eight places around, in order of row and column, a bit for each where a cell is "
        "born of three, of whom this one has the smallest id."};

}  // namespace throng::sparse_life
