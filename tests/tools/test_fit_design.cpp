// What a fit is asked for: priors, and what was observed.
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "sim/error.h"
#include "tests/io/scratch.h"
#include "tools/fit_design.h"

namespace throng {
namespace {

const std::string days = R"(scenario = "town.toml"
from = 2020-03-01
to = 2020-03-02
held_out_to = 2020-03-03
)";
const std::string prior = "[[parameter]]\nset = 'a.b'\nlow = 1\nhigh = 2\n";
const std::string series = R"([[series]]
file = "observed.csv"
column = "cases"
series = "reported_cases"
days = 1
sd = 1.0
)";
const std::string table = "date,cases,note\n2020-03-02,4,\n2020-03-01,3,x\n2020-03-03,5,\n";

FitDesign read(const std::string& toml, const std::string& csv) {
  const Scratch folder;
  std::ofstream(folder / "fit.toml") << toml;
  std::ofstream(folder / "observed.csv") << csv;
  return read_fit(folder / "fit.toml");
}

std::string refusal(const std::string& toml, const std::string& csv = table) {
  try {
    read(toml, csv);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const std::string& words) {
  UNSCOPED_INFO(text);
  return text.find(words) != std::string::npos;
}

using Days = std::vector<double>;

}  // namespace

TEST_CASE("the days that are compared are taken from a table in any order", "[fit]") {
  const FitDesign design = read(days + prior + series, table);

  REQUIRE(design.series.size() == 1);
  REQUIRE(design.series[0].areas.size() == 1);
  CHECK(design.series[0].areas[0].area.empty());
  CHECK(design.series[0].areas[0].values == Days{3, 4, 5});
}

TEST_CASE("areas of a table are those that the design names", "[fit]") {
  const std::string two =
      "date,area,cases\n2020-03-01,BK,1\n2020-03-02,BK,2\n2020-03-03,BK,3\n"
      "2020-03-01,MN,4\n2020-03-02,MN,5\n2020-03-03,MN,6\n2020-03-03,QN,6\n";
  const FitDesign design =
      read(days + prior + series + "areas = {MN = 'Manhattan', BK = 'Brooklyn'}\n", two);

  REQUIRE(design.series[0].areas.size() == 2);
  for (const ObservedArea& area : design.series[0].areas) {
    CHECK(area.values == (area.area == "Brooklyn" ? Days{1, 2, 3} : Days{4, 5, 6}));
  }
  CHECK(says(refusal(days + prior + series, two), "has 3 areas"));
  CHECK(says(refusal(days + prior + series + "areas = {BX = 'Bronx'}\n", two), "has no area 'BX'"));
  CHECK(says(refusal(days + prior + series + "areas = {QN = 'Queens'}\n", two),
             "has no value of 2020-03-01 of QN"));
}

TEST_CASE("of one area nobody has to say which it is", "[fit]") {
  const FitDesign design =
      read(days + prior + series,
           "date,borough,cases\n2020-03-01,T,1\n2020-03-02,T,2\n2020-03-03,T,3\n");

  CHECK(design.series[0].areas[0].area.empty());
  CHECK(design.series[0].areas[0].values == Days{1, 2, 3});
}

TEST_CASE("what was not observed by day cannot be fitted", "[fit]") {
  const std::string toml = days + prior + series;
  CHECK(says(refusal(toml, "week_ending,cases\n2020-03-01,1\n"), "a value for each week"));
  CHECK(says(refusal(toml, "date,cases\n2020-03-01,1\n2020-03-02,\n2020-03-03,1\n"),
             "has no value of 2020-03-02 (every day is compared)"));
  CHECK(says(refusal(toml, "date,patients\n2020-03-01,1\n"), "there is no column 'cases'"));
}

TEST_CASE("mistakes of all observed series are told at once", "[fit]") {
  const std::string other =
      "[[series]]\nfile = 'none.csv'\ncolumn = 'cases'\nseries = 'x'\nsd = 1.0\ndays = 1\n";
  const std::string all = refusal(days + prior + series + other, "date,cases\n2020-03-01,many\n");
  CHECK(says(all, "many"));
  CHECK(says(all, "none.csv: cannot be read"));
}

TEST_CASE("a prior has a width that numbers hold", "[fit]") {
  const std::string set = "[[parameter]]\nset = 'a.b'\n";
  const std::string words = "mean or width no number holds";
  CHECK(says(refusal(days + set + "low = -1.7e308\nhigh = 1.7e308\n" + series), words));
  CHECK(says(refusal(days + set + "low = 1e-323\nhigh = 1.5e-323\n" + series), words));
  CHECK(refusal(days + set + "low = 1e-300\nhigh = 1e300\nscale = 'log'\n" + series).empty());
}

TEST_CASE("a fit is of a century at most", "[fit]") {
  const std::string long_ago =
      "scenario = 'town.toml'\nfrom = 0001-01-01\nto = 9999-12-31\n" + prior + series;
  CHECK(says(refusal(long_ago), "more than 36,525 days after from"));
}

}  // namespace throng
