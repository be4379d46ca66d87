// The files of a run directory, by what they are.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "io/results.h"
#include "sim/types.h"
#include "tools/examiner.h"

namespace throng {

/// In order: run.json, scenario.toml, results.h5; what a model was asked and has cost; checkpoints
/// and what never changes beside them, segments, seeds that are finished, the oldest first.
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

/// The results of a run, by its directory or their file. Throws InputError where they are not
/// there, or are an earlier run's, which the one in the directory will replace.
ResultsReader results_at(const std::string& path);

/// Throws InputError where what a command writes cannot stand: a folder, a device, a pipe;
/// CannotCreate where a run keeps a file of its own, which would be lost.
void refuse_to_write_at(const std::string& path);
/// Whether two paths lead to one file, there or not.
bool is_same_place(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace throng
