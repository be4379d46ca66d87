// Replaying one person: the run again from its scenario and seed, watching one row.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "behaviors/epidemic/columns.h"
#include "scenarios/checkpoints.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/resumed.h"
#include "tools/terminal.h"

namespace throng {
namespace {

class Watch final : public Tracer {
 public:
  /// From now on, watches this one; nobody before.
  void follow(Run& run, AgentId person) {
    run_ = &run;
    person_ = person;
  }
  void begin(Step now, std::string_view substep, std::string_view behavior,
             std::string_view phase) override {
    now_ = now;
    substep_ = substep;
    where_ = substep_ + " " + std::string(phase) + " " + std::string(behavior);
  }
  void drew(const Kind& kind, const Counter& c, std::string_view draw, const Words& w) override {
    if (watched(kind) && c.id == person_) {
      std::printf("%s  draw %.*s[%u] = %.6f %.6f %.6f %.6f\n", place().c_str(),
                  static_cast<int>(draw.size()), draw.data(), c.index, unit(w[0]), unit(w[1]),
                  unit(w[2]), unit(w[3]));
      ++lines_;
    }
  }
  void changed(const Kind& kind, AgentId id, const ColumnInfo& column, u64 before,
               u64 after) override {
    if (watched(kind) && id == person_) {
      std::printf("%s  %s: %s -> %s\n", place().c_str(), std::string(column.name).c_str(),
                  value(column, before).c_str(), value(column, after).c_str());
      ++lines_;
    }
  }
  void told(const Kind& by, AgentId from, const Kind& whom, AgentId to,
            std::string_view observation) override {
    if ((watched(by) && from == person_) || (watched(whom) && to == person_)) {
      std::printf("%s  %s tells %s %s\n", place().c_str(), who(by, from).c_str(),
                  who(whom, to).c_str(), std::string(observation).c_str());
      ++lines_;
    }
  }
  void told_group(const Kind& by, AgentId from, const Member& to,
                  std::string_view observation) override {
    if (watched(by) && from == person_) {
      std::printf("%s  %s tells one of group %u %s\n", place().c_str(), who(by, from).c_str(),
                  to.group, std::string(observation).c_str());
      ++lines_;
    }
  }
  void born(const Kind& kind, AgentId id, KindTag parent_kind, AgentId parent) override {
    if (watched(kind) && id == person_) {
      std::printf("%s  is born\n", place(substep_).c_str());
      ++lines_;
    }
    if (run_ != nullptr && parent == person_ &&
        watched(*run_->simulation().population().kinds()[parent_kind])) {
      std::printf("%s  bears %s\n", place(substep_).c_str(), who(kind, id).c_str());
      ++lines_;
    }
  }
  void died(const Kind& kind, AgentId id) override {
    if (watched(kind) && id == person_) {
      std::printf("%s  dies\n", place(substep_).c_str());
      ++lines_;
    }
  }
  int lines() const { return lines_; }

 private:
  bool watched(const Kind& kind) const {
    return run_ != nullptr && kind.name() == run_->model().kind();
  }
  std::string place() const { return place(where_); }
  std::string place(const std::string& where) const {
    const std::string step = "step " + std::to_string(now_);
    return (run_->model().calendar() != nullptr ? run_->when(now_) + " (" + step + ") "
                                                : step + " ") +
           where;
  }
  std::string who(const Kind& kind, AgentId id) const {
    return id == no_agent  ? "outside"
           : watched(kind) ? run_->model().words().one + " " + std::to_string(run_->id_of(id))
                           : kind.name() + " " + std::to_string(id);
  }
  std::string value(const ColumnInfo& column, u64 v) const {
    const Kind& agents = run_->simulation().population().kind(run_->model().kind());
    const Kind::Entry* e = agents.find(column.name);
    if (v < e->label_names.size()) {
      return e->label_names[v];
    }
    if (column.type == DataType::u16_ && v == never) {
      return "never";
    }
    if (column.name == epidemic::infector.name) {
      return v == no_agent ? "nobody" : who(agents, static_cast<AgentId>(v));
    }
    return value_text(column.type, v);
  }
  AgentId person_ = no_agent;
  Run* run_ = nullptr;
  Step now_ = 0;
  std::string substep_, where_;
  int lines_ = 0;
};

}  // namespace

namespace {

/// What a person is: columns that never change.
void print_fixed(const Kind& people, AgentId person) {
  for (const auto& e : people.columns()) {
    if (e->store->info().role == Role::fixed) {
      const ColumnInfo& info = e->store->info();
      const u64 v = e->store->bits(people.partition().row_of(person));
      std::printf(
          "%s = %s\n", std::string(info.name).c_str(),
          v < e->label_names.size() ? e->label_names[v].c_str() : value_text(info.type, v).c_str());
    }
  }
}

/// The seeds of a run that ended, and its hash; nothing where it did not end.
struct Ended {
  std::size_t replicates = 1;
  std::string content_hash;
};

std::optional<Ended> ended(const std::filesystem::path& folder, const ScenarioFile& scenario) {
  const auto results = results_of(folder, scenario.resolved);
  if (!results || !results->complete()) {
    return std::nullopt;
  }
  return Ended{std::max<std::size_t>(1, results->replicate_seeds().size()),
               results->content_hash()};
}

/// Of a run that began as a branch, the state that it began with: what was before happened in
/// another scenario, to another run. Of any other, nothing.
Restart beginning_of(const std::filesystem::path& folder) {
  const bool known = std::filesystem::exists(folder / "run.json");
  const auto from = known ? branched_from(read_run_record(folder.string())) : std::nullopt;
  if (!from) {
    return {};
  }
  const CheckpointFolder own{folder};
  for (const Step step : own.steps()) {
    if (checkpoint_name(step) == from->filename()) {
      try {
        return own.newest(Communicator(), step);
      } catch (const NoCheckpoint& error) {
        throw AgreedError(exit_no_checkpoint, error.what());
      }
    }
  }
  throw AgreedError(exit_no_checkpoint,
                    folder.string() + ": cannot be replayed (it began as a branch with " +
                        from->string() +
                        ", and has no checkpoint of that step any more). Branch again.");
}

}  // namespace

int trace_command(const TraceArguments& a) {
  set_thread_count(1);
  const std::filesystem::path folder(a.run);
  if (!std::filesystem::exists(folder / "scenario.toml")) {
    throw InputError(a.run +
                     ": this is not the directory of a run (it holds no scenario.toml). Give what "
                     "you gave to --out.");
  }
  const ScenarioFile scenario = read_scenario(full_schema(), folder / "scenario.toml", {});
  const std::optional<Ended> original = ended(folder, scenario);
  if (original && a.replicate >= original->replicates) {
    throw InputError(a.run + ": there is no replicate " + std::to_string(a.replicate) +
                     " (the run has " + std::to_string(original->replicates) +
                     ", counted from 0). Give one of them.");
  }
  Watch watch;
  const Restart beginning = beginning_of(folder);
  const Step begin = beginning.step.value_or(0);
  if (a.steps && *a.steps < begin) {
    throw InputError("--steps " + std::to_string(*a.steps) + ": " + a.run +
                     " began as a branch after step " + std::to_string(begin) +
                     " (what was before is its parent's). Trace that.");
  }
  Run run(Communicator(), scenario,
          {.seed_offset = a.replicate,
           .check_order = false,
           .tracer = &watch,
           .past = beginning.past.get(),
           .recorded = beginning.recorded});
  const Step end = std::max(begin, std::min(run.steps(), a.steps.value_or(run.steps())));
  const AgentId person = run.agent_with(a.person);
  if (person == no_agent) {
    throw InputError(a.run + ": there is no " + run.model().words().one + " " +
                     std::to_string(a.person) + " (" + run.ids_in_words() + "). Give one of them.");
  }
  watch.follow(run, person);
  const Kind& agents = run.simulation().population().kind(run.model().kind());
  if (agents.partition().is_mine(person)) {
    print_fixed(agents, person);
  }
  if (begin > 0) {
    std::printf("a branch: what it did itself begins after step %u\n", unsigned{begin});
  }
  while (run.simulation().now() < end) {
    run.step();
  }
  if (person >= agents.partition().total()) {
    throw InputError(a.run + ": there is no " + run.model().words().one + " " +
                     std::to_string(a.person) + " (until step " + std::to_string(end) +
                     " ids go from 0 to " + std::to_string(i64{agents.partition().total()} - 1) +
                     "). Give one of them.");
  }
  const std::string hash = hash_text(run.simulation().content_hash());
  std::printf("%d lines; the content hash after step %u is %s\n", watch.lines(), unsigned{end},
              hash.c_str());
  if (original && original->replicates == 1 && run.done() && hash != original->content_hash) {
    std::fflush(stdout);
    std::fprintf(
        stderr,
        "throng: %s: the replay differs from the run, whose content hash is %s (another build of "
        "the program, "
        "or files it read have changed). What is printed above is not what happened there.\n",
        a.run.c_str(), original->content_hash.c_str());
    return exit_model_error;
  }
  return exit_done;
}

}  // namespace throng
