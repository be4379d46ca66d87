// The form in which a synthetic population is handed to a run: columns of people and of their
// daytime places, filled for any range of neighborhoods. Not the synthesis itself (city.h, town.h).
#pragma once
#include <span>
#include <string>

#include "sim/types.h"

namespace throng {

/// The value of `place` of a person without a daytime place.
inline constexpr u32 no_place = 0xFFFFFFFF;
/// The value of `sector` of a person without work, or of a place that is not a team.
inline constexpr u8 no_sector = 255;

enum class PlaceType : u8 { school_class, team, quarters };

/// Columns of people, indexed by (person id - first id of the range).
struct PeopleSpans {
  std::span<u8> age;                 ///< whole years, 0..100
  std::span<u8> sex;                 ///< 0 female, 1 male, 2 other or not told
  std::span<u16> neighborhood;       ///< of residence
  std::span<u8> household_position;  ///< 0 .. household_size - 1; members have consecutive ids
  std::span<u8> household_size;      ///< 1 to 255; 1 for people in group quarters
  std::span<u8> income_band;         ///< 0 (lowest) .. 4, one per household
  std::span<u8> sector;  ///< index into sectors(); also of those who work outside; or no_sector
  std::span<u8> contact_rate;  ///< community contacts, units of half a contact per day
  std::span<u32> place;        ///< id of the one daytime place, or no_place
};

/// Columns of places, indexed by (place id - first id of the range).
struct PlaceSpans {
  std::span<u16> neighborhood;
  std::span<u8> type;  ///< PlaceType
  std::span<u8> sector;
  std::span<u32>
      first_sibling;        ///< first place of the grade, establishment or facility it belongs to
  std::span<u16> siblings;  ///< their number, itself included; their ids are consecutive
};

struct BoroughLabel {
  std::string code, name;
};
struct NeighborhoodLabel {
  std::string code, name;
  double latitude = 0, longitude = 0;  ///< centroid [degrees]
};
struct SectorLabel {
  std::string code, name;
  double telework_share = 0;  ///< share of the jobs that can be done from home
};

/// A population that can be built piece by piece. Ids of people and of places are blocks in order
/// of neighborhood. The constructor of a derived class makes the plan: integers, equal on every
/// rank.
class PopulationSource {
 public:
  virtual ~PopulationSource() = default;

  virtual AgentId people() const = 0;
  virtual u32 places() const = 0;
  virtual u32 neighborhoods() const = 0;
  /// First id of neighborhood h; first_person(neighborhoods()) is people(). Likewise first_place.
  virtual AgentId first_person(u32 h) const = 0;
  virtual u32 first_place(u32 h) const = 0;
  virtual u8 borough_of(u32 h) const = 0;

  virtual std::span<const BoroughLabel> boroughs() const = 0;
  virtual std::span<const NeighborhoodLabel> neighborhood_labels() const = 0;
  virtual std::span<const SectorLabel> sectors() const = 0;

  /// Share of the places in the borough's teams that in-commuters fill, who are not people here.
  virtual double outsider_share(u8 borough) const = 0;
  /// Distance decay of community contacts between neighborhoods: 1 at no distance, symmetric.
  virtual double mixing_weight(u32 h, u32 k) const = 0;

  /// Fill the rows of neighborhoods [h_begin, h_end): the same values however ranges are cut and on
  /// any number of threads. The spans have exactly the rows of the range.
  virtual void build_people(u32 h_begin, u32 h_end, PeopleSpans out) const = 0;
  virtual void build_places(u32 h_begin, u32 h_end, PlaceSpans out) const = 0;
};

}  // namespace throng
