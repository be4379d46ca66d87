// What the world of work is told before it starts: resolved, checked, by step and by week.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/math.h"
#include "sim/types.h"

namespace throng {
class ArchetypeDecision;
}

namespace throng::labor {

inline constexpr double days_per_month = 30.44;

/// The probability of something that has this one in a month, over some days.
inline double over_days(double monthly, double days) {
  return -math::expm1(math::log1p(-monthly) * days / days_per_month);
}

struct Settings {
  Step steps = 0;
  u32 every = 7;  ///< [step] that one period of decisions takes; steps are days
  u32 sectors = 0, boroughs = 0;
  u32 bands = 1;                         ///< age bands of person.cell
  std::vector<u8> borough_of_residence;  ///< [neighborhood]
  std::vector<u8> borough_of_place;      ///< [place]

  u32 age_from = 16, age_to = 69;    ///< of those without work at the start
  std::vector<double> unemployment;  ///< [borough]: at the start, and with nothing in the way
  double finding = 0;                ///< probability of a job in one period
  std::vector<double> separation;    ///< [borough]: of losing it for good
  double vacancy_rate = 0;           ///< vacancies of all jobs, at the start
  double elasticity = 0;             ///< of matches to the unemployed

  std::vector<double> closed;   ///< [step x sector]: share of teams closed by order
  std::vector<double> lost;     ///< [step x sector]: share of the work lost besides
  std::vector<double> at_risk;  ///< [sector]: share of jobs idle where the team is closed
  double layoff_speed = 0;      ///< share of workers too many laid off in a period
  double temporary_share = 0;   ///< of layoffs
  double recall = 0;            ///< probability in a period, of who could come back
  double turns_permanent = 0;   ///< probability in a period

  double laid_off_file = 0, separated_file = 0;  ///< shares that claim benefits
  std::vector<double> filing_delay;              ///< [step]: mean [day], at least 1

  /// Who would work; null: everybody.
  std::shared_ptr<ArchetypeDecision> works;

  u32 markets_of_sector() const { return boroughs + 1; }
  u32 markets() const { return sectors * markets_of_sector(); }
  u32 sector_of(u32 m) const { return m / markets_of_sector(); }
  bool week_ends(Step now) const { return now > 0 && now % every == 0; }

  double closed_at(Step now, u32 sector) const {
    return closed.empty() ? 0 : closed[std::size_t{now} * sectors + sector];
  }
  /// The same in the units of idle_above.
  u32 closed_in_units(Step now, u32 sector) const {
    const double share = closed_at(now, sector);
    return share >= 1 ? 65535u : static_cast<u32>(share * 65535);
  }
  /// Jobs of market m that have work: of those who worked there at the start, and the share that
  /// is not spent there.
  i64 jobs_with_work(Step now, u32 m, i64 at_start, double not_spent) const {
    const u32 k = sector_of(m);
    const double besides = lost.empty() ? 0 : lost[std::size_t{now} * sectors + k];
    const double jobs = static_cast<double>(at_start) / (1 - vacancy_rate) *
                        (1 - closed_at(now, k) * at_risk[k]) * (1 - besides) * (1 - not_spent);
    return static_cast<i64>(jobs + 0.5);
  }
};

}  // namespace throng::labor
