// What the government pays: unemployment benefits by day, and single payments on a date. Pure
// functions of whole numbers. Money is cents.
#pragma once
#include <optional>
#include <vector>

#include "sim/types.h"

namespace throng::labor {

/// Days in which the rules of benefits stay the same.
struct BenefitEra {
  Step from = 0, to = 0;  ///< first day, and the first day after
  i64 most_days = 0;      ///< a claim pays for so many days since it was filed
  i64 without_pay = 0;    ///< a week, for who has no earlier pay [cent]
  i64 supplement = 0;     ///< a week, on top of it [cent]
  i64 owed = 0;           ///< the same, but paid later [cent]
};

struct BenefitRules {
  i64 share = 0;                     ///< of earlier weekly pay [millionth]
  i64 least = 0, most = 0;           ///< a week [cent]
  std::vector<BenefitEra> eras;      ///< ascend without gaps
  std::optional<Step> owed_paid_on;  ///< when what was owed is paid

  /// What a week of earlier pay gives, in whole USD as the pay. [cent]
  i64 of_week(u16 pay) const;
};

struct Benefits {
  i64 paid = 0;  ///< [cent]
  i64 owed = 0;  ///< for later [cent]
};
/// Of a claim filed on `filed`, for the days from `from` on and before `to`. Who was paid that much
/// a week before gets it by the day, as long as the claim lasts.
Benefits benefits_of(const BenefitRules& rules, u16 pay, Step filed, Step from, Step to);

/// One payment to every adult and child, made to the first adult of a household for its children.
struct Stimulus {
  Step on = 0;
  i64 adult = 0, child = 0;  ///< [cent]
  i64 above = 0;             ///< a year's wages from which on it shrinks [cent]
  i64 rate = 0;              ///< of what lies above [millionth]
  u8 adult_from = 18;        ///< [year]
  u8 child_below = 17;       ///< [year]
};
/// What one adult gets. Wages are 52 times the weekly pay.
i64 stimulus_of(const Stimulus& s, u16 pay, u32 children);

}  // namespace throng::labor
