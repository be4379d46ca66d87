// What was observed, from a CSV file (also .csv.gz): a column that says when, one that may say
// where, and columns of numbers.
//
//   date,area,hospitalised,deaths        a day
//   week_ending,initial_claims           the seven days up to that one
//   borough,year,month,unemployment_rate a month
//
// An empty field was not observed: it is no row of its series, and counted. Nothing is filled in.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/calendar.h"
#include "sim/types.h"

namespace throng {

/// Over what each value was observed.
enum class Period : u8 { day, week, month };
std::string_view name_of(Period period);

/// One column in one area. A period is called by its last day.
struct ObservedSeries {
  std::string column;
  std::string area;  ///< as in the file; empty where it names none
  Period period = Period::day;
  std::vector<Date> last_days{};  ///< ascending
  std::vector<double> values{};   ///< as many
  std::size_t empty = 0;          ///< fields without a value
  /// The first day of the period that ends on `last_days[k]`.
  Date first_day(std::size_t k) const;
};

struct Observations {
  std::string path;
  Period period = Period::day;
  std::vector<std::string> columns, areas;  ///< in the order of the file
  /// By column, then area; those without any value included.
  std::vector<ObservedSeries> series;
  /// Nothing where there is no such series.
  const ObservedSeries* find(std::string_view column, std::string_view area) const;
};

/// The columns of numbers that a file may have, by its first line alone. Throws IoError.
std::vector<std::string> observed_columns(const std::filesystem::path& path);

/// Reads these columns, or all that have a name where none is asked for; others may hold anything.
/// Throws ReadError with all mistakes: no time or two, a date that is none, an area's period twice,
/// a value that is no finite number, an unknown column.
Observations read_observations(const std::filesystem::path& path,
                               const std::vector<std::string>& columns = {});

}  // namespace throng
