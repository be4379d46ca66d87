#include "scenarios/paired_differences.h"

#include <cmath>
#include <limits>
#include <vector>

#include <boost/math/distributions/students_t.hpp>

#include "scenarios/scores.h"
#include "sim/error.h"

namespace throng {

double students_t_quantile(double p, double degrees_of_freedom) {
  ensures(p > 0 && p < 1 && degrees_of_freedom > 0, "a quantile of Student's t exists");
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), p);
}

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b,
                                   double level) {
  ensures(a.size() == b.size(), "pairs have two members");
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> before, after, differences;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (!std::isnan(a[k]) && !std::isnan(b[k])) {
      before.push_back(a[k]);
      after.push_back(b[k]);
      differences.push_back(b[k] - a[k]);
    }
  }
  PairedDifference found{.pairs = differences.size()};
  found.mean_a = mean_of(before);
  found.mean_b = mean_of(after);
  found.difference = mean_of(differences);
  found.low = found.high = found.luck_removed = none;
  found.relative = found.mean_a != 0 ? found.difference / found.mean_a : none;
  if (found.pairs > 1) {
    const double n = static_cast<double>(found.pairs);
    const double variance = variance_of(differences);
    const double half = students_t_quantile(0.5 * (1 + level), n - 1) * std::sqrt(variance / n);
    found.low = found.difference - half;
    found.high = found.difference + half;
    const double unpaired = variance_of(before) + variance_of(after);
    found.luck_removed = unpaired > 0 ? 1 - variance / unpaired : none;
  }
  return found;
}

}  // namespace throng
