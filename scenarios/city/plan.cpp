#include "scenarios/city/plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scenarios/city/apportion.h"
#include "scenarios/city/planner.h"
#include "sim/chance.h"
#include "sim/error.h"
#include "sim/parallel.h"

namespace throng {

double Planner::offset(u32 h, u32 item, Draw name) const {
  return unit(Chance(plan.seed).words(plan_kind, h, 0, name, item)[0]);
}

double Planner::distance_decay(u32 a, u32 b, double half_distance) const {
  const NeighborhoodFacts &p = tables.neighborhoods[a], &q = tables.neighborhoods[b];
  const double east = (p.east - q.east) / half_distance,
               north = (p.north - q.north) / half_distance;
  return 1.0 / (1.0 + east * east + north * north);
}

void Planner::find_boroughs() {
  const u32 boroughs = static_cast<u32>(tables.boroughs.size());
  begin.assign(boroughs + 1, plan.neighborhoods);
  for (u32 h = plan.neighborhoods; h-- > 0;) {
    begin[tables.neighborhoods[h].borough] = h;
  }
  for (u32 b = boroughs; b-- > 0;) {
    begin[b] = std::min(begin[b], begin[b + 1]);
    if (begin[b] == begin[b + 1]) {
      throw InputError("neighborhoods.csv: borough '" + tables.boroughs[b].code +
                       "' has no neighborhood (its people must live somewhere). Add one");
    }
  }
}

// ---- People by neighborhood, age and sex
// ----------------------------------------------------------

namespace {

constexpr std::array<u32, five_year_groups> broad_of = {0, 0, 0, 0, 1, 1, 2, 2, 3,
                                                        3, 4, 4, 4, 5, 5, 5, 5, 5};
constexpr u32 cells = 2 * five_year_groups;  // sex x five-year group
constexpr u32 first_adult_group = 4;         // 20-24: whole groups of adults

}  // namespace

void Planner::spread_people() {
  std::vector<double> asked;
  for (const BoroughFacts& b : tables.boroughs) {
    for (const auto& sex : b.people) {
      asked.insert(asked.end(), sex.begin(), sex.end());
    }
  }
  const double total = std::accumulate(asked.begin(), asked.end(), 0.0) * scale;
  ensures(total >= 1 && total <= most_city_people, "a city has 1 to 4.2e9 people");
  const std::vector<u32> columns = largest_remainder(asked, static_cast<u64>(total + 0.5));
  cell.resize(plan.neighborhoods);
  targets.people.assign(plan.neighborhoods, 0);
  for (u32 b = 0; b + 1 < begin.size(); ++b) {
    spread_people_of(b, std::span(columns).subspan(b * cells, cells));
  }
}

/// Census counts by age and sex are kept exactly; neighborhoods keep their shares of the borough.
void Planner::spread_people_of(u32 b, std::span<const u32> columns) {
  const u32 n = begin[b + 1] - begin[b];
  std::vector<double> broad(2 * broad_groups, 0), of_columns(2 * broad_groups, 0), rows(n, 0);
  double people = 0, asked = 0;
  for (u32 c = 0; c < cells; ++c) {
    of_columns[c / five_year_groups * broad_groups + broad_of[c % five_year_groups]] += columns[c];
    people += columns[c];
  }
  for (u32 i = 0; i < n; ++i) {
    for (u32 g = 0; g < 2 * broad_groups; ++g) {
      const double count =
          tables.neighborhoods[begin[b] + i].people[g / broad_groups][g % broad_groups];
      broad[g] += count;
      rows[i] += count;
      asked += count;
    }
  }
  std::vector<double> table(n * cells);
  for (u32 i = 0; i < n; ++i) {
    const NeighborhoodFacts& facts = tables.neighborhoods[begin[b] + i];
    rows[i] *= asked > 0 ? people / asked : 0;
    targets.people[begin[b] + i] = rows[i];
    for (u32 c = 0; c < cells; ++c) {
      const u32 sex = c / five_year_groups, group = c % five_year_groups, wide = broad_of[group];
      const u32 at = sex * broad_groups + wide;
      const bool nobody =
          facts.households <= 0 && group < first_adult_group;  // quarters are for adults
      table[i * cells + c] =
          nobody || broad[at] <= 0 ? 0 : facts.people[sex][wide] / broad[at] * columns[c];
    }
  }
  const std::vector<double> column_totals(columns.begin(), columns.end());
  fit_margins(table, rows, column_totals, 30);
  std::vector<double> column(n);
  for (u32 c = 0; c < cells; ++c) {
    for (u32 i = 0; i < n; ++i) {
      column[i] = table[i * cells + c];
    }
    const std::vector<u32> counts = largest_remainder(column, columns[c]);
    for (u32 i = 0; i < n; ++i) {
      cell[begin[b] + i][c] = counts[i];
    }
  }
}

u32 Planner::adults_of(u32 h) const {
  u32 n = 0;
  for (u32 c = 0; c < cells; ++c) {
    n += c % five_year_groups >= first_adult_group ? cell[h][c] : 0;
  }
  return n;
}

u32 Planner::people_of(u32 h) const { return std::accumulate(cell[h].begin(), cell[h].end(), 0u); }

/// In a very small city a neighborhood may be left with children only: they change places with
/// adults of the borough's largest neighborhood. Margins of the borough stay as they are.
void Planner::give_children_adults() {
  for (u32 h = 0; h < plan.neighborhoods && tables.families; ++h) {
    const u32 b = tables.neighborhoods[h].borough;
    u32 donor = begin[b];
    for (u32 k = begin[b]; k < begin[b + 1]; ++k) {
      donor = adults_of(k) > adults_of(donor) ? k : donor;
    }
    for (u32 c = 0; c < cells && donor != h; ++c) {
      while (c % five_year_groups < first_adult_group && cell[h][c] > 0 &&
             3 * (adults_of(h) - std::min(adults_of(h), quarters_total[h])) <
                 people_of(h) - adults_of(h)) {
        const u32 first = c / five_year_groups * five_year_groups;
        const auto from = cell[donor].begin() + first + first_adult_group;
        const auto most = std::max_element(from, from + (five_year_groups - first_adult_group));
        if (*most == 0) {
          break;
        }
        const std::size_t adult = static_cast<std::size_t>(most - cell[donor].begin());
        --cell[h][c];
        ++cell[donor][c];
        --cell[donor][adult];
        ++cell[h][adult];
      }
    }
  }
}

void Planner::split_years() {
  for (u32 h = 0; h < plan.neighborhoods; ++h) {
    NeighborhoodPlan& p = plan.of[h];
    p.people = people_of(h);
    for (u32 c = 0; c < cells; ++c) {
      const u32 group = c % five_year_groups, first = group * 5;
      const u32 last = group + 1 == five_year_groups ? years_of_age : first + 5;
      const double weight =
          std::accumulate(tables.age_weight.begin() + first, tables.age_weight.begin() + last, 0.0);
      RunningRounder rounder(offset(h, c, "city.years"));
      u32 left = cell[h][c];
      for (u32 age = first; age < last; ++age) {
        const u32 n = std::min(left, rounder.take(cell[h][c] * tables.age_weight[age] / weight));
        p.in_households[c / five_year_groups][age] = age + 1 == last ? left : n;
        left -= age + 1 == last ? left : n;
      }
    }
  }
}

// ---- Group quarters
// -------------------------------------------------------------------------------

namespace {

/// Relative propensity to live in a nursing home, a dormitory, a jail or shelter, by adult age band
/// (18-19, 20-24,
/// ..., 85+) for women and men: assumed, from the common picture of these places.
constexpr double lives_in[quarters_types][age_bands - first_adult_band] = {
    {0, 0, 0, 0, 0, 0, .02, .05, .1, .2, .5, 1, 2, 4, 10},
    {10, 5, .4, .1, .02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {1, 2, 2, 1.8, 1.5, 1.2, 1, .8, .6, .3, .1, .05, .02, 0, 0}};
constexpr double sex_factor[quarters_types][2] = {{1, 1}, {1, 1}, {.3, 1}};

}  // namespace

/// People in quarters by neighborhood: where nobody lives in a household it is everybody; elsewhere
/// the data's numbers, scaled so that the borough's share of the city's total is kept.
void Planner::count_quarters() {
  std::vector<double> wanted(tables.boroughs.size(), 0);
  for (const NeighborhoodFacts& h : tables.neighborhoods) {
    wanted[h.borough] += h.quarters[0] + h.quarters[1] + h.quarters[2];
  }
  targets.people_in_quarters = scale * std::accumulate(wanted.begin(), wanted.end(), 0.0);
  const std::vector<u32> totals =
      largest_remainder(wanted, static_cast<u64>(targets.people_in_quarters + 0.5));
  quarters_total.assign(plan.neighborhoods, 0);
  for (u32 b = 0; b + 1 < begin.size(); ++b) {
    std::vector<double> weights;
    std::vector<u32> room;
    u64 left = totals[b], rooms = 0;
    for (u32 h = begin[b]; h < begin[b + 1]; ++h) {
      const NeighborhoodFacts& facts = tables.neighborhoods[h];
      const bool only = facts.households <= 0;
      quarters_total[h] = only ? people_of(h) : 0;
      left -= std::min<u64>(left, quarters_total[h]);
      weights.push_back(only ? 0 : facts.quarters[0] + facts.quarters[1] + facts.quarters[2]);
      const u32 adults = adults_of(h), minors = people_of(h) - adults;
      room.push_back(only || 3 * adults <= minors ? 0 : (adults - minors / 3) / 2);
      rooms += room.back();
    }
    const std::vector<u32> more = largest_remainder(weights, std::min(left, rooms), room);
    for (u32 i = 0; i < more.size(); ++i) {
      quarters_total[begin[b] + i] += more[i];
    }
  }
}

void Planner::fill_quarters() {
  for (u32 h = 0; h < plan.neighborhoods; ++h) {
    NeighborhoodPlan& p = plan.of[h];
    const std::vector<u32> of_type =
        largest_remainder(tables.neighborhoods[h].quarters, quarters_total[h]);
    for (u32 type = 0; type < quarters_types; ++type) {
      std::vector<double> weights(2 * years_of_age, 0);
      std::vector<u32> caps(2 * years_of_age, 0);
      for (u32 i = adult_age; i < 2 * years_of_age; ++i) {
        const u32 sex = i / years_of_age, age = i % years_of_age;
        if (age >= adult_age) {
          caps[i] = p.in_households[sex][age];
          weights[i] =
              caps[i] * sex_factor[type][sex] * lives_in[type][band_of(age) - first_adult_band];
        }
      }
      const std::vector<u32> taken = largest_remainder(weights, of_type[type], caps);
      for (u32 i = 0; i < taken.size(); ++i) {
        p.in_quarters[type][i / years_of_age][i % years_of_age] = taken[i];
        p.in_households[i / years_of_age][i % years_of_age] -= taken[i];
      }
      p.people_in_quarters += of_type[type];
    }
    for (const auto& sex : p.in_households) {
      p.minors += std::accumulate(sex.begin(), sex.begin() + adult_age, 0u);
      p.adults += std::accumulate(sex.begin() + adult_age, sex.end(), 0u);
    }
  }
}

// ---- Numbers of people and places
// -----------------------------------------------------------------

void Planner::number_people() {
  plan.first_person.assign(plan.neighborhoods + 1, 0);
  for (u32 h = 0; h < plan.neighborhoods; ++h) {
    plan.first_person[h + 1] = plan.first_person[h] + plan.of[h].people;
  }
}

/// Places of a neighborhood in order: classes by grade, teams by sector, quarters by type.
void Planner::number_places() {
  plan.first_place.assign(plan.neighborhoods + 1, 0);
  plan.first_quarters.resize(plan.neighborhoods);
  u32 next = 0;
  for (u32 k = 0; k < plan.neighborhoods; ++k) {
    plan.first_place[k] = next;
    for (u32 g = 0; g < plan.grades; ++g) {
      GradeSeats& seats = plan.school[k * plan.grades + g];
      seats.first_place = next;
      next += seats.classes;
    }
    for (u32 s = 0; s < plan.sectors; ++s) {
      SectorSeats& seats = plan.work[k * plan.sectors + s];
      seats.first_place = next;
      next += seats.teams;
    }
    for (u32 type = 0; type < quarters_types; ++type) {
      plan.first_quarters[k][type] = next;
      u32 n = 0;
      for (const auto& sex : plan.of[k].in_quarters[type]) {
        n += std::accumulate(sex.begin(), sex.end(), 0u);
      }
      next += plan.units(n);
    }
  }
  plan.first_place[plan.neighborhoods] = next;
}

PlannedCity plan_city(const CityTables& tables, double scale, u64 seed) {
  Planner planner{.tables = tables, .scale = scale, .plan = {}, .targets = {}};
  CityPlan& plan = planner.plan;
  plan.seed = seed;
  plan.neighborhoods = static_cast<u32>(tables.neighborhoods.size());
  plan.grades = static_cast<u32>(tables.grades.size());
  plan.sectors = static_cast<u32>(tables.sectors.size());
  plan.of.resize(plan.neighborhoods);
  planner.find_boroughs();
  planner.spread_people();
  planner.count_quarters();
  planner.give_children_adults();
  planner.split_years();
  planner.fill_quarters();
  planner.count_households();
  planner.enroll();
  planner.seat_pupils();
  planner.employ();
  planner.commute();
  planner.seat_workers();
  planner.number_people();
  planner.number_places();
  return {std::move(planner.plan), std::move(planner.targets)};
}

}  // namespace throng
