// The command `throng`.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <tuple>

#include <CLI/CLI.hpp>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "io/provenance.h"
#include "io/run_directory.h"
#include "sim/error.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/examiner.h"
#include "tools/python_package.h"
#include "tools/requests.h"

namespace {

/// Idle threads sleep instead of spinning: on a shared or oversubscribed machine spinning costs six
/// times the run. OpenMP reads this before main, so the program starts itself once more.
void let_idle_threads_sleep(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) {
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", argv);
  }
}

pid_t launcher = 0;

/// No rank outlives its launcher. The system tells when the *thread* ends that started this
/// process, which the launchers of many ranks have some of: so it is looked at who is meant.
void end_with_launcher() {
  launcher = getppid();
  const int told = SIGRTMIN + 1;
  struct sigaction ending {};
  ending.sa_handler = [](int) {
    if (getppid() != launcher) {
      kill(getpid(), SIGKILL);
    }
  };
  ending.sa_flags = SA_RESTART;
  sigaction(told, &ending, nullptr);
  prctl(PR_SET_PDEATHSIG, told);
}

/// Of a text that CLI11 would silently cut to the nearest number it can hold; how large it may be,
/// the scenario knows.
std::string is_whole(const std::string& text) {
  const bool good = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return good ? "" : "'" + text + "' is not a whole number from 0 on";
}

/// "3/100": the third of a hundred.
std::optional<std::pair<std::size_t, std::size_t>> part_in(const std::string& text) {
  std::size_t part = 0, of = 0;
  int read = 0;
  const bool good = std::sscanf(text.c_str(), "%5zu/%5zu%n", &part, &of, &read) == 2 &&
                    read == static_cast<int>(text.size()) && part >= 1 && part <= of;
  return good ? std::optional(std::pair(part, of)) : std::nullopt;
}

std::string names_of(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) {
    all += (all.empty() ? "" : ", ") + name;
  }
  return all;
}

/// What is wrong with the command line, as our other messages say it: place, problem, what to do.
std::string usage_mistake(const CLI::App& app, const CLI::ParseError& error, int argc,
                          char** argv) {
  auto parsed = app.get_subcommands();
  std::string given_words = parsed.empty() ? "" : parsed.front()->get_name() + " ";
  while (!parsed.empty() && !parsed.front()->get_subcommands().empty()) {
    parsed = parsed.front()->get_subcommands();
    given_words += parsed.front()->get_name() + " ";
  }
  const std::string help = " 'throng " + given_words + "--help' tells more.";
  if (parsed.empty()) {
    std::vector<std::string> commands;
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      commands.push_back(command->get_name());
    }
    const std::string given = argc > 1 ? argv[1] : "";
    return given.empty() ? "a command is missing (there are " + names_of(commands) + ")." + help
                         : given + ": is not a command (there are " + names_of(commands) + ")." +
                               throng::did_you_mean(given, commands, "") + help;
  }
  const std::string words = error.what(), missing = " is required";
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && words.ends_with(missing)) {
    return words.substr(0, words.size() - missing.size()) + ": is missing (the command needs it)." +
           help;
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return words.substr(0, words.find(':')) + ": its value is missing (one has to follow it)." +
           help;
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    std::vector<std::string> known;
    for (const auto* option : parsed.front()->get_options()) {
      known.push_back(option->get_name());
    }
    std::string text;
    for (const std::string& extra : parsed.front()->remaining()) {
      // What follows an unknown option is its value.
      if (extra.starts_with("-") || text.empty()) {
        text = extra + ": is not an option of 'throng " +
               given_words.substr(0, given_words.size() - 1) + "'." +
               throng::did_you_mean(extra, known, "");
      }
    }
    return text + help;
  }
  return words + "." + help;
}

/// What was printed has to arrive: a full disk behind standard output is a failure.
int flushed(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return code;
  }
  std::fprintf(stderr,
               "throng: standard output cannot be written (a full disk, or a closed file). Its "
               "text is lost.\n");
  return code == throng::exit_done ? throng::exit_io : code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace throng;
  if (argc == 3 && std::string_view(argv[1]) == examiner_word) {
    return examiner_main(argv[2]);
  }
  let_idle_threads_sleep(argv);
  signal(SIGXFSZ, SIG_IGN);  // a file too large is an error, not a kill
  signal(SIGPIPE, SIG_DFL);
  if (std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr || std::getenv("PMIX_RANK") != nullptr) {
    end_with_launcher();
  }

  CLI::App app{"Throng: large-scale agent-based simulation, the same bits on any number of ranks."};
  app.require_subcommand(1);
  const Build build = this_build();
  app.set_version_flag("--version", "throng " + build.version + " (" + build.git_commit + ", " +
                                        build.compiler + ")");

  RunArguments run;
  run.command_line.assign(argv, argv + argc);
  auto* run_app = app.add_subcommand("run", "Run a scenario and write its results.");
  run_app->add_option("scenario", run.scenario, "Scenario file (TOML).")->required();
  run_app->add_option("--out", run.out, "Directory for the results; made if it does not exist.")
      ->required();
  run_app->add_option("--seed", run.seed, "Seed of all chance, instead of the scenario's.")
      ->check(is_whole);
  run_app->add_option("--steps", run.steps, "Length of the run, instead of the scenario's.")
      ->check(is_whole);
  run_app->add_option("--threads", run.threads, "Threads per rank; default: all this rank may use.")
      ->check(CLI::Range(0, 1024));
  run_app
      ->add_option("--replicates", run.replicates,
                   "Number of seeds, from the scenario's on; quantiles in one file.")
      ->check(CLI::Range(1, most_replicates));
  run_app->add_option("--set", run.set, "Override a parameter: section.key=value. May be repeated.")
      ->take_all()
      ->allow_extra_args(false);
  run_app->add_flag("--overwrite", run.overwrite,
                    "Replace the results of an earlier run in the directory.");
  run_app->add_flag("--json", run.json, "End with one line of JSON.");
  run_app->add_flag("--quiet", run.quiet, "No progress, no warnings and no summary.");
  auto* resume_app = app.add_subcommand(
      "resume", "Go on with a run that was stopped or killed, on any number of ranks.");
  resume_app->add_option("run", run.out, "Directory of the run.")->required();
  resume_app
      ->add_option("--threads", run.threads, "Threads per rank; default: all this rank may use.")
      ->check(CLI::Range(0, 1024));
  resume_app->add_flag("--json", run.json, "End with one line of JSON.");
  resume_app->add_flag("--quiet", run.quiet, "No progress, no warnings and no summary.");

  auto* branch_app = app.add_subcommand(
      "branch", "Begin another run with the state of one after a step: a counterfactual.");
  branch_app->add_option("run", run.branch_of, "Directory of the run to branch from.")->required();
  branch_app->add_option("--at", run.branch_at, "The step; the run has a checkpoint of it.")
      ->required();
  branch_app->add_option("--scenario", run.scenario,
                         "Scenario file to go on with, instead of the run's own.");
  branch_app->add_option("--set", run.set, "Override a parameter. May be repeated.")
      ->take_all()
      ->allow_extra_args(false);
  branch_app->add_option("--out", run.out, "Directory for the new run.")->required();
  branch_app
      ->add_option("--threads", run.threads, "Threads per rank; default: all this rank may use.")
      ->check(CLI::Range(0, 1024));
  branch_app->add_flag("--overwrite", run.overwrite,
                       "Replace the results of an earlier run in the directory.");
  branch_app->add_flag("--json", run.json, "End with one line of JSON.");
  branch_app->add_flag("--quiet", run.quiet, "No progress, no warnings and no summary.");

  bool bits = false;
  CompareArguments compare;
  auto* compare_app = app.add_subcommand(
      "compare", "Differences between runs with the same seeds; with --bits, where they begin.");
  compare_app
      ->add_option("runs", compare.runs,
                   "Directories of runs, or of folders that hold one for each seed: A, and what is "
                   "compared with it.")
      ->required()
      ->expected(2, 100);
  auto* bits_flag =
      compare_app->add_flag("--bits", bits, "By every cell of the state of two runs of one seed.");
  compare_app
      ->add_option("--series", compare.series,
                   "Which series, or ratios such as unemployed/labor_force*100; default: the "
                   "headlines in the table, all in --csv and --json.")
      ->delimiter(',');
  compare_app->add_option("--from", compare.from, "First day, as 2020-03-01, or step.");
  compare_app->add_option("--to", compare.to, "Last day, or step.");
  compare_app
      ->add_option("--by", compare.by,
                   "Axes whose labels are told apart besides the total: borough (default), age, "
                   "borough*age, or total alone.")
      ->delimiter(',');
  compare_app
      ->add_option("--measure", compare.measure,
                   "In the table; default: the sum of counts, the mean of what is none.")
      ->check(CLI::IsMember({"sum", "mean", "peak", "peak_day"}));
  compare_app->add_flag("--cumulative", compare.cumulative,
                        "In the days of --csv, counts since the first one.");
  compare_app->add_option("--level", compare.level, "Of intervals, in percent; 95.")
      ->check(CLI::Range(50.0, 99.99));
  compare_app->add_option("--csv", compare.csv,
                          "File to write all measures and the differences of every day to.");
  compare_app->add_flag("--json", compare.json,
                        "All measures as JSON Lines in place of the table.");
  for (CLI::Option* option : compare_app->get_options()) {
    if (option != bits_flag && option->nonpositional() && option->get_name() != "--help") {
      bits_flag->excludes(option);
    }
  }

  ScoreArguments score;
  auto* score_app =
      app.add_subcommand("score", "How good a run's predictions were of what was observed.");
  score_app
      ->add_option("run", score.run,
                   "Directory of a run, or of a folder that holds one for each seed.")
      ->required();
  score_app
      ->add_option("--against", score.against,
                   "Observations: CSV (or .csv.gz) with date, week_ending, or year and month; with "
                   "area or borough; and columns of numbers.")
      ->required();
  score_app
      ->add_option("--map", score.map,
                   "OBSERVED=SERIES, OBSERVED=SERIES/SERIES or either with *NUMBER behind it; "
                   "default: columns that are called as a series.")
      ->delimiter(',');
  score_app
      ->add_option("--area", score.area,
                   "CODE=BOROUGH, where the tables of the run's city do not tell. May be repeated.")
      ->delimiter(',');
  score_app->add_option("--from", score.from, "First day, as 2020-03-01.");
  score_app->add_option("--to", score.to, "Last day.");
  score_app
      ->add_option("--by", score.by, "area (default: each, and all together) or all (together).")
      ->check(CLI::IsMember({"area", "all"}));
  score_app
      ->add_option("--period", score.period,
                   "How days of the run become a week or a month: sum (default of weeks) or mean "
                   "(of months).")
      ->check(CLI::IsMember({"sum", "mean"}));
  score_app
      ->add_option("--scale", score.scale,
                   "By which counts of the run are multiplied; default: 1 / population.scale.")
      ->check(CLI::Range(1e-6, 1e6));
  score_app->add_option("--csv", score.csv, "File to write the scores to.");
  score_app->add_flag("--json", score.json, "Scores as JSON Lines in place of the table.");

  std::string max_walltime;
  const char* const walltime_doc =
      "Stop with a checkpoint before so long: minutes, hours:minutes:seconds, ...";
  const auto is_walltime = [](const std::string& text) {
    return throng::walltime_in(text) ? std::string()
                                     : "'" + text +
                                           "' is no time (minutes, minutes:seconds, "
                                           "hours:minutes:seconds, days-hours, or 90s)";
  };
  for (CLI::App* going : {run_app, resume_app, branch_app}) {
    going->add_option("--max-walltime", max_walltime, walltime_doc)->check(is_walltime);
    going
        ->add_option("--watchdog", run.watchdog_s,
                     "Seconds without a step after which the run is ended; 0 for never.")
        ->check(CLI::Range(0.0, 1e7));
    going
        ->add_option("--shuffle-rows", run.shuffle_rows,
                     "Key of a random order of rows; the results are the same.")
        ->group("Tests only");
    going
        ->add_option("--shuffle-messages", run.shuffle_messages,
                     "Key of a random order of messages; the same.")
        ->group("Tests only");
    for (const auto& [name, step, what] :
         {std::tuple{"--hang-at", &run.hang_at, "The step that never ends."},
          std::tuple{"--stop-at", &run.stop_at, "The step after which it is asked to stop."},
          std::tuple{"--kill-at", &run.kill_at, "The step after which the last rank is killed."}}) {
      going->add_option(name, *step, std::string(what) + " Of several seeds they are counted on.")
          ->group("Tests only");
    }
    // Of two, the last: a script's own option stands before its user's.
    for (CLI::Option* option : going->get_options()) {
      if (option->get_items_expected_max() == 1 && !option->get_lnames().empty() &&
          option->get_lnames().front() != "set") {
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
      }
    }
  }

  std::string check_file;
  std::vector<std::string> check_set;
  auto* check_app = app.add_subcommand("check", "Check a scenario file; exit code 0 or 65.");
  check_app->add_option("scenario", check_file, "Scenario file (TOML).")->required();
  check_app->add_option("--set", check_set, "Override a parameter.")
      ->take_all()
      ->allow_extra_args(false);

  std::string what;
  bool describe_json = false;
  auto* describe_app = app.add_subcommand("describe", "Explain behaviors, columns and parameters.");
  describe_app->add_option("what", what,
                           "Part of a name, such as epidemic.isolation; everything where absent.");
  describe_app->add_flag("--json", describe_json, "As JSON.");
  auto* schema_app =
      app.add_subcommand("schema", "Print the JSON Schema of scenario files, for editors.");

  std::string fit_file;
  std::vector<std::string> fit_set;
  auto* fit_app = app.add_subcommand(
      "fit-report", "Print the margins of a synthetic city beside what was built.");
  fit_app->add_option("scenario", fit_file, "Scenario file (TOML).")->required();
  fit_app->add_option("--set", fit_set, "Override a parameter.")
      ->take_all()
      ->allow_extra_args(false);

  AskArguments ask;
  auto* ask_app = app.add_subcommand(
      "ask", "Tell what a run would ask of a language model; but for --probe, nothing is asked.");
  ask_app->add_option("scenario", ask.scenario, "Scenario file (TOML).")->required();
  ask_app->add_flag("--dry-run", ask.dry_run,
                    "How many questions there can be, their tokens and their cost.");
  ask_app->add_option("--show", ask.show, "So many questions, as they would be sent.")
      ->check(CLI::Range(1, 10'000));
  ask_app->add_flag("--probe", ask.probe,
                    "Ask the server a small question, and tell which dialect it takes (JSON).");
  ask_app->add_option("--decision", ask.decision, "Of several decisions this one alone.");
  ask_app->add_option("--set", ask.set, "Override a parameter.")
      ->take_all()
      ->allow_extra_args(false);
  ask_app->add_flag("--json", ask.json, "As JSON.");

  TraceArguments trace;
  auto* trace_app =
      app.add_subcommand("trace", "Replay one person of a run: draws, changes, contacts.");
  trace_app->add_option("run", trace.run, "Directory of a run.")->required();
  trace_app
      ->add_option("--person", trace.person,
                   "Id of the person; in a population of your own files, the id there.")
      ->required();
  trace_app->add_option("--replicate", trace.replicate, "Which of the seeds, from 0 on.");
  trace_app->add_option("--steps", trace.steps, "Stop after this step.");

  DrawArguments draw;
  auto* draw_app = app.add_subcommand("draw", "Draw a snapshot of what is in space: PNG or SVG.");
  draw_app->add_option("run", draw.run, "Directory of a run.")->required();
  draw_app->add_option("--step", draw.step, "Which snapshot; 0 is the beginning.")->required();
  draw_app->add_option("-o,--output", draw.file, "File to write: .png or .svg.")->required();
  draw_app->add_option(
      "--kind", draw.kinds,
      "Whom; default: the first kind that is in space. Several are drawn over each "
      "other, each in a color of its own.");
  draw_app->add_option("--column", draw.column,
                       "By what it is colored; default: the first column with labels.");
  draw_app->add_flag("--distinct", draw.distinct,
                     "Give each different value a color, the commonest that of the ground.");
  auto* x_option = draw_app->add_option(
      "--x", draw.x, "Column that says how far east rows are; the picture ends where they do.");
  auto* y_option = draw_app->add_option("--y", draw.y, "And how far north.");
  x_option->needs(y_option);
  y_option->needs(x_option);
  draw_app->add_option("--size", draw.size, "Pixels of the longer side, about; 640.")
      ->check(CLI::Range(16, 10'000));
  draw_app
      ->add_option("--radius", draw.radius,
                   "Of points, in pixels; default: the fewer points, the larger.")
      ->check(CLI::Range(0.1, 1'000.0));
  draw_app->add_option("--replicate", draw.replicate, "Which of the seeds, from 0 on.");

  std::vector<std::string> verify_paths;
  auto* verify_app = app.add_subcommand(
      "verify", "Say whether the files of a run are whole; exit code 0, 65, 66 or 74.");
  verify_app->add_option("path", verify_paths, "Directories of runs, or files in them.")
      ->required();

  std::string inspect_path;
  bool inspect_json = false;
  auto* inspect_app =
      app.add_subcommand("inspect", "Tell what a run directory, or a file in one, holds.");
  inspect_app->add_option("path", inspect_path, "Directory of a run, or a file in it.")->required();
  inspect_app->add_flag("--json", inspect_json, "As JSON.");

  MergeArguments merge;
  auto* merge_app = app.add_subcommand(
      "merge", "Make results of what a run had committed that was killed, or goes on.");
  merge_app->add_option("run", merge.run, "Directory of a run.")->required();
  merge_app->add_option("--out", merge.out,
                        "File to write; default: the results.h5 of the run, where it is over.");
  merge_app
      ->add_option("--threads", merge.threads, "Threads per rank; default: all this rank may use.")
      ->check(CLI::Range(0, 1024));

  ExportArguments exported;
  auto* export_app = app.add_subcommand(
      "export", "Write what a run holds as CSV, GeoJSON or XDMF; of nothing, tell what there is.");
  export_app->add_option("run", exported.run, "Directory of a run, or a file of results.")
      ->required();
  auto* table_group = export_app->add_option_group("table", "One of these");
  table_group->add_option("--series", exported.series, "A quantity over time.");
  table_group->add_option("--quantiles", exported.quantiles, "The same over the seeds of a run.");
  table_group->add_option("--table", exported.table, "A table.");
  table_group->add_option("--events", exported.events, "A log, such as transmission.");
  table_group->add_option("--agents", exported.agents, "Agents of a kind, after a --step.");
  auto* ledger_option =
      table_group->add_flag("--ledger", exported.ledger,
                            "What a model was asked and answered, as JSON Lines: a cassette.");
  auto* neighborhoods_option = table_group->add_flag(
      "--neighborhoods", exported.neighborhoods,
      "Attack rate and unemployment by neighborhood, of a snapshot of people; "
      "GeoJSON where the file ends in .geojson.");
  auto* xdmf_option = table_group->add_option(
      "--xdmf", exported.xdmf, "An entry for ParaView to all snapshots of a kind in space.");
  table_group->require_option(0, 1);
  export_app->add_option("--step", exported.step,
                         "Of which agents or neighborhoods are wanted; 0 is the beginning. Of "
                         "neighborhoods the last there is, where not given.");
  export_app->parse_complete_callback([&] {
    if (exported.step && exported.agents.empty() && !exported.neighborhoods) {
      throw CLI::RequiresError("--step", "--agents or --neighborhoods");
    }
  });
  export_app->add_option("--replicate", exported.replicate,
                         "Which of the seeds, from 0 on; default: all.");
  auto* output_option = export_app->add_option("-o,--output", exported.file,
                                               "File to write; default: standard output.");
  ledger_option->needs(output_option);
  xdmf_option->needs(output_option);
  export_app->add_flag("--units", exported.units, "Put units into the header, as 'name [unit]'.")
      ->excludes(neighborhoods_option)
      ->excludes(xdmf_option);

  std::vector<std::string> reported;
  std::string report_file, report_title;
  auto* report_app = app.add_subcommand(
      "report", "Make one HTML file of a run, of a sweep, or of several runs compared.");
  report_app
      ->add_option("run", reported,
                   "Directory of a run or sweep; more runs: compared with the first.")
      ->required();
  report_app->add_option("-o,--output", report_file, "File to write.")->required();
  report_app->add_option("--title", report_title, "What it is called; default: the scenario.");

  std::string watched, watch_every;
  bool watch_once = false;
  auto* watch_app = app.add_subcommand("watch", "Show how far a run is, while it runs.");
  watch_app->add_option("run", watched, "Directory of a run.")->required();
  watch_app->add_option("--every", watch_every, "Seconds between two looks; default: 2.");
  watch_app->add_flag("--once", watch_once, "Look once, and end.");

  DistillArguments distilled;
  auto* distill_app = app.add_subcommand(
      "distill", "Fit a readable table to the answers of a model that a run has recorded.");
  distill_app
      ->add_option("ledger", distilled.ledger,
                   "Directory of a run, a file of results, or a ledger as JSON Lines (.jsonl).")
      ->required();
  distill_app->add_option("--decision", distilled.decision, "Which one, where there are several.");
  distill_app
      ->add_option("--largest-error", distilled.largest_error,
                   "In share, of a label whose questions the table is certified for; 0.05.")
      ->check(CLI::Range(0.0, 1.0));
  distill_app->add_option("-o,--output", distilled.file, "File to write (CSV).")->required();

  SweepArguments sweep;
  std::string sweep_part;
  auto* sweep_app =
      app.add_subcommand("sweep", "Run a scenario at many points, each with several seeds.");
  auto* sweep_file = sweep_app->add_option("file", sweep.file,
                                           "What is swept (TOML); with --vary, a scenario file.");
  auto* sweep_out =
      sweep_app->add_option("--out", sweep.out, "Directory of the sweep; made, or gone on with.");
  auto* sweep_resume = sweep_app->add_option("--resume", sweep.resume,
                                             "Directory of a sweep to go on with, as it began.");
  sweep_file->excludes(sweep_resume)->needs(sweep_out);
  sweep_out->excludes(sweep_resume);
  sweep_app
      ->add_option("--vary", sweep.vary,
                   "section.key=a,b,c; with --sample sobol section.key=low:high. May be repeated.")
      ->take_all()
      ->allow_extra_args(false)
      ->needs(sweep_file);
  sweep_app->add_option("--set", sweep.set, "Override a parameter in every run.")
      ->take_all()
      ->allow_extra_args(false);
  sweep_app->add_option("--sample", sweep.sample, "grid (default), list or sobol.");
  sweep_app->add_option("--points", sweep.points, "Of sobol: how many.");
  sweep_app->add_option("--replicates", sweep.replicates, "Seeds of each point, the same of all.");
  sweep_app->add_option("--seed", sweep.seed, "The first of them, instead of the scenario's.");
  sweep_app->add_option(
      "--slurm", sweep.slurm,
      "Batch script: the runs become an array of Slurm, whose end is waited for.");
  sweep_app->add_option("--part", sweep_part, "K/N: of an array's N tasks the K-th.")
      ->needs(sweep_resume)
      ->check([&sweep](const std::string& text) {
        sweep.part = part_in(text);
        return sweep.part ? std::string() : "'" + text + "' is no part (such as 3/100)";
      });

  FitArguments fit;
  auto* calibrate_app =
      app.add_subcommand("fit", "Fit parameters of a scenario to observed series.");
  calibrate_app->add_option("file", fit.file, "What is fitted to what (TOML).")->required();
  calibrate_app->add_option("--out", fit.out, "Directory of the fit; made, or gone on with.")
      ->required();

  const auto add_many = [&](CLI::App* many_app, auto* many) {
    many_app->add_option("--jobs", many->jobs, "Runs at once; default: as many as CPUs.")
        ->check(CLI::Range(1, 10'000));
    many_app
        ->add_option("--threads", many->threads, "Threads of each; default: the CPUs are shared.")
        ->check(CLI::Range(1, 1024));
    many_app->add_option("--max-walltime", max_walltime, walltime_doc)->check(is_walltime);
    many_app->add_flag("--quiet", many->quiet, "No progress and no summary.");
  };
  add_many(sweep_app, &sweep);
  add_many(calibrate_app, &fit);

  BenchArguments bench;
  auto* bench_app = app.add_subcommand("bench", "Measure the figures Throng is judged by.");
  bench_app->add_option("--json", bench.json, "File to write them to.");
  bench_app->add_flag("--all", bench.all, "Also the long one: 100 million people.");
  bench_app
      ->add_option("--scale", bench.scale,
                   "A smaller city and smaller worlds, for a quick look; no target is judged then.")
      ->check(CLI::Range(0.01, 1.0));
  bench_app->add_option("--repeats", bench.repeats, "How often each figure is measured.")
      ->check(CLI::Range(1, 100));
  BenchDecisionsArguments bench_decisions;
  auto* bench_decisions_app = bench_app->add_subcommand(
      "decisions", "Instead: what archetypes miss of a town's people asked one by one.");
  for (const char* figures_only : {"--json", "--all", "--scale", "--repeats"}) {
    bench_decisions_app->excludes(bench_app->get_option(figures_only));
  }
  bench_decisions_app->add_option("--csv", bench_decisions.csv, "File to write it to.");
  bench_decisions_app
      ->add_option("--seeds", bench_decisions.seeds, "Over how many seeds; standard errors from 2.")
      ->check(CLI::Range(1, 1000));
  bench_decisions_app->add_option("--people", bench_decisions.people, "Size of the town; 20,000.")
      ->check(CLI::Range(200, 65'535));
  BenchAgencyArguments agency;
  auto* bench_agency_app = bench_app->add_subcommand(
      "agency",
      "Instead: a rule, archetypes and a few single people against everybody asked one by one.");
  for (const char* figures_only : {"--json", "--all", "--scale", "--repeats"}) {
    bench_agency_app->excludes(bench_app->get_option(figures_only));
  }
  bench_agency_app->add_option("scenario", agency.scenario,
                               "Scenario in which archetypes decide; default: the town.");
  bench_agency_app->add_option("--set", agency.set, "Change a parameter for all: KEY=VALUE.")
      ->allow_extra_args(false);
  bench_agency_app->add_option("--csv", agency.csv, "File to write it to.");
  bench_agency_app
      ->add_option("--seeds", agency.seeds, "Over how many seeds; standard errors from 2.")
      ->check(CLI::Range(1, 1000));
  bench_agency_app->add_option("--people", agency.people, "Size of the town; 20,000.")
      ->check(CLI::Range(200, 65'535));
  bench_agency_app->add_option("--sample", agency.sample, "Single people who are asked; 300.")
      ->check(CLI::Range(1, 65'535));
  auto* server_option = bench_agency_app->add_option(
      "--server", agency.server,
      "A language model's server (http://127.0.0.1:8080/v1): it answers for archetypes and single "
      "people, the scenario's own provider for everyone.");
  auto* model_option =
      bench_agency_app->add_option("--model", agency.model, "The model that is asked there.")
          ->needs(server_option);
  server_option->needs(model_option);
  bench_agency_app
      ->add_option("--dialect", agency.dialect,
                   "How the server is spoken to: decision.stay_home.http.dialect.")
      ->needs(server_option);
  auto* series_option =
      bench_agency_app
          ->add_option("--series", agency.series, "Another series to compare, by means of weeks.")
          ->allow_extra_args(false);
  auto* observed_option = bench_agency_app->add_option(
      "--observed", agency.observed,
      "Infections that were observed, to compare with: CSV with the columns date and value.");
  observed_option->excludes(series_option);
  bench_agency_app
      ->add_flag("--ask-everyone", agency.ask_everyone,
                 "Ask a server about every single person, whatever it costs.")
      ->excludes(observed_option);

  MpiSession session(&argc, &argv);
  const Communicator world = Communicator::world();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    // The launcher ends the others when one leaves with an error: rank 0 speaks first.
    const int code = e.get_exit_code();
    if (world.rank() == 0 && code == 0) {
      app.exit(e);
    } else if (world.rank() == 0) {
      std::fprintf(stderr, "throng: %s\n", usage_mistake(app, e, argc, argv).c_str());
    }
    std::fflush(nullptr);
    world.barrier();
    return code == 0 ? exit_done : exit_usage;
  }

  return flushed(guarded(world, [&]() -> int {
    if (run_app->parsed() || resume_app->parsed() || branch_app->parsed()) {
      run.resume = resume_app->parsed();
      run.max_walltime_s = max_walltime.empty() ? std::nullopt : walltime_in(max_walltime);
      return run_command(world, run);
    }
    if (merge_app->parsed()) {
      return merge_command(world, merge);
    }
    if (world.rank() != 0) {
      return exit_done;  // what follows is for one rank
    }
    if (sweep_app->parsed()) {
      sweep.max_walltime_s = max_walltime.empty() ? std::nullopt : walltime_in(max_walltime);
      return sweep_command(sweep);
    }
    if (calibrate_app->parsed()) {
      fit.max_walltime_s = max_walltime.empty() ? std::nullopt : walltime_in(max_walltime);
      return fit_to_observed_command(fit);
    }
    if (compare_app->parsed()) {
      if (bits && compare.runs.size() != 2) {
        throw InputError("--bits: looks at two runs (there are " +
                         std::to_string(compare.runs.size()) + "). Name two.");
      }
      return bits ? compare_bits_command(compare.runs[0], compare.runs[1])
                  : compare_command(compare);
    }
    if (score_app->parsed()) {
      return score_command(score);
    }
    if (check_app->parsed()) {
      return check_command(check_file, check_set);
    }
    if (describe_app->parsed()) {
      return describe_command(what, describe_json);
    }
    if (schema_app->parsed()) {
      return schema_command();
    }
    if (fit_app->parsed()) {
      return fit_command(fit_file, fit_set);
    }
    if (ask_app->parsed()) {
      return ask_command(ask);
    }
    if (trace_app->parsed()) {
      return trace_command(trace);
    }
    if (draw_app->parsed()) {
      return draw_command(draw);
    }
    if (verify_app->parsed()) {
      return verify_command(verify_paths);
    }
    if (inspect_app->parsed()) {
      return inspect_command(inspect_path, inspect_json);
    }
    if (export_app->parsed()) {
      return export_command(exported);
    }
    if (report_app->parsed()) {
      std::vector<std::string> words = {"report", "-o", report_file};
      if (!report_title.empty()) {
        words.insert(words.end(), {"--title", report_title});
      }
      words.emplace_back("--");
      words.insert(words.end(), reported.begin(), reported.end());
      return python_command(words);
    }
    if (watch_app->parsed()) {
      std::vector<std::string> words = {"watch"};
      if (!watch_every.empty()) {
        words.insert(words.end(), {"--every", watch_every});
      }
      if (watch_once) {
        words.emplace_back("--once");
      }
      words.insert(words.end(), {"--", watched});
      return python_command(words);
    }
    if (distill_app->parsed()) {
      return distill_command(distilled);
    }
    if (bench_agency_app->parsed()) {
      return bench_agency_command(agency);
    }
    return bench_decisions_app->parsed() ? bench_decisions_command(bench_decisions)
                                         : bench_command(bench);
  }));
}
