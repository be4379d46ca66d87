// Dates and how they map to steps, and quantities that change by date. Proleptic Gregorian
// calendar, no time zones, no clock: a date is a number of days.
#pragma once
#include <algorithm>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "sim/types.h"

namespace throng {

enum class Weekday : u8 { sunday, monday, tuesday, wednesday, thursday, friday, saturday };

/// A day, counted from 1970-01-01. Written as ISO 8601: 2020-03-01.
class Date {
 public:
  constexpr Date() = default;
  static constexpr Date from_days(i32 days_since_1970) { return Date(days_since_1970); }

  /// Nothing for a day that does not exist, such as 2021-02-29, or a year outside 1 to 9999.
  static constexpr std::optional<Date> from_civil(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day civil{std::chrono::year(year), std::chrono::month(month),
                                            std::chrono::day(day)};
    if (year < 1 || year > 9999 || !civil.ok()) {
      return std::nullopt;
    }
    return Date(static_cast<i32>(std::chrono::sys_days(civil).time_since_epoch().count()));
  }

  /// Exactly ten characters, YYYY-MM-DD; nothing for anything else.
  static constexpr std::optional<Date> parse(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
      return std::nullopt;
    }
    const auto year = digits(text.substr(0, 4));
    const auto month = digits(text.substr(5, 2));
    const auto day = digits(text.substr(8, 2));
    if (!year || !month || !day) {
      return std::nullopt;
    }
    return from_civil(static_cast<int>(*year), *month, *day);
  }

  constexpr i32 days_since_1970() const { return days_; }
  constexpr std::chrono::year_month_day civil() const {
    return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(days_)));
  }
  constexpr Weekday weekday() const {
    return static_cast<Weekday>(
        std::chrono::weekday(std::chrono::sys_days(std::chrono::days(days_))).c_encoding());
  }
  std::string str() const {
    const auto c = civil();
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(c.year()),
                  static_cast<unsigned>(c.month()), static_cast<unsigned>(c.day()));
    return text;
  }

  friend constexpr auto operator<=>(Date, Date) = default;
  friend constexpr Date operator+(Date date, i32 days) { return Date(date.days_ + days); }
  friend constexpr Date operator-(Date date, i32 days) { return Date(date.days_ - days); }
  /// Days from `b` to `a`.
  friend constexpr i32 operator-(Date a, Date b) { return a.days_ - b.days_; }

 private:
  constexpr explicit Date(i32 days) : days_(days) {}
  static constexpr std::optional<unsigned> digits(std::string_view text) {
    unsigned number = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') {
        return std::nullopt;
      }
      number = number * 10 + static_cast<unsigned>(c - '0');
    }
    return number;
  }

  i32 days_ = 0;
};

/// Which date a step is: step k is the day `start` + k * `days_per_step`.
struct Calendar {
  Date start;
  i32 days_per_step = 1;

  constexpr Date date_of(Step step) const { return start + static_cast<i32>(step) * days_per_step; }
  /// The first step on or after `date`; step 0 for dates before the start.
  constexpr Step step_of(Date date) const {
    const i32 days = date - start;
    return days <= 0 ? 0 : static_cast<Step>((days + days_per_step - 1) / days_per_step);
  }
};

/// A value per date: the first value, and others in force from their dates on.
template <class T>
class Timeline {
 public:
  struct Change {
    Date from;
    T value;
    friend bool operator==(const Change&, const Change&) = default;
  };

  Timeline() : Timeline(T{}) {}
  Timeline(T constant)  // NOLINT: a constant is a timeline
      : first_(constant), by_step_{constant} {}
  /// `changes` ascend strictly by date.
  Timeline(T first, std::vector<Change> changes)
      : first_(first), changes_(std::move(changes)), by_step_{first} {
    const auto unordered = [](const Change& a, const Change& b) { return !(a.from < b.from); };
    ensures(std::adjacent_find(changes_.begin(), changes_.end(), unordered) == changes_.end(),
            "the dates of a timeline ascend");
    if (!changes_.empty()) {
      by_step_.clear();
    }
  }

  const T& first() const { return first_; }
  const std::vector<Change>& changes() const { return changes_; }
  bool constant() const { return changes_.empty(); }

  T on(Date date) const {
    const auto after = std::upper_bound(changes_.begin(), changes_.end(), date,
                                        [](Date d, const Change& c) { return d < c.from; });
    return after == changes_.begin() ? first_ : std::prev(after)->value;
  }

  /// Write the value of each of the run's steps 0 to `steps` down, once, before the first step.
  void compile(const Calendar& calendar, Step steps) {
    by_step_.clear();
    by_step_.reserve(steps + std::size_t{1});
    for (Step step = 0; step <= steps; ++step) {
      by_step_.push_back(on(calendar.date_of(step)));
    }
  }

  /// A constant needs no compiling. Steps after the last compiled one keep its value.
  T at(Step step) const {
    expects(!by_step_.empty(), "a timeline is compiled before it is asked by step");
    return by_step_[std::min<std::size_t>(step, by_step_.size() - 1)];
  }
  /// Largest and smallest value over the compiled run: bounds for thinning, ranges for plots.
  T max() const {
    ensures(!by_step_.empty(), "a timeline is compiled before its bounds are asked");
    return *std::max_element(by_step_.begin(), by_step_.end());
  }
  T min() const {
    ensures(!by_step_.empty(), "a timeline is compiled before its bounds are asked");
    return *std::min_element(by_step_.begin(), by_step_.end());
  }

  /// Equal declarations; whether they are compiled does not matter.
  friend bool operator==(const Timeline& a, const Timeline& b) {
    return a.first_ == b.first_ && a.changes_ == b.changes_;
  }

 private:
  T first_;
  std::vector<Change> changes_;
  std::vector<T> by_step_;  // empty: not compiled yet
};

}  // namespace throng
