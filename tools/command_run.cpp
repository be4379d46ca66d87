#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <tuple>

#include <sched.h>
#include <unistd.h>

#include "behaviors/epidemic/calibration.h"
#include "io/answer_cache.h"
#include "io/publish.h"
#include "io/run_directory.h"
#include "io/together.h"
#include "io/toml_file.h"
#include "scenarios/checkpoints.h"
#include "scenarios/decisions.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/live_asker.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/requests.h"
#include "tools/resumed.h"
#include "tools/terminal.h"

namespace throng {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// kB of a field of a file under /proc/self.
i64 proc_kilobytes(const char* file, const char* field) {
  std::ifstream in(std::string("/proc/self/") + file);
  std::string word;
  while (in >> word) {
    if (word == field) {
      i64 kb = 0;
      in >> kb;
      return kb;
    }
  }
  return 0;
}

/// Peak resident memory over all ranks, what ranks share counted once [bytes].
i64 peak_bytes(const Communicator& world) {
  const i64 shared = std::max<i64>(
      0, proc_kilobytes("smaps_rollup", "Rss:") - proc_kilobytes("smaps_rollup", "Pss:"));
  i64 peak = (proc_kilobytes("status", "VmHWM:") - shared) * 1024;
  world.sum(std::span<i64>(&peak, 1));
  return peak;
}

/// What the user should know though the run goes on: on standard error, and in log.jsonl once there
/// is one.
using Warning = ModelEntry::Warning;

std::vector<Warning> all_warnings(const ScenarioFile& scenario, int threads) {
  std::vector<Warning> all;
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  const int allowed = CPU_COUNT(&set);
  if (threads > allowed) {
    all.push_back(
        {"threads",
         std::to_string(threads) + " threads on " + std::to_string(allowed) +
             " CPUs that rank 0 may use (they will wait for each other). Start mpirun with "
             "--bind-to none, or give fewer --threads."});
  }
  for (Warning& warning : warnings_of(scenario)) {
    all.push_back(std::move(warning));
  }
  return all;
}

/// The whole run, or its steps until it was stopped, and by what.
struct Simulated {
  RunFigures figures;
  std::string stopped_by;
};

/// The machine of every rank, in order of rank, on rank 0. Collective.
std::vector<std::string> hosts_of(const Communicator& world) {
  struct Host {
    char name[256];
  };
  Host mine{};
  host_name().copy(mine.name, sizeof mine.name - 1);
  std::vector<std::string> all;
  for (const Host& host : world.gather(std::vector<Host>{mine})) {
    all.emplace_back(host.name);
  }
  return all;
}

/// Every file that values name; of a folder the tables in it.
void add_named_files(const Values& values, std::vector<std::string>& files) {
  namespace fs = std::filesystem;
  for (const NamedValue& value : values.entries()) {
    if (const auto* path = std::get_if<FilePath>(&value.value.content)) {
      if (!fs::is_directory(path->text)) {
        files.push_back(path->text);
        continue;
      }
      const std::size_t first = files.size();
      for (const auto& entry : fs::directory_iterator(path->text)) {
        if (entry.path().extension() == ".csv") {
          files.push_back(entry.path().string());
        }
      }
      std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
    } else if (const auto* table = std::get_if<Values>(&value.value.content)) {
      add_named_files(*table, files);
    } else if (const auto* records = std::get_if<std::vector<Values>>(&value.value.content)) {
      for (const Values& record : *records) {
        add_named_files(record, files);
      }
    }
  }
}

/// Every file the run reads.
std::vector<std::string> files_of(const ScenarioFile& scenario) {
  std::vector<std::string> files = scenario.files;
  add_named_files(scenario.values, files);
  return files;
}

Provenance provenance_of(const ScenarioFile& scenario, const RunArguments& a,
                         std::vector<std::string> hosts) {
  Provenance p;
  p.scenario_text = scenario.resolved;
  p.command_line = a.command_line;
  p.ranks = static_cast<int>(hosts.size());
  p.hosts = std::move(hosts);
  p.threads = thread_count();
  p.replicates = a.replicates;
  p.created = now_iso8601();
  for (const auto& file : files_of(scenario)) {
    p.inputs.push_back(input_file(file));
  }
  p.libraries.push_back({"MPI", mpi_version()});
  p.libraries.push_back({"oneTBB", tbb_version()});
  p.libraries.push_back({"Eigen", epidemic::eigen_version()});
  return p;
}

ScenarioFile scenario_of(const Communicator& world, const RunArguments& a) {
  std::vector<std::string> set = a.set;
  if (a.seed) {
    set.push_back("run.seed=" + *a.seed);
  }
  if (a.steps) {
    set.push_back("run.steps=" + *a.steps);
  }
  try {
    return read_scenario(full_schema(), a.scenario, {.set = set, .load = [&](const auto& path) {
                                                       return shared_text(world, path);
                                                     }});
  } catch (const InputError& error) {
    // What was given as --seed is not quoted as the --set it stands for.
    std::vector<std::string> messages = error.messages();
    for (const auto& [quoted, option, given] :
         {std::tuple<std::string, std::string, bool>{"--set run.seed=", "--seed ", !!a.seed},
          {"--set run.steps=", "--steps ", !!a.steps}}) {
      for (std::string& message : messages) {
        if (given && message.starts_with(quoted)) {
          message.replace(0, quoted.size(), option);
        }
      }
    }
    throw InputError(std::move(messages));
  }
}

void refuse_seeds(const ScenarioFile& scenario, int replicates) {
  const i64 seed = scenario.values.get(scenario::run_seed), last = *scenario::run_seed.max;
  if (replicates - 1 > last - seed) {
    throw InputError(scenario.values.place_of("run.seed").str() + ": run.seed = " +
                     std::to_string(seed) + " leaves no seeds for " + std::to_string(replicates) +
                     " replicates (each has the next one, and the last there is is " +
                     std::to_string(last) + "). Choose a smaller seed.");
  }
}

/// Of a run that goes on, or that begins where another was: what the folder of that says it is.
RunArguments from_record(const Communicator& world, RunArguments a, RunRecord& record) {
  const std::string& of = a.resume ? a.out : a.branch_of;
  if (of.empty()) {
    return a;
  }
  record = shared_record(world, of);
  if (a.resume) {
    if (record.status == RunStatus::initializing) {
      throw AgreedError(exit_no_checkpoint, of + ": has no checkpoint to go on from (it was ended "
                                                 "before its first step). Run it anew.");
    }
    a.replicates = record.replicates;
  } else if (record.replicates > 1) {
    throw InputError(of + ": is a run of " + std::to_string(record.replicates) +
                     " seeds (which of them is to be branched from is not known). Branch from a "
                     "run of one seed.");
  }
  if (a.scenario.empty()) {
    a.scenario = (std::filesystem::path(of) / "scenario.toml").string();
  } else {
    record.scenario = std::filesystem::path(a.scenario).stem().string();
  }
  return a;
}

/// The command from a population that was built to results on disk.
class RunCommand {
 public:
  RunCommand(const Communicator& world, const RunArguments& arguments, double began)
      : world_(world),
        a_(from_record(world, arguments, record_)),
        began_(began),
        scenario_(scenario_of(world, a_)),
        name_(record_.scenario.empty() ? std::filesystem::path(a_.scenario).stem().string()
                                       : record_.scenario) {
    refuse_seeds(scenario_, a_.replicates);
    for (const Warning& warning : all_warnings(scenario_, thread_count())) {
      if (says()) {
        std::fprintf(stderr, "throng: %s\n", warning.text.c_str());
      }
      warnings_.push_back(warning);
    }
  }

  int run() {
    if (a_.resume && world_.maximum(root() && is_complete() ? 1 : 0) == 1) {
      on_root(world_, [&] {
        Requests::forget(a_.out);
        RunDirectory::forget_lock(a_.out);  // it was killed after its last word
      });
      if (says()) {
        std::fprintf(stderr, "throng: %s: was run to its end (there is nothing to resume).\n",
                     a_.out.c_str());
      }
      if (root() && a_.json) {
        std::printf("%s\n", completed_line(name_).c_str());
      }
      return exit_done;
    }
    if (a_.resume) {
      take_over();
    } else if (!a_.branch_of.empty()) {
      branch();
    } else {
      // The first run is built before anything is made on disk: a mistake leaves no trace.
      build(0);
      create();
    }
    const auto hosts = hosts_of(world_);
    try {
      on_root(world_, [&] { begin(hosts); });
      std::string stopped_by;
      for (; finished_ < a_.replicates; ++finished_) {
        if (run_ == nullptr) {
          build(static_cast<u64>(finished_));
          on_root(world_, [&] { folder().clear(); });
        }
        stopped_by = simulate_one();
        if (!stopped_by.empty()) {
          on_root(world_, [&] { stop(stopped_by); });
          return exit_stopped;
        }
        if (finished_ + 1 < a_.replicates) {
          run_.reset();
          restart_ = {};
        }
      }
      on_root(world_, [&] { write(); });
      figures_.peak_bytes = peak_bytes(world_);
      on_root(world_, [&] { end(); });
      return exit_done;
    } catch (const AgreedError& error) {
      fail(error.what());
      throw;
    } catch (const InputError& error) {  // of building: alike on all ranks
      fail(error.what());
      throw;
    } catch (const std::exception& error) {
      fail(error.what());
      fail_elsewhere(error.what());
      throw;
    }
  }

 private:
  bool root() const { return world_.rank() == 0; }
  bool says() const { return root() && !a_.quiet; }

  void log(Severity severity, std::string_view event, const std::vector<Field>& fields) {
    directory_->log(severity, event, fields);
  }

  CheckpointFolder folder() const { return {a_.out}; }

  void build(u64 replicate) {
    run_ = std::make_unique<Run>(world_, scenario_,
                                 RunOptions{.seed_offset = replicate,
                                            .shuffle_rows = a_.shuffle_rows,
                                            .shuffle_messages = a_.shuffle_messages,
                                            .folder = a_.out,
                                            .past = restart_.past.get(),
                                            .recorded = restart_.recorded});
  }

  void create() {
    on_root(world_, [&] {
      directory_ = std::make_unique<RunDirectory>(
          RunDirectory::create(a_.out, a_.overwrite, files_of(scenario_)));
      Requests::forget(a_.out);
    });
    if (root() && !directory_->earlier().empty()) {
      log(Severity::info, "set_aside", {{"folder", directory_->earlier()}});
      if (says()) {
        std::fprintf(
            stderr,
            "throng: %s held an earlier run, which is in %s now; with --overwrite it would "
            "have been replaced.\n",
            a_.out.c_str(), directory_->earlier().c_str());
      }
    }
  }

  // ---- going on ---------------------------------------------------------------------------------

  /// Whether there is nothing to go on with: the results are there, and those of the scenario.
  bool is_complete() const {
    try {
      const auto results = results_of(a_.out, scenario_.resolved);
      return record_.status == RunStatus::completed && results && results->complete();
    } catch (const IoError&) {
      return false;
    }
  }

  /// Finds where the run stopped, and builds it there.
  void take_over() {
    on_root(world_, [&] {
      directory_ = std::make_unique<RunDirectory>(RunDirectory::reopen(a_.out));
      Requests::forget(a_.out);
      refuse_changed_inputs(record_);
      read_finished();
    });
    finished_ = static_cast<int>(world_.maximum(root() ? finished_ : 0));
    restart_ = restart_of(world_, a_.out, scenario_, finished_);
    build(static_cast<u64>(finished_));
    on_root(world_, [&] {
      for (const std::string& why : restart_.passed_over) {
        log(Severity::warning, "checkpoint", {{"text", why}});
        if (says()) {
          std::fprintf(stderr, "throng: %s An older checkpoint is taken.\n", why.c_str());
        }
      }
      if (restart_.past == nullptr) {
        folder().clear();
        return;
      }
      const Step step = restart_.past->step();
      folder().remove_after(step);
      record_.restart_chain.push_back(checkpoint_name(step));
      log(Severity::info, "resume", {{"step", i64{step}}});
    });
    restart_.past.reset();  // its file is open
  }

  /// Begins with the state of another run after a step, and with all that it had recorded.
  void branch() {
    const CheckpointFolder parent{a_.branch_of};
    on_root(world_, [&] {
      std::error_code error;
      if (std::filesystem::equivalent(a_.branch_of, a_.out, error)) {
        throw CannotCreate(a_.out +
                           ": cannot be written (it is the run to branch from, which would "
                           "be replaced). Choose another --out.");
      }
    });
    try {
      restart_ = parent.newest(world_, a_.branch_at);
    } catch (const NoCheckpoint& error) {
      throw AgreedError(exit_no_checkpoint, error.what());
    } catch (const IoError& error) {
      throw AgreedError(exit_io, error.what());
    }
    refuse_another_past();
    create();
    on_root(world_, [&] {
      std::filesystem::create_directories(folder().segments());
      for (const Segment& segment : restart_.recorded) {
        const auto copy = folder().segments() / segment.path.filename();
        replace_file(copy.string(), read_file(segment.path.string()));
      }
      take_answers_over();
      const std::vector<std::string> before = std::move(record_.restart_chain);
      record_ = {};
      for (const std::string& name : before) {
        record_.restart_chain.push_back(absolute(parent.checkpoints() / name).string());
      }
      record_.restart_chain.push_back(absolute(parent.checkpoint(a_.branch_at)).string());
      log(Severity::info, "branch", {{"of", a_.branch_of}, {"step", i64{a_.branch_at}}});
    });
    restart_.past.reset();  // its file is open
  }

  /// What the parent was answered is not asked again.
  void take_answers_over() {
    const std::string ours = a_.out + "/" + own_answers;
    try {
      for (const char* const name : {own_answers, own_record}) {
        const std::string theirs = a_.branch_of + "/" + name;
        if (std::filesystem::exists(theirs) && !std::filesystem::exists(ours)) {
          AnswerCache(theirs).copy_to(ours);
        }
      }
    } catch (const std::exception& error) {
      const std::string text = error.what() + std::string(" What was answered is asked again.");
      log(Severity::warning, "answers", {{"text", text}});
      if (says()) {
        std::fprintf(stderr, "throng: %s\n", text.c_str());
      }
    }
  }

  /// Builds a branch where it begins, or says which change of the scenario does not let it.
  void refuse_another_past() {
    std::string changed;
    for (const std::string& change :
         changes_between(restart_.past->scenario(), scenario_.resolved)) {
      changed += "\n  " + change;
      if (change.starts_with("run.seed ")) {
        throw AgreedError(exit_bad_input, a_.branch_of + ": " + change +
                                              " (a branch has the luck of its parent). Leave the "
                                              "seed, or begin a new run.");
      }
    }
    if (const i64 steps = scenario_.values.get(scenario::run_steps); steps < i64{a_.branch_at}) {
      throw AgreedError(exit_bad_input, a_.branch_of + ": run.steps is " + std::to_string(steps) +
                                            " (the branch begins at step " +
                                            std::to_string(a_.branch_at) +
                                            "). Let it be longer, or branch earlier.");
    }
    try {
      build(0);
    } catch (const InputError& error) {
      const auto& why = error.messages();
      const std::string more =
          why.size() == 1 ? "" : "\n(and " + std::to_string(why.size() - 1) + " more)";
      throw InputError(a_.branch_of +
                       ": the branch would begin with another state than its parent " +
                       "had at step " + std::to_string(a_.branch_at) +
                       ". What it changes:" + changed + "\n" + why.front() + more);
    }
  }

  /// Of several seeds, those that were finished before. One that is damaged is run again, and those
  /// after it.
  void read_finished() {
    while (finished_ < a_.replicates - 1 && std::filesystem::exists(finished_file(finished_))) {
      try {
        Results results = read_results(finished_file(finished_)).whole();
        Outcome outcome = outcome_from(finished_file(finished_) + ".json");
        refuse_changed_scenario(a_.out, results.provenance.scenario_text, scenario_);
        results_.push_back(std::move(results));
        outcomes_.push_back(std::move(outcome));
      } catch (const IoError& error) {
        log(Severity::warning, "replicate", {{"text", error.what()}});
        if (says()) {
          std::fprintf(stderr, "throng: %s It is run again, and the seeds after it.\n",
                       error.what());
        }
        break;
      }
      ++finished_;
    }
    finished_on_disk_ = outcomes_.size();
  }

  std::string finished_file(int replicate) const {
    return throng::finished_file(a_.out, replicate);
  }

  /// Of several seeds, those that are finished and not on the disk yet.
  void write_finished() {
    std::filesystem::create_directories(a_.out + "/replicates");
    for (; finished_on_disk_ < outcomes_.size(); ++finished_on_disk_) {
      const std::string file = finished_file(static_cast<int>(finished_on_disk_));
      write_outcome(file + ".json", outcomes_[finished_on_disk_]);
      write_results(file, results_[finished_on_disk_]);
    }
    finished_written_ = seconds();
  }

  // ---- the run ----------------------------------------------------------------------------------

  void begin(const std::vector<std::string>& hosts) {
    provenance_ = provenance_of(scenario_, a_, hosts);
    provenance_.restart_chain = record_.restart_chain;
    if (a_.resume) {
      provenance_.created = record_.created;
      provenance_.inputs = record_.inputs;
    } else {
      directory_->write_scenario(scenario_.resolved);
    }
    const auto seed = static_cast<u64>(scenario_.values.get(scenario::run_seed));
    directory_->set_provenance(name_, seed, provenance_);
    directory_->set_status(RunStatus::running);
    log(Severity::info, "start",
        {{"scenario", name_},
         {"version", provenance_.build.version},
         {"git_commit", provenance_.build.git_commit},
         {"seed", run_->seed()},
         {"replicates", i64{a_.replicates}},
         {"ranks", i64{provenance_.ranks}},
         {"threads", i64{provenance_.threads}}});
    for (const Warning& warning : warnings_) {
      log(Severity::warning, warning.event, {{"text", warning.text}});
    }
    const Model& model = run_->model();
    const std::string many = model.words().many;
    std::vector<Field> built = {{many, i64{run_->agents()}}, {"steps", i64{run_->steps()}}};
    add_figures(
        model.built(), [](const Figure&) { return true; }, built);
    built.push_back({"build_s", run_->build_seconds()});
    log(Severity::info, "built", built);
    if (!a_.quiet) {
      const bool dated = model.calendar() != nullptr;
      const Step now = run_->simulation().now();
      std::fprintf(stderr, "%s: %s %s, %u %s%s, %d ranks x %d threads, built in %.2f s%s\n",
                   name_.c_str(), grouped(run_->agents()).c_str(), many.c_str(),
                   unsigned{run_->steps()}, dated ? "days from " : "steps",
                   dated ? run_->when(0).c_str() : "", world_.size(), thread_count(),
                   run_->build_seconds(),
                   now > 0 ? (", from step " + std::to_string(now)).c_str() : "");
    }
  }

  /// Figures as fields of a log line. Of one run counts are whole numbers; a median of several may
  /// lie between two.
  template <class Wanted>
  void add_figures(const std::vector<Figure>& figures, Wanted&& wanted, std::vector<Field>& fields,
                   bool several = false) const {
    for (const Figure& f : figures) {
      if (f.type == Figure::Type::text || !wanted(f)) {
        continue;
      }
      if (f.type == Figure::Type::count && !several && !std::isnan(f.value)) {
        fields.push_back({f.name, static_cast<i64>(f.value)});
      } else {
        fields.push_back({f.name, f.value});
      }
    }
  }
  static bool is_headline(const Figure& f) { return f.headline; }

  Simulated simulate() {
    Simulation& simulation = run_->simulation();
    const bool branches = !a_.branch_of.empty();
    Checkpoints checkpoints(world_, a_.out, checkpoint_rules(scenario_.values), scenario_.resolved,
                            restart_.step, branches ? std::nullopt : restart_.step);
    Requests requests(world_, a_.out, process_began_, a_.max_walltime_s);
    Watchdog watchdog(a_.watchdog_s);
    Simulated done;
    Progress progress(says(), isatty(STDERR_FILENO) != 0);
    world_.barrier();
    const double t = seconds();
    double longest_step = 0;
    if (branches) {
      keep(checkpoints, done.figures, false);  // from now on it needs its parent no more
    }
    while (true) {
      const Step now = simulation.now();
      watchdog.heard(now);
      const Request request = is_at(a_.stop_at)
                                  ? Request{Request::What::stop, "--stop-at"}
                                  : requests.next(longest_step + time_to_keep(checkpoints));
      const bool stops = request.what == Request::What::stop && !run_->done();
      if (request.what == Request::What::checkpoint || stops ||
          checkpoints.due(now, world_.alone() ? checkpoints.due_by_time() : by_time(checkpoints))) {
        keep(checkpoints, done.figures, stops);
        watchdog.heard(now);
      }
      if (stops) {
        done.stopped_by = request.by;
      }
      if (is_at(a_.kill_at)) {
        if (world_.rank() == world_.size() - 1) {
          std::raise(SIGKILL);
        }
        world_.barrier();
      }
      if (stops || run_->done()) {
        break;
      }
      if (is_at(a_.hang_at)) {
        std::this_thread::sleep_for(std::chrono::hours(1));
      }
      const double step_began = seconds();
      run_->step();
      longest_step = std::max(longest_step, seconds() - step_began);
      progress.show(*run_);
    }
    simulation.finish();
    world_.barrier();
    RunFigures& f = done.figures;
    f.build_s = run_->build_seconds();
    f.loop_s = seconds() - t;
    f.ranks = world_.size();
    f.threads = thread_count();
    return done;
  }

  /// For tests: whether it is after this step, those of the seeds before counted as well.
  bool is_at(const std::optional<u64>& step) const {
    return step == u64{run_->steps()} * static_cast<u64>(finished_) + run_->simulation().now();
  }

  bool by_time(const Checkpoints& checkpoints) const {
    return checkpoints.asks_for_time() &&
           world_.maximum(root() && checkpoints.due_by_time() ? 1 : 0) == 1;
  }

  /// What a checkpoint and the results of a run that is stopped will take: as long as the longest
  /// so far, or by a slow disk's measure [s].
  double time_to_keep(const Checkpoints& checkpoints) const {
    if (!a_.max_walltime_s || checkpoints.longest() > 0) {
      return 2 * checkpoints.longest();
    }
    constexpr double slow_disk = 1e8;  // bytes a second
    return 0.5 + 2 * static_cast<double>(run_->simulation().population().bytes()) / slow_disk;
  }

  /// A checkpoint that cannot be written is no reason to end the run: three in a row are, and the
  /// last one before it stops.
  void keep(Checkpoints& checkpoints, RunFigures& figures, bool last) {
    const double t = seconds();
    const i64 step = run_->simulation().now();
    try {
      together(world_, [&] {
        if (root() && finished_on_disk_ < outcomes_.size()) {
          write_finished();  // without the seeds before it, one of this seed is worth nothing
        }
      });
      checkpoints.commit(*run_);
      failures_ = 0;
      figures.checkpoint_s += seconds() - t;
      if (root()) {
        log(Severity::info, "checkpoint", {{"step", step}, {"seconds", seconds() - t}});
      }
    } catch (const ContractError& error) {  // alike on all ranks
      throw AgreedError(exit_model_error, error.what());
    } catch (const IoError& error) {
      ++failures_;
      if (last || failures_ == 3) {
        throw AgreedError(exit_io, error.what());
      }
      if (root()) {
        log(Severity::warning, "checkpoint", {{"step", step}, {"text", error.what()}});
      }
      if (says()) {
        std::fprintf(stderr, "throng: %s The run goes on without this checkpoint.\n", error.what());
      }
    }
  }

  Simulated simulate_all() {
    try {
      return simulate();
    } catch (const InputError& error) {
      if (world_.alone()) {
        throw;
      }
      throw LoneError(exit_bad_input, error.what());
    } catch (const UnansweredError& error) {  // alike on all ranks
      on_root(world_, [&] { run_->model().explain_failure(a_.out); });
      throw AgreedError(exit_unanswered, error.what());
    }
  }

  /// Gives what stopped it, or nothing.
  std::string simulate_one() {
    const auto [f, stopped_by] = simulate_all();
    figures_.build_s += f.build_s;
    figures_.loop_s += f.loop_s;
    figures_.checkpoint_s += f.checkpoint_s;
    figures_.ranks = f.ranks;
    figures_.threads = f.threads;
    // Of a run that was stopped, what there is: unless whole replicates can be kept instead.
    if (!root() || (!stopped_by.empty() && !results_.empty())) {
      return stopped_by;
    }
    Results results = run_->results(scenario_);
    DecisionSources decisions = std::move(results.provenance.decisions);
    results.provenance = provenance_;
    results.provenance.decisions = std::move(decisions);
    results.scenario = name_;
    results.complete = stopped_by.empty();
    if (!stopped_by.empty()) {
      results_.push_back(std::move(results));
      return stopped_by;
    }
    Outcome outcome = run_->outcome();
    std::vector<Field> fields = {{"seed", run_->seed()}, {"content_hash", results.content_hash}};
    add_figures(outcome.figures, is_headline, fields);
    fields.push_back({"loop_s", f.loop_s});
    for (const Timing& t : run_->simulation().timing()) {
      fields.push_back({std::string(time_prefix) + t.substep + "." + t.behavior, t.seconds});
    }
    log(Severity::info, "simulated", fields);
    results_.push_back(std::move(results));
    if (a_.replicates > 1 && !a_.quiet) {
      std::fprintf(stderr, "seed %llu: %s, %.2f s\n", static_cast<unsigned long long>(run_->seed()),
                   run_->model().in_brief(outcome).c_str(), f.loop_s);
    }
    outcomes_.push_back(std::move(outcome));
    // Seeds of a moment are cheaper to run again than to write one by one, unless somebody asked
    // for checkpoints: those of this seed are about to go.
    constexpr double worth_writing_s = 5;
    const CheckpointRules rules = checkpoint_rules(scenario_.values);
    const bool keeps = rules.every_steps > 0 || rules.every_minutes > 0;
    if (a_.replicates > 1 && (keeps || seconds() - finished_written_ > worth_writing_s)) {
      write_finished();
    }
    return {};
  }

  /// Says so first, as a launcher that ends a job leaves about a second; then writes what there is.
  void stop(const std::string& by) {
    const Step step = run_->simulation().now();
    const std::vector<Field> fields = {{"stopped_by", by},
                                       {"step", i64{step}},
                                       {"replicates_finished", static_cast<i64>(outcomes_.size())}};
    log(Severity::warning, "stopped", fields);
    directory_->set_status(RunStatus::stopped, fields);
    if (!outcomes_.empty()) {
      write_finished();
    }
    for (Results& results : results_) {
      results.complete = false;
    }
    write();
    const bool dated = run_->model().calendar() != nullptr;
    const std::string until = dated ? "the days until then" : "the steps until then";
    const std::string kept = outcomes_.empty() ? until
                                               : std::to_string(outcomes_.size()) + " of " +
                                                     std::to_string(a_.replicates) + " seeds";
    const std::string date = dated ? " (" + run_->when(step) + ")" : "";
    std::fprintf(stderr,
                 "throng: %s: stopped by %s after step %u of %u%s. %s holds %s and says complete "
                 "= 0; 'throng resume %s' goes on from there.\n",
                 a_.out.c_str(), by.c_str(), unsigned{step}, unsigned{run_->steps()}, date.c_str(),
                 directory_->results_path().c_str(), kept.c_str(), a_.out.c_str());
    if (a_.json) {
      std::printf("%s\n", stopped_line(name_, by, step).c_str());
    }
  }

  void write() {
    const double t = seconds();
    const Results all = combine_replicates(std::move(results_));
    write_results(directory_->results_path(), all);
    content_hash_ = all.content_hash;
    figures_.output_s = seconds() - t;
  }

  void end() {
    figures_.wall_s = seconds() - began_;
    std::vector<Field> summary_fields = {{"content_hash", content_hash_}};
    add_figures(median(outcomes_).figures, is_headline, summary_fields, outcomes_.size() > 1);
    summary_fields.insert(summary_fields.end(), {{"build_s", figures_.build_s},
                                                 {"loop_s", figures_.loop_s},
                                                 {"output_s", figures_.output_s},
                                                 {"checkpoint_s", figures_.checkpoint_s},
                                                 {"wall_s", figures_.wall_s},
                                                 {"peak_rss_bytes", figures_.peak_bytes}});
    log(Severity::info, "end", summary_fields);
    directory_->set_status(RunStatus::completed, summary_fields);
    std::error_code ignored;  // what is left there is in results.h5
    std::filesystem::remove_all(a_.out + "/replicates", ignored);
    Requests::forget(a_.out);  // they came too late
    if (!a_.quiet) {
      std::printf("%sresults              %s\n",
                  summary(*run_, figures_, outcomes_, content_hash_).c_str(),
                  directory_->results_path().c_str());
    }
    if (a_.json) {
      std::printf("%s\n", json_line(name_, *run_, figures_, outcomes_, content_hash_).c_str());
    }
  }

  /// Says in the run's folder what ended it; never in the way of the failure itself.
  void fail(const std::string& error) noexcept {
    if (!directory_) {
      return;
    }
    try {
      log(Severity::error, "failed", {{"error", error}});
      directory_->set_status(RunStatus::failed, {{"error", error}});
    } catch (const std::exception&) {
      // The disk that failed the run may refuse this too: the message on standard error stands.
    }
  }

  /// What one rank alone ran into ends all of them at once: rank 0, who keeps the folder, may never
  /// hear of it.
  void fail_elsewhere(const std::string& error) noexcept {
    if (root()) {
      return;
    }
    try {
      RunDirectory::fail(a_.out, "rank " + std::to_string(world_.rank()) + ": " + error);
    } catch (const std::exception&) {
      // The folder may be on another machine: the message on standard error stands.
    }
  }

  const Communicator& world_;
  RunRecord record_;
  const RunArguments a_;
  double began_;
  Requests::clock::time_point process_began_ = Requests::clock::now();
  ScenarioFile scenario_;
  std::string name_;
  std::vector<Warning> warnings_;
  std::unique_ptr<Run> run_;
  std::unique_ptr<RunDirectory> directory_;  // on rank 0
  Provenance provenance_;
  RunFigures figures_;
  std::vector<Outcome> outcomes_;
  std::vector<Results> results_;
  std::string content_hash_;
  Restart restart_;
  int finished_ = 0;  // seeds
  std::size_t finished_on_disk_ = 0;
  double finished_written_ = began_;
  int failures_ = 0;  // checkpoints in a row that could not be written
};

}  // namespace

int default_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  const char* local = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  const int ranks = local == nullptr ? 1 : std::max(1, std::atoi(local));
  return std::max(1, CPU_COUNT(&set) / ranks);
}

int run_command(const Communicator& world, const RunArguments& a) {
  const double began = seconds();
  set_thread_count(a.threads > 0 ? a.threads : default_threads());
  Requests::note_signals();
  return RunCommand(world, a, began).run();
}

}  // namespace throng
