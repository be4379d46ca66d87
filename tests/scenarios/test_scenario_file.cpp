#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "io/toml_file.h"
#include "scenarios/scenario_file.h"
#include "tests/scenarios/scenario_example.h"

using namespace throng;

namespace {
namespace fs = std::filesystem;

ScenarioFile read(const std::string& text, const ScenarioOptions& options = {}) {
  return read_scenario_text(example::schema(), text, "test.toml", fs::path(), options);
}

// Text of files by name instead of a disk.
ScenarioOptions files(std::vector<std::pair<std::string, std::string>> texts) {
  ScenarioOptions options;
  options.load = [texts = std::move(texts)](const fs::path& path) {
    for (const auto& [name, text] : texts) {
      if (path == name) {
        return text;
      }
    }
    throw IoError(path.string() + ": no such file");
  };
  return options;
}

std::string joined(const std::vector<Override>& overrides) {
  std::string all;
  for (const auto& o : overrides) {
    all += o.key + ": " + o.before + " -> " + o.after + " (" + o.place.str() + ")\n";
  }
  return all;
}
}  // namespace

TEST_CASE("values of a file come with the types of their declarations", "[scenario]") {
  const Values values = read(example::text).values;

  CHECK(values.get(scenario::title) == "Example \"one\"");
  CHECK(values.get(scenario::run_steps) == 120);
  CHECK(values.get(scenario::run_start).str() == "2020-03-01");
  CHECK(values.get(scenario::output_snapshots).size() == 2);
  CHECK(values.get(example::r0) == 3.0);
  CHECK(values.find(example::beta) == nullptr);
  CHECK(values.get(example::by_age) == std::vector<double>{0.5, 1.0, 2.25});
}

TEST_CASE("what a file does not say has its initial value and is not given", "[scenario]") {
  const Values values = read(example::text).values;

  CHECK(values.get(scenario::run_seed) == 1);
  CHECK(values.choice<PopulationKind>(scenario::population_kind) == PopulationKind::town);
  CHECK(values.get(example::labels) == std::vector<std::string>{"home", "work"});
  CHECK_FALSE(values.given("run.seed"));
  CHECK(values.given("epidemic.r0"));
}

TEST_CASE("records hold their fields, lists of tables and tables", "[scenario]") {
  const Values values = read(example::text).values;
  const auto& stages = values.records("epidemic.stage");

  REQUIRE(stages.size() == 2);
  CHECK(stages[0].get(example::stage_name) == "exposed");
  CHECK_FALSE(stages[0].get(example::infectious));
  CHECK(stages[1].get(example::infectious));
  const auto& next = stages[0].records("next");
  REQUIRE(next.size() == 2);
  CHECK(next[0].get(example::share) == 0.6);
  CHECK(next[1].table("dwell").get(example::mean) == 3.5);
  CHECK(next[1].table("dwell").get(example::sd) == 0.0);
  CHECK(stages[1].records("next").empty());
}

TEST_CASE("timelines arrive compiled to the steps of the run", "[scenario]") {
  const Values values = read(example::text).values;
  const auto& contacts = values.get(example::contacts);
  const auto closures = values.map(example::closures);

  CHECK(contacts.at(20) == 1.0);   // 2020-03-21: the initial value
  CHECK(contacts.at(21) == 0.25);  // 2020-03-22
  CHECK(contacts.at(61) == 0.5);   // 2020-05-01
  REQUIRE(closures.size() == 2);
  CHECK(closures[0].first == "retail");
  CHECK(closures[1].first == "arts & fun");
  CHECK(closures[1].second.at(14) == 0.0);
  CHECK(closures[1].second.at(15) == 1.0);
}

TEST_CASE("the resolved scenario reads back to equal values and to itself", "[scenario]") {
  const ScenarioFile first = read(example::text);
  const ScenarioFile second = read(first.resolved);

  CHECK(second.values == first.values);
  CHECK(second.resolved == first.resolved);
  CHECK(second.overrides.empty());
  CHECK(first.resolved.find("seed = 1\n") != std::string::npos);
}

TEST_CASE("every default of the engine reads back to equal values", "[scenario]") {
  const Schema schema = test::people_schema();
  const auto first = read_scenario_text(schema, "run.steps = 3", "a.toml", fs::path());
  const auto second = read_scenario_text(schema, first.resolved, "b.toml", fs::path("/elsewhere"));

  CHECK(second.values == first.values);
}

TEST_CASE("a file wins over its bases, later bases over earlier ones", "[scenario]") {
  const auto options =
      files({{"folder/main.toml", "base = [\"a.toml\", \"b.toml\"]\n[run]\nseed = 3"},
             {"folder/a.toml", "[run]\nseed = 1\nsteps = 10\n[epidemic]\nr0 = 1.0"},
             {"folder/b.toml", example::text}});

  const auto scenario = read_scenario(example::schema(), "folder/main.toml", options);

  CHECK(scenario.values.get(scenario::run_seed) == 3);
  CHECK(scenario.values.get(scenario::run_steps) == 120);
  CHECK(scenario.values.get(example::r0) == 3.0);
  CHECK(joined(scenario.overrides) == "run.seed: 1 -> 3 (folder/main.toml:3:1)\n");
  CHECK(scenario.files ==
        std::vector<std::string>{"folder/main.toml", "folder/a.toml", "folder/b.toml"});
}

TEST_CASE("tables of a base merge key by key, lists are replaced", "[scenario]") {
  const auto options =
      files({{"main.toml",
              "base = \"b.toml\"\n[epidemic]\nlabels = [\"x\"]\n[epidemic.closures]\nparks = 1"},
             {"b.toml", example::text}});

  const auto scenario = read_scenario(example::schema(), "main.toml", options);

  CHECK(scenario.values.get(example::labels) == std::vector<std::string>{"x"});
  CHECK(scenario.values.map(example::closures).size() == 3);
  CHECK(joined(scenario.overrides) ==
        "epidemic.labels: [\"home\", \"work\"] -> [\"x\"] (main.toml:3:1)\n"
        "epidemic.closures.parks:  -> 1.0 (main.toml:5:1)\n");
}

TEST_CASE("overrides win over every file and say where they come from", "[scenario]") {
  ScenarioOptions options;
  options.set = {"run.seed=7", "population.kind=city", "epidemic.by_age=[1, 2, 3]",
                 "run.start=2020-02-15", "title=Two words"};

  const auto scenario = read(example::text, options);

  CHECK(scenario.values.get(scenario::run_seed) == 7);
  CHECK(scenario.values.get(scenario::population_kind).word == "city");
  CHECK(scenario.values.get(scenario::title) == "Two words");
  CHECK(scenario.values.get(scenario::run_start).str() == "2020-02-15");
  CHECK(scenario.values.get(example::contacts).at(35) == 1.0);   // 2020-03-21
  CHECK(scenario.values.get(example::contacts).at(36) == 0.25);  // 2020-03-22
  CHECK(scenario.overrides.size() == 5);
  CHECK(scenario.overrides[1].place.str() == "--set run.seed=7");
}

TEST_CASE("paths start at the file they are written in", "[scenario]") {
  const auto options =
      files({{"/data/main.toml",
              "base = \"../lib/base.toml\"\nrun.steps = 5\n[population]\nkind = \"files\""},
             {"/lib/base.toml", "[population.files]\npeople = \"people.csv\""}});

  const auto scenario = read_scenario(test::people_schema(), "/data/main.toml", options);

  CHECK(scenario.values.get(scenario::files_people).text == "/lib/people.csv");
}

TEST_CASE("a diamond of bases is no cycle", "[scenario]") {
  const auto options = files({{"main.toml", "base = [\"a.toml\", \"b.toml\"]"},
                              {"a.toml", "base = \"c.toml\""},
                              {"b.toml", "base = \"c.toml\""},
                              {"c.toml", "run.steps = 4"}});

  CHECK(
      read_scenario(test::people_schema(), "main.toml", options).values.get(scenario::run_steps) ==
      4);
}

TEST_CASE("values can be put together in code", "[scenario]") {
  Values values = test::people_schema().initial_values();

  values.set(scenario::run_steps, i64{30});
  values.set(scenario::run_seed, i64{5});

  CHECK(values.get(scenario::run_steps) == 30);
  CHECK(values.get(scenario::run_seed) == 5);
  CHECK_THROWS_AS(values.get(scenario::population_seed), ContractError);
}

TEST_CASE("every parameter of the engine has a doc and a source", "[scenario]") {
  CHECK(undocumented(test::people_schema().fields()).empty());

  Schema careless;
  careless.fields().section("a", "A section.");
  careless.add(Parameter<double>{.name = "a.b", .doc = "No source.", .initial = 1.0});
  CHECK(undocumented(careless.fields()) == std::vector<std::string>{"a.b"});
}
