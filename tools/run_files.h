// The files of a run directory, by what they are.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "sim/types.h"
#include "tools/examiner.h"

namespace throng {

/// In order: run.json, scenario.toml, results.h5; checkpoints and what never changes beside them,
/// segments, seeds that are finished, the oldest first.
struct RunFiles {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> files;
  /// Of writers that were killed; the next one removes them.
  std::vector<std::filesystem::path> left_over;
};
/// Throws InputError where this is no run directory, IoError where it cannot be read.
RunFiles files_of_run(const std::filesystem::path& folder);

/// What is wrong with a run though each file may be whole: files that do not fit each other, or are
/// not there. Of files that are not whole nothing is used.
struct RunProblem {
  ExitCode code;
  std::string words;
};
std::vector<RunProblem> problems_between(const RunFiles& run, const std::vector<Examined>& files);

/// Throws InputError where what a command writes cannot stand: a folder, a device, a pipe.
void refuse_what_is_no_file(const std::string& path);

}  // namespace throng
