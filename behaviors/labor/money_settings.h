// What money is told before it starts: resolved, checked, in whole cents and millionths.
#pragma once
#include <array>
#include <vector>

#include "behaviors/labor/benefits.h"
#include "behaviors/labor/taxes.h"
#include "sim/calendar.h"

namespace throng::labor {

inline constexpr u32 income_bands = 5;
inline constexpr u32 whole_index = 1u << 20;  ///< 1 in units of 2^-20

/// A calendar month of a run. The first may begin late, the last may not end.
struct Month {
  Step first = 0, end = 0;  ///< first day of it in the run, and the first day of the next
  u32 days = 0;             ///< of the calendar month
  bool whole = false;       ///< all of its days are in the run
};
std::vector<Month> months_of(const Calendar& calendar, Step steps);

struct SpendingRules {
  std::array<u32, income_bands> propensity = {};  ///< of income, by income band [2^-20]
  u32 savings = 0;        ///< share of positive savings that counts as income, a month [2^-20]
  std::vector<u32> upto;  ///< [account + 1]: shares of the accounts before it; the last is 2^20
};

struct MoneySettings {
  u32 sectors = 0, boroughs = 0;
  u32 cells_of_borough = 1;  ///< age bands: person.cell = borough x these + band
  std::vector<u16> pay;      ///< [market x income band]: weekly pay [USD]
  std::vector<u32> payer;    ///< [market]: account that pays wages there
  Withholding withholding{{}};
  BenefitRules benefits;
  std::vector<Stimulus> stimulus;
  i64 pension = 0;                               ///< a month [cent]
  u8 pension_from = 255;                         ///< [year]
  std::array<i64, income_bands> endowment = {};  ///< what adults have at the start [cent]
  u8 adult_from = 18;                            ///< [year]
  SpendingRules spending;
  u32 moves_demand = 0;  ///< share of a lack of spending by which demand for work falls [2^-20]
  std::vector<Month> months;
  std::vector<u32> month_of;  ///< [step]
  Step steps = 0;

  u32 accounts() const { return sectors + 3; }
  const Month& month_at(Step step) const { return months[month_of[step]]; }
  bool ends_month(Step step) const { return step + 1 == month_at(step).end; }
  /// Weekly pay in market m. [USD]
  u16 pay_in(u32 m, u8 band) const { return pay[m * income_bands + band]; }
};

}  // namespace throng::labor
