#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>

#include "io/toml_file.h"
#include "scenarios/run.h"
#include "tests/behaviors/epidemic_example.h"

using namespace throng;
using namespace throng::epidemic;

namespace {
namespace fs = std::filesystem;

const fs::path folder = fs::path(THRONG_SOURCE_DIR) / "scenarios";

// The first two columns of a table without quotes in them.
std::map<std::string, std::string> rows_of(const fs::path& path) {
  std::map<std::string, std::string> rows;
  std::istringstream lines(read_text_file(path));
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line);) {
    const auto comma = line.find(',');
    rows[line.substr(0, comma)] = line.substr(comma + 1);
  }
  return rows;
}

person::Geography new_york() {
  person::Geography g;
  g.boroughs = {"BX", "BK", "MN", "QN", "SI"};
  for (const auto& [code, rest] : rows_of(folder / "nyc" / "tables" / "sectors.csv")) {
    g.sectors.push_back(code);
    g.telework.push_back(0.25);
  }
  return g;
}

Settings settings_of(const fs::path& path, const person::Geography& geography) {
  const Values values = read_scenario(full_schema(), path).values;
  return settings_from(values, Calendar{values.get(scenario::run_start)},
                       static_cast<Step>(values.get(scenario::run_steps)), geography);
}
}  // namespace

TEST_CASE("no two shipped scenarios have one name", "[shipped]") {
  std::map<std::string, int> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") {
      ++names[entry.path().filename().string()];
    }
  }
  CHECK(names.size() > 25);
  for (const auto& [name, times] : names) {
    INFO(name);
    CHECK(times == 1);
  }
}

TEST_CASE("every shipped scenario of an epidemic is read without a mistake",
          "[epidemic][shipped]") {
  std::size_t runs = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& path = entry.path();
    // Bases are read through the scenarios that build on them.
    const bool base =
        path.parent_path().filename() == "natural_history" || path.filename() == "nyc.toml";
    const bool other_model = path.parent_path().parent_path().filename() == "classics";
    const bool prompt = path.parent_path().filename() == "decisions";  // a template
    const bool work = path.parent_path().filename() == "labor" ||      // nobody is infected there
                      path.filename() == "town_at_work.toml";          // sectors of a town
    const bool fit = path.filename() == "fit.toml";                    // a design of throng fit
    if (path.extension() != ".toml" || base || other_model || prompt || work || fit) {
      continue;
    }
    CAPTURE(path.string());
    const Settings s = settings_of(path, new_york());
    CHECK(s.measures.open.size() == s.steps + 1);
    CHECK((!s.seeds.empty() || !s.importations.empty()));
    ++runs;
  }

  CHECK(runs == 13);
}

TEST_CASE("New York in 2020 closes what was closed, and nothing when unmitigated",
          "[epidemic][shipped]") {
  const Settings real = settings_of(folder / "nyc" / "nyc_2020.toml", new_york());
  const Settings free = settings_of(folder / "nyc" / "nyc_unmitigated.toml", new_york());
  // Step k is 2020-02-01 + k days: 43 is Sunday 15 March, 44 the Monday after it, 51 Monday 23
  // March.
  const auto food = static_cast<std::size_t>(
      std::find(real.geography.sectors.begin(), real.geography.sectors.end(), "72") -
      real.geography.sectors.begin());
  const auto school = static_cast<std::size_t>(Layer::school);

  CHECK(real.steps == 334);
  CHECK(real.measures.schools_closed[43] == 0);
  CHECK(real.measures.schools_closed[44] == 1);
  CHECK(real.measures.open[44][school] == 1.4);
  CHECK(real.measures.open[16][school] == 0);  // 17 February: a holiday, and the winter recess
  CHECK(real.measures.teams_closed[51 * real.measures.sectors + food] ==
        Approx(1 - (1 - 0.7) * (1 - 0.25)));
  CHECK(real.stay_home.order_in_force[51] == 2);
  CHECK(real.stay_home.provider != nullptr);

  CHECK(free.steps == 365);
  CHECK(free.r0 == 2.5);
  CHECK(free.seeds.at(0).count == 2000);
  CHECK(free.stay_home.provider == nullptr);
  for (std::size_t step = 0; step <= free.steps; ++step) {
    REQUIRE(free.measures.schools_closed[step] == 0);
    REQUIRE(free.measures.open[step][static_cast<std::size_t>(Layer::community)] == 1);
    REQUIRE(free.measures.isolation_compliance[step] == 0);
  }
  for (const double closed : free.measures.teams_closed) {
    REQUIRE(closed == 0);
  }
}

TEST_CASE("New York's rule for staying home has the coefficients that were fitted",
          "[epidemic][shipped]") {
  const auto fitted = rows_of(folder / "nyc" / "tables" / "stay_home.csv");
  const Values values = read_scenario(example::schema(), folder / "nyc" / "nyc_2020.toml").values;

  CHECK(values.get(parameters::rule_intercept) == std::stod(fitted.at("intercept")));
  CHECK(values.get(parameters::rule_order) == std::stod(fitted.at("order")));
  CHECK(values.get(parameters::rule_cases) == std::stod(fitted.at("cases")));
  const Values& left = values.table("epidemic.stay_home.contacts_left");
  CHECK(left.get(Parameter<double>{.name = "community"}) == std::stod(fitted.at("contacts_left")));
}
