// What a scenario says about work becomes settings, or a clear mistake.
#include <catch2/catch.hpp>

#include "behaviors/labor/parameters.h"
#include "io/toml_file.h"
#include "scenarios/scenario_file.h"
#include "tests/behaviors/epidemic_example.h"

using namespace throng;

namespace {

Schema schema() {
  Schema all = test::people_schema();
  labor::declare(all);
  return all;
}

labor::Settings settings(const std::string& text) {
  const Values values =
      read_scenario_text(schema(), "[run]\nsteps = 10\nstart = 2020-03-01\n" + text, "test.toml",
                         THRONG_SOURCE_DIR)
          .values;
  person::Geography geography = epidemic::example::geography();
  geography.boroughs = {"Ashore", "Island"};
  geography.borough_of = {0, 1};
  geography.first_place = {0, 2, 3};
  return labor::settings_from(values, Calendar{values.get(scenario::run_start)}, 10, geography,
                              std::vector<double>(22, 0.0), 1);
}

std::string mistakes(const std::string& text) {
  try {
    settings(text);
  } catch (const ReadError& error) {
    std::string all;
    for (const Mistake& mistake : error.mistakes()) {
      all += mistake.str() + "\n";
    }
    return all;
  }
  return "";
}

}  // namespace

TEST_CASE("rates of a month become those of a week, and keep unemployment", "[labor]") {
  const auto s = settings(R"([labor]
enabled = true
unemployment = 0.05
[labor.unemployment_of]
Island = 0.1
)");

  CHECK(s.finding == Approx(1 - std::pow(0.55, 7 / 30.44)));
  CHECK(s.unemployment == std::vector<double>{0.05, 0.1});
  // Losing as often as finding, so that the share stays: 0.95 s = 0.05 f.
  CHECK(s.separation[0] == Approx(s.finding * 0.05 / 0.95));
  CHECK(s.separation[1] == Approx(s.finding * 0.1 / 0.9));
  CHECK(s.borough_of_place == std::vector<u8>{0, 0, 1});
  CHECK(s.markets() == 2 * 3);

  const auto by_loss = settings("[labor]\nenabled = true\nseparation = 0.034\n");
  CHECK(by_loss.unemployment[0] == Approx(0.0702479));
}

TEST_CASE("jobs at risk are those not done from home and not kept", "[labor]") {
  const auto s = settings(R"([labor]
enabled = true
separation = 0.034
kept = 0.2
[labor.kept_of]
72 = 0.5
[labor.demand_lost]
72 = [{value = 0.0}, {from = 2020-03-04, value = 0.4}]
)");

  // Half of the jobs of "51" can be done from home, none of "72".
  CHECK(s.at_risk[0] == Approx(0.5 * 0.8));
  CHECK(s.at_risk[1] == Approx(0.5));
  CHECK(s.jobs_with_work(2, 3, 955, 0) == 1000);
  CHECK(s.jobs_with_work(3, 3, 955, 0) == 600);
  CHECK(s.jobs_with_work(3, 3, 955, 0.5) == 300);
}

TEST_CASE("mistakes about work are all told, with what to do", "[labor]") {
  CHECK(mistakes("[labor]\nenabled = true\n") ==
        "test.toml:5:1: labor.unemployment is missing, and so is labor.separation (one of them "
        "says how many have no work). Give one.\n");
  CHECK(mistakes("[labor]\nenabled = true\nunemployment = 0.05\nseparation = 0.03\nage_from = 70\n"
                 "[labor.works]\nprovider = \"rule\"\n") ==
        "test.toml:7:1: labor.separation and labor.unemployment are both given (each follows from "
        "the other). Remove one.\n"
        "test.toml:8:1: labor.age_from lies above labor.age_to (nobody would be of that age). "
        "Exchange them.\n"
        "test.toml:10:1: labor.works.intercept is missing (labor.works.provider is 'rule', which "
        "needs it). Add it.\n");
  CHECK(mistakes("[labor]\nenabled = true\n[labor.unemployment_of]\nIsle = 0.1\n[labor.kept_of]\n"
                 "73 = 0.1\n") ==
        "test.toml:6:8: labor.unemployment_of has no 'Ashore' (and there is no labor.unemployment "
        "for all). Add it.\n"
        "test.toml:6:8: labor.unemployment_of has no 'Island' (and there is no labor.unemployment "
        "for all). Add it.\n"
        "test.toml:7:1: labor.unemployment_of names 'Isle' (this population has no such borough). "
        "There are: Ashore, Island.\n"
        "test.toml:9:1: labor.kept_of names '73' (this population has no such sector). Did you "
        "mean '72'?\n");
}
