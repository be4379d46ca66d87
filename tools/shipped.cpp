#include "tools/shipped.h"

#include "sim/error.h"

namespace throng {

namespace fs = std::filesystem;

fs::path program_path() { return fs::read_symlink("/proc/self/exe"); }

fs::path shipped_scenarios() {
  const fs::path folder = program_path().parent_path();
  const fs::path source_tree = (folder / "../../scenarios").lexically_normal();
  const fs::path installed = (folder / "../share/throng/scenarios").lexically_normal();
  for (const fs::path& place : {source_tree, installed}) {
    if (fs::is_directory(place)) {
      return place;
    }
  }
  throw IoError(folder.string() + ": the shipped scenarios are not found (neither " +
                source_tree.string() + " nor " + installed.string() +
                " is a folder). Leave the program in its build folder, or install it.");
}

fs::path shipped_scenario(const std::string& name) {
  const fs::path folder = shipped_scenarios();
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() == name + ".toml") {
      return entry.path();
    }
  }
  throw IoError(folder.string() + ": there is no scenario " + name +
                ".toml in it (it comes with the program). Restore it, or install again.");
}

}  // namespace throng
