#include "tools/run_files.h"

#include <algorithm>
#include <map>
#include <set>

#include "io/checkpoint.h"
#include "io/publish.h"
#include "io/run_directory.h"
#include "io/segment.h"
#include "io/toml_file.h"
#include "scenarios/live_asker.h"
#include "sim/error.h"
#include "tools/resumed.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

constexpr const char* folders[] = {"checkpoints", "segments", "replicates"};

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// By their names, which give the order of steps.
std::vector<fs::path> sorted_files_in(const fs::path& folder) {
  std::vector<fs::path> all;
  if (!is_there(folder)) {
    return all;
  }
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    all.push_back(entries->path());
  }
  if (error) {
    throw system_failure(folder.string(), "be read", error.value());
  }
  std::sort(all.begin(), all.end());
  return all;
}

Step step_of(const Examined& checkpoint) {
  return static_cast<Step>(checkpoint.content.value("step", u64{0}));
}

/// Whether columns that a checkpoint does not hold itself are those that stand beside it.
bool has_columns_of(const Examined& fixed, const Examined& checkpoint) {
  std::map<std::string, std::string> hashes;
  for (const auto& kind : fixed.content.at("kinds")) {
    for (const auto& column : kind.at("columns")) {
      hashes[kind.value("kind", "") + "/" + column.value("name", "")] = column.value("hash", "");
    }
  }
  const auto& elsewhere = checkpoint.content.at("columns_elsewhere");
  return std::all_of(elsewhere.items().begin(), elsewhere.items().end(), [&](const auto& column) {
    const auto at = hashes.find(column.key());
    return at != hashes.end() && at->second == column.value();
  });
}

}  // namespace

RunFiles files_of_run(const fs::path& folder) {
  RunFiles run{.folder = folder, .files = {}, .left_over = {}};
  const bool has_parts = std::any_of(std::begin(folders), std::end(folders),
                                     [&](const char* name) { return is_there(folder / name); });
  if (!is_there(folder / "run.json") && !is_there(folder / "results.h5") && !has_parts) {
    throw InputError(folder.string() +
                     ": is no run directory (it has no run.json). Give the --out of a run, or a "
                     "file in it.");
  }
  for (const char* const name : {"run.json", "scenario.toml", "results.h5", "ledger.jsonl",
                                 own_answers, own_record, own_spending}) {
    if (is_there(folder / name)) {
      run.files.push_back(folder / name);
    }
    if (const fs::path half = folder / (std::string(name) + ".tmp"); is_there(half)) {
      run.left_over.push_back(half);
    }
  }
  for (const char* const part : folders) {
    for (const fs::path& file : sorted_files_in(folder / part)) {
      const FileSort sort = sort_by_name(file.filename().string());
      const bool side = sort == FileSort::side_file;
      const bool outcome = sort == FileSort::outcome;
      const bool alone = (side && !is_there(fs::path(file).replace_extension(".h5"))) ||
                         (outcome && !is_there(fs::path(file).replace_extension()));
      if (file.extension() == ".tmp" || alone) {
        run.left_over.push_back(file);
      } else if (sort != FileSort::unknown && !side) {
        run.files.push_back(file);  // a side file is examined with its checkpoint
      }
    }
  }
  return run;
}

std::vector<RunProblem> problems_between(const RunFiles& run, const std::vector<Examined>& files) {
  std::vector<RunProblem> all;
  std::set<std::string> said;
  const auto add = [&](ExitCode code, const std::string& words) {
    if (said.insert(words).second) {
      all.push_back({code, words});
    }
  };
  const auto is_missing = [&](const char* name, const std::string& why) {
    if (!is_there(run.folder / name)) {
      add(exit_io, (run.folder / name).string() + ": is not there (" + why + ").");
    }
  };
  is_missing("run.json", "it says what the run is and how far it came");
  is_missing("scenario.toml", "nothing can go on or be replayed without it");
  const Examined* fixed = nullptr;
  bool completed = false;
  std::string scenario;
  for (const Examined& file : files) {
    if (file.sort == FileSort::fixed && file.whole()) {
      fixed = &file;
    }
    if (file.sort == FileSort::run && file.content.value("status", "") == "completed") {
      completed = true;
      is_missing("results.h5", "the run was completed; 'throng merge' may make it again");
    }
    if (file.sort == FileSort::scenario && file.whole()) {
      scenario = read_text_file(file.path);
    }
  }
  for (const Examined& file : files) {
    if (!file.whole()) {
      continue;
    }
    if (file.sort == FileSort::checkpoint) {
      try {
        const Segment first = segments_until(run.folder / "segments", step_of(file)).front();
        for (const Examined& other : files) {
          if (other.path == first.path && other.whole() &&
              !other.content.value("from_beginning", false)) {
            refuse_as_first(first);
          }
        }
      } catch (const IoError& error) {
        add(exit_no_checkpoint, error.what());
      }
      if (fixed != nullptr && !has_columns_of(*fixed, file)) {
        add(exit_no_checkpoint, fixed->path.string() + ": does not have the columns of " +
                                    file.path.filename().string() +
                                    " (they are of different runs, or seeds).");
      }
    }
    const bool of_seed = file.path.parent_path().filename() == "replicates";
    if (file.sort == FileSort::results && !of_seed) {
      const auto changes = changes_between(file.scenario_text, scenario);
      if (!scenario.empty() && !changes.empty()) {
        add(completed ? exit_io : exit_bad_input,
            file.path.string() + ": is of another run than scenario.toml beside it (" +
                changes.front() +
                "). An earlier run's is replaced at the end of the one that is there.");
      } else if (completed && !file.content.value("complete", false)) {
        add(exit_io, file.path.string() +
                         ": says complete = 0, and run.json that the run was completed (what came "
                         "after is lost). Run it anew.");
      }
    }
    if (file.sort == FileSort::results && of_seed) {
      const fs::path outcome = file.path.string() + ".json";
      if (!is_there(outcome)) {
        add(exit_io, outcome.string() + ": is not there (what became of the seed stands in it).");
      }
      for (const Examined& other : files) {
        if (other.path == outcome && other.whole() &&
            other.content.value("content_hash", "") != file.content.value("content_hash", "")) {
          add(exit_io, outcome.string() +
                           ": is of another run than the results beside it (their hashes differ).");
        }
      }
    }
  }
  return all;
}

ResultsReader results_at(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw InputError(path + ": is not there. Give the --out of a run, or a file of results.");
  }
  if (!fs::is_directory(path, error)) {
    return ResultsReader(path);
  }
  const fs::path run(path), scenario = run / "scenario.toml";
  if (!is_there(run / "results.h5")) {
    throw InputError(path + (is_there(run / "run.json")
                                 ? ": has no results.h5 (the run did not come to its end). Make "
                                   "one of what it had committed: 'throng merge " +
                                       path + "'."
                                 : ": is no run directory (it has no run.json). Give the --out of "
                                   "a run."));
  }
  if (!is_there(scenario)) {
    return ResultsReader((run / "results.h5").string());
  }
  auto own = results_of(run, read_text_file(scenario));
  if (!own) {
    throw InputError(
        (run / "results.h5").string() +
        ": is an earlier run's (the one that is there now has another scenario and did "
        "not come to its end). Name the file itself, or replace it: 'throng merge " +
        path + "'.");
  }
  return std::move(*own);
}

bool is_same_place(const fs::path& a, const fs::path& b) {
  std::error_code error;
  const fs::path one = fs::weakly_canonical(a, error), other = fs::weakly_canonical(b, error);
  return !error && one == other;
}

void refuse_to_write_at(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw InputError(path +
                     ": cannot be written (it is a folder, a pipe or a device). Name a file.");
  }
  const fs::path file = fs::weakly_canonical(path, error);
  fs::path run = file.parent_path();
  const std::string name = file.filename().string();
  bool own = sort_by_name(name) != FileSort::unknown || name == "log.jsonl" || name == "run.lock";
  if (std::find(std::begin(folders), std::end(folders), run.filename()) != std::end(folders)) {
    run = run.parent_path();
    own = true;
  }
  if (own && is_there(run / "run.json")) {
    throw CannotCreate(path + ": cannot be written (the run in " + run.string() +
                       " keeps a file there, which would be lost). Name another file.");
  }
}

}  // namespace throng
