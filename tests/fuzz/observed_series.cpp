// A table of observations: the part "columns" names those that are read, one a line; all where it
// is not there. What is taken is joined with days that a run would predict.
#include "io/observed_series.h"

#include <cmath>

#include "scenarios/joined_series.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

void check(const ObservedSeries& series) {
  ensures(series.last_days.size() == series.values.size(), "each value has its period");
  for (std::size_t k = 0; k < series.values.size(); ++k) {
    ensures(std::isfinite(series.values[k]), "a value is a number");
    ensures(k == 0 || series.last_days[k - 1] < series.last_days[k], "periods ascend");
    ensures(series.first_day(k) <= series.last_days[k], "a period ends after it begins");
  }
}

void join(const ObservedSeries& series, OverPeriod over) {
  constexpr i32 first = 18'262;  // 2020-01-01
  std::vector<i64> days;
  for (i64 day = first; day < first + 100; ++day) {
    days.push_back(day);
  }
  const Ensemble predicted(2, std::vector<double>(days.size(), 1.0));
  const JoinedSeries joined =
      joined_by_date(series, days, predicted, over, {.from = first + 10, .to = std::nullopt});
  ensures(joined.observed.size() == joined.last_days.size(), "each period has a place");
  ensures(joined.predicted.size() == 2 && joined.predicted[1].size() == joined.observed.size(),
          "each member has each period");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const fuzz::Parts parts(data, size);
  folder.write("observed.csv", parts[""]);

  fuzz::takes([&] {
    const Observations all = read_observations(folder / "observed.csv", parts.lines("columns"));
    ensures(all.series.size() == all.columns.size() * all.areas.size(), "all are there");
    for (const ObservedSeries& series : all.series) {
      check(series);
      join(series, OverPeriod::sum);
      join(series, OverPeriod::mean);
    }
    for (const std::string& column : all.columns) {
      for (const std::string& area : all.areas) {
        ensures(all.find(column, area) != nullptr, "each is found by its names");
      }
    }
    const auto known = observed_columns(folder / "observed.csv");
    ensures(known.size() >= all.columns.size() || !parts.lines("columns").empty(),
            "the first line names what is read");
  });
  return 0;
}
