// Models other than the epidemic: chosen by a scenario, checked by their own schema, recorded by
// declaration.
#include <cmath>
#include <set>

#include <catch2/catch.hpp>

#include "scenarios/engine_parameters.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "tests/scenarios/own_model.h"

using namespace throng;
namespace copycat = throng::test::copycat;

namespace {

std::string refusal(const std::string& text, const Catalog& catalog = builtin_catalog()) {
  try {
    read_scenario_text(catalog.schema(), text, "a.toml", "/");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

const std::string life = "run.model = \"life\"\nrun.steps = 5\n";

template <class T>
const std::vector<T>& values_of(const Results& r, const std::string& name) {
  for (const Series& s : r.series) {
    if (s.name == name) {
      return std::get<std::vector<T>>(s.values);
    }
  }
  throw std::runtime_error("no series " + name);
}

}  // namespace

TEST_CASE("what a scenario of another model may say is refused with its place", "[models]") {
  CHECK(refusal(life + "epidemic.r0 = 2\npopulation.kind = \"town\"\nrun.start = 2020-01-01\n"
                       "output.series = \"total\"") ==
        "a.toml:3:1: epidemic would not be read (it belongs to run.model 'epidemic', and this "
        "scenario's is 'life'). Remove it, or set run.model = \"epidemic\".\n"
        "a.toml:4:1: population would not be read (it belongs to run.model 'epidemic', and this "
        "scenario's is 'life'). Remove it, or set run.model = \"epidemic\".\n"
        "a.toml:5:5: run.start would not be read (it belongs to run.model 'epidemic', and this "
        "scenario's is 'life'). Remove it, or set run.model = \"epidemic\".\n"
        "a.toml:6:8: output.series would not be read (it belongs to run.model 'epidemic', and this "
        "scenario's is 'life'). Remove it, or set run.model = \"epidemic\".");
}

TEST_CASE("a misspelled model is told with those there are", "[models]") {
  CHECK(refusal("run.model = \"lief\"\nrun.steps = 5\n[life]\nwidth = 0") ==
        "a.toml:1:13: run.model cannot be 'lief' (allowed: epidemic, life, thresholds, adoption, "
        "voter, bounded_confidence, segregation, spatial_dilemma, culture, repeated_games, "
        "random_walk, flocking, predation, sparse_life, played_games). Did you mean 'life'?");
}

TEST_CASE("Life says what is wrong with its own section", "[models][life]") {
  CHECK(refusal(life + "life.rule = \"23/3\"") ==
        "a.toml:3:6: life.rule is '23/3' (it is B and /S, each before different digits from 0 to "
        "8). Write it like \"B3/S23\".");
  CHECK(refusal(life + "life.start = \"glider\"\nlife.density = 0.5") ==
        "a.toml:4:6: life.density would not be read (life.start is 'glider'). Remove it, or set "
        "life.start = \"random\".");
  CHECK(refusal(life + "life.width = 65535\nlife.height = 65535") ==
        "a.toml:3:6: life.width times life.height is 4294836225 (at most 4200000000 cells can be "
        "numbered). Choose a smaller world.");
  CHECK(refusal(life + "life.width = 2\nlife.hieght = 5") ==
        "a.toml:3:14: life.width = 2 is out of range (allowed: 3 to 65535). Choose a value in that "
        "range.\n"
        "a.toml:4:6: life has no parameter 'hieght'. Did you mean 'height'?");
}

TEST_CASE("every model's parameters are documented, and its checks have names of its own",
          "[models][conformance]") {
  const Schema schema = full_schema();
  REQUIRE(schema.variants().size() >= 2);
  for (const Schema::Variant& variant : schema.variants()) {
    INFO(variant.word);
    std::set<std::string_view> names;
    for (const CrossCheck& check : variant.schema.checks()) {
      CHECK(names.insert(check.name).second);
    }
    if (variant.word != "epidemic") {  // whose tables of stages have a test of their own
      CHECK(undocumented(variant.schema.fields()).empty());
    }
  }
}

TEST_CASE("a resolved scenario names its model and reads back to equal values", "[models]") {
  const Schema schema = full_schema();
  const auto scenario = read_scenario_text(schema, life + "life.width = 30", "a.toml", "/");
  CHECK(scenario.resolved.find("model = \"life\"") != std::string::npos);
  CHECK(scenario.resolved.find("epidemic") == std::string::npos);
  CHECK(read_scenario_text(schema, scenario.resolved, "b.toml", "/").values == scenario.values);
}

TEST_CASE("a model of one's own is read, run and recorded by its declarations", "[models]") {
  const Catalog catalog = copycat::catalog();
  const auto scenario = read_scenario_text(
      catalog.schema(), copycat::text + "[output]\nsnapshot_steps = [12, 0]", "a.toml", "/");
  Run run(Communicator(), scenario, {.catalog = catalog});
  CHECK(run.agents() == 300);
  CHECK(check_scenario(scenario, catalog)->agents() == 300);
  while (!run.done()) {
    run.step();
  }
  const Results r = run.results(scenario);

  CHECK(r.time.unit == "1");
  REQUIRE(r.dimensions.size() == 1);
  CHECK(std::get<std::vector<std::string>>(r.dimensions[0].values) ==
        std::vector<std::string>{"no", "yes", "perhaps"});
  const auto& by_opinion = values_of<i64>(r, "copycats");
  const auto& turned = values_of<i64>(r, "turned");
  const auto& changes = values_of<i64>(r, "changes");
  const auto& of_step = values_of<i64>(r, "changes_of_step");
  const auto& turns = values_of<i64>(r, "turns");
  const auto& mean_age = values_of<double>(r, "mean_age");
  REQUIRE(by_opinion.size() == 13 * 3);
  REQUIRE(turns.size() == 13);
  i64 so_far = 0;
  for (std::size_t s = 0; s < 13; ++s) {
    i64 all = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      all += by_opinion[3 * s + k];
      so_far += of_step[3 * s + k];
      CHECK(changes[3 * s + k] - (s == 0 ? 0 : changes[3 * s - 3 + k]) == of_step[3 * s + k]);
      CHECK(turned[3 * s + k] == of_step[3 * s + k]);
    }
    CHECK(all == 300);
    CHECK(turns[s] == so_far);
    // Ages begin at a mean of (3 x 4005 + ids 270-299: 435) / 3 / 300 and grow by 0.1 x (id mod 7).
    const double begin = (3 * 4005.0 + 435) / 3 / 300, grows = (42 * 21.0 + 15) * 0.1 / 300;
    CHECK(std::abs(mean_age[s] - (begin + grows * static_cast<double>(s))) < 1e-6);
  }
  CHECK(so_far > 50);
  REQUIRE(r.agents.size() == 1);
  CHECK(r.agents[0].kind == "copycat");
  CHECK_FALSE(r.agents[0].space.has_value());
  REQUIRE(r.agents[0].snapshots.size() == 2);
  CHECK(r.agents[0].snapshots[1].step == 12);
  const Outcome outcome = run.outcome();
  CHECK(outcome.value("copycats_yes") == static_cast<double>(by_opinion[3 * 12 + 1]));
  CHECK(outcome.value("turns") == static_cast<double>(so_far));
  CHECK(outcome.value("mean_age") == mean_age[12]);
  CHECK(run.model().curves().size() == 2);
  CHECK(run.model().summary(outcome).find("copycats yes         ") != std::string::npos);
}

TEST_CASE("a model of one's own knows no sections of the others, nor they its own", "[models]") {
  const Catalog catalog = copycat::catalog();
  CHECK(refusal(copycat::text + "[life]\nwidth = 4", catalog)
            .starts_with("a.toml:4:2: life would not be read (it belongs to run.model 'life'"));
  CHECK(refusal(life + "copycat.people = 4", catalog)
            .starts_with("a.toml:3:1: copycat would not be read"));
}

TEST_CASE("a catalog refuses two models of one name, and a domain beside none",
          "[models][misuse]") {
  Catalog catalog = copycat::catalog();
  CHECK_THROWS_AS(catalog.add(catalog.models().back()), ContractError);
  const Domain nowhere = {
      .name = "echo", .model = "echoes", .declare = [](Schema&) {}, .add = [](auto&, auto&) {}};
  CHECK_THROWS_AS(catalog.add(nowhere), ContractError);
  const auto scenario = read_scenario_text(catalog.schema(), copycat::text, "a.toml", "/");
  const Run run(Communicator(), scenario, {.catalog = catalog});
  CHECK_THROWS_AS(epidemic_of(run), ContractError);
}

TEST_CASE("snapshots by step and by date are one list", "[models]") {
  const auto scenario = read_scenario(
      full_schema(), std::string(THRONG_SOURCE_DIR) + "/scenarios/first_run/first_run.toml",
      {.set = {"output.snapshots=[2020-01-11, 2020-01-02]", "output.snapshot_steps=[20, 10, 0]"}});
  CHECK(snapshot_steps(scenario.values) == std::vector<Step>{0, 1, 10, 20});
}
