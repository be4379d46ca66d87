#include "scenarios/joined_series.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "sim/error.h"

namespace throng {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

Date next_period(Date last_day, Period period) {
  if (period == Period::day) {
    return last_day + 1;
  }
  if (period == Period::week) {
    return last_day + 7;
  }
  const auto month = (last_day + 1).civil();
  const std::chrono::year_month_day_last end{month.year(),
                                             std::chrono::month_day_last(month.month())};
  return Date::from_days(static_cast<i32>(std::chrono::sys_days(end).time_since_epoch().count()));
}

/// Where the days of a period stand; nothing where not all of them do.
std::optional<std::size_t> first_of(std::span<const i64> days, Date first, Date last) {
  const auto at = std::lower_bound(days.begin(), days.end(), i64{first.days_since_1970()});
  const auto length = static_cast<std::ptrdiff_t>(last - first) + 1;
  if (days.end() - at < length || *at != first.days_since_1970() ||
      at[length - 1] != last.days_since_1970()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(at - days.begin());
}

double over_period(std::span<const double> days, OverPeriod over) {
  double sum = 0;
  for (const double value : days) {
    sum += value;
  }
  return over == OverPeriod::mean ? sum / static_cast<double>(days.size()) : sum;
}

}  // namespace

JoinedSeries joined_by_date(const ObservedSeries& observed, std::span<const i64> days,
                            const Ensemble& predicted, OverPeriod over, const Window& window) {
  for (const auto& member : predicted) {
    ensures(member.size() == days.size(), "every day has a prediction");
  }
  JoinedSeries joined;
  joined.predicted.resize(predicted.size());
  std::optional<Date> next;  // the period after the last one joined
  for (std::size_t k = 0; k < observed.values.size(); ++k) {
    const Date first = observed.first_day(k), last = observed.last_days[k];
    if (!window.holds(first.days_since_1970()) || !window.holds(last.days_since_1970())) {
      continue;
    }
    const auto begin = first_of(days, first, last);
    if (!begin) {
      ++joined.outside;
      continue;
    }
    for (; next && *next < last; next = next_period(*next, observed.period)) {
      ++joined.missing;
      joined.last_days.push_back(*next);
      joined.observed.push_back(none);
      for (auto& member : joined.predicted) {
        member.push_back(none);
      }
    }
    joined.last_days.push_back(last);
    joined.observed.push_back(observed.values[k]);
    for (std::size_t s = 0; s < predicted.size(); ++s) {
      const auto length = static_cast<std::size_t>(last - first) + 1;
      joined.predicted[s].push_back(
          over_period(std::span(predicted[s]).subspan(*begin, length), over));
    }
    next = next_period(last, observed.period);
  }
  return joined;
}

double day_at(std::span<const Date> dates, double position) {
  const auto below = static_cast<std::size_t>(position);
  ensures(position >= 0 && below < dates.size(), "a position is between dates");
  const std::size_t above = std::min(below + 1, dates.size() - 1);
  const double low = dates[below].days_since_1970(), high = dates[above].days_since_1970();
  return low + (position - static_cast<double>(below)) * (high - low);
}

}  // namespace throng
