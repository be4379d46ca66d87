// The facts a city is built from, and the strict reader of their files. No decisions are taken
// here.
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/types.h"

namespace throng {

inline constexpr u32 five_year_groups = 18;  ///< 0-4, ..., 80-84, 85+
inline constexpr u32 years_of_age = 101;     ///< 0..100
inline constexpr u32 broad_groups = 6;       ///< 0-19, 20-29, 30-39, 40-49, 50-64, 65+
inline constexpr u32 size_classes = 7;       ///< households of 1..6, 7 and more
inline constexpr u32 income_bands = 5;
inline constexpr u32 occupations = 5;  ///< professional, service, office, construction, production
inline constexpr u32 school_levels =
    5;  ///< preschool, kindergarten, grades 1-8, 9-12, college at 18-22
inline constexpr u32 size_bands = 9;  ///< of establishments: 1-4, 5-9, ..., 1000 and more
inline constexpr u32 contact_quantiles = 512;
inline constexpr u32 contact_groups = 16;  ///< 0-4, ..., 70-74, 75+

/// Counts are persons or households, of the year the table's README names.
struct BoroughFacts {
  std::string code, name;
  std::array<std::array<u32, five_year_groups>, 2> people{};  ///< [sex][age group], 1 July 2019
  double people_in_households = 0, households = 0, living_alone = 0, living_alone_65 = 0;
  double couples_with_children = 0, couples_without_children = 0, single_mothers = 0;
  double single_fathers = 0, households_with_children = 0;
  std::array<double, size_classes> size_share{};
  std::array<double, school_levels> enrolled{};
  double employed = 0, in_commuters = 0;
  std::vector<double> workers_to;   ///< by borough of work, then outside the city
  std::vector<double> workers_moe;  ///< margin of error of these, 90 %
};

struct NeighborhoodFacts {
  std::string code, name;
  u8 borough = 0;
  double latitude = 0, longitude = 0, east = 0, north = 0;   ///< degrees; km on a plane
  std::array<std::array<double, broad_groups>, 2> people{};  ///< [sex][age group]
  double people_in_households = 0, households = 0, living_alone = 0, living_alone_65 = 0;
  double couples_with_children = 0, couples_without_children = 0, single_mothers = 0;
  double single_fathers = 0, other_families = 0, shared = 0;
  std::array<double, 3> quarters{};  ///< people in nursing homes, dormitories, jails and shelters
  double employed_rate = 0;          ///< employed per resident of any age
  double job_weight = 0;             ///< relative number of jobs within its borough
  std::array<double, income_bands> income{};
  std::array<double, occupations> occupation{};
};

struct SectorFacts {
  std::string code, name;
  std::array<double, 4> telework{};  ///< four scenarios, lowest to highest
  std::vector<double> jobs;          ///< by borough
  std::array<double, occupations> occupation{};
  std::array<double, size_bands> establishments{}, employment{};
};

struct GradeFacts {
  std::string grade;
  u32 level = 0;
  double class_size = 0, school_size = 0;
};

struct CityTables {
  std::vector<BoroughFacts> boroughs;
  std::vector<NeighborhoodFacts>
      neighborhoods;  ///< those of one borough stand together, in borough order
  std::vector<SectorFacts> sectors;
  std::vector<GradeFacts> grades;
  std::array<double, years_of_age> age_weight{};     ///< relative numbers within a five-year group
  std::array<double, years_of_age> employed_rate{};  ///< employed share by age
  std::array<std::array<u8, contact_quantiles>, contact_groups> contact_rate{};
  /// false: households are filled without regard to age, sex or kin, of exactly the sizes asked
  /// for.
  bool families = true;

  /// Everybody in them.
  double people() const;
};

/// As many as a city can number.
inline constexpr double most_city_people = 4.2e9;

inline constexpr std::size_t most_boroughs = 255, most_sectors = 254, most_grades = 255;
inline constexpr std::size_t most_city_neighborhoods = 4096;  ///< a run weighs every pair of them

/// Reads the ten tables of a folder (scenarios/nyc/tables/README.md says what they hold). Throws
/// InputError with every mistake found: missing files and columns, unknown codes, numbers out of
/// range.
CityTables read_city_tables(const std::filesystem::path& folder);

}  // namespace throng
