// Where birds are and where they fly to.
#pragma once
#include "sim/column.h"

namespace throng::flocking {

inline constexpr std::string_view kind = "bird", sky = "flocking.sky";

inline constexpr State<double> x{
    .name = "flocking.x", .unit = "meter", .doc = "East of the corner."};
inline constexpr State<double> y{
    .name = "flocking.y", .unit = "meter", .doc = "North of the corner."};
inline constexpr State<double> velocity_x{
    .name = "flocking.velocity_x", .unit = "meter/step", .doc = "Speed to the east."};
inline constexpr State<double> velocity_y{
    .name = "flocking.velocity_y", .unit = "meter/step", .doc = "Speed to the north."};
inline constexpr Finding<double> steer_x{
    .name = "flocking.steer_x", .unit = "meter/step", .doc = "How those near make one steer east."};
inline constexpr Finding<double> steer_y{
    .name = "flocking.steer_y", .unit = "meter/step", .doc = "And north."};

}  // namespace throng::flocking
