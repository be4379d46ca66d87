// What a fit compares and how it scores it, by numbers that can be checked by hand.
#include <cmath>

#include <catch2/catch.hpp>

#include "tools/fit_design.h"
#include "tools/fit_scores.h"
#include "tools/points_table.h"

namespace throng {

TEST_CASE("windows are whole, and what is left over is not compared", "[fit]") {
  CHECK(window_sums({1, 2, 3, 4, 5, 6, 7}, 3) == std::vector<double>{6, 15});
  CHECK(window_sums({1, 2}, 3).empty());
}

TEST_CASE("a prior is normal on its scale, with its quantiles where they were put", "[fit]") {
  FittedParameter p{.name = "r0", .setting = Setting("a.b"), .scale = fit::Scale::log};
  p.low = 1;
  p.high = 4;
  CHECK(p.outward(p.mean()) == Approx(2));
  CHECK(p.outward(p.mean() + 1.6448536269514722 * p.sd()) == Approx(4));

  p.scale = fit::Scale::logit;
  p.lower = 0;
  p.upper = 10;
  CHECK(p.outward(p.inward(2.5)) == Approx(2.5));
  CHECK(p.outward(50) <= 10);
  CHECK(p.outward(-50) >= 0);

  p.scale = fit::Scale::linear;
  p.date = true;
  const Date day = *Date::from_civil(2020, 3, 1);
  CHECK(p.text(day.days_since_1970() + 0.4) == "2020-03-01");
  CHECK(p.text(day.days_since_1970() - 0.6) == "2020-02-29");
}

TEST_CASE("transforms come back", "[fit]") {
  FittedSeries series;
  for (const auto transform : {fit::Transform::none, fit::Transform::sqrt, fit::Transform::log1p}) {
    series.transform = transform;
    for (const double sum : {0.0, 1.0, 7.5, 4000.0}) {
      CHECK(series.back(series.transformed(sum)) == Approx(sum));
    }
  }
  series.transform = fit::Transform::sqrt;
  CHECK(series.back(-3) == 0);
}

TEST_CASE("scores of a prediction by hand", "[fit]") {
  const FittedSeries series{.days = 1, .transform = fit::Transform::none, .sd = 2};
  const ObservedArea observed{.area = "", .values = {3, 5}};
  // Means over members 4 and 8: away by 1 and 3.
  const Predicted predicted{.series = &series, .observed = &observed, .members = {{2, 8}, {6, 8}}};

  const FitScore score = score_of(predicted, 0, 2);

  CHECK(score.rmse == Approx(std::sqrt(5.0)));
  CHECK(score.mae == Approx(2));
  const auto density = [](double z) { return std::exp(-0.5 * z * z) / (2 * std::sqrt(2 * M_PI)); };
  const double first = 0.5 * (density(0.5) + density(1.5)), second = density(1.5);
  CHECK(score.log_score == Approx(-0.5 * (std::log(first) + std::log(second))));
  // N(8, 2): 90 % of it lie above 4.71; of the mixture of N(2, 2) and N(6, 2) 3 is near the middle.
  CHECK(score.coverage == 1);
  const FitInterval interval = predictive_interval(predicted, {8, 8});
  CHECK(interval.low == Approx(8 - 2 * 1.6448536269514722));
  CHECK(interval.median == Approx(8));
  CHECK(interval.high == Approx(8 + 2 * 1.6448536269514722));
}

TEST_CASE("a peak is the highest mean of seven days, on its middle day", "[fit]") {
  const Date first = *Date::from_civil(2020, 3, 1);
  std::vector<double> daily(30, 1.0);
  daily[12] = 8;  // 13 March: the first mean that has it is centered three days before
  const DailyPeak peak = peak_of(daily, first);
  CHECK(peak.date.str() == "2020-03-10");
  CHECK(peak.height == Approx(2));
}

TEST_CASE("a table has a row for each run, whatever its figures", "[points]") {
  PointOutcome good{.over = true};
  good.figures = {{"infections", 3}, {"note", "a, b"}, {"share", 0.1}};
  good.figures["a.b"] = 7;
  PointOutcome bad{.over = true, .exit_code = 65, .message = "two \"words\""};
  bad.figures = nlohmann::ordered_json::object();
  PointOutcome none;
  none.figures = nlohmann::ordered_json::object();

  CHECK(table_of({"point", "a.b"},
                 {{{"1", "[1,2]"}, &good}, {{"2", ""}, &bad}, {{"3", "x"}, &none}}) ==
        "point,a.b,status,exit_code,message,infections,note,share,result.a.b\n"
        "1,\"[1,2]\",completed,0,,3,\"a, b\",0.1,7\n"
        "2,,failed,65,\"two \"\"words\"\"\",,,,\n"
        "3,x,unfinished,,,,,,\n");
}

TEST_CASE("every parameter of a fit's file says what it is and where it comes from", "[fit]") {
  CHECK(undocumented(fit_schema().fields()).empty());
}

}  // namespace throng
