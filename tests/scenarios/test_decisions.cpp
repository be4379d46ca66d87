// What a scenario says of a decision of archetypes: every mistake in the user's words, and a town
// that is asked by each provider that needs no server.
#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "sim/math.h"

namespace throng {
namespace {

const std::string town = R"(
base = "../../scenarios/first_run/first_run.toml"
[run]
steps = 30
[population.town]
people = 2000
[epidemic.stay_home]
provider = "archetypes"
every = 5
intercept = -2.0
order = 0.9
cases = 0.2
order_in_force = [{value = 0.0}, {from = 2020-01-11, value = 2.0}]
)";

ScenarioFile read(const std::string& section) {
  const auto folder = std::string(THRONG_SOURCE_DIR) + "/tests/scenarios";
  return read_scenario_text(full_schema(), town + section, "town", folder, {});
}

std::string mistake(const std::string& section) {
  try {
    const ScenarioFile scenario = read(section);
    check_scenario(scenario);
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

/// The message behind its place.
std::string problem(const std::string& section) {
  const std::string all = mistake(
      "[decision.stay_home]\nprovider = \"rule\"\n"
      "lattice = [\"reported_cases\", \"order_in_force\"]\n" +
      section);
  const auto at = all.find("decision.stay_home.");
  return at == std::string::npos ? all : all.substr(at);
}

/// The content hash of a run on this rank, and the mean share in force after every step.
struct Ran {
  u64 hash = 0;
  std::vector<double> share;
  Results results;
};
Ran run(const std::string& section) {
  const ScenarioFile scenario = read(section);
  Run run(Communicator(), scenario, {});
  while (!run.done()) {
    run.step();
  }
  Ran ran{run.simulation().content_hash(), {}, run.results(scenario)};
  for (const Series& s : ran.results.series) {
    if (s.name == "stay_home_share") {
      ran.share = std::get<std::vector<double>>(s.values);
    }
  }
  return ran;
}

TEST_CASE("archetypes need to be said who they are", "[scenario][decisions]") {
  CHECK_THAT(mistake(""), Catch::Contains("epidemic.stay_home.provider is 'archetypes' but nothing "
                                          "says who is asked what (there is no section "
                                          "decision.stay_home). Add it."));
}

TEST_CASE("every mistake in a decision is said in the user's words", "[scenario][decisions]") {
  CHECK(problem("") == "none");
  CHECK(problem("archetype = [\"hat\"]") ==
        "decision.stay_home.archetype: 'hat' is nothing that is known of a person (there are age, "
        "sex, borough, income, household_size, sector, place). Name one of these.");
  CHECK(problem("archetype = [\"age\", \"age\"]") ==
        "decision.stay_home.archetype lists \"age\" twice (each stands once). Remove one of them.");
  CHECK(problem("household_correlation = 0.6\nperson_correlation = 0.4") ==
        "decision.stay_home.household_correlation: the correlations of household and person add up "
        "to 1 or more (something has to be left to the day). Lower one of them.");
  CHECK(problem("fallback = [\"last\", \"hope\"]") ==
        "decision.stay_home.fallback: 'hope' is no rung of the ladder, or there twice (surrogate, "
        "last and rule can be, once each). Correct it.");
  CHECK(problem("fallback = [\"surrogate\"]") ==
        "decision.stay_home.surrogate: is missing (a surrogate is to answer). Add it.");
  CHECK(problem("personas = 2") ==
        "decision.stay_home.archetype: decision.stay_home.personas: nothing tells a persona from "
        "its archetype (persona is empty). Name the features outside of the archetype that its "
        "question mentions.");
  CHECK(problem("audits = 2") ==
        "decision.stay_home.archetype: decision.stay_home.audits: single people are asked in full, "
        "but a question mentions none (personas is 0). Set personas to 1 or more, and the features "
        "of a persona.");
  CHECK(problem("lag = 6") ==
        "decision.stay_home.archetype: decision.stay_home.lag = 6 is longer than the time between "
        "two decisions (5 steps). Choose a lag of at most that.");
  CHECK(problem("[decision.stay_home.bands]\nage = [40, 0, 50]") ==
        "decision.stay_home.archetype: age: its bands do not ascend (each begins above the one "
        "before). Give lower bounds, as in [0, 18, 65].");
  CHECK(problem("[decision.stay_home.bands]\nreported_cases = [5, 10]") ==
        "decision.stay_home.lattice: bands of reported_cases: they do not begin at 0 (nobody "
        "reported is a rate too). Give lower bounds, as in [0, 50, 200].");
  CHECK(problem("[decision.stay_home.bands]\nreported_cases = [0, 100, 50]") ==
        "decision.stay_home.lattice: reported_cases: its bands do not ascend (each begins above "
        "the one before). Give lower bounds, as in [0, 18, 65].");
  CHECK_THAT(mistake("[decision.stay_home]\nprovider = \"rule\"\nlattice = [\"moon\"]"),
             Catch::Contains("decision.stay_home.lattice: 'moon' is nothing that is known of the "
                             "epidemic (there are reported_cases, trend and order_in_force). Name "
                             "one of these."));
  CHECK_THAT(mistake("[decision.stay_home]\nprovider = \"rule\""),
             Catch::Contains("decision.stay_home.provider: the rule wants reported_cases and "
                             "order_in_force in the lattice. Add them."));
  CHECK_THAT(mistake("[decision.stay_home]\nprovider = \"http\""),
             Catch::Contains("decision.stay_home.template: is missing (a model is asked in words). "
                             "Add it."));
}

TEST_CASE("what is wrong with a server's settings is said before anything is asked",
          "[scenario][decisions]") {
  const auto server = [](const std::string& settings) {
    const std::string all = mistake(
        "[decision.stay_home]\nprovider = \"http\"\n"
        "template = \"../../scenarios/decisions/stay_home.toml\"\n"
        "archetype = [\"age\", \"sex\", \"borough\", \"income\"]\n"
        "lattice = [\"reported_cases\", \"trend\", \"order_in_force\"]\n"
        "[decision.stay_home.http]\n" +
        settings);
    const auto at = all.find("decision.stay_home.http: ");
    return at == std::string::npos ? all : all.substr(at + 25);
  };
  const std::string model = "model = \"m\"\n";
  CHECK(server(model) == "none");
  CHECK(server("") == "its model is missing (questions are of one). Add http.model.");
  CHECK_THAT(server(model + "dialect = \"klingon\""),
             Catch::StartsWith("its dialect 'klingon' is none that is known (there are openai, "));
  CHECK_THAT(server(model + "url = \"http://10.0.0.1/v1\""),
             Catch::StartsWith("its url is unencrypted and of another machine"));
  CHECK_THAT(server(model + "max_cost = 1.0"),
             Catch::StartsWith("max_cost limits nothing (no prices are given)."));
  CHECK_THAT(server(model + "max_cost = 1e-9\nprompt_price = 1.0"),
             Catch::StartsWith("max_cost is less than a millionth"));
  CHECK(server(model + "max_cost = 1.0\nprompt_price = 1.0") == "none");
  const std::string pasted = server(model + "key_variable = \"sk-123-abc\"");
  CHECK_THAT(pasted, Catch::Contains("key_variable: is no name of an environment variable"));
  CHECK_THAT(pasted, !Catch::Contains("sk-123"));
}

TEST_CASE("a rule answers archetypes by the middle of their band", "[scenario][decisions]") {
  const Ran ran =
      run("[decision.stay_home]\nprovider = \"rule\"\nlattice = [\"reported_cases\", "
          "\"order_in_force\"]\n[decision.stay_home.bands]\nreported_cases = [0, 1000000]\n");
  // All the time in the first band, whose middle is 499,999.5 cases.
  const auto share = [](double order) {
    return 1 / (1 + math::exp(-(-2.0 + 0.9 * order + 0.2 * math::log1p(499'999.5))));
  };
  REQUIRE(ran.share.size() == 31);
  CHECK(ran.share[0] == 0);  // asked at the end of step 1
  CHECK(ran.share[1] == Approx(share(0)).margin(1e-6));
  CHECK(ran.share[9] == Approx(share(0)).margin(1e-6));
  CHECK(ran.share[10] == Approx(share(2)).margin(1e-6));  // the order of 11 January, asked on it
  CHECK(ran.share[30] == Approx(share(2)).margin(1e-6));
}

TEST_CASE("a lag is the time from the question to the answer in force", "[scenario][decisions]") {
  const std::string rule =
      "[decision.stay_home]\nprovider = \"rule\"\nlattice = [\"reported_cases\", "
      "\"order_in_force\"]\n";
  // One band, so that what is asked about does not depend on what people do.
  const std::string band = "[decision.stay_home.bands]\nreported_cases = [0, 1000000]\n";
  const Ran at_once = run(rule + band), later = run(rule + "lag = 4\n" + band);
  CHECK(later.share[3] == 0);
  REQUIRE(at_once.share.size() == 31);
  for (std::size_t step = 1; step + 3 < at_once.share.size(); ++step) {
    CHECK(later.share[step + 3] == at_once.share[step]);
  }
  CHECK(at_once.share[10] > at_once.share[9]);  // the order: not all of them are equal
}

TEST_CASE("a decision leaves its epochs and what was in force in the results",
          "[scenario][decisions]") {
  const Ran ran =
      run("[decision.stay_home]\nprovider = \"rule\"\narchetype = [\"age\", \"household_size\"]\n"
          "lattice = [\"reported_cases\", \"order_in_force\"]\n");
  std::map<std::string, const Table*> tables;
  for (const Table& t : ran.results.tables) {
    tables[t.name] = &t;
  }
  REQUIRE(tables.contains("stay_home_epochs"));
  REQUIRE(tables.contains("decisions"));
  // Steps 1, 5, 10, ... 30.
  CHECK(tables["stay_home_epochs"]->rows() == 7);
  CHECK(tables["decisions"]->rows() > 7 * 20);
  const auto& people = tables["stay_home_epochs"]->columns[3];
  CHECK(people.name == "people");
  CHECK(std::get<std::vector<i64>>(people.values)[0] == 2000);
  const DecisionSources& sources = ran.results.provenance.decisions;
  CHECK(sources.provider == "rule");
  CHECK(sources.rungs == std::map<std::string, u64>{{"live", tables["decisions"]->rows()}});
}

TEST_CASE("people are asked about as what they came to be, and act so at once",
          "[scenario][decisions]") {
  const Ran ran =
      run("[decision.stay_home]\nprovider = \"rule\"\narchetype = [\"age\", \"health\"]\nlag = 3\n"
          "lattice = [\"reported_cases\", \"order_in_force\"]\n");
  const auto column = [&](const std::string& table,
                          const std::string& name) -> const ColumnValues& {
    for (const Table& t : ran.results.tables) {
      for (const TableColumn& c : t.columns) {
        if (t.name == table && c.name == name) {
          return c.values;
        }
      }
    }
    FAIL("no column " + name);
    return ran.results.tables.front().columns.front().values;
  };
  const auto& of = std::get<std::vector<std::string>>(column("decision_subjects", "features"));
  const auto& subject = std::get<std::vector<u32>>(column("decisions", "subject"));
  const auto& asked = std::get<std::vector<u32>>(column("decisions", "asked"));
  const auto& mass = std::get<std::vector<u64>>(column("decisions", "mass"));
  std::map<u32, u64> people, ill;
  for (std::size_t k = 0; k < subject.size(); ++k) {
    people[asked[k]] += mass[k];
    ill[asked[k]] += of[subject[k]].find(";health=symptoms;") != std::string::npos ? mass[k] : 0;
  }
  REQUIRE(people.size() >= 5);
  for (const auto& [step, n] : people) {
    CHECK(n == 2000);
  }
  CHECK(ill.rbegin()->second != ill.begin()->second);
  const auto& as_nearest = std::get<std::vector<i64>>(column("stay_home_epochs", "as_nearest"));
  CHECK(as_nearest.front() == 0);
  CHECK(*std::max_element(as_nearest.begin(), as_nearest.end()) > 0);
}

}  // namespace
}  // namespace throng
