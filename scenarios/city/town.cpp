#include "scenarios/city/town.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scenarios/city/apportion.h"
#include "scenarios/engine_parameters.h"
#include "sim/error.h"

namespace throng {
namespace {

constexpr double mean_contacts = 40;  // 20 a day, in halves

void check(const TownParameters& p) {
  const auto bad = [](double x) { return !(x >= 0) || !std::isfinite(x); };
  const double sizes = std::accumulate(p.household_sizes.begin(), p.household_sizes.end(), 0.0);
  const double ages = std::accumulate(p.ages.begin(), p.ages.end(), 0.0);
  ensures(p.people > 0 && p.people != no_agent, "a town has 1 to 4294967294 people");
  ensures(p.neighborhoods > 0 && p.neighborhoods <= *scenario::town_neighborhoods.max &&
              p.neighborhoods <= p.people,
          "a town has 1 to 1,000 neighborhoods, and no more than people");
  ensures(std::none_of(p.household_sizes.begin(), p.household_sizes.end(), bad) &&
              std::abs(sizes - 1) < 1e-6,
          "shares of household sizes are not negative and add up to 1");
  ensures(std::none_of(p.ages.begin(), p.ages.end(), bad) && ages > 0,
          "relative numbers of ages are not negative and some are above 0");
}

/// Pupils as the ages allow: 97 % of those of school age, half of 3-4, 45 % of 18-22.
std::array<double, school_levels> pupils_of(const TownParameters& p) {
  const double unit = p.people / std::accumulate(p.ages.begin(), p.ages.end(), 0.0);
  const auto& a = p.ages;
  return {unit * .5 * .4 * a[0], unit * .97 * .2 * a[1], unit * .97 * .8 * (a[1] + a[2]),
          unit * .97 * (.2 * a[2] + .6 * a[3]), unit * .45 * (.4 * a[3] + .6 * a[4])};
}

BoroughFacts borough_of(const TownParameters& p) {
  BoroughFacts b;
  b.code = std::string("T");
  b.name = "Town";
  std::vector<double> cells(p.ages.begin(), p.ages.end());
  cells.insert(cells.end(), p.ages.begin(), p.ages.end());
  const std::vector<u32> people = largest_remainder(cells, p.people);
  std::copy_n(people.begin(), five_year_groups, b.people[0].begin());
  std::copy_n(people.begin() + five_year_groups, five_year_groups, b.people[1].begin());
  double mean = 7.6 * p.household_sizes[6];
  for (u32 s = 0; s < 6; ++s) {
    mean += (s + 1) * p.household_sizes[s];
  }
  b.people_in_households = p.people;
  b.households = p.people / mean;
  b.size_share = p.household_sizes;
  b.living_alone = p.household_sizes[0] * b.households;
  b.living_alone_65 = .36 * b.living_alone;
  const double multiple = b.households - b.living_alone;  // of which, as in New York:
  b.couples_with_children = .23 * multiple;
  b.couples_without_children = .32 * multiple;
  b.single_mothers = .10 * multiple;
  b.single_fathers = .025 * multiple;
  b.households_with_children = .41 * multiple;
  if (p.school) {
    b.enrolled = pupils_of(p);
  }
  b.employed = p.work ? .48 * p.people : 0;
  b.workers_to = {b.employed, 0};
  b.workers_moe = {0, 0};
  return b;
}

NeighborhoodFacts neighborhood_of(const TownParameters& p, const BoroughFacts& b, u32 h) {
  NeighborhoodFacts n;
  const double share = 1.0 / p.neighborhoods;
  const u32 side = static_cast<u32>(std::ceil(std::sqrt(static_cast<double>(p.neighborhoods))));
  n.code = std::string("T").append(std::to_string(h + 1));
  n.name = std::string("Neighborhood ").append(std::to_string(h + 1));
  n.east = h % side;
  n.north = static_cast<double>(h / side);
  n.latitude = n.north / 111.195;
  n.longitude = n.east / 111.195;
  for (auto& sex : n.people) {
    sex.fill(share * p.people / (2.0 * broad_groups));
  }
  n.people_in_households = share * b.people_in_households;
  n.households = share * b.households;
  n.living_alone = share * b.living_alone;
  n.living_alone_65 = share * b.living_alone_65;
  n.couples_with_children = share * b.couples_with_children;
  n.couples_without_children = share * b.couples_without_children;
  n.single_mothers = share * b.single_mothers;
  n.single_fathers = share * b.single_fathers;
  n.other_families = share * (b.households - b.living_alone) * .2;
  n.shared = share * (b.households - b.living_alone) * .125;
  n.employed_rate = .48;
  n.job_weight = 1;
  n.income.fill(1.0 / income_bands);
  n.occupation.fill(1.0 / occupations);
  return n;
}

SectorFacts all_work() {
  SectorFacts s;
  s.code = "00";
  s.name = "All work";
  s.telework = {.1, .15, .25, .3};
  s.jobs = {1};
  s.occupation.fill(1.0 / occupations);
  s.establishments = {330, 95, 60, 40, 12, 7, 1.5, .7, .3};  // rounded from New York State's
  s.employment = {590, 630, 810, 1210, 840, 1030, 520, 480, 900};
  return s;
}

void add_grades(CityTables& tables) {
  const auto add = [&](u32 level, const std::string& grade, double class_size, double school) {
    tables.grades.push_back(
        {.grade = grade, .level = level, .class_size = class_size, .school_size = school});
  };
  add(0, "preschool", 18, 60);
  add(1, "K", 20, 400);
  for (u32 grade = 1; grade <= 8; ++grade) {
    add(2, std::to_string(grade), 20, grade <= 5 ? 400 : 300);
  }
  for (u32 grade = 9; grade <= 12; ++grade) {
    add(3, std::to_string(grade), 20, 500);
  }
  for (u32 year = 1; year <= 4; ++year) {
    add(4, std::string("year ").append(std::to_string(year)), 20, 1000);
  }
}

/// Exponential quantiles without a logarithm: slice q of n holds the expected q-th smallest of n,
/// which is 1/n + 1/(n-1) + ... + 1/(n-q).
std::array<u8, contact_quantiles> contact_rates(bool uneven) {
  std::array<u8, contact_quantiles> out{};
  double expected = 0;
  for (u32 q = 0; q < contact_quantiles; ++q) {
    expected += 1.0 / (contact_quantiles - q);
    out[q] =
        static_cast<u8>(uneven ? std::min(255.0, mean_contacts * expected + .5) : mean_contacts);
  }
  return out;
}

CityTables tables_of(const TownParameters& p) {
  check(p);
  CityTables tables;
  tables.families = p.families;
  tables.boroughs.push_back(borough_of(p));
  for (u32 h = 0; h < p.neighborhoods; ++h) {
    tables.neighborhoods.push_back(neighborhood_of(p, tables.boroughs[0], h));
  }
  tables.sectors.push_back(all_work());
  add_grades(tables);
  tables.age_weight.fill(1);
  for (u32 age = 85; age < years_of_age; ++age) {
    tables.age_weight[age] = years_of_age - age;
  }
  for (u32 age = first_working_age; age < 80; ++age) {
    tables.employed_rate[age] = age < 20   ? .1
                                : age < 25 ? .43
                                : age < 60 ? .63
                                : age < 65 ? .43
                                           : .1;
  }
  tables.contact_rate.fill(contact_rates(p.uneven_contacts));
  return tables;
}

}  // namespace

Town::Town(const TownParameters& parameters) : City(tables_of(parameters), 1.0, parameters.seed) {}

}  // namespace throng
