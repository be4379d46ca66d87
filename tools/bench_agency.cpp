// Agency against scale: an epidemic under a rule, under archetypes, and under a few hundred single
// people who are asked one by one and whose answers the others take, against everybody asked one by
// one, or against what was observed: `throng bench agency`. The design is that of the first table
// of Chopra et al. 2024, "On the limits of agency in agent-based models".
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "behaviors/epidemic/parameters.h"
#include "io/observed_series.h"
#include "io/publish.h"
#include "io/results.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "tools/bench_measure.h"
#include "tools/bench_seeds.h"
#include "tools/commands.h"
#include "tools/shipped.h"

namespace throng {
namespace {

const std::string section = "decision.stay_home";

/// A way to decide, as changes to the scenario.
struct Way {
  std::string name;
  std::vector<std::string> set;
};
Way by_rule() {
  return {"rule",
          {section + ".provider=rule", section + ".personas=0", section + ".audits=0",
           section + ".ask=archetypes"}};
}
Way by_archetypes() { return {"archetypes", {section + ".ask=archetypes", section + ".audits=0"}}; }
/// Of the town: where the day is spent is told of archetypes, since contacts hang on it.
Way by_archetypes_of_place() {
  return {"archetypes by place",
          {section + ".ask=archetypes", section + ".audits=0",
           section + ".archetype=[\"age\", \"sex\", \"place\"]",
           section + ".persona=[\"household_size\"]"}};
}
Way by_sample(i64 people) {
  return {std::to_string(people) + " single people",
          {section + ".ask=sample", section + ".sample=" + std::to_string(people),
           section + ".audits=0"}};
}
Way one_by_one() { return {"everyone", {section + ".ask=everyone", section + ".audits=0"}}; }

/// Of a run: sums of whole weeks of the infections, means of whole weeks of other series; NaN where
/// there is none.
using Weeks = std::vector<double>;
struct Outcome {
  double questions = 0;
  std::vector<Weeks> series;  // [quantity]
};

class Agency {
 public:
  explicit Agency(const BenchAgencyArguments& a) : a_(a), names_({"infections"}) {
    names_.insert(names_.end(), a.series.begin(), a.series.end());
  }

  ScenarioFile scenario(const Way& way, i64 seed) const {
    std::vector<std::string> set;
    if (a_.scenario.empty()) {
      set.push_back(std::string("population.town.people=") + std::to_string(a_.people));
    }
    set.insert(set.end(), a_.set.begin(), a_.set.end());
    for (const std::string& one : way.set) {
      const std::string key = one.substr(0, one.find('=') + 1);
      std::erase_if(set, [&](const std::string& other) { return other.starts_with(key); });
      set.push_back(one);
    }
    set.push_back(std::string("run.seed=") + std::to_string(seed));
    set.emplace_back("output.series=total");
    set.emplace_back("output.transmission_log=false");
    return read_scenario(full_schema(),
                         a_.scenario.empty() ? shipped_scenario("town").string() : a_.scenario,
                         {.set = std::move(set)});
  }

  /// Days of an ISO date and a value each, as weeks of the run; NaN where a day is missing.
  Weeks observed() const {
    const ScenarioFile file = scenario(by_archetypes(), 1);
    const Calendar calendar{file.values.get(scenario::run_start)};
    const auto steps = static_cast<Step>(file.values.get(scenario::run_steps));
    const Observations read = read_observations(a_.observed, {"value"});
    const ObservedSeries& series = read.series.front();
    if (read.period != Period::day || read.series.size() > 1) {
      throw InputError(a_.observed +
                       ": is not a value for each day (weeks of a run are compared). Give columns "
                       "date and value, and no areas.");
    }
    std::vector<double> days(steps + 1, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t k = 0; k < series.values.size(); ++k) {
      const i32 day = series.last_days[k] - calendar.start;
      if (day >= 1 && day <= static_cast<i32>(steps)) {
        days[static_cast<std::size_t>(day)] = series.values[k];
      }
    }
    Weeks weeks = weeks_of(days, true);
    if (std::all_of(weeks.begin(), weeks.end(), [](double w) { return std::isnan(w); })) {
      throw InputError(a_.observed +
                       ": has no whole week of the run (weeks are counted from the day after its "
                       "beginning). Give other days.");
    }
    return weeks;
  }

  Outcome run(const Way& way, i64 seed) const {
    Run run(Communicator(), scenario(way, seed), {});
    while (!run.done()) {
      run.step();
    }
    run.simulation().finish();
    Results results;
    epidemic_of(run).write(results);
    Outcome outcome;
    outcome.questions = static_cast<double>(epidemic_of(run).decision()->questions());
    for (const std::string& name : names_) {
      outcome.series.push_back(weeks_of(days_of(results, name), name == "infections"));
    }
    return outcome;
  }

  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<double> days_of(const Results& results, const std::string& name) const {
    std::string known;
    for (const Series& series : results.series) {
      if (!series.dimensions.empty()) {
        continue;
      }
      if (series.name == name) {
        return std::visit(
            [](const auto& values) { return std::vector<double>(values.begin(), values.end()); },
            series.values);
      }
      known += (known.empty() ? "" : ", ") + series.name;
    }
    throw InputError("bench agency: the runs have no series '" + name + "' (there are " + known +
                     "). Name one of these.");
  }
  /// Day 0 is the beginning.
  static Weeks weeks_of(const std::vector<double>& days, bool sums) {
    Weeks weeks;
    for (std::size_t day = 1; day + 7 <= days.size(); day += 7) {
      double sum = 0;
      for (std::size_t k = 0; k < 7; ++k) {
        sum += days[day + k];
      }
      weeks.push_back(sums ? sum : sum / 7);
    }
    return weeks;
  }

  const BenchAgencyArguments& a_;
  std::vector<std::string> names_;
};

/// Over weeks of which both are known.
double mean_square(const Weeks& a, const Weeks& b) {
  double sum = 0, count = 0;
  for (std::size_t w = 0; w < std::min(a.size(), b.size()); ++w) {
    const double off = a[w] - b[w];
    sum += std::isnan(off) ? 0 : off * off;
    count += std::isnan(off) ? 0 : 1;
  }
  return sum / count;
}

/// Nobody is sent a bill by mistake.
void refuse_a_bill(const Agency& agency, const BenchAgencyArguments& a) {
  const ScenarioFile file = agency.scenario(one_by_one(), 1);
  const Values* asked = file.values.find_table(section);
  if (asked == nullptr || builtin_catalog().model_of(file.values).name != "epidemic" ||
      !epidemic::archetypes_stay_home(file.values)) {
    throw InputError(
        "bench agency: nothing in the scenario is decided by archetypes (epidemic.stay_home."
        "provider is not 'archetypes', or there is no section " +
        section + "). Give one in which they decide.");
  }
  const bool costs = asked->choice<DecisionBy>(decision::provider) == DecisionBy::http;
  if (costs && a.observed.empty() && !a.ask_everyone) {
    throw InputError(
        "bench agency: everybody would be asked one by one for the truth (a server is asked, and "
        "each person's every decision would be a request). Compare with what was observed "
        "(--observed FILE.csv), or say that it is worth it (--ask-everyone).");
  }
}

std::vector<SheetQuantity> quantities(const Agency& agency, bool observed) {
  const std::string against = observed ? "what was observed" : "everyone's of the same seed";
  std::vector<SheetQuantity> all;
  for (const std::string& name : agency.names()) {
    all.push_back({name + "_mse", name == "infections" ? "person^2" : "unit^2",
                   std::string("Mean square over weeks of the difference of the week's ") +
                       (name == "infections" ? "sum" : "mean") + " from " + against + "."});
    if (observed) {
      break;
    }
  }
  all.push_back({"infections", "person", "Infections of all whole weeks."});
  return all;
}

double total(const Weeks& weeks) {
  double sum = 0;
  for (const double w : weeks) {
    sum += w;
  }
  return sum;
}

Sheet measure(const Agency& agency, const BenchAgencyArguments& a) {
  const bool has_observed = !a.observed.empty();
  const Weeks observed = has_observed ? agency.observed() : Weeks();
  std::vector<Way> ways = {by_rule(), by_archetypes()};
  if (a.scenario.empty()) {
    ways.push_back(by_archetypes_of_place());
  }
  ways.push_back(by_sample(a.sample));
  if (!has_observed) {
    ways.push_back(one_by_one());
  }
  const auto what = quantities(agency, has_observed);
  std::vector<std::vector<OverSeeds>> found(ways.size(), std::vector<OverSeeds>(what.size()));
  std::vector<OverSeeds> questions(ways.size());
  for (int seed = 1; seed <= a.seeds; ++seed) {
    std::vector<Outcome> outcomes;
    for (const Way& way : ways) {
      outcomes.push_back(agency.run(way, seed));
    }
    for (std::size_t way = 0; way < ways.size(); ++way) {
      const auto& series = outcomes[way].series;
      questions[way].values.push_back(outcomes[way].questions);
      for (std::size_t q = 0; q + 1 < what.size(); ++q) {
        found[way][q].values.push_back(
            mean_square(series[q], has_observed ? observed : outcomes.back().series[q]));
      }
      found[way].back().values.push_back(total(series.front()));
    }
  }
  Sheet sheet("agency", what);
  for (std::size_t way = 0; way < ways.size(); ++way) {
    sheet.add(ways[way].name, questions[way], found[way]);
  }
  return sheet;
}

}  // namespace

int bench_agency_command(const BenchAgencyArguments& arguments) {
  bench::refuse_launchers();
  const Agency agency(arguments);
  refuse_a_bill(agency, arguments);
  std::optional<PendingFile> file;
  if (!arguments.csv.empty()) {
    file.emplace(arguments.csv);
    write_new_file(file->temporary(), {}, file->path());
  }
  set_thread_count(std::min(2, default_threads()));
  std::printf(
      "Who decides to stay home, %s. Luck is shared by the runs of a seed. Questions of a run:\n\n",
      counted(static_cast<std::size_t>(arguments.seeds), "seed").c_str());
  const Sheet sheet = measure(agency, arguments);
  sheet.print();
  if (!arguments.csv.empty()) {
    replace_file(arguments.csv, sheet_head + sheet.csv());
  }
  return exit_done;
}

}  // namespace throng
