// The folder a run leaves on disk: run.json (provenance and status), scenario.toml (resolved),
// log.jsonl (structured log), results.h5. One process of a run owns it, and no other run may.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "io/provenance.h"
#include "sim/error.h"

namespace throng {

/// The run directory cannot be made or taken: exit code 73.
class CannotCreate : public IoError {
  using IoError::IoError;
};

enum class RunStatus { initializing, running, stopped, completed, failed };
std::string_view name_of(RunStatus status);

/// A named value of a log line or of the summary. Numbers that are not finite are written as null.
struct Field {
  std::string name;
  std::variant<bool, i64, u64, double, std::string> value;
};

enum class Severity { info, warning, error };

/// As many seeds as one run may have.
inline constexpr int most_replicates = 100'000;

/// What run.json tells of a run that ended somehow.
struct RunRecord {
  RunStatus status = RunStatus::initializing;
  std::string scenario{}, created{};
  int replicates = 1;
  std::vector<InputFile> inputs{};
  std::vector<std::string> restart_chain{};
};
/// Of the run in a folder. Throws InputError where there is none; IoError where it cannot be read.
RunRecord read_run_record(const std::string& path);
/// Of a run that began as a branch, the checkpoint of its parent that it began with; its own of
/// that step has the same name.
std::optional<std::filesystem::path> branched_from(const RunRecord& record);
/// Where its results come from, but for the text of its scenario. Throws IoError.
Provenance read_run_provenance(const std::string& path);

class RunDirectory {
 public:
  /// Makes the folder (and those above it) or takes over that of an earlier run. Where that has
  /// results or checkpoints, all of it moves to `earlier()`; with `overwrite` its log and status
  /// are removed, and its results.h5 stands until new results replace it. Throws CannotCreate when
  /// something else is there, another run is alive in it, one of `inputs` (the files the run reads)
  /// would be replaced, or the system refuses; IoError when the disk is full. Until then no file is
  /// changed.
  static RunDirectory create(const std::string& path, bool overwrite = false,
                             std::span<const std::string> inputs = {});
  /// Takes over the folder of a run that goes on: everything stays. Throws CannotCreate when
  /// another run is alive in it, or the system refuses.
  static RunDirectory reopen(const std::string& path);
  /// Removes the lock that a run which was killed left behind; a live one's stays. Never throws.
  static void forget_lock(const std::string& path);
  /// Marks the run in `path` as failed where its owner cannot: another process of the run met
  /// `error`, and will end them all. Adds it to the log and to the summary of run.json, unless that
  /// says "failed" already. Throws IoError.
  static void fail(const std::string& path, const std::string& error);
  RunDirectory(RunDirectory&& other) noexcept;
  RunDirectory& operator=(RunDirectory&&) = delete;
  /// Gives the folder free for others.
  ~RunDirectory();

  const std::string& path() const { return path_; }
  /// The folder that holds an earlier run now, "" where there was none.
  const std::string& earlier() const { return earlier_; }
  std::string results_path() const { return file("results.h5"); }

  /// scenario.toml, whole or not at all. Throws IoError.
  void write_scenario(std::string_view resolved_toml) const;
  /// What run.json says about the run's origin from now on. Throws IoError.
  void set_provenance(const std::string& scenario, u64 seed, Provenance provenance);
  /// Replaces run.json: status, origin, and `summary`, which stays until another is given. Throws
  /// IoError.
  void set_status(RunStatus status, std::vector<Field> summary = {});
  /// Appends one line to log.jsonl at once. A line that cannot be written must not end the run: it
  /// is counted, and run.json tells the count.
  void log(Severity severity, std::string_view event, std::span<const Field> fields = {});
  u64 lost_log_lines() const { return lost_log_lines_; }

 private:
  RunDirectory(std::string path, int lock, int log);
  void open_log();
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  std::string path_, scenario_;
  int lock_ = -1, log_ = -1;
  u64 seed_ = 0, lost_log_lines_ = 0;
  Provenance provenance_;
  std::vector<Field> summary_;
  std::string earlier_;
};

}  // namespace throng
