// The commands of `throng`: one function each, returning the exit code.
#pragma once
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/communicator.h"
#include "sim/types.h"

namespace throng {

/// Exit codes, as scripts know them.
enum ExitCode : int {
  exit_done = 0,
  exit_differs = 1,
  exit_usage = 2,
  exit_bad_input = 65,
  exit_no_checkpoint = 66,
  exit_unanswered = 69,
  exit_model_error = 70,
  exit_hang = 71,
  exit_cannot_create = 73,
  exit_io = 74,
  exit_stopped = 75,
};

struct RunArguments {
  std::string scenario, out;
  std::optional<std::string> seed, steps;  ///< digits
  int threads = 0;                         ///< 0: as many as this rank may use
  int replicates = 1;
  std::vector<std::string> set;
  bool json = false, quiet = false;
  bool overwrite = false;  ///< results of an earlier run in `out` may be replaced
  bool resume = false;     ///< `out` holds a run that was stopped: its scenario, its seed
  std::string branch_of;   ///< directory of the run whose checkpoint this one begins with
  Step branch_at = 0;
  std::optional<double> max_walltime_s;        ///< of the whole command
  double watchdog_s = 1800;                    ///< without a step it is ended; 0: never
  u64 shuffle_rows = 0, shuffle_messages = 0;  ///< tests only: keys of random orders
  /// Tests only: the step that never ends; that after which it is asked to stop; or is killed.
  /// Steps of several seeds are counted on.
  std::optional<u64> hang_at, stop_at, kill_at;
  std::vector<std::string> command_line;
};

/// In the log of a run: seconds of rank 0 in "seconds.SUBSTEP.BEHAVIOR".
inline constexpr std::string_view time_prefix = "seconds.";

int run_command(const Communicator& world, const RunArguments& arguments);
/// The first step, kind, column and row in which two runs differ: exit code 0 where none does, 1
/// otherwise.
int compare_bits_command(const std::string& a, const std::string& b);
struct CompareArguments {
  std::vector<std::string> runs;    ///< the first is what the others are compared with
  std::vector<std::string> series;  ///< or ratios; none: the headline series
  std::string from, to;             ///< days, or steps; empty: all
  std::vector<std::string> by;      ///< axes; none: by borough
  std::string measure;              ///< in the table; empty: by the series
  bool cumulative = false;          ///< days of the CSV are added up
  double level = 95;                ///< of intervals, in percent
  std::string csv;                  ///< empty: none is written
  bool json = false;
};
/// Differences between runs that share their luck, seed by seed.
int compare_command(const CompareArguments& arguments);
struct ScoreArguments {
  std::string run, against;
  std::vector<std::string> map;   ///< "hospitalised=admissions"; none: columns called as series
  std::vector<std::string> area;  ///< "BK=Brooklyn", where the run's city does not know the code
  std::string from, to;           ///< days; empty: all
  std::string period;             ///< sum or mean; empty: sum over weeks, mean over months
  std::string by = "area";        ///< area or all
  std::optional<double> scale;    ///< of counts; none: as the run's population asks for
  std::string csv;                ///< empty: none is written
  bool json = false;
};
/// How good a run's predictions were of what was observed.
int score_command(const ScoreArguments& arguments);
int check_command(const std::string& scenario, const std::vector<std::string>& set);
int describe_command(const std::string& what, bool json);
int schema_command();
int fit_command(const std::string& scenario, const std::vector<std::string>& set);
struct AskArguments {
  std::string scenario;
  std::vector<std::string> set;
  std::string decision;  ///< of several the one; empty: all
  bool dry_run = false;  ///< how many questions, and what they cost
  u64 show = 0;          ///< so many questions as they would be sent
  bool probe = false;    ///< what the server can do
  bool json = false;
};
int ask_command(const AskArguments& arguments);
struct TraceArguments {
  std::string run;
  i64 person = 0;  ///< as in the user's own file, where the population came from one
  u32 replicate = 0;
  std::optional<Step> steps;
};
int trace_command(const TraceArguments& arguments);
struct DrawArguments {
  std::string run, file;  ///< directory of a run; .png or .svg
  Step step = 0;
  std::vector<std::string> kinds;  ///< empty: the first one that can be drawn
  std::string column;              ///< empty: the first with labels, or with numbers
  std::string x, y;                ///< columns that say where rows are; empty: their space does
  bool distinct = false;           ///< a color for each different value
  u32 size = 640;                  ///< pixels, of the longer side
  std::optional<double> radius;    ///< pixels, of points; the fewer there are, the larger
  u32 replicate = 0;
};
int draw_command(const DrawArguments& arguments);
struct MergeArguments {
  std::string run, out;  ///< a file; empty: the results.h5 of the run
  int threads = 0;       ///< 0: as many as this rank may use
};
int merge_command(const Communicator& world, const MergeArguments& arguments);
int verify_command(const std::vector<std::string>& paths);
int inspect_command(const std::string& path, bool json);
struct ExportArguments {
  std::string run;                                       ///< a directory, or a file of results
  std::string series, quantiles, table, events, agents;  ///< one of them; none: what there is
  bool ledger = false;                                   ///< what a model was asked, as JSON Lines
  bool neighborhoods = false;                            ///< counted from people
  std::string xdmf;                                      ///< a kind with coordinates
  std::optional<Step> step;                              ///< of agents, neighborhoods
  std::optional<u32> replicate;                          ///< default: all
  std::string file;                                      ///< empty: standard output
  bool units = false;                                    ///< in the header
};
int export_command(const ExportArguments& arguments);
struct DistillArguments {
  std::string ledger;           ///< JSON Lines, results, or the directory of a run
  std::string decision;         ///< empty: the only one there is
  std::string file;             ///< CSV
  double largest_error = 0.05;  ///< of a region that is certified, in share
};
int distill_command(const DistillArguments& arguments);
struct SweepArguments {
  std::string file, out;          ///< of the sweep, or with `vary` a scenario
  std::string resume;             ///< folder of a sweep that goes on
  std::vector<std::string> vary;  ///< "epidemic.r0=2,2.5,3"
  std::vector<std::string> set;
  std::optional<std::string> sample;
  std::optional<i64> points, replicates, seed;
  int jobs = 0, threads = 0;  ///< 0: by the CPUs
  std::string slurm;          ///< batch script; empty: on this machine
  /// Of an array job: which of how many tasks, from 1 on.
  std::optional<std::pair<std::size_t, std::size_t>> part;
  std::optional<double> max_walltime_s;
  bool quiet = false;
};
/// Exit code 0 where every run is completed, 1 where some failed, 75 where some are not over.
int sweep_command(const SweepArguments& arguments);
struct FitArguments {
  std::string file, out;
  int jobs = 0, threads = 0;  ///< 0: by the CPUs
  std::optional<double> max_walltime_s;
  bool quiet = false;
};
int fit_to_observed_command(const FitArguments& arguments);
struct BenchArguments {
  std::string json;
  bool all = false;
  double scale = 1;  ///< share of all sizes; the targets are meant for 1
  int repeats = 3;
};
int bench_command(const BenchArguments& arguments);
struct BenchDecisionsArguments {
  std::string csv;  ///< empty: none is written
  int seeds = 5;
  i64 people = 20'000;
};
int bench_decisions_command(const BenchDecisionsArguments& arguments);
struct BenchAgencyArguments {
  std::string scenario;          ///< empty: the town that decides by known laws
  std::vector<std::string> set;  ///< KEY=VALUE; of all ways to decide
  std::vector<std::string> series;
  std::string csv, observed;           ///< empty: none
  std::string server, model, dialect;  ///< who answers for archetypes; empty: as the scenario says
  int seeds = 8;
  i64 people = 20'000;  ///< of the town
  i64 sample = 300;
  bool ask_everyone = false;
};
int bench_agency_command(const BenchAgencyArguments& arguments);

/// A failure that all ranks know of: rank 0 prints it, and all end with its code.
class AgreedError : public std::runtime_error {
 public:
  AgreedError(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// A failure of which the other ranks may not know: the rank prints it, and ends them all with its
/// code.
class LoneError : public std::runtime_error {
 public:
  LoneError(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// What rank 0 does alone, as a step of all ranks: what it throws is thrown everywhere, as an
/// AgreedError. Collective.
void on_root(const Communicator& world, const std::function<void()>& action);

/// Runs a command, prints what it throws, and gives the exit code that goes with it. Errors of the
/// user are raised alike on all ranks and printed by rank 0; what only one rank saw ends all of
/// them.
int guarded(const Communicator& world, const std::function<int()>& command);

/// CPUs this process may use, shared among the ranks of its machine.
int default_threads();

}  // namespace throng
