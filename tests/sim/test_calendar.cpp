#include <catch2/catch.hpp>

#include "sim/calendar.h"

using namespace throng;

namespace {
Date day(const char* text) { return Date::parse(text).value(); }
}  // namespace

TEST_CASE("a date is a number of days since 1970", "[calendar]") {
  CHECK(day("1970-01-01").days_since_1970() == 0);
  CHECK(day("2020-03-01").days_since_1970() == 18322);  // 50 * 365 + 12 leap days + 31 + 29
  CHECK(day("1969-12-31").days_since_1970() == -1);
}

TEST_CASE("every day of eight centuries survives printing and parsing", "[calendar]") {
  const Date last = day("2400-12-31");
  int wrong = 0;
  for (Date date = day("1600-01-01"); date <= last; date = date + 1) {
    wrong += Date::parse(date.str()) == date ? 0 : 1;
  }

  CHECK(wrong == 0);
}

TEST_CASE("days that do not exist and other ways of writing are refused", "[calendar]") {
  for (const char* text :
       {"2021-02-29", "1900-02-29", "2020-13-01", "2020-00-10", "2020-04-31", "2020-4-01",
        "20-04-2020", "2020/04/01", "2020-04-01T00:00", "", "0000-01-01", "+020-01-01"}) {
    INFO(text);
    CHECK_FALSE(Date::parse(text).has_value());
  }
  CHECK(Date::parse("2000-02-29").has_value());
}

TEST_CASE("weekdays are those of the calendar on the wall", "[calendar]") {
  CHECK(day("1970-01-01").weekday() == Weekday::thursday);
  CHECK(day("2020-03-22").weekday() == Weekday::sunday);
  CHECK(day("2024-02-29").weekday() == Weekday::thursday);
}

TEST_CASE("step k of a run is its start plus k days", "[calendar]") {
  const Calendar calendar{day("2020-02-27")};

  CHECK(calendar.date_of(0).str() == "2020-02-27");
  CHECK(calendar.date_of(3).str() == "2020-03-01");
  CHECK(calendar.step_of(day("2020-03-01")) == 3);
  CHECK(calendar.step_of(day("2019-01-01")) == 0);
}

TEST_CASE("with steps of a week, a date belongs to the first step on or after it", "[calendar]") {
  const Calendar weekly{day("2020-03-01"), 7};

  CHECK(weekly.date_of(2).str() == "2020-03-15");
  CHECK(weekly.step_of(day("2020-03-15")) == 2);
  CHECK(weekly.step_of(day("2020-03-16")) == 3);
}

TEST_CASE("a timeline is in force from its dates on", "[calendar]") {
  Timeline<double> timeline(1.0, {{day("2020-03-03"), 0.25}, {day("2020-03-05"), 0.5}});

  timeline.compile(Calendar{day("2020-03-01")}, 6);

  // Steps          0    1    2     3     4    5    6
  const double expected[] = {1.0, 1.0, 0.25, 0.25, 0.5, 0.5, 0.5};
  for (Step step = 0; step <= 6; ++step) {
    CHECK(timeline.at(step) == expected[step]);
  }
  CHECK(timeline.at(1000) == 0.5);
  CHECK(timeline.max() == 1.0);
  CHECK(timeline.min() == 0.25);
}

TEST_CASE("bounds of a timeline are those of the run, not of all its dates", "[calendar]") {
  Timeline<double> timeline(9.0, {{day("2020-01-01"), 2.0}, {day("2021-01-01"), 7.0}});

  timeline.compile(Calendar{day("2020-06-01")}, 30);

  CHECK(timeline.max() == 2.0);
  CHECK(timeline.min() == 2.0);
}

TEST_CASE("a constant is a timeline that needs no compiling", "[calendar]") {
  const Timeline<double> constant(0.7);

  CHECK(constant.constant());
  CHECK(constant.at(12) == 0.7);
  CHECK(constant.max() == 0.7);
}

TEST_CASE("a timeline whose dates do not ascend is a broken contract", "[calendar]") {
  using Changes = std::vector<Timeline<double>::Change>;
  const Changes twice = {{day("2020-03-03"), 1.0}, {day("2020-03-03"), 2.0}};

  CHECK_THROWS_AS(Timeline<double>(0.0, twice), ContractError);
}
