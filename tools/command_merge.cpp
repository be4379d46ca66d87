// The results of a run that did not end, from what it had committed: nothing is simulated.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "scenarios/run.h"
#include "sim/parallel.h"
#include "tools/commands.h"
#include "tools/resumed.h"
#include "tools/run_files.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

/// What was merged, and how much it is.
struct Merged {
  Results results;
  std::string how_much;  ///< "90 of 120 days"
};

class MergeCommand {
 public:
  MergeCommand(const Communicator& world, const MergeArguments& a)
      : world_(world),
        a_(a),
        file_((fs::path(a.run) / "results.h5").string()),
        record_(shared_record(world, a.run)),
        scenario_(
            read_scenario(full_schema(), fs::path(a.run) / "scenario.toml",
                          {.load = [&](const auto& path) { return shared_text(world_, path); }})) {
    if (!a.out.empty() && !is_same_place(a.out, file_)) {
      own_ = false;
      file_ = a.out;
    }
  }

  int run() {
    on_root(world_, [&] {
      if (own_) {
        take_directory();
      } else {
        refuse_to_write_at(file_);
      }
    });
    if (world_.maximum(world_.rank() == 0 && is_there_already() ? 1 : 0) == 1) {
      return exit_done;
    }
    Merged merged = merge();
    on_root(world_, [&] {
      if (own_) {
        refuse_to_lose(merged.results);
      }
      write_results(file_, merged.results);
    });
    if (world_.rank() == 0) {
      std::printf("%s: %s, complete = %d\n", file_.c_str(), merged.how_much.c_str(),
                  merged.results.complete ? 1 : 0);
    }
    return exit_done;
  }

 private:
  /// Held to the end, so that no run begins to write the same file.
  void take_directory() {
    try {
      directory_ = std::make_unique<RunDirectory>(RunDirectory::reopen(a_.run));
    } catch (const CannotCreate& error) {
      throw CannotCreate(std::string(error.what()) + " Or give --out FILE.");
    }
  }

  /// What stands where the merged results will; nothing where that is damaged or another run's,
  /// which the run was told to replace.
  std::optional<ResultsReader> before() const {
    try {
      return results_of(a_.run, scenario_.resolved);
    } catch (const std::runtime_error&) {
      return std::nullopt;
    }
  }

  static std::size_t seeds_of(const ResultsReader& results) {
    return std::max<std::size_t>(1, results.replicate_seeds().size());
  }

  bool is_there_already() const {
    const auto there = own_ ? before() : std::nullopt;
    const bool all = there && there->complete() &&
                     seeds_of(*there) == static_cast<std::size_t>(record_.replicates);
    if (all) {
      std::fprintf(stderr, "throng: %s: holds the whole run (there is nothing to merge).\n",
                   file_.c_str());
    }
    return all;
  }

  void refuse_to_lose(const Results& merged) const {
    const auto there = before();
    if (there &&
        (seeds_of(*there) > std::max<std::size_t>(1, merged.replicates.size()) ||
         (merged.replicates.empty() && there->dimension("time").size() > merged.time.size()))) {
      throw CannotCreate(file_ +
                         ": holds more than the newest whole checkpoint does (it would be lost). "
                         "Give --out FILE for what the checkpoint has.");
    }
  }

  /// Whole seeds where there are some, else the steps of the first: as a run that is stopped does.
  Merged merge() {
    std::vector<Results> finished;
    int seeds = 0;
    on_root(world_, [&] {
      while (fs::exists(finished_file(a_.run, static_cast<int>(finished.size())))) {
        finished.push_back(
            read_results(finished_file(a_.run, static_cast<int>(finished.size()))).whole());
        refuse_changed_scenario(a_.run, finished.back().provenance.scenario_text, scenario_);
      }
      seeds = static_cast<int>(finished.size());
    });
    seeds = static_cast<int>(world_.maximum(seeds));
    if (seeds == 0) {
      return merge_steps();
    }
    Merged merged{
        .results = {},
        .how_much = std::to_string(seeds) + " of " + std::to_string(record_.replicates) + " seeds"};
    if (world_.rank() == 0) {
      merged.results = combine_replicates(std::move(finished));
      merged.results.complete = seeds == record_.replicates;
    }
    return merged;
  }

  Merged merge_steps() {
    on_root(world_, [&] { refuse_changed_inputs(record_); });
    const Restart restart = newest();
    if (restart.past == nullptr) {
      throw AgreedError(exit_no_checkpoint,
                        a_.run +
                            ": has no checkpoint of its first seed (it came further, and what "
                            "it had is in its results.h5, or was removed). Copy that.");
    }
    const Run run(world_, scenario_, {.past = restart.past.get(), .recorded = restart.recorded});
    Merged merged{.results = {},
                  .how_much = std::to_string(run.simulation().now()) + " of " +
                              std::to_string(run.steps()) +
                              (run.model().calendar() != nullptr ? " days" : " steps")};
    if (world_.rank() == 0) {
      merged.results = run.results(scenario_);
      merged.results.provenance = read_run_provenance(a_.run);
      merged.results.provenance.scenario_text = scenario_.resolved;
      merged.results.scenario = record_.scenario;
      merged.results.complete = run.done();
    }
    return merged;
  }

  Restart newest() {
    // A run that is alive removes its older checkpoints: it may be faster than who reads them.
    for (int tries = 1; true; ++tries) {
      try {
        Restart restart = restart_of(world_, a_.run, scenario_, 0);
        for (const std::string& why : restart.passed_over) {
          if (world_.rank() == 0) {
            std::fprintf(stderr, "throng: %s An older checkpoint is taken.\n", why.c_str());
          }
        }
        return restart;
      } catch (const AgreedError&) {
        if (tries == 3) {
          throw;
        }
      }
    }
  }

  const Communicator& world_;
  const MergeArguments& a_;
  std::string file_;
  bool own_ = true;  ///< the results.h5 of the run
  RunRecord record_;
  ScenarioFile scenario_;
  std::unique_ptr<RunDirectory> directory_;  // on rank 0
};

}  // namespace

int merge_command(const Communicator& world, const MergeArguments& a) {
  set_thread_count(a.threads > 0 ? a.threads : default_threads());
  return MergeCommand(world, a).run();
}

}  // namespace throng
