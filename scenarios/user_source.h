// A population of a user's own files in the form that a run takes, and the way from ids as written
// to agents and back. Not the reading of the files (user_files.h).
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "scenarios/city/built.h"
#include "scenarios/user_files.h"
#include "sim/network.h"

namespace throng {

/// Agents are ordered by (neighborhood, household, id as written): members of a household have
/// consecutive ids, and a neighborhood is a block of them. Neighborhoods stand in the order of
/// their names, households in that of their ids, before people without one. Places are ordered by
/// (neighborhood; school, work, other; id as written): a school is a class, a workplace a team, and
/// any other place quarters.
///
/// Where the files leave something open:
///   age            35, an adult; more than 100 is told as 100
///   sex            other
///   neighborhood   that of the other members of the household, or else "none", which stands last;
///                  where nothing names a neighborhood, all is one, "all"
///   household      lives alone
///   place          none; a place of unknown kind is a workplace
///   neighborhood   of a place: the commonest of its members, the first of them where several are;
///                  the very first where it has no members
/// Files say nothing of these: one borough "all", nobody from outside, no sector, the middle income
/// band, 20 community contacts a day, spread over all neighborhoods by their people alone.
class UserSource : public PopulationSource {
 public:
  /// `population` as read_user_population() gives it: at most 255 people in a household, all of one
  /// neighborhood.
  explicit UserSource(UserPopulation population);

  AgentId people() const override { return first_person_.back(); }
  u32 places() const override { return first_place_.back(); }
  u32 neighborhoods() const override { return static_cast<u32>(neighborhoods_.size()); }
  AgentId first_person(u32 h) const override { return first_person_[h]; }
  u32 first_place(u32 h) const override { return first_place_[h]; }
  u8 borough_of(u32) const override { return 0; }
  std::span<const BoroughLabel> boroughs() const override { return {&borough_, 1}; }
  std::span<const NeighborhoodLabel> neighborhood_labels() const override { return neighborhoods_; }
  std::span<const SectorLabel> sectors() const override { return {}; }
  double outsider_share(u8) const override { return 0; }
  double mixing_weight(u32, u32) const override { return 1; }
  void build_people(u32 h_begin, u32 h_end, PeopleSpans out) const override;
  void build_places(u32 h_begin, u32 h_end, PlaceSpans out) const override;

  /// `index` is the place of a person in UserPopulation::people.
  AgentId agent_of(std::size_t index) const { return agent_of_[index]; }
  /// no_agent for an id that no person has.
  AgentId agent_with(i64 file_id) const;
  i64 file_id_of(AgentId agent) const { return population_.people.id[person_of_[agent]]; }
  i64 file_id_of_place(u32 place) const { return population_.places.id[place_of_[place]]; }

  /// The contacts of the file of edges, in order of (source, target), both ways unless `directed`;
  /// of weight 1 where the file gives none. A contact both ways and a directed row about it add up;
  /// two rows of one sort about one contact were refused.
  std::vector<Edges::Edge> edges() const;

 private:
  void settle_neighborhoods();
  void order_people();
  void find_households();
  void order_places();
  std::vector<u32> neighborhoods_of_places() const;

  UserPopulation population_;
  BoroughLabel borough_{"all", "all"};
  std::vector<NeighborhoodLabel> neighborhoods_;
  std::vector<AgentId> first_person_;
  std::vector<u32> first_place_;
  std::vector<u32> person_of_;       // [agent]: index into population_.people
  std::vector<AgentId> agent_of_;    // [index into population_.people]
  std::vector<u32> place_of_;        // [place]: index into population_.places
  std::vector<u32> place_at_;        // [index into population_.places]
  std::vector<u32> home_of_place_;   // [place]: neighborhood
  std::vector<u8> position_, size_;  // [agent]: in the household
};

/// People listed in a CSV file of one column, id, in the order of the file. Throws ReadError with
/// every mistake: ids that nobody has, ids listed twice.
std::vector<AgentId> read_people_list(const std::filesystem::path& path, const UserSource& source);

/// The column of such a file, for documentation.
std::vector<CsvColumn> people_list_columns();

}  // namespace throng
