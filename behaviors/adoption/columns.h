// What people of a market remember.
#pragma once
#include "sim/column.h"

namespace throng::adoption {

enum class Adopted : u8 { no, yes };

inline constexpr State<Adopted> adopted{.name = "adoption.adopted",
                                        .unit = "label",
                                        .doc = "Whether one has adopted.",
                                        .indexed = true,
                                        .labels = "no,yes"};

}  // namespace throng::adoption
