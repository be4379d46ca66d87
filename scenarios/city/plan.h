// The plan of a city: whole-number tables that say how many people of each age and sex live in each
// neighborhood, in households of which kinds and sizes or in group quarters, how many go to which
// school and to work where. Equal on every rank. Who exactly, is decided while building (city.cpp).
#pragma once
#include <array>
#include <vector>

#include "scenarios/city/tables.h"
#include "sim/types.h"

namespace throng {

/// Age bands: the five-year groups with 15-19 cut at 18, so that adults are whole bands.
inline constexpr u32 age_bands = 19;
inline constexpr u32 first_adult_band = 4;
inline constexpr u32 first_old_band = 14;  ///< 65-69
inline constexpr u32 adult_age = 18;
constexpr u32 five_year_group_of(u32 age) { return age >= 85 ? 17 : age / 5; }
constexpr u32 band_of(u32 age) {
  return age < 15 ? age / 5 : age < adult_age ? 3 : five_year_group_of(age) + 1;
}

inline constexpr u32 first_school_age = 3, school_ages = 20;  ///< 3..22
inline constexpr u32 first_working_age = 16;
inline constexpr u32 largest_household = 10;
inline constexpr u32 quarters_types = 3;  ///< nursing home, dormitory, jail or shelter
inline constexpr u32 team_size = 16;      ///< in-commuters included
inline constexpr u32 quarters_unit = 250;
/// Sizes of a facility [people]: nursing home, dormitory, jail or shelter. Assumed.
inline constexpr std::array<u32, quarters_types> facility_size = {200, 500, 1000};

enum class HouseholdType : u8 {
  alone,
  couple_with_children,
  couple,
  single_parent,
  other_family,
  shared,
};
inline constexpr u32 household_types = 6;

struct NeighborhoodPlan {
  using Years = std::array<std::array<u32, years_of_age>, 2>;  ///< [sex][age]
  Years in_households{};
  std::array<Years, quarters_types> in_quarters{};
  u32 people = 0, people_in_quarters = 0, adults = 0, minors = 0;  ///< the last two: in households
  std::array<u32, largest_household + 1> households_of_size{};
  u32 households = 0;
  std::array<u32, household_types> households_of_type{};
  u32 alone_65 = 0, single_mothers = 0;
  u32 with_other_minors =
      0;  ///< households where a child lives without being the householder's own
  std::vector<std::array<u32, school_ages>> enrolled;  ///< [grade][age - 3]
  std::array<u32, age_bands> employed{};
  u32 workers = 0, working_outside = 0;
};

/// One grade at one neighborhood of school.
struct GradeSeats {
  u32 pupils = 0, classes = 0, schools = 0;
  u32 first_place = 0;
};
/// One sector at one neighborhood of work.
struct SectorSeats {
  u32 workers = 0, teams = 0;
  u32 first_place = 0;
  std::array<u32, size_bands> establishments{};  ///< of more than one team, by size band
};

struct CityPlan {
  u32 neighborhoods = 0, grades = 0, sectors = 0;
  u64 seed = 0;
  std::vector<NeighborhoodPlan> of;
  std::vector<u32> first_person, first_place;  ///< neighborhoods + 1 entries
  std::vector<GradeSeats> school;              ///< [k][grade]
  std::vector<SectorSeats> work;               ///< [k][sector]
  /// Seats are numbered in order of the home neighborhood: those of home h at a place of school or
  /// work are [seat(h), seat(h + 1)).
  std::vector<u32> pupil_seat;   ///< [k][grade][h], neighborhoods + 1 entries each
  std::vector<u32> worker_seat;  ///< [k][sector][h], likewise
  std::vector<std::array<u32, quarters_types>>
      first_quarters;                  ///< place of the first unit, [h][type]
  std::vector<double> outsider_share;  ///< by borough
  std::vector<std::array<u32, size_bands>> teams_per_establishment;  ///< by sector

  const u32* pupil_seats(u32 k, u32 grade) const {
    return &pupil_seat[(std::size_t{k} * grades + grade) * (neighborhoods + 1)];
  }
  const u32* worker_seats(u32 k, u32 sector) const {
    return &worker_seat[(std::size_t{k} * sectors + sector) * (neighborhoods + 1)];
  }
  u32 units(u32 people_of_type) const {
    return (people_of_type + quarters_unit - 1) / quarters_unit;
  }
};

/// What a city of `scale` asks for where tables have to be brought together first; the fit report
/// shows it beside what was built.
struct CityTargets {
  std::vector<double> people;      ///< by neighborhood
  std::vector<double> households;  ///< by borough
  double people_in_quarters = 0;
  std::vector<std::array<double, school_levels>> enrolled;  ///< by borough, dormitories left out
  std::vector<double> employed;                             ///< by borough
};

struct PlannedCity {
  CityPlan plan;
  CityTargets targets;
};

/// Throws InputError when the scaled city has no people or more than ids can number.
PlannedCity plan_city(const CityTables& tables, double scale, u64 seed);

}  // namespace throng
