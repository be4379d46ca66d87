// Reading a scenario: a TOML file, the files it builds on, and overrides from the command line
// become typed, checked values with every default filled in.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/parameter.h"

namespace throng {

/// Where a scenario differs from the one it builds on, or, without one, from its own file.
struct Override {
  std::string key;     ///< "epidemic.r0"
  std::string before;  ///< TOML text of the value underneath; empty where there was none
  std::string after;   ///< TOML text of the value in force; empty where there is none
  SourcePlace place;
};

struct ScenarioFile {
  Values values;
  /// TOML with every default filled in and every path absolute; reads back to equal values.
  std::string resolved;
  std::vector<Override> overrides;
  std::vector<std::string> files;  ///< names of all files read, the scenario's own first
};

struct ScenarioOptions {
  /// "section.key=value": the value in TOML, or bare words for a text. They win over every file.
  std::vector<std::string> set = {};
  /// How text is read; a run with many ranks reads on one and hands the text to the others.
  /// Throws IoError. Default: `read_text_file`.
  std::function<std::string(const std::filesystem::path&)> load = {};
};

/// Throws ReadError (an InputError) with all mistakes of the file, its bases and the overrides.
/// Timelines are compiled where the schema has run.start and run.steps.
ScenarioFile read_scenario(const Schema& schema, const std::filesystem::path& path,
                           const ScenarioOptions& options = {});

/// The same for text that is at hand; `name` stands in messages, bases and paths start at `folder`.
ScenarioFile read_scenario_text(const Schema& schema, std::string_view text,
                                const std::string& name, const std::filesystem::path& folder,
                                const ScenarioOptions& options = {});

}  // namespace throng
