// Dates by name: [dates], and timelines and dates that are from "pause+14".
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "scenarios/date_names.h"
#include "scenarios/scenario_file.h"
#include "tests/scenarios/scenario_example.h"

using namespace throng;

namespace {
namespace fs = std::filesystem;

Schema schema() {
  Schema schema = test::people_schema();
  schema.add(example::contacts);
  schema.fields().map(example::closures);
  return schema;
}

const std::string orders = R"(
[run]
steps = 120
start = 2020-03-01

[dates]
pause = 2020-03-22
reopening = 2020-05-01

[epidemic.transmission]
contacts = [{from = "pause-2", value = 0.5}, {from = "pause", value = 0.25}, {from = "reopening+3", value = 0.75}]
)";

const std::string same_by_dates = R"(
[run]
steps = 120
start = 2020-03-01

[epidemic.transmission]
contacts = [{from = 2020-03-20, value = 0.5}, {from = 2020-03-22, value = 0.25}, {from = 2020-05-04, value = 0.75}]
)";

ScenarioFile read(const std::string& text, std::vector<std::string> set = {}) {
  return read_scenario_text(schema(), text, "test.toml", fs::path(), {.set = std::move(set)});
}

ScenarioFile read_over(const std::string& over, const std::string& base = orders) {
  ScenarioOptions options;
  options.load = [base](const fs::path&) { return base; };
  return read_scenario_text(schema(), "base = \"base.toml\"\n" + over, "test.toml", fs::path(),
                            options);
}

const Timeline<double>& contacts_of(const ScenarioFile& file) {
  return file.values.get(example::contacts);
}

std::vector<std::string> dates_of(const ScenarioFile& file) {
  std::vector<std::string> dates;
  for (const auto& change : contacts_of(file).changes()) {
    dates.push_back(change.from.str());
  }
  return dates;
}

using Dates = std::vector<std::string>;
}  // namespace

TEST_CASE("a word for a date is a name, and days after or before it", "[scenario][dates]") {
  const auto days = [](std::string_view text) { return parse_date_word(text)->days; };
  CHECK(parse_date_word("phase_1")->name == "phase_1");
  CHECK(days("pause") == 0);
  CHECK(days("pause+14") == 14);
  CHECK(days("pause-2") == -2);
  CHECK(days("pause-99999") == -99999);
  for (const auto* wrong : {"", "2020-03-22", "_a", "Pause", "pause ", "pause + 2", "pause+",
                            "pause+1.5", "pause+100000", "pause--2", "pause+2d", "+2", "päuse"}) {
    INFO(wrong);
    CHECK_FALSE(parse_date_word(wrong));
  }
}

TEST_CASE("a timeline by names is the timeline by their dates", "[scenario][dates]") {
  const ScenarioFile named = read(orders);

  CHECK(contacts_of(named) == contacts_of(read(same_by_dates)));
  CHECK(contacts_of(named).at(18) == 1.0);   // 2020-03-19: the initial value
  CHECK(contacts_of(named).at(19) == 0.5);   // 2020-03-20
  CHECK(contacts_of(named).at(21) == 0.25);  // 2020-03-22
  CHECK(contacts_of(named).at(64) == 0.75);  // 2020-05-04
}

TEST_CASE("one line moves all that is from a date", "[scenario][dates]") {
  const Dates moved = {"2020-03-13", "2020-03-15", "2020-05-04"};
  CHECK(dates_of(read_over("dates.pause = 2020-03-15")) == moved);
  CHECK(dates_of(read(orders, {"dates.pause=2020-03-15"})) == moved);
}

TEST_CASE("what is from a date that never comes is left out", "[scenario][dates]") {
  CHECK(dates_of(read_over("dates.pause = \"never\"")) == Dates{"2020-05-04"});
  const ScenarioFile none = read(orders, {"dates.pause=never", "dates.reopening=never"});
  CHECK(contacts_of(none).constant());
  CHECK(contacts_of(none).first() == 1.0);  // the initial value
}

TEST_CASE("dates of a run may be by name, too", "[scenario][dates]") {
  const ScenarioFile file = read(orders, {"run.start=pause-30"});
  CHECK(file.values.get(scenario::run_start).str() == "2020-02-21");
  CHECK(contacts_of(file).at(30) == 0.25);
}

TEST_CASE("the resolved scenario keeps names, says their dates, and can be moved again",
          "[scenario][dates]") {
  const ScenarioFile first = read(orders, {"run.start=pause-30"});

  const ScenarioFile second = read(first.resolved);
  CHECK(second.values == first.values);
  CHECK(second.resolved == first.resolved);
  CHECK(second.overrides.empty());
  CHECK(first.resolved.find("start = \"pause-30\"\n# that is 2020-02-21\n") != std::string::npos);
  CHECK(first.resolved.find("# that is [{value = 1.0}, {from = 2020-03-20, value = 0.5}, {from = "
                            "2020-03-22, value = 0.25}, {from = 2020-05-04, value = 0.75}]\n") !=
        std::string::npos);
  CHECK(first.resolved.find("[dates]\npause = 2020-03-22\nreopening = 2020-05-01\n") !=
        std::string::npos);

  // What never comes is still there, and comes back with a date.
  const ScenarioFile never = read(orders, {"dates.pause=never"});
  CHECK(never.resolved.find("pause = \"never\"\n") != std::string::npos);
  CHECK(read(never.resolved).values == never.values);
  CHECK(read(never.resolved, {"dates.pause=2020-03-22"}).values == read(orders).values);
}

TEST_CASE("moving a date is one difference, not one of each value that is from it",
          "[scenario][dates]") {
  const auto overrides = read_over("dates.pause = 2020-03-15").overrides;

  REQUIRE(overrides.size() == 1);
  CHECK(overrides[0].key == "dates.pause");
  CHECK(overrides[0].before == "2020-03-22");
  CHECK(overrides[0].after == "2020-03-15");
  CHECK(read_over("dates.pause = 2020-03-22").overrides.empty());
}

TEST_CASE("names that only covered values are from go with them", "[scenario][dates]") {
  const ScenarioFile open =
      read_over("[epidemic.transmission]\ncontacts = [{from = \"pause\", value = 0.5}]");

  CHECK(open.values.table("dates").entries().size() == 1);
  CHECK(open.values.table("dates").entry("pause") != nullptr);
  CHECK(read(open.resolved).values == open.values);
  // A base with orders in an order that the file moves is no mistake while they are covered.
  CHECK(dates_of(read_over("dates.reopening = 2020-03-01\n[epidemic.transmission]\ncontacts = "
                           "[{from = \"pause\", value = 0.5}]")) == Dates{"2020-03-22"});
}

TEST_CASE("dates are in order in the whole scenario, and in a file those that have no name",
          "[scenario][dates]") {
  // With the name where the base has it, all is in order; with the file's date, nothing is.
  const std::string crossed =
      "[epidemic.transmission]\ncontacts = [{from = 2020-03-16, value = 0.5}, {from = \"pause\", "
      "value = 0.25}, {from = 2020-03-14, value = 0.75}]";
  CHECK_THROWS_WITH(
      read_over("dates.pause = 2020-03-01\n" + crossed),
      Catch::Contains("contacts changes on 2020-03-01 (\"pause\") after it changed on "
                      "2020-03-16") &&
          Catch::Contains("contacts changes on 2020-03-14 after it changed on 2020-03-16"));
}

TEST_CASE("names in maps stay where they are", "[scenario][dates]") {
  const ScenarioFile file = read(orders + R"(
[epidemic.closures]
parks = [{value = 0.0}, {from = "pause", value = 1.0}]
shops = 0.5
)");

  const auto closures = file.values.map(example::closures);
  CHECK(closures[0].second.changes()[0].from.str() == "2020-03-22");
  CHECK(closures[1].second.constant());
  CHECK(file.resolved.find("shops = 0.5\n\n") == std::string::npos);  // no names, nothing to say
  CHECK(read(file.resolved).values == file.values);
}
