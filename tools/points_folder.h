// The folder of many runs: the design and the scenario it began with, and nothing else than it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/scenario_file.h"

namespace throng {

class PointsFolder {
 public:
  /// `file` in the folder says what it is for: "sweep.toml"; `design` is its text now. Throws
  /// CannotCreate where something else is there, InputError naming how a design that has begun
  /// differs.
  PointsFolder(std::filesystem::path root, std::string file, std::string design);
  bool has_begun() const { return begun_; }
  /// Writes the design and the scenario with what every run sets, once; gives that scenario. One
  /// that resumes takes the scenario of the folder. Throws InputError where the scenario is another
  /// than it was, naming how.
  ScenarioFile begin(const std::string& scenario, const std::vector<std::string>& set,
                     bool resumes) const;

 private:
  std::filesystem::path root_;
  std::string file_, design_;
  bool begun_ = false;
};

}  // namespace throng
