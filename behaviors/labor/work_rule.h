// Who would work, by rule: a logistic function of reported cases and of what is paid without work.
#pragma once
#include "sim/decision.h"
#include "sim/math.h"

namespace throng::labor {

/// share = logistic(intercept + cases * ln(1 + cases per 100,000 a week) + benefits * added
/// benefits / pay).
struct WorkRule {
  double intercept = 0, cases = 0, benefits = 0;
  double pay = 1;  ///< [USD/week]
  /// In units of 2^-20.
  u32 share(double cases_per_100000, double added_benefits) const {
    const double x =
        intercept + cases * math::log1p(cases_per_100000) + benefits * added_benefits / pay;
    return static_cast<u32>(whole_share / (1.0 + math::exp(-x)) + 0.5);
  }
};

}  // namespace throng::labor
