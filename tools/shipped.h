// The scenarios that come with the program, wherever it stands.
#pragma once
#include <filesystem>
#include <string>

namespace throng {

/// This executable.
std::filesystem::path program_path();

/// The folder of shipped scenarios: that of the source tree for a program in build/PRESET, else
/// share/throng/scenarios of the prefix it was installed to. Throws IoError naming both places.
std::filesystem::path shipped_scenarios();

/// scenarios/**/NAME.toml. Throws IoError when there is none.
std::filesystem::path shipped_scenario(const std::string& name);

}  // namespace throng
