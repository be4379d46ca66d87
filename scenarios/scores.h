// How good predictions were of what was observed: proper scores, errors, coverage and peaks, as
// functions of numbers alone. A prediction is an ensemble: equally likely members, such as the
// seeds of a run. Every score is the smaller the better.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "sim/types.h"

namespace throng {

// ---- numbers ------------------------------------------------------------------------------------

double mean_of(std::span<const double> values);
/// Of a sample, by n - 1; NaN of fewer than two.
double variance_of(std::span<const double> values);
/// The middle value, or the mean of the two middle ones.
double median_of(std::span<const double> values);
/// Linear between order statistics, the first of p = 0 and the last of p = 1 (type 7 of Hyndman and
/// Fan 1996): of a sample, where `central_interval` is of another draw. Needs a value.
double quantile_of(std::span<const double> values, double p);

// ---- one prediction -----------------------------------------------------------------------------

struct Interval {
  double low = 0, high = 0;
  /// Whether a value is in it, both ends included.
  bool holds(double value) const { return low <= value && value <= high; }
};

/// The central interval into which another draw of what the members are draws of falls with
/// probability `level`: between order statistics at p (n + 1), p = (1 -+ level) / 2 (Weibull's
/// positions, type 6 of Hyndman and Fan 1996). Of too few members it is that of all of them, into
/// which it falls with probability `reachable_coverage`. Needs a member.
Interval central_interval(std::span<const double> members, double level);
/// min(level, (n - 1) / (n + 1)) of n members: what an ensemble without fault covers.
double reachable_coverage(double level, std::size_t members);

/// Continuous ranked probability score: the integral over x of (F(x) - [observed <= x])^2, F the
/// share of members up to x (Matheson and Winkler 1976; Gneiting and Raftery 2007, eq. 20), in the
/// unit of the values. Of one member the absolute error. Needs a member.
double crps(std::span<const double> members, double observed);

/// A negative binomial by its mean and its variance, which is larger.
struct NegativeBinomial {
  double mean = 0, variance = 0;
  /// ln P(count), of a whole number from 0 on.
  double log_probability(double count) const;
};

/// What n members say of another count: mean (S + 1/2) / n of their sum S, variance
/// (1 + 1/n) max(mean, s^2) of theirs, s^2. Where they spread as Poisson draws of one unknown rate
/// or less, that is the posterior predictive under Jeffreys' prior (Gelman et al. 2013, section
/// 2.6); where they spread more, the moments with the error of the mean. Never of probability 0,
/// and never without spread. Of one member only the Poisson part is known.
/// `each`: how many a counted one stands for, 10 where members come from a tenth of the people and
/// were multiplied by 10. Needs a member.
NegativeBinomial predictive_counts(std::span<const double> members, double each = 1);

/// -ln P(observed), by `predictive_counts` (logarithmic score, Good 1952).
double log_score(std::span<const double> members, double observed, double each = 1);

/// Equally likely normal distributions of one standard deviation: members whose noise is known.
struct NormalMixture {
  std::vector<double> means{};
  double sd = 1;
  /// ln p(value); never below that of 1e-300.
  double log_density(double value) const;
  /// Where p of the whole lies below, within 10 standard deviations of the means.
  double quantile(double p) const;
};

// ---- series -------------------------------------------------------------------------------------

/// Mean of each value and the `window` / 2 before and after it; NaN where one of them is NaN or is
/// not there. `window` is odd.
std::vector<double> centered_mean(std::span<const double> values, std::size_t window);

/// The first of the largest values; NaN are passed over. `height` NaN: there is none.
struct Peak {
  std::size_t at = 0;
  double height = 0;
};
Peak peak_of(std::span<const double> values);

/// An ensemble over time: [member][time], NaN where nothing is predicted.
using Ensemble = std::vector<std::vector<double>>;

/// Scores of one series over the times at which there is both a prediction and an observation; the
/// means over these. What cannot be said is NaN.
struct SeriesScore {
  std::size_t times = 0;
  double observed_mean = 0, predicted_mean = 0;
  /// Of the mean over members: root mean square, mean absolute.
  double rmse = 0, mae = 0;
  double crps = 0;
  double log_score = 0;  ///< of counts; NaN where a value observed is none
  /// Share of times at which the central interval of that level holds what was observed.
  double covered_50 = 0, covered_90 = 0;
};
/// `observed` has as many times as each member. `each`: as of predictive_counts; nothing where the
/// values are no counts, and have no logarithmic score.
SeriesScore score_of(const Ensemble& members, std::span<const double> observed,
                     std::optional<double> each = 1.0);
/// Scores of several series as of one long one: means weighted by times.
SeriesScore pooled(std::span<const SeriesScore> scores);

/// Peaks of members beside what was observed: medians over members, and their central 90 %
/// interval. Times are positions in the series.
struct PeakScore {
  Peak observed{};
  double at = 0, height = 0;  ///< medians over members
  Interval at_90{}, height_90{};
  bool found = false;  ///< both have a peak above 0
};
/// Every series is smoothed by `centered_mean` of `window` first; 1: as it is. Times at which one
/// of the two is not there count for neither.
PeakScore peak_score(const Ensemble& members, std::span<const double> observed, std::size_t window);

}  // namespace throng
