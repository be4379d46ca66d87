// throng sweep: a scenario over many points and seeds.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include "io/publish.h"
#include "io/run_directory.h"
#include "io/toml_file.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/run.h"
#include "sim/words.h"
#include "tools/child.h"
#include "tools/commands.h"
#include "tools/points.h"
#include "tools/points_folder.h"
#include "tools/points_table.h"
#include "tools/sweep_design.h"
#include "tools/terminal.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

/// Slurm's default limit of an array is 1001.
constexpr std::size_t most_parts = 1'000;

std::string numbered(std::size_t number, std::size_t of) {
  const std::size_t digits = std::max<std::size_t>(4, std::to_string(of).size());
  std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

SweepDesign design_of(const SweepArguments& a) {
  if (!a.resume.empty()) {
    const fs::path file = fs::path(a.resume) / "sweep.toml";
    std::error_code error;
    if (!fs::exists(file, error)) {
      throw InputError(a.resume +
                       ": is no folder of a sweep (it has no sweep.toml). Give the --out of one.");
    }
    return read_sweep(file.string());
  }
  if (a.vary.empty()) {
    if (!a.set.empty() || a.sample || a.points || a.seed || a.replicates) {
      throw InputError(a.file +
                       ": has options of a scenario, and nothing to vary (a sweep's file says all "
                       "of it itself). Add --vary, or write them into the file.");
    }
    return read_sweep(a.file);
  }
  return sweep_from({.scenario = a.file,
                     .set = a.set,
                     .vary = a.vary,
                     .sample = a.sample.value_or("grid"),
                     .points = a.points,
                     .seed = a.seed,
                     .replicates = a.replicates.value_or(1)});
}

class Sweep {
 public:
  explicit Sweep(const SweepArguments& a)
      : a_(a), design_(design_of(a)), root_(a.resume.empty() ? a.out : a.resume) {
    const ScenarioFile scenario = prepare();
    const u64 seed =
        design_.seed.value_or(static_cast<u64>(scenario.values.get(scenario::run_seed)));
    for (std::size_t p = 0; p < design_.points.size(); ++p) {
      for (u64 k = 0; k < static_cast<u64>(design_.replicates); ++k) {
        runs_.push_back({.name = "points/" + numbered(p + 1, design_.points.size()) + "/seed-" +
                                 std::to_string(seed + k),
                         .seed = seed + k,
                         .set = design_.settings_of(p)});
      }
    }
  }

  int go() {
    if (a_.part) {
      return go_part();
    }
    const LaunchLock lock(root_);
    const PointsDone done = a_.slurm.empty() ? run_points(runs_, options()) : run_array();
    write_table(done);
    return report(done);
  }

 private:
  /// A folder that says what it is a sweep of; the design it has is the one it began with.
  ScenarioFile prepare() {
    const PointsFolder folder(root_, "sweep.toml", design_.resolved);
    if (a_.resume.empty() && !folder.has_begun()) {
      std::vector<std::vector<std::string>> settings;
      for (std::size_t p = 0; p < design_.points.size(); ++p) {
        settings.push_back(design_.settings_of(p));
      }
      check_points(design_.scenario, design_.set, settings);
    }
    return folder.begin(design_.scenario, design_.set, !a_.resume.empty());
  }

  PointOptions options() const {
    return {.root = root_,
            .scenario = (root_ / "scenario.toml").string(),
            .what = "sweep: runs",
            .jobs = a_.jobs,
            .threads = a_.threads,
            .quiet = a_.quiet,
            .max_walltime_s = a_.max_walltime_s};
  }

  /// Of a Slurm array: the runs of one task, which tells nobody else.
  int go_part() {
    std::vector<PointRun> mine;
    for (std::size_t i = a_.part->first - 1; i < runs_.size(); i += a_.part->second) {
      mine.push_back(runs_[i]);
    }
    PointOptions own = options();
    own.jobs = std::max(1, a_.jobs);
    const PointsDone done = run_points(mine, own);
    return ended(mine, done);
  }

  /// Hands the runs that are not done to a Slurm array, and waits for its end.
  PointsDone run_array() {
    PointsDone done;
    std::size_t left = 0;
    for (const PointRun& run : runs_) {
      left += outcome_of(root_, run).done() ? 0 : 1;
    }
    const auto sbatch = find_program("sbatch");
    if (!sbatch) {
      throw InputError(a_.slurm +
                       ": cannot be submitted (there is no program 'sbatch'). Leave --slurm out to "
                       "run on this machine.");
    }
    if (left > 0) {
      const std::size_t parts = std::min(runs_.size(), most_parts);
      submit(sbatch->string(), parts);
    }
    for (const PointRun& run : runs_) {
      done.outcomes.push_back(outcome_of(root_, run));
    }
    done.begun = left;
    return done;
  }

  void submit(const std::string& sbatch, std::size_t parts) {
    const std::vector<std::string> command = {sbatch,
                                              "--wait",
                                              "--array=1-" + std::to_string(parts),
                                              "--output=" + (root_ / "slurm-%a.log").string(),
                                              a_.slurm,
                                              root_.string(),
                                              std::to_string(parts)};
    ChildResult result;
    std::exception_ptr failure;
    std::atomic<bool> over = false;
    std::thread waiting([&] {
      try {
        result = run_child(command);
      } catch (...) {
        failure = std::current_exception();
      }
      over = true;
    });
    StatusLine line(!a_.quiet, isatty(STDERR_FILENO) != 0);
    while (!over) {
      if (line.due(false)) {
        show(line);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    waiting.join();
    if (failure) {
      std::rethrow_exception(failure);
    }
    if (line.due(true)) {
      show(line);
    }
    if (result.last_line.empty()) {
      throw IoError("sbatch: did not take the array (" + result.errors +
                    "). Adapt the script: " + a_.slurm);
    }
  }

  void show(StatusLine& line) const {
    std::size_t done = 0, failed = 0;
    for (const PointRun& run : runs_) {
      const PointOutcome outcome = outcome_of(root_, run);
      done += outcome.done() ? 1 : 0;
      failed += outcome.over && !outcome.done() ? 1 : 0;
    }
    line.show(progress_of("sweep: runs", runs_.size(), done, failed, 0, -1));
  }

  void write_table(const PointsDone& done) const {
    std::vector<std::string> columns = {"point", "replicate", "run_seed"};
    for (const Varied& varied : design_.varied) {
      columns.push_back(varied.name);
    }
    std::vector<PointRow> rows;
    const auto replicates = static_cast<std::size_t>(design_.replicates);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const std::size_t point = i / replicates;
      PointRow row{.first = {std::to_string(point + 1), std::to_string(i % replicates + 1),
                             std::to_string(runs_[i].seed)},
                   .outcome = &done.outcomes[i]};
      row.first.insert(row.first.end(), design_.points[point].begin(), design_.points[point].end());
      rows.push_back(std::move(row));
    }
    replace_file((root_ / "results.csv").string(), table_of(columns, rows));
  }

  int report(const PointsDone& done) const {
    const int code = ended(runs_, done);
    const auto completed =
        static_cast<std::size_t>(std::count_if(done.outcomes.begin(), done.outcomes.end(),
                                               [](const PointOutcome& o) { return o.done(); }));
    if (!a_.quiet) {
      std::printf("points               %zu, of %zu parameters, %lld replicates each\n",
                  design_.points.size(), design_.varied.size(),
                  static_cast<long long>(design_.replicates));
      std::printf("runs                 %zu of %zu completed, %zu of them before\n", completed,
                  runs_.size(), runs_.size() - done.begun);
      std::printf("results              %s\n", (root_ / "results.csv").c_str());
    }
    return code;
  }

  int ended(const std::vector<PointRun>& runs, const PointsDone& done) const {
    const std::string failures = failures_of(runs, done);
    if (!failures.empty()) {
      std::fprintf(stderr,
                   "throng: %s: some runs failed (the others are done or go on). Their "
                   "folders say more; the same command tries them again:\n%s",
                   root_.c_str(), failures.c_str());
    }
    const bool unfinished = std::any_of(done.outcomes.begin(), done.outcomes.end(),
                                        [](const PointOutcome& o) { return !o.over; });
    if (unfinished) {
      std::fprintf(stderr,
                   "throng: %s: stopped%s before all runs were done. 'throng sweep --resume %s' "
                   "goes on from there.\n",
                   root_.c_str(), done.stopped_by.empty() ? "" : (" by " + done.stopped_by).c_str(),
                   root_.c_str());
      return exit_stopped;
    }
    return failures.empty() ? exit_done : exit_differs;
  }

  const SweepArguments& a_;
  SweepDesign design_;
  fs::path root_;
  std::vector<PointRun> runs_;
};

}  // namespace

int sweep_command(const SweepArguments& arguments) { return Sweep(arguments).go(); }

}  // namespace throng
