// Where walkers are.
#pragma once
#include "sim/column.h"

namespace throng::random_walk {

inline constexpr std::string_view kind = "walker";

inline constexpr State<double> x{
    .name = "random_walk.x", .unit = "meter", .doc = "East of where all began."};
inline constexpr State<double> y{
    .name = "random_walk.y", .unit = "meter", .doc = "North of where all began."};

}  // namespace throng::random_walk
