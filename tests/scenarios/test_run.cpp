// What keeps a scenario from being run: said by the check where nobody has to be built for it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include <catch2/catch.hpp>

#include "behaviors/epidemic/columns.h"
#include "behaviors/epidemic/parameters.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"

using namespace throng;

namespace {
ScenarioFile small_town(std::vector<std::string> set) {
  set.insert(set.begin(), {"population.town.people=300", "run.steps=5", "epidemic.seed=[]"});
  return read_scenario(full_schema(),
                       std::string(THRONG_SOURCE_DIR) + "/scenarios/first_run/first_run.toml",
                       {.set = set});
}

std::string refusal_of_check(const std::vector<std::string>& set) {
  try {
    check_scenario(small_town(set));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string refusal_of_run(const std::vector<std::string>& set) {
  try {
    const Run run(Communicator(), small_town(set), {});
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

const std::string nobody_meets =
    "epidemic.contacts.weight={household=0,school=0,work=0,community=0,quarters=0,edges=0}";
}  // namespace

TEST_CASE("an R0 that nobody's contacts can give is refused by check as by run", "[run]") {
  const std::string check = refusal_of_check({nobody_meets}), run = refusal_of_run({nobody_meets});

  CHECK(check.find("first_run.toml:22:1: epidemic.r0 is out of reach of every rate") !=
        std::string::npos);
  CHECK(check == run);
}

TEST_CASE("an R0 that the built population cannot give has its place and what to do", "[run]") {
  const std::string run = refusal_of_run(
      {"epidemic.r0=30", "epidemic.contacts.weight.school=0", "epidemic.contacts.weight.work=0",
       "epidemic.contacts.weight.community=0", "epidemic.contacts.weight.quarters=0"});

  INFO(run);
  CHECK(
      run.starts_with("--set epidemic.r0=30: epidemic.r0 = 30.0 is out of reach (everybody a "
                      "case can meet is too few: beta = 1000.0 gives "));
  CHECK(run.ends_with("). Lower r0, or raise the contacts and their weights."));
}

TEST_CASE("beta needs no contacts that could give an R0", "[run]") {
  const std::string text =
      "base = \"natural_history/sir.toml\"\nrun.steps = 3\npopulation.town.people = "
      "200\n[epidemic]\n"
      "beta = 0.1\ncontacts.weight = {household=0,school=0,work=0,community=0,quarters=0,edges=0}";

  const auto scenario = read_scenario_text(full_schema(), text, "beta.toml",
                                           std::string(THRONG_SOURCE_DIR) + "/scenarios");

  CHECK(check_scenario(scenario)->agents() == 200);
  CHECK_FALSE(
      epidemic_of(Run(Communicator(), scenario, {})).daily().summary().peak_step.has_value());
}

TEST_CASE("a disease of more courses than can be counted needs beta instead of r0", "[run]") {
  std::string text =
      "base = \"natural_history/sir.toml\"\nrun.steps = 3\npopulation.town.people = "
      "200\n[epidemic]\nr0 = 2\nstage = [{name = \"susceptible\"},\n";
  for (const std::string from : {"a", "b", "c"}) {
    const std::string to(1, static_cast<char>(from[0] + 1));
    text += "{name = \"" + from + "\", infectiousness = 0." + std::to_string(from[0] - 'a' + 5) +
            ", next = [{to = \"" + to + "\", dwell = {kind = \"exponential\", mean = 100.0}}]},\n";
  }
  text += "{name = \"d\"}]\n";
  const auto read = [&](const std::string& rate) {
    std::string with = text;
    with.replace(with.find("r0 = 2"), 6, rate);
    return read_scenario_text(full_schema(), with, "long.toml",
                              std::string(THRONG_SOURCE_DIR) + "/scenarios");
  };

  const std::string refusal =
      "long.toml:5:1: the disease has too many courses to count (the rate that gives an r0 sums "
      "over all of them, and long dwell times in several stages of different infectiousness "
      "multiply). Give epidemic.beta, or shorter dwell times.";
  CHECK_THROWS_WITH(check_scenario(read("r0 = 2")), refusal);
  CHECK_THROWS_WITH(Run(Communicator(), read("r0 = 2"), {}), refusal);
  CHECK(check_scenario(read("beta = 0.1"))->agents() == 200);
}

TEST_CASE("the nearer of r0 and beta holds: a file or --set replaces what its base gave", "[run]") {
  const auto values = [](const std::string& text, std::vector<std::string> set) {
    return read_scenario_text(full_schema(), text, "nearer.toml",
                              std::string(THRONG_SOURCE_DIR) + "/scenarios/first_run",
                              {.set = std::move(set)})
        .values;
  };
  const std::string base = "base = \"first_run.toml\"\n";  // which gives r0
  using epidemic::parameters::beta, epidemic::parameters::r0;

  const Values file = values(base + "epidemic.beta = 0.06\n", {});
  CHECK(file.get(beta) == 0.06);
  CHECK(file.find(r0) == nullptr);
  const Values set = values(base, {"epidemic.beta=0.1"});
  CHECK(set.get(beta) == 0.1);
  CHECK(set.find(r0) == nullptr);
  const Values back = values(base + "epidemic.beta = 0.06\n", {"epidemic.r0=3"});
  CHECK(back.get(r0) == 3);
  CHECK(back.find(beta) == nullptr);
  CHECK_THROWS_WITH(values(base + "[epidemic]\nbeta = 0.06\nr0 = 2\n", {}),
                    Catch::Contains("both given"));
  CHECK_THROWS_WITH(values(base, {"epidemic.beta=0.1", "epidemic.r0=2"}),
                    Catch::Contains("both given"));
}

TEST_CASE("a scale multiplies the people of a town", "[run]") {
  CHECK(check_scenario(small_town({"population.scale=2"}))->agents() == 600);
  CHECK(check_scenario(small_town({"population.scale=0.1"}))->agents() == 30);
}

TEST_CASE("a seed of the day of the start acts in the first step", "[run]") {
  const auto infected = [](const std::string& seed) {
    Run run(Communicator(),
            read_scenario(full_schema(),
                          std::string(THRONG_SOURCE_DIR) + "/scenarios/first_run/first_run.toml",
                          {.set = {"population.town.people=300", seed}}),
            {});
    run.step();
    return epidemic_of(run).daily().summary().infections;
  };
  CHECK(infected("epidemic.seed=[{count=7,date=2020-01-01}]") == 7);
  CHECK(infected("epidemic.seed=[{count=7}]") == 7);
  CHECK(infected("epidemic.seed=[{count=7,date=2020-01-03}]") == 0);
}

TEST_CASE("seeds and importations of a neighborhood are people who live there", "[run]") {
  const auto homes = [](std::vector<std::string> set) {
    set.emplace_back("population.town.people=400");
    Run run(Communicator(),
            read_scenario(full_schema(),
                          std::string(THRONG_SOURCE_DIR) + "/scenarios/first_run/first_run.toml",
                          {.set = set}),
            {});
    run.step();
    Kind& people = run.simulation().population().kind(person::kind);
    const auto infected_on = people.values(epidemic::infected_on);
    const auto neighborhood = people.values(person::neighborhood);
    std::map<u16, int> infected;
    for (Row r = 0; r < people.rows(); ++r) {
      infected[neighborhood[r]] += infected_on[r] == 1;
    }
    return infected;
  };

  CHECK(homes({"epidemic.seed=[{count=30,neighborhood='T3'}]"}) ==
        std::map<u16, int>{{0, 0}, {1, 0}, {2, 30}, {3, 0}});
  CHECK_THROWS_WITH(homes({"epidemic.seed=[{count=300,neighborhood='T2'}]"}),
                    Catch::Contains("live there"));
  const auto imported =
      homes({"epidemic.seed=[]", "epidemic.importation=[{per_day=40,neighborhood='T4'}]"});
  CHECK(imported.at(3) > 15);  // 40 arrivals on average, at 100 people
  CHECK(imported.at(0) + imported.at(1) + imported.at(2) == 0);
}

TEST_CASE("a hundredth of a city is brought a hundredth of its importations", "[run]") {
  Run run(Communicator(),
          read_scenario(full_schema(), std::string(THRONG_SOURCE_DIR) + "/scenarios/nyc/nyc.toml",
                        {.set = {"population.scale=0.01", "run.steps=40", "epidemic.beta=0.1",
                                 nobody_meets, "epidemic.importation=[{per_day=250}]"}}),
          {});
  while (!run.done()) {
    run.step();
  }
  const auto infected_on =
      run.simulation().population().kind(person::kind).values(epidemic::infected_on);
  const auto infected =
      std::count_if(infected_on.begin(), infected_on.end(), [](auto on) { return on != never; });

  // Poisson with mean 40 x 250 / 100; few are drawn twice among 83,000.
  const double expected = 100, error = std::sqrt(expected);
  std::printf("importations of a hundredth: %td, expected %.0f, standard error %.1f (n = 1)\n",
              infected, expected, error);
  CHECK(std::abs(static_cast<double>(infected) - expected) < 4 * error);
}
