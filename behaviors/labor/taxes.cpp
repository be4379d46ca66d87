#include "behaviors/labor/taxes.h"

#include <algorithm>
#include <limits>

#include "sim/error.h"

namespace throng::labor {

i64 tax_of_year(const TaxSchedule& schedule, i64 wages) {
  const auto& brackets = schedule.brackets;
  i64 millionths = 0;
  for (std::size_t k = 0; k < brackets.size() && wages > brackets[k].above; ++k) {
    const i64 end = k + 1 < brackets.size() ? std::min(wages, brackets[k + 1].above) : wages;
    millionths += (end - brackets[k].above) * brackets[k].rate;
  }
  return millionths / 1'000'000;
}

Withholding::Withholding(std::span<const TaxSchedule> schedules) {
  constexpr u32 pays = std::numeric_limits<u16>::max() + 1u;
  of_week_.resize(pays);
  for (u32 pay = 0; pay < pays; ++pay) {
    i64 year = 0;
    for (const TaxSchedule& schedule : schedules) {
      year += tax_of_year(schedule, i64{pay} * 100 * weeks_a_year);
    }
    const i64 week = year / weeks_a_year;
    ensures(week >= 0 && week <= i64{pay} * 100, "taxes take no more than the pay they are of");
    of_week_[pay] = static_cast<u32>(week);
  }
}

}  // namespace throng::labor
