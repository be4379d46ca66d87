// SHA-256: what a run's input files and the texts it was made from are known by. XXH3: of much
// data.
#pragma once
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "sim/types.h"

namespace throng {

/// Lower-case hexadecimal, 64 characters.
std::string sha256(std::string_view text);
/// Of the file's first `bytes` bytes (or all), read in blocks. Throws IoError.
std::string sha256_of_file(const std::string& path, u64 bytes = std::numeric_limits<u64>::max());
/// XXH3, 64 bits: what bytes are known by that were damaged by no one's will. Many times as fast.
u64 fast_hash(std::span<const std::byte> bytes);
/// The release of the library behind SHA-256, as "3.0.15".
std::string hash_library_version();

}  // namespace throng
