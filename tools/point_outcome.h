// What became of a run of many, as files say it: the note of its launcher, or its own.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/types.h"

namespace throng {

/// One run. Its folder is ROOT/name; what it prints stands beside it in ROOT/name.out and .err, and
/// what became of it in ROOT/name.json.
struct PointRun {
  std::string name;  ///< "points/0001/seed-7"
  u64 seed = 0;
  std::vector<std::string> set{};  ///< as --set takes them
};

struct PointOutcome {
  bool over = false;                 ///< false: not begun, or interrupted
  int exit_code = 0;                 ///< of the run; 128 + signal where it was killed
  std::string message{};             ///< why it failed, in its own words
  nlohmann::ordered_json figures{};  ///< its closing line, an object; null where there is none
  bool done() const { return over && exit_code == 0; }
};

/// "ROOT/name" with an ending: ".out".
std::filesystem::path point_file(const std::filesystem::path& root, const PointRun& run,
                                 const char* ending);

/// What became of a run so far. A run whose launcher was killed before it could note the end is
/// known by its own files; of a damaged note nothing is known. Throws IoError.
PointOutcome outcome_of(const std::filesystem::path& root, const PointRun& run);

/// Of a run that has just ended with this exit code. Throws IoError.
PointOutcome outcome_after(const std::filesystem::path& root, const PointRun& run, int exit_code);

/// Notes it for those that come after. Throws IoError.
void write_outcome(const std::filesystem::path& root, const PointRun& run,
                   const PointOutcome& outcome);

}  // namespace throng
