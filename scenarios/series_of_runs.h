// The series of runs as plain numbers, by seed, group and day: for comparing and scoring them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "io/results.h"
#include "sim/calendar.h"
#include "sim/types.h"

namespace throng {

/// What is looked at: a series, or a ratio of two, times a number.
struct Quantity {
  std::string text;    ///< "deaths", "deaths*10", "unemployed/labor_force*100"
  std::string series;  ///< or what is divided
  std::string over{};  ///< by which; empty: no ratio
  double factor = 1;
};
/// Throws InputError.
Quantity quantity_from(const std::string& text);

/// Labels that belong together: "total", or of one axis "Brooklyn", or of two "Brooklyn*0-9".
struct Group {
  std::string by = "total", name = "total";
  friend bool operator==(const Group&, const Group&) = default;
};

/// One quantity, of all seeds.
struct SeedSeries {
  Quantity quantity;
  std::string unit{};
  /// Whole numbers, which add up over groups and days; what is none is a mean, or a ratio.
  bool counts = false;
  std::vector<Group> groups{};
  std::vector<std::vector<std::vector<double>>> values{};  ///< [seed][group][time]; NaN: none
};

/// First and last time, both included; nothing: as far as there is something.
struct Window {
  std::optional<i64> from{}, to{};
  bool holds(i64 time) const { return (!from || *from <= time) && (!to || time <= *to); }
};

/// Runs of one scenario with different seeds: one file of results with one seed or several, or
/// several files.
class SeriesOfRuns {
 public:
  /// `name` stands in messages. Throws InputError with all mistakes where a seed is there twice, or
  /// the files do not have the same times.
  SeriesOfRuns(std::string name, std::vector<ResultsReader> files);

  const std::string& name() const { return name_; }
  const std::vector<u64>& seeds() const { return seeds_; }  ///< ascending
  /// Days since 1970-01-01, or steps of a run without dates.
  const std::vector<i64>& times() const { return times_; }
  bool dated() const { return dated_; }
  /// "2020-03-01", or "12".
  std::string when(i64 time) const;
  /// Series that all files have.
  const std::vector<std::string>& series_names() const { return names_; }
  /// Names of the axes that some series has, besides time and seeds; and of those of `by` which
  /// are none.
  std::vector<std::string> axes() const;
  std::vector<std::string> unknown_axes(const std::vector<std::string>& by) const;
  /// Of a series, all in one word of `by`: "borough*age_band"; empty where it has none.
  std::string axes_of(const std::string& series) const;
  bool has(const Quantity& quantity) const;
  /// Throws InputError where it has not.
  void require(const Quantity& quantity) const;

  /// In total and by these axes: "borough", "borough*age_band"; "age" is short for "age_band".
  /// Counts are added up over what is not told apart. Other numbers are means: over an axis they
  /// are weighted by people at the beginning where these are known, and a group for which they are
  /// not is left out. An axis that a series does not have gives no groups. Throws InputError where
  /// there is no such series, or no group of it.
  SeedSeries read(const Quantity& quantity, const std::vector<std::string>& by) const;

  /// All values of the k-th seed as they are stored: [time][label...].
  std::vector<double> cells(const std::string& series, std::size_t k) const;

  /// The files, in the order given.
  const std::vector<ResultsReader>& files() const { return files_; }

 private:
  struct Seed {
    u64 seed;
    std::size_t file, replicate;
  };
  SeedSeries read_series(const std::string& name, const std::vector<std::string>& by) const;
  std::vector<double> weights_of(const std::vector<Dimension>& axes) const;

  std::string name_;
  std::vector<ResultsReader> files_;
  std::vector<Seed> order_;
  std::vector<u64> seeds_;
  std::vector<i64> times_;
  bool dated_ = false;
  std::vector<std::string> names_;
};

}  // namespace throng
