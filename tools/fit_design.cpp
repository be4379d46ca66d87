#include "tools/fit_design.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "io/observed_series.h"
#include "sim/words.h"

namespace throng {
namespace {

/// 95 % quantile of the standard normal distribution.
constexpr double z95 = 1.6448536269514722;
/// From the first fitted to the last compared: a century.
constexpr i32 most_days = 36'525;

using Complain = CrossCheck::Complain;

FittedParameter parameter_of(const Values& record) {
  const std::string& name = record.get(fit::parameter_name);
  FittedParameter p{.name = name.empty() ? record.get(fit::parameter_set) : name,
                    .setting = Setting(record.get(fit::parameter_set)),
                    .scale = record.choice<fit::Scale>(fit::parameter_scale)};
  p.lower = record.get(fit::parameter_bounds)[0];
  p.upper = record.get(fit::parameter_bounds)[1];
  if (const Date* from = record.find(fit::parameter_from)) {
    p.date = true;
    p.low = from->days_since_1970();
    p.high = record.find(fit::parameter_to)->days_since_1970();
  } else {
    p.low = *record.find(fit::parameter_low);
    p.high = *record.find(fit::parameter_high);
  }
  return p;
}

void check_parameter(const Values& record, const std::string& at, const Complain& complain) {
  if (const std::string wrong = Setting(record.get(fit::parameter_set)).mistake(); !wrong.empty()) {
    complain(at + ".set", wrong);
  }
  const auto *low = record.find(fit::parameter_low), *high = record.find(fit::parameter_high);
  const auto *from = record.find(fit::parameter_from), *to = record.find(fit::parameter_to);
  const bool numbers = low != nullptr && high != nullptr && from == nullptr && to == nullptr;
  const bool dates = from != nullptr && to != nullptr && low == nullptr && high == nullptr;
  const auto scale = record.choice<fit::Scale>(fit::parameter_scale);
  const auto& bounds = record.get(fit::parameter_bounds);
  if (!numbers && !dates) {
    complain(at,
             "has no prior (its 5 % and 95 % quantiles are needed). Write low and high, or of "
             "a date from and to.");
  } else if (numbers ? *low >= *high : *from >= *to) {
    complain(at + (numbers ? ".high" : ".to"),
             "is not beyond the other quantile (a prior has some width). Exchange or move them.");
  } else if (dates && scale != fit::Scale::linear) {
    complain(at + ".scale", "is not 'linear' (dates have no other). Remove it.");
  } else if (numbers && scale == fit::Scale::log && *low <= 0) {
    complain(at + ".low",
             "is not above 0 (it has no logarithm). Raise it, or choose another "
             "scale.");
  } else if (numbers && scale == fit::Scale::logit && !(bounds[0] < *low && *high < bounds[1])) {
    complain(at + ".bounds",
             "do not hold low and high between them (logit stays within). Widen "
             "them.");
  } else if (const FittedParameter p = parameter_of(record);
             !std::isfinite(p.mean()) || !std::isfinite(p.sd()) || p.sd() <= 0) {
    complain(at,
             "has a prior whose mean or width no number holds (its quantiles are too far apart, or "
             "too near each other). Choose other ones.");
  }
}

void check_fit(const Values& values, const Complain& complain) {
  const Date from = values.get(fit::from), to = values.get(fit::to);
  if (to < from) {
    complain("to", "is before from (no day is fitted). Exchange or move them.");
  }
  if (const Date* last = values.find(fit::held_out_to); last != nullptr && *last <= to) {
    complain("held_out_to", "is not after to (no day is held out). Move it, or remove it.");
  } else if ((last != nullptr ? *last : to) - from >= most_days) {
    complain("to", "is more than " + grouped(most_days) +
                       " days after from (held_out_to included). Choose fewer days.");
  }
  std::set<std::string> names;
  const auto& records = values.records("parameter");
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string at = "parameter[" + std::to_string(i + 1) + "]";
    check_parameter(records[i], at, complain);
    const std::string& given = records[i].get(fit::parameter_name);
    const std::string name = given.empty() ? records[i].get(fit::parameter_set) : given;
    if (!names.insert(name).second) {
      complain(at + ".name", "is that of another one, '" + name +
                                 "' (they could not be told apart). Give it another name.");
    }
  }
  const auto& series = values.records("series");
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (to - from + 1 < series[i].get(fit::series_days)) {
      complain("series[" + std::to_string(i + 1) + "].days",
               "is more than the days from from to to (no whole sum is fitted). Take fewer days.");
    }
  }
}

// ---- what was observed --------------------------------------------------------------------------

/// The days of one area; the first of them without a value is a mistake.
ObservedArea area_of(const ObservedSeries& found, const std::string& label, Date first, Date last,
                     const SourcePlace& file, Mistakes& mistakes) {
  ObservedArea observed{.area = label, .first = first};
  observed.values.assign(static_cast<std::size_t>(last - first + 1),
                         std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 0; k < found.last_days.size(); ++k) {
    if (first <= found.last_days[k] && found.last_days[k] <= last) {
      observed.values[static_cast<std::size_t>(found.last_days[k] - first)] = found.values[k];
    }
  }
  const auto missing = std::find_if(observed.values.begin(), observed.values.end(),
                                    [](double v) { return std::isnan(v); });
  if (missing != observed.values.end()) {
    const Date day = first + static_cast<i32>(missing - observed.values.begin());
    mistakes.add(file, "fit.missing",
                 "has no value of " + day.str() + (found.area.empty() ? "" : " of " + found.area) +
                     " (every day is compared). Add it, or choose other days.");
  }
  return observed;
}

std::vector<ObservedArea> areas_of(const Observations& all, const Values& record, Date first,
                                   Date last, const SourcePlace& file, Mistakes& mistakes) {
  if (all.period != Period::day) {
    mistakes.add(file, "fit.period",
                 "has a value for each " + std::string(name_of(all.period)) +
                     " (days are compared). Take a file with a column 'date'.");
    return {};
  }
  std::vector<std::pair<std::string, std::string>> wanted = record.map(fit::series_areas);
  if (wanted.empty() && all.areas.size() == 1) {
    wanted = {{all.areas.front(), ""}};
  }
  if (wanted.empty()) {
    mistakes.add(file, "fit.areas",
                 "has " + counted(all.areas.size(), "area") +
                     " (which is which label of the results?). Write areas = {BK = \"Brooklyn\"} "
                     "with those that are compared.");
  }
  const std::string& column = record.get(fit::series_column);
  std::vector<ObservedArea> areas;
  for (const auto& [area, label] : wanted) {
    if (const ObservedSeries* found = all.find(column, area)) {
      areas.push_back(area_of(*found, label, first, last, file, mistakes));
    } else {
      mistakes.add(file, "fit.area",
                   "has no area '" + area + "' (areas names it)." +
                       did_you_mean(area, all.areas, " Correct areas."));
    }
  }
  return areas;
}

FittedSeries series_of(const Values& record, u32 order, Date first, Date last, Mistakes& mistakes) {
  FittedSeries series{.file = record.get(fit::series_file).text,
                      .column = record.get(fit::series_column),
                      .series = record.get(fit::series_series),
                      .dimension = record.get(fit::series_dimension),
                      .factor = record.get(fit::series_factor),
                      .days = record.get(fit::series_days),
                      .transform = record.choice<fit::Transform>(fit::series_transform),
                      .sd = record.get(fit::series_sd),
                      .correlation = record.get(fit::series_correlation)};
  try {
    const SourcePlace file{std::make_shared<Source>(Source{series.file, "", order}), 0, 0};
    series.areas = areas_of(read_observations(series.file, {series.column}), record, first, last,
                            file, mistakes);
  } catch (const ReadError& error) {
    for (const Mistake& mistake : error.mistakes()) {
      mistakes.add(mistake.place, mistake.check, mistake.text);
    }
  }
  return series;
}

}  // namespace

// ---- parameters ---------------------------------------------------------------------------------

double FittedParameter::inward(double value) const {
  switch (scale) {
    case fit::Scale::log:
      return std::log(value);
    case fit::Scale::logit:
      return std::log((value - lower) / (upper - value));
    default:
      return value;
  }
}

double FittedParameter::outward(double place) const {
  switch (scale) {
    case fit::Scale::log:
      return std::exp(place);
    case fit::Scale::logit:
      return lower + (upper - lower) / (1 + std::exp(-place));
    default:
      return place;
  }
}

double FittedParameter::sd() const { return (inward(high) - inward(low)) / (2 * z95); }

std::string FittedParameter::text(double place) const {
  const double value = outward(place);
  return date ? Date::from_days(static_cast<i32>(std::lround(value))).str() : value_text(value);
}

std::string FittedParameter::shown(double value) const {
  return date ? Date::from_days(static_cast<i32>(std::lround(value))).str()
              : formatted("%.4g", value);
}

double FittedSeries::transformed(double sum) const {
  switch (transform) {
    case fit::Transform::sqrt:
      return std::sqrt(std::max(0.0, sum));
    case fit::Transform::log1p:
      return std::log1p(std::max(0.0, sum));
    default:
      return sum;
  }
}

double FittedSeries::back(double y) const {
  switch (transform) {
    case fit::Transform::sqrt:
      return y > 0 ? y * y : 0.0;
    case fit::Transform::log1p:
      return std::max(0.0, std::expm1(y));
    default:
      return y;
  }
}

std::vector<std::string> FitDesign::settings(const Eigen::VectorXd& places) const {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    all.push_back(
        parameters[i].setting.with(parameters[i].text(places(static_cast<Eigen::Index>(i)))));
  }
  return all;
}

// ---- the file -----------------------------------------------------------------------------------

Schema fit_schema() {
  Schema schema;
  schema.add(fit::title)
      .add(fit::scenario)
      .add(fit::set)
      .add(fit::seed)
      .add(fit::members)
      .add(fit::replicates)
      .add(fit::most_iterations)
      .add(fit::from)
      .add(fit::to)
      .add(fit::held_out_to);
  Fields parameter;
  parameter.add(fit::parameter_set)
      .add(fit::parameter_name)
      .add(fit::parameter_low)
      .add(fit::parameter_high)
      .add(fit::parameter_from)
      .add(fit::parameter_to)
      .add(fit::parameter_scale)
      .add(fit::parameter_bounds);
  schema.fields().records("parameter", {.doc = "A parameter that is fitted.", .at_least = 1},
                          std::move(parameter));
  Fields series;
  series.add(fit::series_file)
      .add(fit::series_column)
      .map(fit::series_areas)
      .add(fit::series_dimension)
      .add(fit::series_series)
      .add(fit::series_factor)
      .add(fit::series_days)
      .add(fit::series_transform)
      .add(fit::series_sd)
      .add(fit::series_correlation);
  schema.fields().records("series", {.doc = "A series that was observed.", .at_least = 1},
                          std::move(series));
  schema.check({.name = "fit.priors",
                .reads = {"from", "to", "held_out_to", "parameter", "series"},
                .body = check_fit});
  return schema;
}

FitDesign read_fit(const std::string& file) {
  const ScenarioFile read = read_scenario(fit_schema(), file);
  const Values& values = read.values;
  FitDesign design{.scenario = values.get(fit::scenario).text,
                   .set = values.get(fit::set),
                   .seed = static_cast<u64>(values.get(fit::seed)),
                   .members = values.get(fit::members),
                   .replicates = values.get(fit::replicates),
                   .most_iterations = values.get(fit::most_iterations),
                   .from = values.get(fit::from),
                   .to = values.get(fit::to)};
  const Date* last = values.find(fit::held_out_to);
  design.last = last != nullptr ? *last : design.to;
  for (const Values& record : values.records("parameter")) {
    design.parameters.push_back(parameter_of(record));
  }
  Mistakes mistakes;
  u32 order = 1;
  for (const Values& record : values.records("series")) {
    design.series.push_back(series_of(record, order++, design.from, design.last, mistakes));
  }
  mistakes.throw_if_any();
  design.resolved = read.resolved;
  return design;
}

// ---- what was simulated -------------------------------------------------------------------------

namespace {

/// The date of time 0, which a unit of "days since 2020-03-01" names.
Date first_day_of(const Dimension& time, const std::string& path) {
  constexpr std::string_view since = "days since ";
  const auto date = time.unit.starts_with(since)
                        ? Date::parse(std::string_view(time.unit).substr(since.size()))
                        : std::nullopt;
  if (!date) {
    throw InputError(path + ": has no dates (its steps are no days). Fit a model of days.");
  }
  return *date;
}

}  // namespace

std::vector<double> simulated_days(const ResultsReader& results, const FittedSeries& observed,
                                   const std::string& area, Date first, std::size_t size) {
  const auto names = results.series_names();
  if (std::find(names.begin(), names.end(), observed.series) == names.end()) {
    throw InputError(results.path() + ": has no series '" + observed.series + "'." +
                     did_you_mean(observed.series, names, " 'throng export' lists them."));
  }
  const Series series = results.series(observed.series);
  const Dimension time = results.dimension("time");
  const i64 skipped = first - first_day_of(time, results.path());
  if (skipped < 0 || static_cast<std::size_t>(skipped) + size > time.size()) {
    throw InputError(results.path() + ": does not reach from " + first.str() + " to " +
                     (first + static_cast<i32>(size) - 1).str() +
                     " (days that are compared). Choose other days, or run longer.");
  }
  std::vector<std::size_t> widths;
  std::vector<bool> wanted = {true};  // of the cells of a day
  bool found = area.empty();
  for (const std::string& name : series.dimensions) {
    const Dimension dimension = results.dimension(name);
    const auto* labels = std::get_if<std::vector<std::string>>(&dimension.values);
    std::vector<bool> more;
    for (const bool outer : wanted) {
      for (std::size_t i = 0; i < dimension.size(); ++i) {
        const bool here = area.empty() || name != observed.dimension ||
                          (labels != nullptr && (*labels)[i] == area);
        more.push_back(outer && here);
      }
    }
    found = found || name == observed.dimension;
    wanted = std::move(more);
  }
  if (!found || std::none_of(wanted.begin(), wanted.end(), [](bool w) { return w; })) {
    throw InputError(results.path() + ": series '" + observed.series + "' has no '" + area +
                     "' by " + observed.dimension +
                     " (an area of the file is taken for it). Correct areas or dimension.");
  }
  std::vector<double> days(size, 0.0);
  std::visit(
      [&](const auto& values) {
        for (std::size_t d = 0; d < size; ++d) {
          const std::size_t row = (static_cast<std::size_t>(skipped) + d) * wanted.size();
          for (std::size_t c = 0; c < wanted.size(); ++c) {
            days[d] += wanted[c] ? static_cast<double>(values[row + c]) : 0.0;
          }
          days[d] *= observed.factor;
        }
      },
      series.values);
  return days;
}

std::vector<double> window_sums(const std::vector<double>& daily, i64 days) {
  std::vector<double> sums;
  const auto width = static_cast<std::size_t>(days);
  for (std::size_t w = 0; (w + 1) * width <= daily.size(); ++w) {
    double sum = 0;
    for (std::size_t d = w * width; d < (w + 1) * width; ++d) {
      sum += daily[d];
    }
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace throng
