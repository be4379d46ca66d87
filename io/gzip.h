// Files that gzip packed.
#pragma once
#include <filesystem>
#include <string>

namespace throng {

/// All bytes of a file whose name ends with .gz, unpacked; of any other as they are. Throws IoError
/// where it cannot be read, is cut short or damaged, or unpacks to more than 1 GiB.
std::string read_packed_text(const std::filesystem::path& path);

}  // namespace throng
