// Text of others that goes into text of ours: what must not stand in it, and how numbers and units
// are written. The same bytes in every locale.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "sim/types.h"

namespace throng {

enum class Lines : u8 { one, many };

/// What is wrong with a text, as "has a line break"; empty where nothing is. It is UTF-8 of at
/// least one and at most `characters` characters, without control characters and without the marks
/// that nobody sees or that turn the direction of writing; many lines are divided by \n.
std::string flaw_of_text(std::string_view text, std::size_t characters, Lines lines);

/// A text of any bytes as it may stand in a message: in quotes, in ASCII, its beginning.
std::string shown_text(std::string_view text);

/// A number as people write it, without an exponent, shortest that reads back: "24", "0.5". For
/// numbers below 10^15 in size.
std::string plain_number(double number);

/// "years" of "year", "US dollars a week" of "USD/week"; empty where the unit says nothing ("1",
/// "label"); nothing where no words are known for it.
std::optional<std::string> unit_in_words(std::string_view unit, bool one = false);

}  // namespace throng
