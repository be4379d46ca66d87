#include "behaviors/labor/benefits.h"

#include <algorithm>

#include "behaviors/labor/taxes.h"

namespace throng::labor {

i64 BenefitRules::of_week(u16 pay) const {
  return std::clamp(i64{pay} * 100 * share / 1'000'000, least, most);
}

Benefits benefits_of(const BenefitRules& rules, u16 pay, Step filed, Step from, Step to) {
  const i64 regular = pay == 0 ? 0 : rules.of_week(pay);
  i64 paid = 0, owed = 0;  // a week's money times days
  for (const BenefitEra& era : rules.eras) {
    const i64 first = std::max({from, filed, era.from});
    const i64 end = std::min({i64{to}, i64{era.to}, filed + era.most_days});
    const i64 days = end - first;
    const i64 weekly = pay == 0 ? era.without_pay : regular;
    if (days > 0 && weekly > 0) {  // a supplement goes to who has a benefit
      paid += days * (weekly + era.supplement);
      owed += days * era.owed;
    }
  }
  return {paid / 7, owed / 7};
}

i64 stimulus_of(const Stimulus& s, u16 pay, u32 children) {
  const i64 wages = i64{pay} * 100 * weeks_a_year;
  const i64 shrinks = std::max<i64>(0, wages - s.above) * s.rate / 1'000'000;
  return std::max<i64>(0, s.adult + s.child * children - shrinks);
}

}  // namespace throng::labor
