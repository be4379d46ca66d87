#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "scenarios/series_of_runs.h"
#include "sim/error.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

/// Three days of two boroughs and two bands of age: infections are 1, 2, 3, ..., times `factor`.
Results one_run(u64 seed, i64 factor = 1) {
  Results r{.scenario = "s", .seed = seed, .content_hash = "0123456789abcdef"};
  r.time = {.name = "time", .unit = "days since 2020-03-01", .values = std::vector<i64>{0, 1, 2}};
  r.dimensions = {
      {.name = "borough", .unit = "label", .values = std::vector<std::string>{"N", "S"}},
      {.name = "age_band", .unit = "label", .values = std::vector<std::string>{"0-17", "18+"}},
      {.name = "stage", .unit = "label", .values = std::vector<std::string>{"a", "b"}}};
  std::vector<i64> infections(12), people(24);
  for (std::size_t k = 0; k < 12; ++k) {
    infections[k] = factor * static_cast<i64>(k + 1);
  }
  // Of each cell 10, 20, 30 and 40 people, spread over two stages; later days are not looked at.
  for (std::size_t k = 0; k < 8; ++k) {
    people[k] = static_cast<i64>(k % 4 + 1) * (k < 4 ? 3 : 7);
  }
  r.series = {{.name = "infections",
               .unit = "person",
               .dimensions = {"borough", "age_band"},
               .values = infections},
              {.name = "people_by_stage",
               .unit = "person",
               .dimensions = {"stage", "borough", "age_band"},
               .values = people},
              {.name = "share",
               .unit = "1",
               .dimensions = {"borough", "age_band"},
               .values = std::vector<double>{.1, .2, .3, .4, 0, 0, 0, 0, 1, 1, 1, std::nan("")}},
              {.name = "by_stage",
               .unit = "1",
               .dimensions = {"stage"},
               .values = std::vector<double>{1, 2, 3, 4, 5, 6}},
              {.name = "r", .unit = "1", .values = std::vector<double>{2, 1, 0.5}}};
  return r;
}

SeriesOfRuns runs_of(const Scratch& folder, std::vector<std::vector<Results>> files) {
  std::vector<ResultsReader> readers;
  for (auto& file : files) {
    const std::string path = folder / (std::to_string(readers.size()) + ".h5");
    write_results(path, combine_replicates(std::move(file)));
    readers.emplace_back(path);
  }
  return SeriesOfRuns("runs", std::move(readers));
}

std::vector<Results> list(auto... runs) {
  std::vector<Results> all;
  (all.push_back(std::move(runs)), ...);
  return all;
}

const std::vector<double>& of(const SeedSeries& s, std::size_t seed, const Group& group) {
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    if (s.groups[g] == group) {
      return s.values[seed][g];
    }
  }
  FAIL("there is no group " << group.by << " " << group.name);
  return s.values[0][0];
}

}  // namespace

TEST_CASE("counts add up over what is not told apart", "[series_of_runs]") {
  const Scratch folder;
  const auto runs = runs_of(folder, {list(one_run(5))});

  const auto s = runs.read(quantity_from("infections"), {"borough", "age", "borough*age"});

  CHECK(s.counts);
  CHECK(s.groups.size() == 9);
  CHECK(of(s, 0, {}) == std::vector<double>{10, 26, 42});
  CHECK(of(s, 0, {"borough", "S"}) == std::vector<double>{7, 15, 23});
  CHECK(of(s, 0, {"age_band", "0-17"}) == std::vector<double>{4, 12, 20});
  CHECK(of(s, 0, {"borough*age_band", "N*18+"}) == std::vector<double>{2, 6, 10});
  CHECK(runs.when(runs.times()[2]) == "2020-03-03");
}

TEST_CASE("shares are means over people", "[series_of_runs]") {
  const Scratch folder;
  const auto runs = runs_of(folder, {list(one_run(5))});

  const auto s = runs.read(quantity_from("share"), {"borough", "age_band"});

  CHECK_FALSE(s.counts);
  const auto& total = of(s, 0, {});
  CHECK(total[0] == Approx((10 * .1 + 20 * .2 + 30 * .3 + 40 * .4) / 100));
  CHECK(total[1] == 0);
  CHECK(std::isnan(total[2]));
  CHECK(of(s, 0, {"borough", "N"})[0] == Approx((10 * .1 + 20 * .2) / 30));
  CHECK(of(s, 0, {"borough", "N"})[2] == Approx(1));
  CHECK(of(s, 0, {"age_band", "18+"})[0] == Approx((20 * .2 + 40 * .4) / 60));
}

TEST_CASE("a mean of nobody knows how many is not put together", "[series_of_runs]") {
  const Scratch folder;
  Results without = one_run(5);
  without.series.erase(without.series.begin() + 1);  // the people
  const auto runs = runs_of(folder, {list(std::move(without))});

  const auto s = runs.read(quantity_from("share"), {"borough", "borough*age"});

  CHECK(s.groups.size() == 4);  // the cells alone
  CHECK_THROWS_WITH(runs.read(quantity_from("share"), {"borough"}),
                    Catch::Contains("--by 'borough*age_band'"));
  CHECK(runs.read(quantity_from("r"), {"borough"}).values[0][0] == std::vector<double>{2, 1, 0.5});
}

TEST_CASE("seeds come from one file or several, in their order", "[series_of_runs]") {
  const Scratch folder;

  const auto runs = runs_of(folder, {list(one_run(9, 9), one_run(3, 3)), list(one_run(4, 4))});

  CHECK(runs.seeds() == std::vector<u64>{3, 4, 9});
  const auto s = runs.read(quantity_from("infections"), {});
  CHECK(of(s, 0, {})[0] == 30);
  CHECK(of(s, 1, {})[0] == 40);
  CHECK(of(s, 2, {})[0] == 90);
  CHECK(runs.cells("infections", 2)[11] == 108);
}

TEST_CASE("ratios and factors", "[series_of_runs]") {
  const Scratch folder;
  const auto runs = runs_of(folder, {list(one_run(5))});

  const auto ratio = runs.read(quantity_from("infections/people_by_stage*100"), {"borough"});

  CHECK(of(ratio, 0, {})[0] == Approx(10));
  CHECK(of(ratio, 0, {"borough", "S"})[0] == Approx(10));
  CHECK(std::isnan(of(ratio, 0, {})[1]));  // of nobody
  CHECK_FALSE(ratio.counts);
  CHECK(of(runs.read(quantity_from("infections*10"), {}), 0, {})[0] == 100);
  CHECK_THROWS_WITH(runs.read(quantity_from("infections/r"), {"borough"}),
                    Catch::Contains("is no ratio"));
}

TEST_CASE("what is no quantity is refused", "[series_of_runs]") {
  for (const char* text : {"", "/b", "a/", "a/b/c", "a*", "a*x", "a*0", "a*-1", "a*2*3", "*2"}) {
    INFO(text);
    CHECK_THROWS_AS(quantity_from(text), InputError);
  }
  CHECK(quantity_from("a/b*100").factor == 100);
  CHECK(quantity_from("a/b*100").over == "b");
}

TEST_CASE("what does not belong together is refused", "[series_of_runs]") {
  const Scratch folder;
  CHECK_THROWS_WITH(runs_of(folder, {list(one_run(1)), list(one_run(1))}),
                    Catch::Contains("seed 1 is there twice"));
  Results later = one_run(2);
  later.time.unit = "days since 2020-03-02";
  CHECK_THROWS_WITH(runs_of(folder, {list(one_run(1)), list(std::move(later))}),
                    Catch::Contains("has other dates"));
  const auto runs = runs_of(folder, {list(one_run(1))});
  CHECK_THROWS_WITH(runs.read(quantity_from("infection"), {}),
                    Catch::Contains("Did you mean 'infections'?"));
  CHECK(runs.unknown_axes({"borough", "age", "total", "borough*sex"}) ==
        std::vector<std::string>{"sex"});
}
