// A city synthesized from tables: New York when they are scenarios/nyc/tables. The constructor
// plans; build_people and build_places fill any range of neighborhoods.
#pragma once
#include <vector>

#include "scenarios/city/built.h"
#include "scenarios/city/plan.h"
#include "scenarios/city/tables.h"

namespace throng {

class City : public PopulationSource {
 public:
  /// `scale` multiplies every count of the tables. Throws InputError when no city comes of it.
  City(CityTables tables, double scale, u64 seed);

  AgentId people() const override { return planned_.plan.first_person.back(); }
  u32 places() const override { return planned_.plan.first_place.back(); }
  u32 neighborhoods() const override { return planned_.plan.neighborhoods; }
  AgentId first_person(u32 h) const override { return planned_.plan.first_person[h]; }
  u32 first_place(u32 h) const override { return planned_.plan.first_place[h]; }
  u8 borough_of(u32 h) const override { return tables_.neighborhoods[h].borough; }
  std::span<const BoroughLabel> boroughs() const override { return boroughs_; }
  std::span<const NeighborhoodLabel> neighborhood_labels() const override { return neighborhoods_; }
  std::span<const SectorLabel> sectors() const override { return sectors_; }
  double outsider_share(u8 borough) const override { return planned_.plan.outsider_share[borough]; }
  double mixing_weight(u32 h, u32 k) const override;
  void build_people(u32 h_begin, u32 h_end, PeopleSpans out) const override;
  void build_places(u32 h_begin, u32 h_end, PlaceSpans out) const override;

  const CityTables& tables() const { return tables_; }
  const CityPlan& plan() const { return planned_.plan; }
  const CityTargets& targets() const { return planned_.targets; }
  double scale() const { return scale_; }

 private:
  CityTables tables_;
  double scale_;
  PlannedCity planned_;
  std::vector<BoroughLabel> boroughs_;
  std::vector<NeighborhoodLabel> neighborhoods_;
  std::vector<SectorLabel> sectors_;
};

/// Columns of a range of a population, owned: for tests, reports, and whoever has no columns of
/// their own.
struct BuiltPopulation {
  BuiltPopulation(const PopulationSource& source, u32 h_begin, u32 h_end);
  explicit BuiltPopulation(const PopulationSource& source)
      : BuiltPopulation(source, 0, source.neighborhoods()) {}
  PeopleSpans people();
  PlaceSpans places();

  std::vector<u8> age, sex, household_position, household_size, income_band, sector, contact_rate;
  std::vector<u16> neighborhood;
  std::vector<u32> place;
  std::vector<u16> place_neighborhood, siblings;
  std::vector<u8> type, place_sector;
  std::vector<u32> first_sibling;
};

}  // namespace throng
