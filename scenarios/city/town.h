// A small made-up town, for first runs and tests: the same columns as a city, and no files.
#pragma once
#include <array>

#include "scenarios/city/city.h"

namespace throng {

struct TownParameters {
  AgentId people = 10'000;
  /// Equally large, on a square grid of 1 km; no more than people, nor than
  /// population.town.neighborhoods allows.
  u32 neighborhoods = 4;
  /// Share of households with 1, 2, ..., 6, and 7 to 10 members (the last of 7.6 on average).
  std::array<double, size_classes> household_sizes = {.32, .27, .14, .13, .08, .03, .03};
  /// Relative numbers of people aged 0-4, 5-9, ..., 80-84, 85+.
  std::array<double, five_year_groups> ages = {6.4, 5.7, 5.5, 5.5, 6.4, 9.1, 8.6, 7.3, 6.3,
                                               6.2, 6.4, 6.3, 5.8, 4.8, 3.7, 2.6, 1.7, 1.7};
  bool school = true;
  bool work = true;
  /// false: households are filled at random, children on their own included, as the sizes say. When
  /// all households are of one size n and people is a multiple of n, every household has n members.
  bool families = true;
  /// false: everybody has 20 community contacts a day; true: exponential with mean 20.
  bool uneven_contacts = true;
  u64 seed = 1;
};

class Town : public City {
 public:
  /// ContractError where a parameter is out of range: what a scenario says was checked when read.
  explicit Town(const TownParameters& parameters);
};

}  // namespace throng
