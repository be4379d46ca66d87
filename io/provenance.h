// Where a result comes from: program, machine, command, inputs. A plain description; run.json and
// results.h5 both write it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sim/types.h"

namespace throng {

/// The program itself.
struct Build {
  std::string software = "Throng";
  std::string version{};
  /// Commit of the source, "-modified" behind it when tracked files differed; "unknown" outside a
  /// checkout.
  std::string git_commit{};
  std::string compiler{};
  std::string flags{};
};
/// What this program was built from and with.
Build this_build();

/// Name and release of a library the program runs with.
struct Library {
  std::string name, version;
};
/// Those behind `io`; the caller adds the others.
std::vector<Library> io_libraries();

/// A file the run read.
struct InputFile {
  std::string path{}, sha256{};
  u64 bytes = 0;
};
/// Reads and hashes the file. Throws IoError.
InputFile input_file(const std::string& path);

/// How the run's decisions were made, where a provider was asked; empty otherwise.
struct DecisionSources {
  std::string provider{}, model{};  ///< of several decisions: each once, with commas
  /// SHA-256 of the questions' templates, and of what puts the models' shares straight (also of the
  /// identity), by decision.
  std::vector<std::string> template_hashes{}, calibration_hashes{};
  /// How many decisions came from each rung (rule, surrogate, cache, model, ...).
  std::map<std::string, u64> rungs{};
  /// What providers charged, in the unit of money of the scenario's prices.
  double cost = 0;
};

struct Provenance {
  Build build = this_build();
  /// The resolved scenario, every default filled in.
  std::string scenario_text{};
  std::vector<std::string> command_line{};
  /// One per rank's machine.
  std::vector<std::string> hosts{};
  int ranks = 1, threads = 1;
  std::vector<Library> libraries = io_libraries();
  std::vector<InputFile> inputs{};
  /// When the run began, UTC, ISO 8601.
  std::string created{};
  /// Seeds that the run is to go through.
  int replicates = 1;
  /// Checkpoints this run continued from, oldest first.
  std::vector<std::string> restart_chain{};
  DecisionSources decisions{};
};

/// The present moment, UTC, "2026-03-01T12:00:00Z".
std::string now_iso8601();
/// The name of this machine.
std::string host_name();

}  // namespace throng
