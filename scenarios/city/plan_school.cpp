// Who of which age is in which grade, and in which neighborhood the school stands.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "scenarios/city/apportion.h"
#include "scenarios/city/planner.h"
#include "sim/error.h"

namespace throng {
namespace {

/// Distance [km] at which the pull of a school has fallen by half. Assumed.
constexpr double high_school_distance = 3, college_distance = 8;

/// How usual an age is in a grade. The grade's own age is the one most of its pupils have;
/// preschool takes 3 and 4. `position` counts the grades from kindergarten (5 years old); college
/// starts at 18.
double usual(u32 level, u32 position, u32 age) {
  if (level == 0) {
    return age <= 4 ? 1.0 : age == 5 ? 0.05 : 0.0;
  }
  const i32 late = static_cast<i32>(age) - static_cast<i32>(5 + position);
  if (level == 4) {  // college years spread more
    return age < 17 ? 0.0 : late < -1 ? 0.0 : late == -1 ? 0.1 : late == 0 ? 1.0 : 0.6;
  }
  constexpr double by_delay[4] = {0.35, 1.0, 0.12, 0.02};  // a year early (birthday), in time, late
  return late < -1 || late > 2 ? 0.0 : by_delay[late + 1];
}

}  // namespace

std::vector<u32> Planner::gather(u32 b, std::span<const double> amount, double least) const {
  const u32 n = begin[b + 1] - begin[b];
  std::vector<u32> goes(n);
  std::iota(goes.begin(), goes.end(), 0u);
  std::vector<double> has(amount.begin(), amount.end());
  std::vector<u32> open;
  for (u32 i = 0; i < n; ++i) {
    if (has[i] > 0) {
      open.push_back(i);
    }
  }
  while (open.size() > 1) {
    const auto small =
        std::min_element(open.begin(), open.end(), [&](u32 x, u32 y) { return has[x] < has[y]; });
    if (has[*small] >= least) {
      break;
    }
    const u32 from = *small;
    open.erase(small);
    const u32 to = *std::max_element(open.begin(), open.end(), [&](u32 x, u32 y) {
      return distance_decay(begin[b] + from, begin[b] + x, 1) <
             distance_decay(begin[b] + from, begin[b] + y, 1);
    });
    has[to] += has[from];
    goes[from] = to;
  }
  for (u32 i = 0; i < n; ++i) {
    while (goes[goes[i]] != goes[i]) {
      goes[i] = goes[goes[i]];
    }
  }
  return goes;
}

/// Pupils by grade and age: enrolment by level as the borough's, divided evenly over the level's
/// grades; then spread over neighborhoods in proportion to the children of that age.
void Planner::enroll() {
  const u32 grades = plan.grades, rows = grades + 1;  // the last row is not at school
  for (NeighborhoodPlan& p : plan.of) {
    p.enrolled.assign(grades, {});
  }
  std::array<u32, school_levels> grades_of{};
  for (const GradeFacts& g : tables.grades) {
    ++grades_of[g.level];
  }
  targets.enrolled.assign(tables.boroughs.size(), {});
  for (u32 b = 0; b + 1 < begin.size(); ++b) {
    std::array<double, school_ages> ages{};
    double members = 0, students = 0;
    for (u32 h = begin[b]; h < begin[b + 1]; ++h) {
      members += plan.of[h].adults + plan.of[h].minors;
      for (u32 sex = 0; sex < 2; ++sex) {
        for (u32 a = 0; a < school_ages; ++a) {
          ages[a] += plan.of[h].in_households[sex][first_school_age + a];
          students += plan.of[h].in_quarters[1][sex][first_school_age + a];
        }
      }
    }
    const double factor = members / tables.boroughs[b].people_in_households;
    std::vector<double> table(rows * school_ages), totals(rows, 0);
    double everyone = 0, at_school = 0;
    for (u32 g = 0, position = 0; g < grades; ++g) {
      const u32 level = tables.grades[g].level;
      double& target = targets.enrolled[b][level];
      target = tables.boroughs[b].enrolled[level] * factor;
      if (level + 1 == school_levels) {  // dormitories house a part of them
        target = std::max(0.0, target - students);
      }
      totals[g] = target / grades_of[level];
      at_school += totals[g];
      for (u32 a = 0; a < school_ages; ++a) {
        table[g * school_ages + a] = ages[a] * usual(level, position, first_school_age + a);
      }
      position += level > 0;
    }
    for (u32 a = 0; a < school_ages; ++a) {
      everyone += ages[a];
      const u32 age = first_school_age + a;
      const double away = age < 5 ? 0.6 : age < 16 ? 0.01 : age < 18 ? 0.05 : 0.5;
      table[grades * school_ages + a] = away * ages[a];
    }
    totals[grades] = std::max(0.0, everyone - at_school);
    fit_margins(table, totals, ages, 60);
    spread_pupils(b, table);
  }
}

void Planner::spread_pupils(u32 b, std::span<const double> table) {
  const u32 n = begin[b + 1] - begin[b], grades = plan.grades;
  for (u32 a = 0; a < school_ages; ++a) {
    std::vector<double> children(n), by_grade(grades + 1);
    std::vector<u32> left(n);
    for (u32 i = 0; i < n; ++i) {
      const auto& people = plan.of[begin[b] + i].in_households;
      left[i] = people[0][first_school_age + a] + people[1][first_school_age + a];
      children[i] = left[i];
    }
    const u64 everyone = std::accumulate(left.begin(), left.end(), u64{0});
    for (u32 g = 0; g <= grades; ++g) {
      by_grade[g] = table[g * school_ages + a];
    }
    const std::vector<u32> counts = largest_remainder(by_grade, everyone);
    for (u32 g = 0; g < grades; ++g) {
      const std::vector<u32> pupils = largest_remainder(children, counts[g], left);
      for (u32 i = 0; i < n; ++i) {
        plan.of[begin[b] + i].enrolled[g][a] = pupils[i];
        left[i] -= pupils[i];
      }
    }
  }
}

/// Young pupils stay in their neighborhood, unless it has too few of them for a school; high school
/// and college pupils choose among those with enough, by distance and number of seats.
void Planner::seat_pupils() {
  const u32 n = plan.neighborhoods, grades = plan.grades;
  plan.school.assign(std::size_t{n} * grades, {});
  plan.pupil_seat.assign(std::size_t{n} * grades * (n + 1), 0);
  for (u32 first = 0, last = 0; first < grades; first = last) {
    const GradeFacts& facts = tables.grades[first];
    for (last = first; last < grades && tables.grades[last].school_size == facts.school_size &&
                       (tables.grades[last].level == facts.level || facts.level == 1);
         ++last) {
    }
    const double of_grade = facts.school_size / (last - first);
    std::vector<double> pupils(n, 0), seats(n, 0);
    for (u32 h = 0; h < n; ++h) {
      for (u32 g = first; g < last; ++g) {
        pupils[h] +=
            std::accumulate(plan.of[h].enrolled[g].begin(), plan.of[h].enrolled[g].end(), 0u);
      }
      pupils[h] /= last - first;
    }
    std::vector<u32> goes(n);
    for (u32 b = 0; b + 1 < begin.size(); ++b) {
      const auto of_borough = std::span(pupils).subspan(begin[b], begin[b + 1] - begin[b]);
      const std::vector<u32> to = gather(b, of_borough, of_grade / 2);
      for (u32 i = 0; i < to.size(); ++i) {
        goes[begin[b] + i] = begin[b] + to[i];
        seats[begin[b] + to[i]] += pupils[begin[b] + i];
      }
    }
    for (u32 g = first; g < last; ++g) {
      send_pupils(g, goes, seats);
    }
    open_schools(first, last);
  }
}

void Planner::send_pupils(u32 g, std::span<const u32> goes, std::span<const double> seats) {
  const u32 n = plan.neighborhoods, level = tables.grades[g].level;
  for (u32 h = 0; h < n; ++h) {
    const u32 pupils =
        std::accumulate(plan.of[h].enrolled[g].begin(), plan.of[h].enrolled[g].end(), 0u);
    std::vector<double> pull(n, 0);
    double sum = 0;
    for (u32 k = 0; k < n && level >= 3; ++k) {
      const bool near =
          level == 4 || tables.neighborhoods[k].borough == tables.neighborhoods[h].borough;
      const double distance = level == 4 ? college_distance : high_school_distance;
      pull[k] = near && goes[k] == k ? seats[k] * distance_decay(h, k, distance) : 0;
      sum += pull[k];
    }
    RunningRounder rounder(offset(h, g, "city.school"));
    u32 left = pupils;
    for (u32 k = 0; k < n && sum > 0; ++k) {
      const u32 sent = std::min(left, rounder.take(pupils * pull[k] / sum));
      plan.pupil_seat[(std::size_t{k} * plan.grades + g) * (n + 1) + h + 1] = sent;
      left -= sent;
    }
    plan.pupil_seat[(std::size_t{goes[h]} * plan.grades + g) * (n + 1) + h + 1] += left;
  }
  for (u32 k = 0; k < n; ++k) {
    u32* seat = &plan.pupil_seat[(std::size_t{k} * plan.grades + g) * (n + 1)];
    std::partial_sum(seat, seat + n + 1, seat);
  }
}

void Planner::open_schools(u32 first, u32 last) {
  for (u32 k = 0; k < plan.neighborhoods; ++k) {
    double pupils = 0;
    for (u32 g = first; g < last; ++g) {
      pupils += plan.pupil_seats(k, g)[plan.neighborhoods];
    }
    const u32 schools = static_cast<u32>(pupils / tables.grades[first].school_size + 0.5);
    for (u32 g = first; g < last; ++g) {
      GradeSeats& seats = plan.school[std::size_t{k} * plan.grades + g];
      seats.pupils = plan.pupil_seats(k, g)[plan.neighborhoods];
      const u32 classes = static_cast<u32>(seats.pupils / tables.grades[g].class_size + 0.5);
      seats.classes = seats.pupils > 0 ? std::max(1u, classes) : 0;
      seats.schools = std::clamp(schools, 1u, std::max(1u, seats.classes));
    }
  }
}

}  // namespace throng
