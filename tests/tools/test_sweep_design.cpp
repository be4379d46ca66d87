// What a sweep runs: designs, and where a value goes.
#include <cmath>
#include <fstream>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "sim/error.h"
#include "tests/io/scratch.h"
#include "tools/sweep_design.h"

namespace throng {
namespace {

SweepDesign designed(SweepOptions options) {
  options.scenario = "town.toml";
  return sweep_from(options);
}

using Points = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("a value goes behind its parameter, or where its place is", "[sweep]") {
  CHECK(Setting("epidemic.r0").with("2.5") == "epidemic.r0=2.5");
  CHECK(Setting("a.b=[{count = {}, share = {}}]").with("3") == "a.b=[{count = 3, share = 3}]");
  // Days before and after a date; braces of TOML stay.
  CHECK(Setting("a.b=[{value=0}, {from={-7}, value=1}, {from={+2}, value=2}]").with("2020-03-01") ==
        "a.b=[{value=0}, {from=2020-02-23, value=1}, {from=2020-03-03, value=2}]");
}

TEST_CASE("days after a date have five digits at most; what has more is no place", "[sweep]") {
  CHECK(Setting("a.b={+99999}").with("0001-01-01") == "a.b=0274-10-16");
  for (const char* const text : {"a.b={-2147483648}", "a.b={--7}", "a.b={+}", "a.b={+ 7}"}) {
    CHECK(Setting(text).mistake() != "");
  }
}

TEST_CASE("a setting says what does not let it be one", "[sweep]") {
  CHECK(Setting("epidemic.r0").mistake().empty());
  CHECK(Setting("a.b=[{x = {}}]").mistake().empty());
  CHECK(Setting("a.b={+3}").mistake().empty());
  CHECK(Setting("").mistake() != "");
  CHECK(Setting("a.b=3").mistake() != "");
  CHECK(Setting("a.b={x = 3}").mistake() != "");
  CHECK(Setting("a{}").mistake() != "");
}

TEST_CASE("whole numbers are written without a point, others so that they read back", "[sweep]") {
  CHECK(value_text(3) == "3");
  CHECK(value_text(-20'000) == "-20000");
  CHECK(value_text(0.1) == "0.1");
  CHECK(std::stod(value_text(1.0 / 3)) == 1.0 / 3);
}

TEST_CASE("a grid has every value with every other, the last changing fastest", "[sweep]") {
  const SweepDesign design = designed({.vary = {"a.b=1,2", "a.c=x,[3,4],\"5,6\""}});

  CHECK(design.points == Points{{"1", "x"},
                                {"1", "[3,4]"},
                                {"1", "\"5,6\""},
                                {"2", "x"},
                                {"2", "[3,4]"},
                                {"2", "\"5,6\""}});
  CHECK(design.settings_of(4) == std::vector<std::string>{"a.b=2", "a.c=[3,4]"});
}

TEST_CASE("a list takes the first values together, then the second", "[sweep]") {
  const SweepDesign design = designed({.vary = {"a.b=1,2", "a.c=x,y"}, .sample = "list"});

  CHECK(design.points == Points{{"1", "x"}, {"2", "y"}});
}

TEST_CASE("points of sobol lie in their ranges, numbers and dates", "[sweep]") {
  const SweepDesign design = designed(
      {.vary = {"a.b=10:20", "a.c=2020-03-01:2020-03-04"}, .sample = "sobol", .points = 3});

  // (1/2, 1/2), (3/4, 1/4), (1/4, 3/4): of four days the third, the second, the fourth.
  CHECK(design.points ==
        Points{{"15", "2020-03-03"}, {"17.5", "2020-03-02"}, {"12.5", "2020-03-04"}});
}

TEST_CASE("a range that numbers or whole numbers cannot fill is refused", "[sweep]") {
  const auto refusal = [](const std::string& range) -> std::string {
    const Scratch folder;
    std::ofstream(folder / "sweep.toml") << "scenario = 'town.toml'\nsample = 'sobol'\npoints = 2\n"
                                            "[[vary]]\nset = 'a.b'\n" +
                                                range;
    try {
      read_sweep(folder / "sweep.toml");
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal("low = 1e-300\nhigh = 1e300\nspacing = 'log'").find("too far from low") !=
        std::string::npos);
  CHECK(refusal("low = -1.7e308\nhigh = 1.7e308").find("too far from low") != std::string::npos);
  CHECK(refusal("low = 0.2\nhigh = 0.8\nspacing = 'whole'").find("no whole number") !=
        std::string::npos);
  CHECK(refusal("low = 0.2\nhigh = 1.8\nspacing = 'whole'").empty());
}

TEST_CASE("a sweep keeps within what can be held", "[sweep]") {
  const auto refusal = [](const SweepOptions& options) -> std::string {
    try {
      designed(options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  SweepOptions many{.sample = "sobol", .points = 1};
  for (int i = 0; i < 1'001; ++i) {
    many.vary.push_back("a.b" + std::to_string(i) + "=0:1");
  }
  CHECK(refusal(many).find("more than 1,000 parameters") != std::string::npos);
  many.vary.resize(200);
  many.points = 100'000;
  CHECK(refusal(many).find("more than 10,000,000 values") != std::string::npos);
  many.points = 2;
  CHECK(refusal(many).empty());
}

TEST_CASE("the first points of Sobol's sequence are the known ones", "[sweep]") {
  // Joe and Kuo 2008 (new-joe-kuo-6.21201), in Gray code order, after the origin.
  const auto points = sobol_points(7, 3);

  const std::vector<std::vector<double>> known = {
      {0.5, 0.5, 0.5},       {0.75, 0.25, 0.25},    {0.25, 0.75, 0.75},   {0.375, 0.375, 0.625},
      {0.875, 0.875, 0.125}, {0.625, 0.125, 0.875}, {0.125, 0.625, 0.375}};
  CHECK(points == known);
}

TEST_CASE("every dyadic interval of every dimension gets its share of Sobol points", "[sweep]") {
  const std::size_t n = 255, dimensions = 40;  // and the origin, which is left out
  const auto points = sobol_points(n, dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::set<int> cells = {0};
    for (const auto& point : points) {
      REQUIRE(point[d] >= 0);
      REQUIRE(point[d] < 1);
      cells.insert(static_cast<int>(std::floor(point[d] * 256)));
    }
    CHECK(cells.size() == 256);
  }
}

TEST_CASE("a sweep's design reads back from its resolved text", "[sweep]") {
  const SweepDesign design = designed({.set = {"x.y=1"},
                                       .vary = {"a.b=1:2"},
                                       .sample = "sobol",
                                       .points = 2,
                                       .seed = 9,
                                       .replicates = 4});

  CHECK(design.replicates == 4);
  CHECK(design.seed == 9);
  CHECK(design.set == std::vector<std::string>{"x.y=1"});
  CHECK(design.resolved.find("low = 1.0") != std::string::npos);
}

TEST_CASE("every parameter of a sweep's file says what it is and where it comes from", "[sweep]") {
  CHECK(undocumented(sweep_schema().fields()).empty());
}

}  // namespace throng
