// Taxes on wages by true marginal brackets: a rate applies to what lies between its threshold and
// the next one, and to nothing else. Money is whole cents.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "sim/types.h"

namespace throng::labor {

/// Of each cent above `above` and below the next bracket's, the share `rate`.
struct Bracket {
  i64 above = 0;  ///< of a year's wages before deductions [cent]
  i64 rate = 0;   ///< [millionth]
};

/// One tax. Brackets ascend from 0; a standard deduction is a bracket of rate 0.
struct TaxSchedule {
  std::string name;
  std::vector<Bracket> brackets;
};

/// What a year's wages owe to one schedule, rounded down to a cent. Wages are 0 or more. [cent]
i64 tax_of_year(const TaxSchedule& schedule, i64 wages);

inline constexpr i64 weeks_a_year = 52;

/// What is withheld from a week's pay: a fifty-second part of what 52 such weeks owe.
class Withholding {
 public:
  explicit Withholding(std::span<const TaxSchedule> schedules);
  /// Taken from a week's pay before taxes, in whole USD. [cent]
  i64 of_week(u16 pay) const { return of_week_[pay]; }
  /// [USD of weekly pay]
  std::span<const u32> of_weeks() const { return of_week_; }

 private:
  std::vector<u32> of_week_;  // [USD of weekly pay]: every pay there can be
};

}  // namespace throng::labor
