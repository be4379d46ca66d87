// Replaying one person: the run again from its scenario and seed, watching one row.
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "behaviors/person/columns.h"
#include "io/publish.h"
#include "io/toml_file.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "tools/commands.h"

namespace throng {
namespace {

class Watch final : public Tracer {
 public:
  explicit Watch(AgentId person) : person_(person) {}
  void dates(const Calendar& calendar, const Population& population) {
    calendar_ = calendar;
    population_ = &population;
  }
  void begin(Step now, std::string_view substep, std::string_view behavior, std::string_view phase) override {
    now_ = now;
    where_ = std::string(substep) + " " + std::string(phase) + " " + std::string(behavior);
  }
  void drew(const Kind& kind, const Counter& c, std::string_view draw, const Words& w) override {
    if (kind.name() == person::kind && c.id == person_) {
      std::printf("%s  draw %.*s[%u] = %.6f %.6f %.6f %.6f\n", place().c_str(), static_cast<int>(draw.size()), draw.data(),
                  c.index, unit(w[0]), unit(w[1]), unit(w[2]), unit(w[3]));
      ++lines_;
    }
  }
  void changed(const Kind& kind, AgentId id, const ColumnInfo& column, u64 before, u64 after) override {
    if (kind.name() == person::kind && id == person_) {
      std::printf("%s  %s: %s -> %s\n", place().c_str(), std::string(column.name).c_str(), value(column, before).c_str(),
                  value(column, after).c_str());
      ++lines_;
    }
  }
  void told(AgentId from, AgentId to, std::string_view observation) override {
    if (from == person_ || to == person_) {
      std::printf("%s  %s tells %s %s\n", place().c_str(), who(from).c_str(), who(to).c_str(), std::string(observation).c_str());
      ++lines_;
    }
  }
  void told_group(AgentId from, const Member& to, std::string_view observation) override {
    if (from == person_) {
      std::printf("%s  %s tells one of group %u %s\n", place().c_str(), who(from).c_str(), to.group,
                  std::string(observation).c_str());
      ++lines_;
    }
  }
  int lines() const { return lines_; }

 private:
  std::string place() const { return calendar_.date_of(now_).str() + " (step " + std::to_string(now_) + ") " + where_; }
  static std::string who(AgentId id) { return id == no_agent ? "outside" : "person " + std::to_string(id); }
  std::string value(const ColumnInfo& column, u64 v) const {
    const Kind::Entry* e = population_->kind(person::kind).find(column.name);
    if (v < e->label_names.size()) {
      return e->label_names[v];
    }
    if (column.type == DataType::u16_ && v == never) {
      return "never";
    }
    return column.type == DataType::u32_ && v == no_agent ? "nobody" : std::to_string(v);
  }
  AgentId person_;
  Calendar calendar_;
  const Population* population_ = nullptr;
  Step now_ = 0;
  std::string where_;
  int lines_ = 0;
};

}  // namespace

int trace_command(const TraceArguments& a) {
  set_thread_count(1);
  const std::filesystem::path folder(a.run);
  if (!std::filesystem::exists(folder / "scenario.toml")) {
    throw InputError(a.run + ": this is not the directory of a run (it holds no scenario.toml). Give what you gave to --out.");
  }
  std::vector<std::string> set;
  if (a.steps) {
    set.push_back("run.steps=" + std::to_string(*a.steps));
  }
  const ScenarioFile scenario = read_scenario(full_schema(), folder / "scenario.toml", {.set = set});
  Watch watch(a.person);
  Run run(Communicator(), scenario, {.check_order = false, .tracer = &watch});
  if (a.person >= run.people()) {
    throw InputError(a.run + ": there is no person " + std::to_string(a.person) + " (ids go from 0 to " +
                     std::to_string(run.people() - 1) + "). Give one of them.");
  }
  watch.dates(run.calendar(), run.simulation().population());
  const Kind& people = run.simulation().population().kind(person::kind);
  for (const auto& e : people.columns()) {
    if (e->store->info().role == Role::fixed) {
      const u64 v = e->store->bits(people.partition().row_of(a.person));
      std::printf("%s = %s\n", std::string(e->store->info().name).c_str(),
                  v < e->label_names.size() ? e->label_names[v].c_str() : std::to_string(v).c_str());
    }
  }
  while (!run.done()) {
    run.step();
  }
  std::printf("%d lines; the run's content hash is %016llx\n", watch.lines(),
              static_cast<unsigned long long>(run.simulation().content_hash()));
  return exit_done;
}

}  // namespace throng
