// What was observed beside what seeds predict, joined by date and never by position.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "io/observed_series.h"
#include "scenarios/scores.h"
#include "scenarios/series_of_runs.h"
#include "sim/calendar.h"
#include "sim/types.h"

namespace throng {

/// How the days of a week or a month become one number.
enum class OverPeriod : u8 { sum, mean };

struct JoinedSeries {
  /// Last days of all periods from the first joined one to the last, as of ObservedSeries.
  std::vector<Date> last_days{};
  std::vector<double> observed{};  ///< of each; NaN: none
  Ensemble predicted{};            ///< [seed][period]; NaN where nothing was observed
  std::size_t missing = 0;         ///< of these periods, without an observation
  std::size_t outside = 0;         ///< observed in the window, when not all days are predicted
};

/// `days`: of each predicted value, since 1970-01-01, ascending. A period is joined where all of it
/// is in the window and predicted.
JoinedSeries joined_by_date(const ObservedSeries& observed, std::span<const i64> days,
                            const Ensemble& predicted, OverPeriod over, const Window& window);

/// The day at a position between dates, such as a median of peaks, since 1970-01-01.
double day_at(std::span<const Date> dates, double position);

}  // namespace throng
