// Files of unknown origin, each opened by a child of this program that can take little memory and
// time: a damaged file, or one made for it, may crash the libraries that read it, or keep them busy
// for ever.
#pragma once
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "io/examine.h"
#include "tools/commands.h"

namespace throng {

/// What is told of a file.
struct Examined {
  std::filesystem::path path{};
  FileSort sort = FileSort::unknown;
  u64 bytes = 0;
  std::string problem{};  ///< a message; empty: it is whole
  nlohmann::ordered_json content = nlohmann::ordered_json::object();
  std::string scenario_text{};  ///< of results
  bool whole() const { return problem.empty(); }
};
/// In a child. Whatever the file does to it, this comes back with words for it. Throws IoError
/// where no child can be started.
Examined examine_apart(const std::filesystem::path& path);

/// First argument of a program that is such a child; the file is the second.
inline constexpr char examiner_word[] = "examine-one-file";
/// Takes the limits upon itself, and prints what examine_file() says. To be called before anything
/// else of the program, MPI above all.
int examiner_main(const char* path);

/// "checkpoint of step 40, 39,608 bytes"
std::string in_words(const Examined& file);
/// With which a command ends that met such a file damaged.
ExitCode exit_code_of(FileSort sort);
/// The worst of two: lost results are worse than lost checkpoints, and these than what is none of
/// ours.
ExitCode worse(ExitCode a, ExitCode b);

/// Text from a file, for a terminal: what would move its cursor, or worse, becomes a question mark.
std::string printable(const std::string& text);

}  // namespace throng
