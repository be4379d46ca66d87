#include "io/run_directory.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/json_text.h"
#include "io/publish.h"
#include "io/results.h"

namespace throng {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char lock_name[] = "run.lock";
/// What a run leaves that a new one must not be mistaken for. run.json itself is replaced, and so
/// is results.h5, once there are new ones.
constexpr const char* products[] = {
    "log.jsonl",  "scenario.toml",   "report.html",         "checkpoints",         "segments",
    "replicates", "recorded.sqlite", "recorded.sqlite-wal", "recorded.sqlite-shm", "ledger.jsonl",
    "spent.txt"};
/// Never finished.
constexpr const char* remains[] = {"results.h5.tmp", "scenario.toml.tmp"};
/// Of these, what an earlier run is worth keeping for.
constexpr const char* worth_keeping[] = {"results.h5", "checkpoints", "replicates",
                                         "recorded.sqlite"};

[[noreturn]] void cannot_create(const std::string& path, const std::string& why,
                                const std::string& advice) {
  throw CannotCreate(path + ": cannot be a run directory (" + why + "). " + advice);
}

[[noreturn]] void cannot_create(const std::string& path, int system_error) {
  const SystemFailure failure = system_failure(path, "be a run directory", system_error);
  if (failure.no_space()) {
    throw failure;
  }
  cannot_create(path, std::generic_category().message(system_error),
                "Make it writable, or name another folder.");
}

/// A run directory has a run.json of our format; where a start was cut short there is no more than
/// the lock and a run.json on its way.
bool is_run(const std::string& path) {
  bool nothing_else = true;
  for (const auto& entry : fs::directory_iterator(path)) {
    const auto name = entry.path().filename();
    nothing_else = nothing_else && (name == lock_name || name == "run.json.tmp");
  }
  if (nothing_else || !fs::exists(path + "/run.json")) {
    return nothing_else;
  }
  const Json run = parse_json(read_file(path + "/run.json"));
  return run.is_object() && run.contains("format") && run["format"] == results_format;
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    cannot_create(path, error.value());
  }
  if (!fs::is_directory(path, error)) {
    cannot_create(path, "it is not a folder", "Choose another --out.");
  }
}

/// The owner of a lock removes it when it goes; then a lock taken on the removed file is worth
/// nothing.
bool is_still_there(int lock, const std::string& file) {
  struct stat held {
  }, named{};
  return ::fstat(lock, &held) == 0 && ::stat(file.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

// A killed process with much memory takes a while to be gone, and its lock with it: longer than
// the launcher, after which a batch system may start the run again at once.
constexpr std::chrono::milliseconds lock_patience{3000}, lock_pause{50};

/// The descriptor that holds the lock, or -1 on a file system without locks.
int take_lock(const std::string& path) {
  const std::string file = path + "/" + lock_name;
  const auto end = std::chrono::steady_clock::now() + lock_patience;
  while (true) {
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock < 0) {
      cannot_create(path, errno);
    }
    const int reason = ::flock(lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (reason == 0 && is_still_there(lock, file)) {
      return lock;
    }
    ::close(lock);
    if (reason == EWOULDBLOCK && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(lock_pause);
      continue;
    }
    if (reason == EWOULDBLOCK) {
      cannot_create(path, "another run is writing into it",
                    "Wait for its end, or name another folder.");
    }
    if (reason == ENOLCK || reason == EOPNOTSUPP || reason == ENOSYS) {
      ::unlink(file.c_str());
      return -1;
    }
    if (reason != 0 && reason != EINTR) {
      cannot_create(path, reason);
    }
  }
}

/// What `run.json` says of the run before, "" where it does not.
std::string status_of_earlier(const std::string& path) {
  if (!fs::exists(path + "/run.json")) {
    return "";
  }
  const Json run = parse_json(read_file(path + "/run.json"));
  const bool said = run.is_object() && run.contains("status") && run["status"].is_string();
  return said ? run["status"].get<std::string>() : "";
}

/// Moves an earlier run that has results into a folder of its own, and gives that; "" where there
/// is none. run.json is copied: it stays what says that the folder is one of ours.
std::string set_aside(const std::string& path) {
  const bool finished = status_of_earlier(path) == name_of(RunStatus::completed);
  if (!finished && std::none_of(std::begin(worth_keeping), std::end(worth_keeping),
                                [&](const char* name) { return fs::exists(path + "/" + name); })) {
    return "";
  }
  try {
    std::string aside;
    for (int number = 1; aside.empty(); ++number) {
      const std::string next = path + "/earlier-" + std::to_string(number);
      aside = fs::create_directory(next) ? next : "";
    }
    if (fs::exists(path + "/run.json")) {
      fs::copy_file(path + "/run.json", aside + "/run.json");
    }
    const auto move = [&](const std::string& name) {
      if (fs::exists(path + "/" + name)) {
        fs::rename(path + "/" + name, aside + "/" + name);
      }
    };
    move("results.h5");
    std::for_each(std::begin(products), std::end(products), move);
    return aside;
  } catch (const fs::filesystem_error& error) {
    cannot_create(path, error.code().value());
  }
}

void refuse_to_lose(const std::string& path, std::span<const std::string> inputs) {
  for (const auto& input : inputs) {
    std::error_code error;
    const fs::path file = fs::canonical(input, error);
    const bool replaced =
        std::find(std::begin(products), std::end(products), file.filename()) !=
            std::end(products) ||
        std::find(std::begin(remains), std::end(remains), file.filename()) != std::end(remains) ||
        file.filename() == "run.json" || file.filename() == "results.h5";
    if (!error && replaced && fs::equivalent(file.parent_path(), path, error)) {
      cannot_create(path, "the run reads " + input + ", which it would replace",
                    "Choose another --out, or move that file.");
    }
  }
}

void remove_products(const std::string& path) {
  const auto remove = [&](const std::string& name) {
    std::error_code error;
    fs::remove_all(path + "/" + name, error);
    if (error) {
      cannot_create(path, error.value());
    }
  };
  std::for_each(std::begin(products), std::end(products), remove);
  std::for_each(std::begin(remains), std::end(remains), remove);
}

Json value_of(const Field& field) {
  return std::visit([](const auto& value) { return Json(value); }, field.value);
}

Json json_of(const Build& build) {
  return {{"name", build.software},
          {"version", build.version},
          {"git_commit", build.git_commit},
          {"compiler", build.compiler},
          {"flags", build.flags}};
}

Json json_of(const std::vector<Library>& libraries) {
  Json all = Json::object();
  for (const auto& library : libraries) {
    all[library.name] = library.version;
  }
  return all;
}

Json json_of(const std::vector<InputFile>& inputs) {
  Json all = Json::array();
  for (const auto& input : inputs) {
    all.push_back({{"path", input.path}, {"sha256", input.sha256}, {"bytes", input.bytes}});
  }
  return all;
}

Json json_of(const DecisionSources& from) {
  return {{"provider", from.provider},
          {"model", from.model},
          {"template_hashes", from.template_hashes},
          {"calibration_hashes", from.calibration_hashes},
          {"rungs", from.rungs},
          {"cost", from.cost}};
}

/// Keeps other processes of the run from replacing run.json while this one does. Does nothing on a
/// file system without locks.
class LogLock {
 public:
  explicit LogLock(int log) : log_(log) { ::flock(log_, LOCK_EX); }
  LogLock(const LogLock&) = delete;
  LogLock& operator=(const LogLock&) = delete;
  ~LogLock() { ::flock(log_, LOCK_UN); }

 private:
  int log_;
};

/// Bytes that are not UTF-8 (paths may hold any) become the replacement character.
std::string dumped(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string_view name_of(RunStatus status) {
  constexpr std::string_view names[] = {"initializing", "running", "stopped", "completed",
                                        "failed"};
  return names[static_cast<std::size_t>(status)];
}

RunDirectory::RunDirectory(std::string path, int lock, int log)
    : path_(std::move(path)), lock_(lock), log_(log) {}

RunDirectory::RunDirectory(RunDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      scenario_(std::move(other.scenario_)),
      lock_(std::exchange(other.lock_, -1)),
      log_(std::exchange(other.log_, -1)),
      seed_(other.seed_),
      lost_log_lines_(other.lost_log_lines_),
      provenance_(std::move(other.provenance_)),
      summary_(std::move(other.summary_)),
      earlier_(std::move(other.earlier_)) {}

RunDirectory::~RunDirectory() {
  if (lock_ >= 0) {
    ::unlink(file(lock_name).c_str());
  }
  for (const int descriptor : {log_, lock_}) {
    if (descriptor >= 0) {
      ::close(descriptor);
    }
  }
}

RunDirectory RunDirectory::create(const std::string& path, bool overwrite,
                                  std::span<const std::string> inputs) {
  make_folder(path);
  try {
    if (!is_run(path)) {
      cannot_create(path, "it holds other files", "Choose a new folder, or empty this one.");
    }
  } catch (const fs::filesystem_error& error) {
    cannot_create(path, error.code().value());
  }
  RunDirectory made(path, take_lock(path), -1);
  refuse_to_lose(path, inputs);
  made.earlier_ = overwrite ? "" : set_aside(path);
  try {
    // Before anything is removed: no kill may leave "completed" beside a log that is gone.
    made.set_status(RunStatus::initializing);
  } catch (const SystemFailure& error) {
    if (error.no_space()) {
      throw;
    }
    throw CannotCreate(error.what());
  }
  remove_products(path);
  made.open_log();
  return made;
}

RunDirectory RunDirectory::reopen(const std::string& path) {
  RunDirectory taken(path, take_lock(path), -1);
  taken.open_log();
  return taken;
}

void RunDirectory::forget_lock(const std::string& path) {
  const std::string file = path + "/" + lock_name;
  const int lock = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (lock < 0) {
    return;
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0 && is_still_there(lock, file)) {
    ::unlink(file.c_str());
  }
  ::close(lock);
}

void RunDirectory::open_log() {
  log_ = ::open(file("log.jsonl").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log_ < 0) {
    cannot_create(path_, errno);
  }
  if (lock_ < 0) {
    log(Severity::warning, "this file system has no locks: a second run would not be noticed");
  }
}

namespace {

/// Of a run: more than any machine has.
constexpr int most_processes = 1 << 24;

[[noreturn]] void broken_record(const std::string& file, const char* what) {
  throw IoError(file + ": " + what + " (it is damaged, or not ours). Restore it, or run anew.");
}

template <class T>
T number_in(const Json& value, const std::string& file, T least, T most) {
  const auto n = whole_number<T>(value);
  if (!n || *n < least || *n > most) {
    broken_record(file, "has a number that is none or out of range");
  }
  return *n;
}

InputFile input_in(const Json& input, const std::string& file) {
  return {input.at("path").get<std::string>(), input.at("sha256").get<std::string>(),
          number_in(input.at("bytes"), file, u64{0}, std::numeric_limits<u64>::max())};
}

int replicates_in(const Json& run, const std::string& file) {
  return run.contains("replicates") ? number_in(run["replicates"], file, 1, most_replicates) : 1;
}

}  // namespace

RunRecord read_run_record(const std::string& path) {
  const std::string file = path + "/run.json";
  std::error_code unknown;
  if (!fs::exists(file, unknown)) {
    throw InputError(path + ": is no run directory (it has no run.json). Give the --out of a run.");
  }
  const Json run = parse_json(read_file(file));
  if (!run.is_object() || !run.contains("format") || run["format"] != results_format) {
    broken_record(file, "does not describe a run");
  }
  try {
    RunRecord record;
    const auto status = run.at("status").get<std::string>();
    const auto known = {RunStatus::initializing, RunStatus::running, RunStatus::stopped,
                        RunStatus::completed, RunStatus::failed};
    const auto found =
        std::find_if(known.begin(), known.end(), [&](RunStatus s) { return name_of(s) == status; });
    if (found == known.end()) {
      broken_record(file, "has a status that no run has");
    }
    record.status = *found;
    record.scenario = run.at("scenario").get<std::string>();
    record.created = run.at("created").get<std::string>();
    record.replicates = replicates_in(run, file);
    record.restart_chain = run.at("restart_chain").get<std::vector<std::string>>();
    for (const Json& input : run.at("inputs")) {
      record.inputs.push_back(input_in(input, file));
    }
    return record;
  } catch (const Json::exception&) {
    broken_record(file, "lacks what a run says of itself");
  }
}

std::optional<fs::path> branched_from(const RunRecord& record) {
  // Of its own checkpoints a run gives the names alone; before that of its parent stand those from
  // which its parent went on.
  for (auto name = record.restart_chain.rbegin(); name != record.restart_chain.rend(); ++name) {
    if (const fs::path from(*name); from.has_parent_path()) {
      return from;
    }
  }
  return std::nullopt;
}

Provenance read_run_provenance(const std::string& path) {
  const std::string file = (fs::path(path) / "run.json").string();
  try {
    const Json run = parse_json(read_file(file));
    const Json& software = run.at("software");
    const Json& decisions = run.at("decisions");
    Provenance from{.build = {.software = software.at("name"),
                              .version = software.at("version"),
                              .git_commit = software.at("git_commit"),
                              .compiler = software.at("compiler"),
                              .flags = software.at("flags")},
                    .scenario_text = {},
                    .command_line = run.at("command_line"),
                    .hosts = run.at("hosts"),
                    .ranks = number_in(run.at("ranks"), file, 1, most_processes),
                    .threads = number_in(run.at("threads"), file, 1, most_processes),
                    .libraries = {},
                    .inputs = {},
                    .created = run.at("created"),
                    .replicates = replicates_in(run, file),
                    .restart_chain = run.at("restart_chain"),
                    .decisions = {.provider = decisions.at("provider"),
                                  .model = decisions.at("model"),
                                  .template_hashes = decisions.at("template_hashes"),
                                  .calibration_hashes = decisions.at("calibration_hashes"),
                                  .rungs = decisions.at("rungs"),
                                  .cost = decisions.at("cost")}};
    for (const auto& [name, version] : run.at("libraries").items()) {
      from.libraries.push_back({name, version.get<std::string>()});
    }
    for (const Json& input : run.at("inputs")) {
      from.inputs.push_back(input_in(input, file));
    }
    return from;
  } catch (const Json::exception&) {
    throw IoError(file +
                  ": does not say where the results of the run come from (it is damaged, or not "
                  "ours). Restore it, or run anew.");
  }
}

void RunDirectory::fail(const std::string& path, const std::string& error) {
  // One process after the other, the owner included; the lock goes when the process does.
  const int log = ::open((path + "/log.jsonl").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (log < 0) {
    throw system_failure(path + "/log.jsonl", "be opened", errno);
  }
  RunDirectory other(path, -1, log);
  const LogLock alone(log);
  Json run = parse_json(read_file(other.file("run.json")));
  if (!run.is_object()) {
    throw IoError(other.file("run.json") + ": does not describe a run (it is damaged).");
  }
  if (run["status"] == name_of(RunStatus::failed)) {
    return;
  }
  other.log(Severity::error, "failed", std::vector<Field>{{"error", error}});
  run["status"] = name_of(RunStatus::failed);
  run["updated"] = now_iso8601();
  run["summary"] = Json{{"error", error}};
  replace_file(other.file("run.json"), dumped(run, 2));
}

void RunDirectory::write_scenario(std::string_view resolved_toml) const {
  replace_file(file("scenario.toml"), resolved_toml);
}

void RunDirectory::set_provenance(const std::string& scenario, u64 seed, Provenance provenance) {
  scenario_ = scenario;
  seed_ = seed;
  provenance_ = std::move(provenance);
}

void RunDirectory::set_status(RunStatus status, std::vector<Field> summary) {
  const LogLock alone(log_);
  if (!summary.empty()) {
    summary_ = std::move(summary);
  }
  if (provenance_.created.empty()) {
    provenance_.created = now_iso8601();
  }
  Json run{{"format", results_format},
           {"format_version", results_version},
           {"status", name_of(status)},
           {"scenario", scenario_},
           {"seed", seed_},
           {"created", provenance_.created},
           {"updated", now_iso8601()},
           {"software", json_of(provenance_.build)},
           {"command_line", provenance_.command_line},
           {"hosts", provenance_.hosts},
           {"ranks", provenance_.ranks},
           {"threads", provenance_.threads},
           {"replicates", provenance_.replicates},
           {"libraries", json_of(provenance_.libraries)},
           {"inputs", json_of(provenance_.inputs)},
           {"restart_chain", provenance_.restart_chain},
           {"decisions", json_of(provenance_.decisions)},
           {"lost_log_lines", lost_log_lines_},
           {"summary", Json::object()}};
  for (const auto& field : summary_) {
    run["summary"][field.name] = value_of(field);
  }
  replace_file(file("run.json"), dumped(run, 2));
}

void RunDirectory::log(Severity severity, std::string_view event, std::span<const Field> fields) {
  constexpr std::string_view severities[] = {"info", "warning", "error"};
  Json line{{"time", now_iso8601()},
            {"severity", severities[static_cast<std::size_t>(severity)]},
            {"event", event}};
  for (const auto& field : fields) {
    line[field.name] = value_of(field);
  }
  const std::string text = dumped(line, -1);
  const auto written = ::write(log_, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) {
    ++lost_log_lines_;
  }
}

}  // namespace throng
