#include "tools/bench_measure.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "behaviors/epidemic/parameters.h"
#include "io/publish.h"
#include "scenarios/assemble.h"
#include "scenarios/checkpoints.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "sim/chance.h"
#include "sim/parallel.h"
#include "tools/child.h"
#include "tools/commands.h"
#include "tools/shipped.h"

namespace throng::bench {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void refuse_launchers() {
  for (const char* mark : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"}) {
    if (std::getenv(mark) != nullptr) {
      throw InputError(
          "throng bench: it was started by an MPI launcher (it starts ranks of its own, and "
          "measures one machine). Start it without the launcher.");
    }
  }
}

namespace {

i64 infectious_people(const Run& run) {
  const std::vector<i64> counts = epidemic_of(run).daily().stage_counts();
  i64 sum = 0;
  for (std::size_t stage = 0; stage < counts.size(); ++stage) {
    sum +=
        epidemic_of(run).settings().history->infectious(static_cast<u8>(stage)) ? counts[stage] : 0;
  }
  return sum;
}

Loop loop_of(Run& run) {
  Loop loop;
  loop.people = run.agents();
  loop.steps = run.steps();
  const double began = seconds();
  while (!run.done()) {
    loop.infectious.push_back(infectious_people(run));
    const double day = seconds();
    run.step();
    loop.day_s.push_back(seconds() - day);
  }
  run.simulation().finish();
  loop.loop_s = seconds() - began;
  return loop;
}

}  // namespace

Loop run_once(const ScenarioFile& scenario) {
  Run run(Communicator(), scenario, {});
  return loop_of(run);
}

Loop run_and_write(const ScenarioFile& scenario, const std::filesystem::path& results) {
  Run run(Communicator(), scenario, {});
  Loop loop = loop_of(run);
  const double began = seconds();
  write_results(results.string(), run.results(scenario));
  loop.output_s = seconds() - began;
  return loop;
}

Kept run_kept(const ScenarioFile& scenario, const std::filesystem::path& folder) {
  constexpr Step every = 30;
  const Communicator alone;
  const CheckpointFolder files{folder};
  Kept kept;
  {
    Run run(alone, scenario, {});
    Checkpoints checkpoints(alone, folder, {.keep = 1}, scenario.resolved);
    checkpoints.commit(run);  // and what never changes
    while (!run.done()) {
      run.step();
      const Step now = run.simulation().now();
      if (now % every != 0) {
        continue;
      }
      double began = seconds();
      checkpoints.commit(run);
      kept.commits_s += seconds() - began;
      const std::string bytes = read_file(files.checkpoint(now).string());
      kept.largest_bytes = std::max(kept.largest_bytes, static_cast<double>(bytes.size()));
      began = seconds();
      replace_file((folder / "plain").string(), bytes);
      kept.plain_s += seconds() - began;
    }
  }
  const double began = seconds();
  const Restart restart = files.newest(alone);
  const Run run(alone, scenario, {.past = restart.past.get(), .recorded = restart.recorded});
  kept.restart_s = seconds() - began;
  return kept;
}

double build_city(const ScenarioFile& scenario) {
  const Communicator alone;
  const double began = seconds();
  const auto source = source_of(scenario.values);
  const AssembleOptions options = {
      .age_bands = scenario.values.get(epidemic::parameters::age_bands),
      .seed = static_cast<u64>(scenario.values.get(scenario::run_seed))};
  Population city = build_by_geography(alone, *source, geography_of(*source), options);
  add_networks(alone, city);
  return seconds() - began;
}

ReferenceTimes beside_twin(const ScenarioFile& scenario) {
  const int threads = thread_count();
  set_thread_count(1);
  const Run run(Communicator(), scenario, {});
  const ReferenceTimes times = time_reference(
      *source_of(scenario.values),
      std::make_shared<epidemic::Settings>(epidemic_of(run).settings()), epidemic_of(run).beta(),
      scenario.values.get(epidemic::parameters::age_bands), run.seed());
  set_thread_count(threads);
  return times;
}

double dense_draw(std::size_t people) {
  constexpr std::size_t block = 65'536;
  constexpr u8 classes = 16;
  std::vector<u8> class_of(people), out(people);
  std::vector<u32> limit_of;
  for (u8 c = 0; c < classes; ++c) {
    limit_of.push_back(threshold((c + 1.0) / 100));
  }
  for (std::size_t i = 0; i < people; ++i) {
    class_of[i] = static_cast<u8>(i % classes);
  }
  const Chance chance(1);
  const double began = seconds();
  parallel_for((people + block - 1) / block, people, [&](std::size_t k) {
    const std::size_t first = k * block, count = std::min(block, people - first);
    chance.dense_below(static_cast<AgentId>(first), 0, 1, "bench.dense", 0,
                       std::span(class_of).subspan(first, count), limit_of,
                       std::span(out).subspan(first, count));
  });
  return seconds() - began;
}

namespace {

std::vector<std::string> command_of(const Start& start, const std::filesystem::path& out) {
  std::vector<std::string> command;
  if (start.ranks > 1) {
    const auto launcher = find_program("mpirun");
    if (!launcher) {
      return {};
    }
    command = {launcher->string(), "--bind-to", "none", "-n", std::to_string(start.ranks)};
  }
  command.insert(command.end(),
                 {program_path().string(), "run", start.scenario.string(), "--out", out.string(),
                  "--threads", std::to_string(start.threads), "--json", "--quiet"});
  for (const std::string& override_text : start.set) {
    command.insert(command.end(), {"--set", override_text});
  }
  return command;
}

/// What log.jsonl of a run says of where its time went.
std::vector<std::pair<std::string, double>> time_in(const std::filesystem::path& out) {
  std::vector<std::pair<std::string, double>> all;
  std::ifstream log(out / "log.jsonl");
  for (std::string line; std::getline(log, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.value("event", "") == "simulated") {
      for (const auto& [name, value] : json.items()) {
        if (name.starts_with(time_prefix)) {
          all.emplace_back(name.substr(time_prefix.size()), value.get<double>());
        }
      }
    }
  }
  return all;
}

}  // namespace

Reported run_apart(const Start& start) {
  ScratchFolder scratch;
  const std::filesystem::path out = scratch.next();
  const std::vector<std::string> command = command_of(start, out);
  if (command.empty()) {
    return {.problem = "mpirun is not in the PATH"};
  }
  // As root (containers), with more ranks than cores, whose waiting threads must not spin.
  const ChildResult child =
      run_child(command, {"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                          "OMPI_MCA_rmaps_base_oversubscribe=1", "OMP_WAIT_POLICY=passive"});
  if (child.exit_code != 0) {
    return {.problem = "exit code " + std::to_string(child.exit_code) + ": " +
                       child.errors.substr(0, child.errors.find_last_not_of('\n') + 1)};
  }
  const auto json = nlohmann::json::parse(child.last_line, nullptr, false);
  if (!json.is_object()) {
    return {.problem = "its last line is not JSON: " + child.last_line};
  }
  return {.loop_s = json.at("loop_s"),
          .wall_s = json.at("wall_s"),
          .people = json.at("agents"),
          .peak_bytes = json.at("peak_rss_bytes"),
          .time_in = time_in(out),
          .problem = {}};
}

namespace {

/// What follows the first line that begins with `name` and a colon.
std::string proc_field(const char* file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(name, 0) == 0) {
      const std::size_t at = line.find_first_not_of(" \t", line.find(':') + 1);
      return at == std::string::npos ? "" : line.substr(at);
    }
  }
  return "unknown";
}

}  // namespace

std::string processor_name() { return proc_field("/proc/cpuinfo", "model name"); }

std::string load_average() {
  std::ifstream in("/proc/loadavg");
  std::string one, five, fifteen;
  in >> one >> five >> fifteen;
  return one + " " + five + " " + fifteen;
}

double memory_gib() {
  std::istringstream kilobytes(proc_field("/proc/meminfo", "MemTotal"));
  double value = 0;
  kilobytes >> value;
  return value / (1024 * 1024);
}

}  // namespace throng::bench
