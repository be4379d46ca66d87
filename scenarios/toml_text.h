// Values out: TOML text that reads back to equal values.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/parameter.h"

namespace throng {

/// The shortest text that reads back to the same bits, always recognizable as a number with a
/// point.
std::string toml_number(double value);
/// A quoted TOML string.
std::string toml_string(std::string_view text);
/// A key, quoted where it has to be.
std::string toml_key(std::string_view key);
/// One value on one line.
std::string toml_text(const Value& value);
/// The same, with the names of dates where it was written with such.
std::string toml_text(const NamedValue& item);

/// Whole file: sections, lists of tables and keys in the order of their declarations.
std::string toml_file_text(const Values& values);

}  // namespace throng
