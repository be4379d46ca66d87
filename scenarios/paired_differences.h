// Differences between runs that share their luck, seed by seed.
#pragma once
#include <cstddef>
#include <span>

namespace throng {

/// What pairs (a_i, b_i) say of B - A. What cannot be said is NaN.
struct PairedDifference {
  std::size_t pairs = 0;  ///< in which both are numbers
  double mean_a = 0, mean_b = 0, difference = 0;
  /// The interval that holds the true mean difference with the probability asked for, where
  /// differences are normal: mean +- t s / sqrt(n), t of Student's with n - 1 degrees of freedom.
  /// Of one pair none is claimed.
  double low = 0, high = 0;
  double relative = 0;  ///< difference over the mean of A
  /// 1 - var(B - A) / (var A + var B): the share of the variance of the difference that shared
  /// luck took away. Negative where it did not help; NaN where nothing varies.
  double luck_removed = 0;
};
/// `level` above 0 and below 1. Both spans have the same length.
PairedDifference paired_difference(std::span<const double> a, std::span<const double> b,
                                   double level);

/// The value below which a draw of Student's t with so many degrees of freedom falls with
/// probability p.
double students_t_quantile(double p, double degrees_of_freedom);

}  // namespace throng
