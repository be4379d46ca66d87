// From raw values to typed, checked ones: every key known, every value of its type and in its
// range, every initial value filled in. All mistakes are collected, none is thrown.
#pragma once
#include <string>

#include "sim/mistakes.h"
#include "sim/parameter.h"
#include "sim/raw_value.h"

namespace throng {

/// A part is one file of several: what it lacks may stand in another.
enum class Completeness : u8 { whole, part };

/// `place` is where something that is missing altogether is reported. Values with mistakes keep
/// their initial value or are absent; cross-checks run where what they read has no mistake.
Values resolve(const Schema& schema, const RawTable& raw, const SourcePlace& place,
               Completeness completeness, Mistakes& mistakes);

}  // namespace throng
