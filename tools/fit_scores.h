// How far an ensemble's series is from what was observed, on the scale and by the noise that a fit
// was told of.
#pragma once
#include <vector>

#include "sim/calendar.h"
#include "tools/fit_design.h"

namespace throng {

/// One area of one series: by day what was observed, and what each member's runs gave on average.
struct Predicted {
  const FittedSeries* series = nullptr;
  const ObservedArea* observed = nullptr;
  std::vector<std::vector<double>> members{};  ///< [member][day]
};

/// Over some days, of the mean over members; and over whole windows of them.
struct FitScore {
  double rmse = 0, mae = 0;  ///< of a day
  /// Mean over windows of -ln p(y), with p the mean over members of N(member's sum, sd^2), on the
  /// transformed scale [nat].
  double log_score = 0;
  double coverage = 0;  ///< share of windows within the 90 % interval of p
};
FitScore score_of(const Predicted& predicted, std::size_t first, std::size_t days);

/// The 5 %, 50 % and 95 % quantiles of a window's sum: p as above, back from its scale.
struct FitInterval {
  double low = 0, median = 0, high = 0;
};
FitInterval predictive_interval(const Predicted& predicted, const std::vector<double>& sums);

/// The highest mean over seven days, on the middle one; the first of equal ones.
struct DailyPeak {
  Date date{};
  double height = 0;
};
DailyPeak peak_of(const std::vector<double>& daily, Date first);

}  // namespace throng
