// What voters remember, and whom they know.
#pragma once
#include "sim/column.h"

namespace throng::voter {

enum class Opinion : u8 { no, yes };

inline constexpr std::string_view network = "voter.acquaintances";

inline constexpr State<Opinion> opinion{.name = "voter.opinion",
                                        .unit = "label",
                                        .doc = "What one is for.",
                                        .indexed = true,
                                        .labels = "no,yes"};
inline constexpr Finding<Opinion> heard{
    .name = "voter.heard", .unit = "label", .doc = "Opinion of the acquaintance one listened to."};

}  // namespace throng::voter
