// TOML in: a file or text becomes a tree of raw values that know their places. What the values
// mean is not known here.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sim/error.h"
#include "sim/raw_value.h"

namespace throng {

/// All bytes of a file. Throws IoError with the system's words where it cannot be read.
std::string read_text_file(const std::filesystem::path& path);

/// The system's words alone, for messages whose place already names the file.
std::string reason(const IoError& error);

/// Throws ReadError with the place of the first thing that is not TOML 1.0.
RawTable parse_toml(std::string_view text, std::shared_ptr<const Source> source);

/// The same for a single value, "0.5" or "[1, 2]"; its places are the source as a whole.
RawValue parse_toml_value(std::string_view text, std::shared_ptr<const Source> source);

}  // namespace throng
