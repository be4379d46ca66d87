#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "scenarios/joined_series.h"

using namespace throng;

namespace {

Date day(const char* text) { return Date::parse(text).value(); }

/// Every day from a date on; of the first seed 0, 1, 2, ..., of the second ten times as many.
struct Predicted {
  std::vector<i64> days;
  Ensemble seeds{2};
  Predicted(const char* from, int length) {
    for (int k = 0; k < length; ++k) {
      days.push_back(day(from).days_since_1970() + k);
      seeds[0].push_back(k);
      seeds[1].push_back(10 * k);
    }
  }
};

ObservedSeries observed(Period period, const std::vector<const char*>& dates) {
  ObservedSeries s{.column = "c", .area = "a", .period = period};
  for (const char* date : dates) {
    s.last_days.push_back(day(date));
    s.values.push_back(100 + static_cast<double>(s.values.size()));
  }
  return s;
}

}  // namespace

TEST_CASE("days are joined by their dates, and what is missing is counted", "[joined]") {
  const Predicted p("2020-03-01", 10);

  const auto j = joined_by_date(
      observed(Period::day, {"2020-02-28", "2020-03-03", "2020-03-04", "2020-03-07", "2020-03-11"}),
      p.days, p.seeds, OverPeriod::sum, {});

  CHECK(j.outside == 2);  // before the first, and after the tenth
  CHECK(j.missing == 2);  // the fifth and the sixth
  REQUIRE(j.last_days.size() == 5);
  CHECK(j.last_days.front() == day("2020-03-03"));
  CHECK(j.last_days.back() == day("2020-03-07"));
  CHECK(j.observed[0] == 101);
  CHECK(std::isnan(j.observed[2]));
  CHECK(j.observed[4] == 103);
  CHECK(j.predicted[0][0] == 2);
  CHECK(j.predicted[1][4] == 60);
  CHECK(std::isnan(j.predicted[1][2]));
}

TEST_CASE("a week is joined where all its days are predicted", "[joined]") {
  const Predicted p("2020-03-01", 20);

  const auto j = joined_by_date(
      observed(Period::week, {"2020-03-06", "2020-03-13", "2020-03-20", "2020-03-27"}), p.days,
      p.seeds, OverPeriod::sum, {});

  CHECK(j.outside == 2);  // one begins in February, one ends after the twentieth day
  CHECK(j.last_days == std::vector<Date>{day("2020-03-13"), day("2020-03-20")});
  CHECK(j.predicted[0] == std::vector<double>{63, 112});  // 6 + ... + 12, 13 + ... + 19
  CHECK(j.predicted[1] == std::vector<double>{630, 1120});
}

TEST_CASE("a month is joined by its own days, as their mean", "[joined]") {
  const Predicted p("2020-02-01", 60);

  const auto j = joined_by_date(observed(Period::month, {"2020-01-31", "2020-02-29", "2020-03-31"}),
                                p.days, p.seeds, OverPeriod::mean, {});

  CHECK(j.outside == 1);
  CHECK(j.predicted[0] == std::vector<double>{14, 44});  // 0 ... 28, 29 ... 59
}

TEST_CASE("months that are missing lie between others", "[joined]") {
  const Predicted p("2020-01-01", 366);

  const auto j = joined_by_date(observed(Period::month, {"2020-01-31", "2020-04-30", "2020-12-31"}),
                                p.days, p.seeds, OverPeriod::mean, {});

  CHECK(j.missing == 9);
  CHECK(j.last_days.size() == 12);
  CHECK(j.last_days[1] == day("2020-02-29"));
  CHECK(j.last_days[2] == day("2020-03-31"));
}

TEST_CASE("a window holds whole periods alone", "[joined]") {
  const Predicted p("2020-03-01", 30);
  const Window window{.from = day("2020-03-07").days_since_1970(),
                      .to = day("2020-03-20").days_since_1970()};

  const auto j = joined_by_date(
      observed(Period::week, {"2020-03-06", "2020-03-13", "2020-03-20", "2020-03-27"}), p.days,
      p.seeds, OverPeriod::sum, window);

  CHECK(j.last_days == std::vector<Date>{day("2020-03-13"), day("2020-03-20")});
  CHECK(j.outside == 0);
}

TEST_CASE("a position between dates is a day between them", "[joined]") {
  const std::vector<Date> months{day("2020-02-29"), day("2020-03-31")};

  CHECK(day_at(months, 0) == months[0].days_since_1970());
  CHECK(day_at(months, 0.5) == months[0].days_since_1970() + 15.5);
  CHECK(day_at(months, 1) == months[1].days_since_1970());
}
