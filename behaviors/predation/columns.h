// Sheep, wolves, and the grass under them.
#pragma once
#include "sim/calendar.h"
#include "sim/column.h"

namespace throng::predation {

inline constexpr std::string_view sheep_kind = "sheep", wolf_kind = "wolf", patch_kind = "patch",
                                  meadow = "predation.meadow";

inline constexpr State<double> sheep_x{
    .name = "sheep.x", .unit = "meter", .doc = "East of the corner."};
inline constexpr State<double> sheep_y{
    .name = "sheep.y", .unit = "meter", .doc = "North of the corner."};
inline constexpr State<double> sheep_heading{
    .name = "sheep.heading", .unit = "1", .doc = "Where it goes: parts of a turn from the east."};
inline constexpr State<i32> sheep_energy{
    .name = "sheep.energy", .unit = "1", .doc = "Steps it can go without food."};
inline constexpr State<u8> catchable{
    .name = "sheep.catchable", .unit = "1", .doc = "Wolves that can eat it: one.", .initial = 1};

inline constexpr State<double> wolf_x{
    .name = "wolf.x", .unit = "meter", .doc = "East of the corner."};
inline constexpr State<double> wolf_y{
    .name = "wolf.y", .unit = "meter", .doc = "North of the corner."};
inline constexpr State<double> wolf_heading{
    .name = "wolf.heading", .unit = "1", .doc = "Where it goes: parts of a turn from the east."};
inline constexpr State<i32> wolf_energy{
    .name = "wolf.energy", .unit = "1", .doc = "Steps it can go without food."};

inline constexpr State<u8> portions{.name = "patch.portions",
                                    .unit = "1",
                                    .doc = "Sheep that can graze here: one where it is grown."};
inline constexpr State<StoredStep> grows_at{.name = "patch.grows_at",
                                            .unit = "step",
                                            .doc = "When grazed grass is back.",
                                            .initial = never,
                                            .timer = true};

}  // namespace throng::predation
