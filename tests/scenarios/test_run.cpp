// What keeps a scenario from being run: said by the check where nobody has to be built for it.
#include <catch2/catch.hpp>

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

  CHECK(check_scenario(scenario) == 200);
  CHECK_FALSE(Run(Communicator(), scenario, {}).series().summary().peak_step.has_value());
}
