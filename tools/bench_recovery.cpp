// What archetypes miss under a law that is known, and what an epidemic makes of who answers:
// `throng bench decisions`.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/publish.h"
#include "io/results.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/recovery.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "sim/words.h"
#include "tools/bench_measure.h"
#include "tools/bench_seeds.h"
#include "tools/commands.h"
#include "tools/shipped.h"

namespace throng {
namespace {

/// A way to ask, as changes to the scenario of the town.
struct Asking {
  std::string name;
  std::vector<std::string> set;
};
const Asking one_by_one = {"everyone",
                           {"decision.stay_home.ask=everyone", "decision.stay_home.audits=0"}};
Asking by_personas(u32 personas) {
  return {"personas " + std::to_string(personas),
          {"decision.stay_home.personas=" + std::to_string(personas)}};
}
/// Without personas there is nobody an audit could ask in full.
Asking by_provider(const std::string& provider) {
  return {provider,
          {"decision.stay_home.provider=" + provider, "decision.stay_home.personas=0",
           "decision.stay_home.audits=0"}};
}

/// Where the day is spent is told of archetypes: the more people meet, the less they stay home.
const Asking by_place = {
    "personas 8 by place",
    {"decision.stay_home.personas=8", "decision.stay_home.archetype=[\"age\", \"sex\", \"place\"]",
     "decision.stay_home.persona=[\"household_size\"]"}};

class Town {
 public:
  explicit Town(i64 people) : people_(people) {}
  ScenarioFile asked(const Asking& how, i64 seed, std::vector<std::string> set = {}) const {
    set.insert(set.end(), how.set.begin(), how.set.end());
    set.push_back("run.seed=" + std::to_string(seed));
    set.push_back("population.town.people=" + std::to_string(people_));
    set.emplace_back("output.transmission_log=false");
    return read_scenario(full_schema(), shipped_scenario("town"), {.set = std::move(set)});
  }

 private:
  i64 people_;
};

// ---- recovery -----------------------------------------------------------------------------------

Sheet recover(const Town& town, int seeds) {
  Sheet sheet(
      "recovery",
      {{"share_error", "1", "Of an archetype's share, root of the mean square over people."},
       {"mean_error", "1", "Of the mean share of the people, root of the mean square over epochs."},
       {"corrected_error", "1", "The same with the audits' correction."},
       {"stated_error", "1", "Standard error that audits state for it."},
       {"covered", "1", "Epochs whose true mean lies within 1.96 stated errors: 0.95 expected."}});
  std::vector<Asking> ways;
  for (const u32 personas : {1U, 2U, 4U, 8U, 16U}) {
    ways.push_back(by_personas(personas));
  }
  ways.push_back(by_place);
  std::vector<std::vector<OverSeeds>> found(ways.size() + 1, std::vector<OverSeeds>(5));
  std::vector<OverSeeds> questions(ways.size() + 1);
  for (int seed = 1; seed <= seeds; ++seed) {
    const ToldShares truth = told_shares(town.asked(one_by_one, seed, without_effect()));
    const auto keep = [&](std::size_t way, const Recovery& r) {
      questions[way].values.push_back(static_cast<double>(r.questions));
      const double values[] = {r.share_error, r.mean_error, r.corrected_error, r.stated_error,
                               r.covered};
      for (std::size_t q = 0; q < std::size(values); ++q) {
        found[way][q].values.push_back(values[q]);
      }
    };
    for (std::size_t way = 0; way < ways.size(); ++way) {
      keep(way, recovery(told_shares(town.asked(ways[way], seed, without_effect())), truth));
    }
    keep(ways.size(), recovery(truth, truth));
  }
  for (std::size_t way = 0; way < ways.size(); ++way) {
    sheet.add(ways[way].name, questions[way], found[way]);
  }
  sheet.add(one_by_one.name, questions.back(), found.back());
  return sheet;
}

// ---- comparison ---------------------------------------------------------------------------------

/// What a run of the epidemic came to: its questions, then in order of `compared`.
std::vector<double> outcome_of(const ScenarioFile& scenario) {
  Run run(Communicator(), scenario, {});
  while (!run.done()) {
    run.step();
  }
  run.simulation().finish();
  const EpidemicModel& model = epidemic_of(run);
  Results results;
  model.write(results);
  double share = 0;
  for (const Series& s : results.series) {
    if (s.name == "stay_home_share") {
      const auto& in_force = std::get<std::vector<double>>(s.values);
      for (std::size_t day = 0; day + 1 < in_force.size(); ++day) {
        share += in_force[day] / static_cast<double>(in_force.size() - 1);
      }
    }
  }
  const auto summary = model.daily().summary();
  return {static_cast<double>(model.decision()->questions()), share, summary.attack_rate(),
          static_cast<double>(summary.peak_infections),
          summary.peak_step ? static_cast<double>(*summary.peak_step)
                            : std::numeric_limits<double>::quiet_NaN()};
}

const std::vector<SheetQuantity> compared = {
    {"stay_home_share", "1", "Mean share of the people at home by the decision in force."},
    {"attack_rate", "1", "Share of the people infected."},
    {"peak_infections", "person", "On the day with the most."},
    {"peak_day", "day", "That day, from the beginning."}};

std::pair<Sheet, Sheet> compare(const Town& town, int seeds) {
  const std::vector<Asking> ways = {
      by_provider("rule"), by_provider("surrogate"), by_personas(1), by_personas(8), by_place,
      one_by_one};
  std::vector<std::vector<OverSeeds>> found(ways.size(), std::vector<OverSeeds>(compared.size()));
  auto differences = found;
  std::vector<OverSeeds> questions(ways.size());
  for (int seed = 1; seed <= seeds; ++seed) {
    const std::vector<double> truth = outcome_of(town.asked(one_by_one, seed));
    for (std::size_t way = 0; way < ways.size(); ++way) {
      const std::vector<double> values =
          way + 1 == ways.size() ? truth : outcome_of(town.asked(ways[way], seed));
      questions[way].values.push_back(values[0]);
      for (std::size_t q = 0; q < compared.size(); ++q) {
        found[way][q].values.push_back(values[q + 1]);
        differences[way][q].values.push_back(values[q + 1] - truth[q + 1]);
      }
    }
  }
  Sheet sheet("comparison", compared), paired("difference", compared);
  for (std::size_t way = 0; way < ways.size(); ++way) {
    sheet.add(ways[way].name, questions[way], found[way]);
    if (way + 1 < ways.size()) {
      paired.add(ways[way].name, questions[way], differences[way]);
    }
  }
  return {std::move(sheet), std::move(paired)};
}

}  // namespace

int bench_decisions_command(const BenchDecisionsArguments& arguments) {
  bench::refuse_launchers();
  std::optional<PendingFile> file;
  if (!arguments.csv.empty()) {
    // What cannot be written is said before the minutes of measuring, not after.
    file.emplace(arguments.csv);
    write_new_file(file->temporary(), {}, file->path());
  }
  set_thread_count(std::min(2, default_threads()));
  const Town town(arguments.people);
  std::printf("A town of %s people that decides by a known law, %s.\n\n",
              grouped(arguments.people).c_str(),
              counted(static_cast<std::size_t>(arguments.seeds), "seed").c_str());
  std::printf(
      "Told of the same epidemic at every epoch; asked one by one they say the truth. Questions of "
      "an epoch, without audits:\n\n");
  const Sheet recovered = recover(town, arguments.seeds);
  recovered.print();
  std::printf(
      "In the epidemic that follows from what they do. Questions of the run, audits too:\n\n");
  const auto sheets = compare(town, arguments.seeds);
  sheets.first.print();
  std::printf("The same, less everyone's of the same seed:\n\n");
  sheets.second.print();
  if (!arguments.csv.empty()) {
    replace_file(arguments.csv,
                 sheet_head + recovered.csv() + sheets.first.csv() + sheets.second.csv());
  }
  return exit_done;
}

}  // namespace throng
