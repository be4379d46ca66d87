// SHA-256: what a run's input files and the texts it was made from are known by.
#pragma once
#include <limits>
#include <string>
#include <string_view>

#include "sim/types.h"

namespace throng {

/// Lower-case hexadecimal, 64 characters.
std::string sha256(std::string_view text);
/// Of the file's first `bytes` bytes (or all), read in blocks. Throws IoError.
std::string sha256_of_file(const std::string& path, u64 bytes = std::numeric_limits<u64>::max());
/// The release of the library behind it, as "3.0.15".
std::string hash_library_version();

}  // namespace throng
