// What one file of a run is, what it holds, and whether it is whole. The file may come from
// anywhere: examine_file() belongs into a process that can take little memory and time.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "sim/types.h"

namespace throng {

enum class FileSort : u8 {
  unknown,
  results,
  checkpoint,
  fixed,  ///< what never changes, beside the checkpoints
  segment,
  side_file,  ///< of a checkpoint
  run,        ///< run.json
  scenario,   ///< scenario.toml
  outcome,    ///< what became of a seed, beside its results
  answers,    ///< answers.sqlite, recorded.sqlite: what was asked of a model
  spending,   ///< spent.txt: what that has cost
  ledger      ///< ledger.jsonl
};
/// "results", "side file"
std::string_view name_of(FileSort sort);

/// Unknown: none that a file of a run has.
FileSort sort_by_name(const std::string& name);
/// By its name, or by what its first bytes say. Reads little, and nothing that could be harmful.
/// Throws IoError where it cannot be read.
FileSort sort_of_file(const std::filesystem::path& path);

/// A JSON object: "sort", "bytes", and "content", what it holds; or "problem", a message, where the
/// file is not whole or, with a "sort" of "unknown", none of ours. A file is whole when its hashes
/// are right and it is built as ours are.
std::string examine_file(const std::filesystem::path& path);

}  // namespace throng
