// The measurements behind `throng bench`: one call, one run of the thing measured.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/reference_times.h"
#include "scenarios/scenario_file.h"
#include "sim/types.h"

namespace throng::bench {

/// Monotonic time [s].
double seconds();

/// Throws InputError where an MPI launcher started this program.
void refuse_launchers();

/// One run in this process, without its output unless asked for.
struct Loop {
  double loop_s = 0, output_s = 0;
  i64 people = 0;
  Step steps = 0;
  std::vector<double> day_s;    ///< [step]
  std::vector<i64> infectious;  ///< [step]: people who could infect when the step began
};
Loop run_once(const ScenarioFile& scenario);
/// The same, and its results written to `results`.
Loop run_and_write(const ScenarioFile& scenario, const std::filesystem::path& results);

/// A run that is kept after every 30th step, in a folder of its own.
struct Kept {
  double commits_s = 0;      ///< of all but the first
  double plain_s = 0;        ///< the same bytes written and flushed to one file each, right after
  double largest_bytes = 0;  ///< of a checkpoint
  double restart_s = 0;      ///< from the scenario to a simulation at the step of the last one
};
Kept run_kept(const ScenarioFile& scenario, const std::filesystem::path& folder);

/// From the plan of a city to its people, places and networks [s].
double build_city(const ScenarioFile& scenario);

/// An epidemic by the engine, and by its twin that evaluates every contact every day, both on one
/// thread.
ReferenceTimes beside_twin(const ScenarioFile& scenario);

/// One coin for each of so many people in order of id, on all threads [s]: a byte read, a byte
/// written.
double dense_draw(std::size_t people);

/// `throng run` in a process of its own: what its closing line of JSON says.
struct Reported {
  double loop_s = 0, wall_s = 0;
  double people = 0, peak_bytes = 0;
  /// Of the first rank [s], by "substep.behavior", what the engine does between them included.
  std::vector<std::pair<std::string, double>> time_in = {};
  std::string problem;  ///< empty when it went well
};
struct Start {
  std::filesystem::path scenario;
  std::vector<std::string> set;
  int ranks = 1, threads = 1;
};
Reported run_apart(const Start& start);

/// Words on this machine, as /proc gives them.
std::string processor_name();
std::string load_average();
double memory_gib();

}  // namespace throng::bench
