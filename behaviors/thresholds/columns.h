// What people of a crowd remember.
#pragma once
#include "sim/column.h"

namespace throng::thresholds {

enum class Joined : u8 { no, yes };

inline constexpr Fixed<u32> threshold{.name = "thresholds.threshold",
                                      .unit = "person",
                                      .doc = "How many others must take part before one does."};
inline constexpr State<Joined> joined{.name = "thresholds.joined",
                                      .unit = "label",
                                      .doc = "Whether one takes part.",
                                      .indexed = true,
                                      .labels = "no,yes"};

}  // namespace throng::thresholds
