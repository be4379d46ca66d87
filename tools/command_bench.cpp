// The figures Throng is judged by, measured: `throng bench`.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "io/provenance.h"
#include "io/publish.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "tools/bench_decisions.h"
#include "tools/bench_measure.h"
#include "tools/bench_sheet.h"
#include "tools/bench_worlds.h"
#include "tools/child.h"
#include "tools/commands.h"
#include "tools/shipped.h"

namespace throng {
namespace {

namespace figure {
constexpr FigureKind city_build{"city_build", "s", at_most(5),
                                "New York: plan, people, places and networks."};
constexpr FigureKind loop{"nyc_unmitigated_loop", "s", at_most(6),
                          "365 days at r0 2.5, without output."};
constexpr FigureKind agent_day{"ns_per_agent_day", "ns", at_most(2),
                               "The same, per person and day."};
constexpr FigureKind quiet_day{"quiet_day", "ms", at_most(0.5),
                               "A day of New York with 1 to 999 infectious people: the mean."};
constexpr FigureKind quiet_day_worst{
    "quiet_day_worst", "ms", at_most(0.5),
    "The slowest of those days, each the fastest of its repeats: other programs' time left out."};
constexpr FigureKind dense_draw{"dense_draw", "ns/person", at_most(1),
                                "A coin for every person: a byte read, a byte written."};
constexpr FigureKind bytes_per_person{
    "bytes_per_person", "byte", at_most(80),
    "Peak resident memory on one rank, building included, log off."};
constexpr FigureKind checkpoint_over_write{
    "checkpoint_over_write", "1", at_most(2),
    "Commits of New York every 30 days, segment and comparison included, over the same bytes "
    "written and flushed."};
constexpr FigureKind checkpoint_size{"checkpoint_size", "MB", at_most(150),
                                     "The largest of those checkpoints; what never changes apart."};
constexpr FigureKind restart{"restart", "s", at_most(5),
                             "From the scenario to New York at its last checkpoint."};
constexpr FigureKind scale_12_peak{"scale_12_peak", "GiB", at_most(24),
                                   "100 million people, 365 days: peak resident memory."};
constexpr FigureKind scale_12_wall{"scale_12_wall", "s", {}, "The same: from start to end."};
constexpr FigureKind twin_ratio{
    "twin_ratio", "1", at_least(20),
    "Loop of a twin that evaluates every contact every day over the engine's, both on one thread: "
    "365 days, 83,368 people, in pairs."};
constexpr FigureKind ranks_over_threads{
    "ranks2_over_threads2", "1", at_most(1.2),
    "Loop of 2 ranks x 1 thread over 1 rank x 2 threads, in pairs."};
constexpr FigureKind year_over_unmitigated{
    "nyc_2020_over_unmitigated", "1", at_most(2),
    "Loop and output of nyc_2020 with all its series over the loop of nyc_unmitigated, in pairs."};
constexpr FigureKind full_over_2020{
    "full_over_2020", "1", at_most(2),
    "Loop of nyc_2020_full over the loop of nyc_2020, each with all its series, in pairs."};
constexpr FigureKind full_bytes_per_person{
    "full_bytes_per_person", "byte", at_most(130),
    "Peak resident memory of nyc_2020_full on one rank, building included."};
constexpr FigureKind flocking_over_by_hand{
    "flocking_over_by_hand", "1", at_most(2),
    "A step of a million birds, each with 30 in sight, over a loop written by hand for them over "
    "the same cell lists, which only the engine's time includes; in turn, results compared."};
constexpr FigureKind turnover_share{
    "turnover_share", "1", at_most(0.2),
    "A million wolves and sheep, one in a hundred born and dying in a step: births and deaths, "
    "with their numbering, of the time of all phases, on one rank."};
constexpr FigureKind turnover_share_ranks2{
    "turnover_share_ranks2", "1", at_most(0.2),
    "The same on 2 ranks of one thread, moves between them included."};
constexpr FigureKind segregation_all_look{
    "segregation_all_look",
    "ns/site",
    {},
    "Households on 10 million sites, full to 95 %, wanting 0.3 alike: the first step, in which "
    "all look around."};
constexpr FigureKind segregation_first{
    "segregation_first", "ns/site", {}, "The same: the steps after it, in which many move."};
constexpr FigureKind segregation_rest{
    "segregation_rest", "ns/site", {}, "The same where all but a few are content."};
constexpr FigureKind segregation_rest_over_stream{
    "segregation_rest_over_stream", "1", at_most(1),
    "The same over a loop that reads and writes its columns and does nothing else."};
}  // namespace figure

/// What a run without output records: totals, no log.
const std::vector<std::string> output_off = {"output.series=total",
                                             "output.transmission_log=false"};

std::string in_short(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

/// Everything one bench run shares.
struct Bench {
  BenchArguments arguments;
  BenchSheet sheet;

  /// A shipped scenario at the scale of this bench.
  std::vector<std::string> scaled(double times, std::vector<std::string> set) const {
    set.push_back("population.scale=" + std::to_string(times * arguments.scale));
    return set;
  }
  ScenarioFile read(const std::string& name, std::vector<std::string> set) const {
    return read_scenario(full_schema(), shipped_scenario(name), {.set = scaled(1, std::move(set))});
  }
};

void measure_city(Bench& bench) {
  const ScenarioFile city = bench.read("nyc_unmitigated", output_off);
  Sample s;
  for (int k = 0; k < bench.arguments.repeats; ++k) {
    s.values.push_back(bench::build_city(city));
  }
  bench.sheet.add(figure::city_build, s);
}

void measure_draws(Bench& bench) {
  constexpr std::size_t new_york = 8'336'817;
  const auto people = static_cast<std::size_t>(new_york * bench.arguments.scale);
  Sample s;
  for (int k = 0; k < 5 * bench.arguments.repeats; ++k) {
    s.values.push_back(bench::dense_draw(people) * 1e9 / static_cast<double>(people));
  }
  bench.sheet.add(figure::dense_draw, s);
}

/// The unmitigated year without output, and 2020 with all of it, in turn.
void measure_years(Bench& bench) {
  const ScenarioFile unmitigated = bench.read("nyc_unmitigated", output_off);
  const ScenarioFile year = bench.read("nyc_2020", {});
  Sample loop, agent_day, ratio;
  ScratchFolder scratch;
  for (int k = 0; k < bench.arguments.repeats; ++k) {
    const bench::Loop plain = bench::run_once(unmitigated);
    const bench::Loop written = bench::run_and_write(year, scratch.next());
    loop.values.push_back(plain.loop_s);
    agent_day.values.push_back(plain.loop_s * 1e9 / static_cast<double>(plain.people) /
                               plain.steps);
    ratio.values.push_back((written.loop_s + written.output_s) / plain.loop_s);
  }
  bench.sheet.add(figure::loop, loop);
  bench.sheet.add(figure::agent_day, agent_day);
  bench.sheet.add(figure::year_over_unmitigated, ratio);
}

/// New York with a disease that only just holds on: a few hundred infectious people, day after day.
ScenarioFile quiet_city(const Bench& bench) {
  const std::string text = "base = \"" + shipped_scenario("nyc_unmitigated").string() +
                           "\"\n[run]\nsteps = 120\n[epidemic]\nr0 = 1.0\n"
                           "[[epidemic.seed]]\ncount = 400\n";
  return read_scenario_text(full_schema(), text, "quiet", ".",
                            {.set = bench.scaled(1, output_off)});
}

void measure_quiet_days(Bench& bench) {
  const ScenarioFile city = quiet_city(bench);
  std::vector<bench::Loop> runs;
  for (int k = 0; k < bench.arguments.repeats; ++k) {
    runs.push_back(bench::run_once(city));
  }
  Sample mean, fastest;
  for (const bench::Loop& run : runs) {
    double sum = 0;
    int days = 0;
    for (std::size_t day = 0; day < run.day_s.size(); ++day) {
      const bool quiet = run.infectious[day] > 0 && run.infectious[day] < 1000;
      sum += quiet ? run.day_s[day] * 1e3 : 0;
      days += quiet ? 1 : 0;
    }
    mean.values.push_back(sum / std::max(1, days));
  }
  for (std::size_t day = 0; day < runs[0].day_s.size(); ++day) {
    Sample repeats;
    for (const bench::Loop& run : runs) {
      repeats.values.push_back(run.day_s[day] * 1e3);
    }
    if (runs[0].infectious[day] > 0 && runs[0].infectious[day] < 1000) {
      fastest.values.push_back(repeats.least());
    }
  }
  if (fastest.values.empty()) {
    bench.sheet.add_missing(figure::quiet_day, "no day had 1 to 999 infectious people");
    bench.sheet.add_missing(figure::quiet_day_worst, "no day had 1 to 999 infectious people");
    return;
  }
  bench.sheet.add(figure::quiet_day, mean);
  bench.sheet.add(figure::quiet_day_worst, {{fastest.greatest()}});
}

void measure_checkpoints(Bench& bench) {
  const ScenarioFile city = bench.read("nyc_unmitigated", {});
  ScratchFolder scratch;
  Sample ratio, size, restart;
  for (int k = 0; k < bench.arguments.repeats; ++k) {
    const bench::Kept kept = bench::run_kept(city, scratch.next());
    ratio.values.push_back(kept.commits_s / kept.plain_s);
    size.values.push_back(kept.largest_bytes / 1e6);
    restart.values.push_back(kept.restart_s);
  }
  bench.sheet.add(figure::checkpoint_over_write, ratio);
  bench.sheet.add(figure::checkpoint_size, size);
  bench.sheet.add(figure::restart, restart);
}

/// The smallest New York there is, whatever the scale of this bench.
void measure_twin(Bench& bench) {
  std::vector<std::string> set = output_off;
  set.emplace_back("population.scale=0.01");
  const ScenarioFile city =
      read_scenario(full_schema(), shipped_scenario("nyc_unmitigated"), {.set = set});
  Sample ratio, twin, engine;
  for (int k = 0; k < bench.arguments.repeats; ++k) {
    const ReferenceTimes times = bench::beside_twin(city);
    twin.values.push_back(times.reference);
    engine.values.push_back(times.engine);
    ratio.values.push_back(times.ratio());
  }
  bench.sheet.add(figure::twin_ratio, ratio,
                  "the twin took " + std::to_string(twin.median()) + " s, the engine " +
                      std::to_string(engine.median()) + " s");
}

/// Processes of their own: 1 rank x 2 threads and 2 ranks x 1 thread in turn; memory from the
/// former.
void measure_ranks(Bench& bench) {
  const bench::Start threads{.scenario = shipped_scenario("nyc_unmitigated"),
                             .set = bench.scaled(1, output_off),
                             .threads = 2};
  bench::Start ranks = threads;
  ranks.ranks = 2;
  ranks.threads = 1;
  Sample memory, ratio;
  std::string problem_of_one, problem_of_two;
  for (int k = 0; k < bench.arguments.repeats; ++k) {
    const bench::Reported one = bench::run_apart(threads);
    const bench::Reported two = bench::run_apart(ranks);
    problem_of_one += one.problem;
    problem_of_two += two.problem;
    memory.values.push_back(one.peak_bytes / one.people);
    ratio.values.push_back(two.loop_s / one.loop_s);
    if (!problem_of_one.empty() || !problem_of_two.empty()) {
      break;
    }
  }
  if (problem_of_one.empty()) {
    bench.sheet.add(figure::bytes_per_person, memory);
  } else {
    bench.sheet.add_missing(figure::bytes_per_person, problem_of_one);
  }
  if (problem_of_one.empty() && problem_of_two.empty()) {
    bench.sheet.add(figure::ranks_over_threads, ratio);
  } else {
    bench.sheet.add_missing(figure::ranks_over_threads, problem_of_one + problem_of_two);
  }
}

/// Processes of their own, in turn: health alone; health, work and money.
void measure_full(Bench& bench) {
  const auto start = [&](const char* name) {
    return bench::Start{
        .scenario = shipped_scenario(name), .set = bench.scaled(1, {}), .threads = thread_count()};
  };
  Sample ratio, memory, full_s;
  std::string problem;
  for (int k = 0; k < bench.arguments.repeats && problem.empty(); ++k) {
    const bench::Reported plain = bench::run_apart(start("nyc_2020"));
    const bench::Reported full = bench::run_apart(start("nyc_2020_full"));
    problem = plain.problem + full.problem;
    ratio.values.push_back(full.loop_s / plain.loop_s);
    full_s.values.push_back(full.loop_s);
    memory.values.push_back(full.peak_bytes / full.people);
  }
  if (!problem.empty()) {
    bench.sheet.add_missing(figure::full_over_2020, problem);
    bench.sheet.add_missing(figure::full_bytes_per_person, problem);
    return;
  }
  bench.sheet.add(figure::full_over_2020, ratio,
                  "its loop took " + in_short(full_s.median()) + " s");
  bench.sheet.add(figure::full_bytes_per_person, memory);
}

void measure_scale_12(Bench& bench) {
  if (!bench.arguments.all) {
    bench.sheet.add_missing(figure::scale_12_peak, "measured with --all");
    bench.sheet.add_missing(figure::scale_12_wall, "measured with --all");
    return;
  }
  const bench::Reported run = bench::run_apart({.scenario = shipped_scenario("nyc_unmitigated"),
                                                .set = bench.scaled(12, output_off),
                                                .threads = thread_count()});
  if (!run.problem.empty()) {
    bench.sheet.add_missing(figure::scale_12_peak, run.problem);
    bench.sheet.add_missing(figure::scale_12_wall, run.problem);
    return;
  }
  bench.sheet.add(figure::scale_12_peak, {{run.peak_bytes / (1 << 30)}});
  bench.sheet.add(figure::scale_12_wall, {{run.wall_s}});
}

void measure_flock(Bench& bench) {
  const auto birds = static_cast<AgentId>(1e6 * bench.arguments.scale);
  const bench::FlockTimes times = bench::fly(birds, 30, bench.arguments.repeats + 1);
  if (times.difference > bench::FlockTimes::same) {
    bench.sheet.add_missing(figure::flocking_over_by_hand,
                            "engine and loop by hand fly elsewhere: velocities differ by " +
                                in_short(times.difference));
    return;
  }
  // The first turn finds memory that nobody has touched.
  const auto later = [](const std::vector<double>& all) {
    return Sample{{all.begin() + 1, all.end()}};
  };
  const Sample step = later(times.step_s), lists = later(times.lists_s), loop = later(times.loop_s);
  Sample ratio;
  for (std::size_t k = 0; k < step.values.size(); ++k) {
    ratio.values.push_back(step.values[k] / loop.values[k]);
  }
  const auto each = [&](const Sample& s) { return in_short(s.median() * 1e9 / birds); };
  bench.sheet.add(figure::flocking_over_by_hand, ratio,
                  "ns per bird: engine " + each(step) + ", loop by hand " + each(loop) +
                      ", its cell lists " + each(lists) + "; in sight " +
                      in_short(times.neighbors) + "; velocities differ by at most " +
                      in_short(times.difference) + " of the highest");
}

void measure_turnover(Bench& bench) {
  constexpr Step steps = 10;
  const auto animals = static_cast<AgentId>(1e6 * bench.arguments.scale);
  for (const int ranks : {1, 2}) {
    const FigureKind& kind = ranks == 1 ? figure::turnover_share : figure::turnover_share_ranks2;
    Sample share, ns;
    bench::TurnoverTimes times;
    for (int k = 0; k < bench.arguments.repeats && times.problem.empty(); ++k) {
      times = bench::breed(animals, steps, ranks);
      share.values.push_back(times.share());
      ns.values.push_back(times.step_s * 1e9 / steps / animals);
    }
    if (!times.problem.empty()) {
      bench.sheet.add_missing(kind, times.problem);
      continue;
    }
    std::string note = "ns per animal and step: " + in_short(ns.median());
    if (ranks == 1) {
      note += "; per step born " + in_short(times.births / times.animals) + ", died " +
              in_short(times.deaths / times.animals);
    }
    bench.sheet.add(kind, share, note);
  }
}

void measure_town(Bench& bench) {
  const bench::TownTimes times =
      bench::settle(static_cast<i64>(1e7 * bench.arguments.scale), bench.arguments.repeats + 1);
  const auto ns = [&](const std::vector<double>& all) {
    Sample s;
    for (auto value = all.begin() + 1; value != all.end(); ++value) {
      s.values.push_back(*value * 1e9 / static_cast<double>(times.sites));
    }
    return s;
  };
  const Sample rest = ns(times.rest_s), stream = ns(times.stream_s);
  bench.sheet.add(figure::segregation_all_look,
                  {{times.first_s.front() * 1e9 / static_cast<double>(times.sites)}});
  bench.sheet.add(figure::segregation_first, ns(times.first_s));
  bench.sheet.add(figure::segregation_rest, rest,
                  std::to_string(times.unhappy) + " unhappy households left");
  Sample ratio;
  for (std::size_t k = 0; k < rest.values.size(); ++k) {
    ratio.values.push_back(rest.values[k] / stream.values[k]);
  }
  bench.sheet.add(figure::segregation_rest_over_stream, ratio,
                  "a pass over the columns takes " + in_short(stream.median()) + " ns per site");
}

BenchSheet::Setting setting_of(const BenchArguments& a) {
  const Build build = this_build();
  return {.version = build.version,
          .commit = build.git_commit,
          .compiler = build.compiler,
          .processor = bench::processor_name(),
          .host = host_name(),
          .created = now_iso8601(),
          .load_before = bench::load_average(),
          .processors = default_threads(),
          .threads = thread_count(),
          .memory_gib = bench::memory_gib(),
          .scale = a.scale};
}

}  // namespace

int bench_command(const BenchArguments& arguments) {
  bench::refuse_launchers();
  std::optional<PendingFile> json;
  if (!arguments.json.empty()) {
    // What cannot be written is said before the minutes of measuring, not after.
    json.emplace(arguments.json);
    write_new_file(json->temporary(), {}, json->path());
  }
  // The targets are meant for two cores, whatever the machine has.
  set_thread_count(std::min(2, default_threads()));
  Bench bench{arguments, BenchSheet(setting_of(arguments))};
  measure_draws(bench);
  measure_city(bench);
  measure_quiet_days(bench);
  measure_years(bench);
  measure_checkpoints(bench);
  measure_twin(bench);
  measure_ranks(bench);
  measure_full(bench);
  measure_flock(bench);
  measure_turnover(bench);
  measure_town(bench);
  measure_decisions(bench.sheet, arguments);
  measure_scale_12(bench);
  bench.sheet.close(bench::load_average());
  if (!arguments.json.empty()) {
    bench.sheet.write_json(arguments.json);
  }
  return exit_done;
}

}  // namespace throng
