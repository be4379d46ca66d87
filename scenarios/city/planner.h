// The steps of plan_city, in their order, and what they hand to one another. Private to plan*.cpp.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "scenarios/city/plan.h"
#include "sim/chance.h"

namespace throng {

/// Kinds of the counters that the synthesis draws with, apart from those of the running model.
inline constexpr KindTag plan_kind = 240, household_kind = 241, resident_kind = 242;

struct Planner {
  const CityTables& tables;
  double scale;
  CityPlan plan;
  CityTargets targets;
  std::vector<u32> begin{};  ///< first neighborhood of each borough, and their number
  std::vector<std::array<u32, 2 * five_year_groups>> cell{};  ///< people, [h][sex x group]
  std::vector<u32> quarters_total{};
  std::vector<std::vector<u32>> leaving{};  ///< workers, [h][borough of work, then outside]
  std::vector<double> jobs{};               ///< of residents, [k][sector]
  std::vector<double> trips{};              ///< expected workers, [k][h]

  void find_boroughs();
  // plan.cpp
  void spread_people();
  void spread_people_of(u32 b, std::span<const u32> columns);
  void count_quarters();
  void give_children_adults();
  void split_years();
  void fill_quarters();
  void number_people();
  void number_places();
  // plan_households.cpp
  void count_households();
  // plan_school.cpp
  void enroll();
  void spread_pupils(u32 b, std::span<const double> table);
  void seat_pupils();
  void send_pupils(u32 grade, std::span<const u32> goes, std::span<const double> seats);
  void open_schools(u32 first, u32 last);
  // plan_work.cpp
  void employ();
  void split_destinations(u32 b, std::span<const u32> workers);
  void spread_jobs(u32 b, double residents);
  void balance_trips(std::span<double> table, std::span<const double> arriving) const;
  void round_workers(u32 h, std::span<const float> cells);
  void open_establishments();
  void commute();
  void seat_workers();

  u32 adults_of(u32 h) const;
  u32 people_of(u32 h) const;
  double offset(u32 h, u32 item, Draw name) const;
  /// 1 / (1 + (d / half_distance)^2); half_distance in km.
  double distance_decay(u32 a, u32 b, double half_distance) const;
  /// Gathers what is too little on its own: an amount below `least` moves to the nearest one of the
  /// borough that has some, the smallest first. Returns where each went.
  std::vector<u32> gather(u32 b, std::span<const double> amount, double least) const;
};

}  // namespace throng
