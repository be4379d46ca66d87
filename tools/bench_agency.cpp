// Agency against scale: an epidemic and work under a rule, under archetypes, and under a few
// hundred single people who are asked one by one and whose answers the others take, against
// everybody asked one by one, or against what was observed: `throng bench agency`. The design is
// that of the first table of Chopra et al. 2024, "On the limits of agency in agent-based models".
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "behaviors/epidemic/parameters.h"
#include "behaviors/labor/parameters.h"
#include "io/observed_series.h"
#include "io/publish.h"
#include "io/results.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/models/labor.h"
#include "scenarios/run.h"
#include "scenarios/toml_text.h"
#include "sim/parallel.h"
#include "tools/bench_measure.h"
#include "tools/bench_seeds.h"
#include "tools/commands.h"
#include "tools/shipped.h"

namespace throng {
namespace {

/// A way to decide, as changes to the section of every decision.
struct Way {
  std::string name;
  std::vector<std::string> set;
  enum class By { scenario, server } by = By::scenario;  ///< who answers, where a server is named
};
const Way by_rule = {"rule", {"provider=rule", "personas=0", "audits=0", "ask=archetypes"}};
const Way by_archetypes = {"archetypes", {"ask=archetypes", "audits=0"}, Way::By::server};
/// Of the town: where the day is spent is told of archetypes, since contacts and work hang on it.
const Way by_place = {"archetypes by place",
                      {"ask=archetypes", "audits=0", "archetype=[\"age\", \"sex\", \"place\"]",
                       "persona=[\"household_size\"]"},
                      Way::By::server};
Way by_sample(i64 people) {
  return {std::to_string(people) + " single people",
          {"ask=sample", "sample=" + std::to_string(people), "audits=0"},
          Way::By::server};
}
Way one_by_one(bool of_server) {
  return {
      "everyone", {"ask=everyone", "audits=0"}, of_server ? Way::By::server : Way::By::scenario};
}

/// A figure for each whole week of a run; NaN where there is none.
using Weeks = std::vector<double>;

/// What is compared, week by week.
struct Quantity {
  std::string name, unit;
  bool sums = false;  ///< of the days of a week; means otherwise
};

struct Outcome {
  double questions = 0, requests = 0;
  std::vector<Weeks> weeks;  // [quantity]
};

class Agency {
 public:
  explicit Agency(const BenchAgencyArguments& a) : a_(a) {
    const ScenarioFile file = read(a_.set);
    if (builtin_catalog().model_of(file.values).name == "epidemic") {
      if (epidemic::archetypes_stay_home(file.values)) {
        decisions_.emplace_back("stay_home");
      }
      if (labor::works_provider(file.values) == labor::WorksProvider::archetypes) {
        decisions_.emplace_back("works");
      }
    }
    for (const std::string& name : decisions_) {
      const Values* asked = file.values.find_table("decision." + name);
      has_server_ |=
          asked != nullptr && asked->choice<DecisionBy>(decision::provider) == DecisionBy::http;
    }
    quantities_.push_back({"infections", "person", true});
    if (!decisions_.empty() && labor::enabled(file.values)) {
      quantities_.push_back({"unemployment", "point"});
    }
    for (const std::string& name : a_.series) {
      quantities_.push_back({name, "unit"});
    }
  }

  /// Throws InputError where nothing is decided, or nobody meant to pay for what would be asked.
  void check() const {
    if (decisions_.empty()) {
      throw InputError(
          "bench agency: nothing in the scenario is decided by archetypes (the provider of neither "
          "epidemic.stay_home nor labor.works is 'archetypes'). Give one in which they decide.");
    }
    if (has_server_ && a_.observed.empty() && !a_.ask_everyone) {
      throw InputError(
          "bench agency: everybody would be asked one by one for the truth (a server is asked, and "
          "each person's every decision would be a request). Compare with what was observed "
          "(--observed FILE.csv), or say that it is worth it (--ask-everyone).");
    }
  }

  /// Days of an ISO date and a value each, as weeks of the run; NaN where a day is missing.
  Weeks observed() const {
    const ScenarioFile file = scenario(by_archetypes, 1);
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
    const EpidemicModel& model = epidemic_of(run);
    Results results;
    model.write(results);
    Outcome outcome;
    for (const DecisionAssembly* decision : model.decisions()) {
      outcome.questions += static_cast<double>(decision->questions());
      outcome.requests += static_cast<double>(decision->totals().calls);
    }
    for (const Quantity& q : quantities_) {
      outcome.weeks.push_back(weeks_of(days_of(model, results, q.name), q.sums));
    }
    return outcome;
  }

  /// Infections; then percent of the labor force without work, where there is one; then others.
  const std::vector<Quantity>& quantities() const { return quantities_; }
  const std::vector<std::string>& decisions() const { return decisions_; }
  bool asks_a_server() const { return has_server_ || !a_.server.empty(); }

 private:
  ScenarioFile read(std::vector<std::string> set) const {
    if (a_.scenario.empty()) {
      set.insert(set.begin(), std::string("population.town.people=") + std::to_string(a_.people));
    }
    return read_scenario(
        full_schema(),
        a_.scenario.empty() ? shipped_scenario("town_at_work").string() : a_.scenario,
        {.set = std::move(set)});
  }
  ScenarioFile scenario(const Way& way, i64 seed) const {
    std::vector<std::string> set = a_.set;
    const auto put = [&set](const std::string& assignment) {
      const std::string key = assignment.substr(0, assignment.find('=') + 1);
      std::erase_if(set, [&](const std::string& other) { return other.starts_with(key); });
      set.push_back(assignment);
    };
    for (const std::string& name : decisions_) {
      const std::string section = "decision." + name + ".";
      for (const std::string& one : way.set) {
        put(section + one);
      }
      if (way.by == Way::By::server && !a_.server.empty()) {
        put(section + "provider=http");
        put(section + "http.url=" + toml_string(a_.server));
        put(section + "http.model=" + toml_string(a_.model));
        if (!a_.dialect.empty()) {
          put(section + "http.dialect=" + a_.dialect);
        }
      }
    }
    put(std::string("run.seed=") + std::to_string(seed));
    put("output.series=total");
    put("output.transmission_log=false");
    return read(std::move(set));
  }
  std::vector<double> days_of(const EpidemicModel& model, const Results& results,
                              const std::string& name) const {
    if (name == "unemployment") {
      std::vector<double> percent = model.labor()->daily().rate();
      for (double& day : percent) {
        day *= 100;
      }
      return percent;
    }
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
  std::vector<std::string> decisions_;
  bool has_server_ = false;  // the scenario's own
  std::vector<Quantity> quantities_;
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

/// Of all whole weeks.
double over_weeks(const Weeks& weeks, bool sums) {
  double sum = 0;
  for (const double w : weeks) {
    sum += w;
  }
  return sums ? sum : sum / static_cast<double>(weeks.size());
}

struct Sheets {
  Sheet agency, difference;
};

Sheets measure(const Agency& agency, const BenchAgencyArguments& a) {
  const bool has_observed = !a.observed.empty();
  const Weeks observed = has_observed ? agency.observed() : Weeks();
  std::vector<Way> ways = {by_rule, by_archetypes};
  if (a.scenario.empty()) {
    ways.push_back(by_place);
  }
  ways.push_back(by_sample(a.sample));
  if (!has_observed) {
    ways.push_back(one_by_one(a.ask_everyone));
  }

  const auto& compared = agency.quantities();
  const std::size_t errors = has_observed ? 1 : compared.size();
  std::vector<SheetQuantity> what;
  for (std::size_t q = 0; q < errors; ++q) {
    what.push_back({compared[q].name + "_mse", compared[q].unit + "^2",
                    std::string("Mean square over weeks of the difference of the week's ") +
                        (compared[q].sums ? "sum" : "mean") + " from " +
                        (has_observed ? "what was observed." : "everyone's of the same seed.")});
  }
  for (const Quantity& q : compared) {
    what.push_back({q.name, q.unit, q.sums ? "Of all whole weeks." : "Mean of all whole weeks."});
  }
  const std::size_t differing = what.size();
  if (agency.asks_a_server()) {
    what.push_back({"requests", "1", "Requests that were sent to the server."});
  }

  std::vector<std::vector<OverSeeds>> found(ways.size(), std::vector<OverSeeds>(what.size()));
  auto differences = found;
  std::vector<OverSeeds> questions(ways.size());
  for (int seed = 1; seed <= a.seeds; ++seed) {
    std::vector<Outcome> outcomes;
    for (const Way& way : ways) {
      outcomes.push_back(agency.run(way, seed));
    }
    for (std::size_t way = 0; way < ways.size(); ++way) {
      const Outcome& outcome = outcomes[way];
      questions[way].values.push_back(outcome.questions);
      std::vector<double> values;
      for (std::size_t q = 0; q < errors; ++q) {
        values.push_back(
            mean_square(outcome.weeks[q], has_observed ? observed : outcomes.back().weeks[q]));
      }
      for (std::size_t q = 0; q < compared.size(); ++q) {
        values.push_back(over_weeks(outcome.weeks[q], compared[q].sums));
      }
      values.push_back(outcome.requests);
      for (std::size_t q = 0; q < what.size(); ++q) {
        found[way][q].values.push_back(values[q]);
      }
    }
  }

  Sheets sheets = {
      Sheet("agency", what),
      Sheet("difference", {what.begin(), what.begin() + static_cast<std::ptrdiff_t>(differing)})};
  for (std::size_t way = 0; way < ways.size(); ++way) {
    sheets.agency.add(ways[way].name, questions[way], found[way]);
    for (std::size_t q = 0; q < differing; ++q) {
      for (std::size_t seed = 0; seed < found[way][q].values.size(); ++seed) {
        differences[way][q].values.push_back(found[way][q].values[seed] - found[1][q].values[seed]);
      }
    }
    if (ways[way].name != by_archetypes.name) {
      sheets.difference.add(ways[way].name, questions[way], differences[way]);
    }
  }
  return sheets;
}

}  // namespace

int bench_agency_command(const BenchAgencyArguments& arguments) {
  bench::refuse_launchers();
  const Agency agency(arguments);
  agency.check();
  std::optional<PendingFile> file;
  if (!arguments.csv.empty()) {
    file.emplace(arguments.csv);
    write_new_file(file->temporary(), {}, file->path());
  }
  set_thread_count(std::min(2, default_threads()));
  std::string decided;
  for (const std::string& name : agency.decisions()) {
    decided += (decided.empty() ? "" : " and ") + name;
  }
  std::printf("Who decides %s, %s. Luck is shared by the runs of a seed. Questions of a run:\n\n",
              decided.c_str(), counted(static_cast<std::size_t>(arguments.seeds), "seed").c_str());
  const Sheets sheets = measure(agency, arguments);
  sheets.agency.print();
  std::printf("The same, less that of archetypes of the same seed:\n\n");
  sheets.difference.print();
  if (!arguments.csv.empty()) {
    replace_file(arguments.csv, sheet_head + sheets.agency.csv() + sheets.difference.csv());
  }
  return exit_done;
}

}  // namespace throng
