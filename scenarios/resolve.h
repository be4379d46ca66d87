// From raw values to typed, checked ones: every key known, every value of its type and in its
// range, every initial value filled in. All mistakes are collected, none is thrown.
#pragma once
#include <string>

#include "scenarios/date_names.h"
#include "sim/mistakes.h"
#include "sim/parameter.h"
#include "sim/raw_value.h"

namespace throng {

/// A part is one file of several: what it lacks may stand in another.
enum class Completeness : u8 { whole, part };

/// The schema a scenario follows; where it chose it, also all there were to choose from, and its
/// word.
struct Followed {
  const Schema& schema;
  const Schema& all;
  std::string word = {};
};

/// `place` is where something that is missing altogether is reported. Values with mistakes keep
/// their initial value or are absent; cross-checks run where what they read has no mistake.
/// `dates` are those of the whole scenario, and learn which of them are used; a part may name
/// others.
Values resolve(const Followed& followed, const RawTable& raw, const SourcePlace& place,
               Completeness completeness, DateNames& dates, Mistakes& mistakes);

/// Reports the value of a choice (a dotted key of the schema) that is none of its words.
void refuse_choice(const Followed& followed, const std::string& key, const RawValue& value,
                   Mistakes& mistakes);

}  // namespace throng
