// Where people live and work, as the same small tables on every rank.
#pragma once
#include <string>
#include <vector>

#include "sim/types.h"

namespace throng::person {

struct Geography {
  std::vector<std::string> boroughs;
  std::vector<std::string> neighborhoods;  ///< codes
  std::vector<u8> borough_of;              ///< [neighborhood]
  std::vector<AgentId>
      first_person;              ///< [neighborhood + 1]: ids are blocks in order of neighborhood
  std::vector<u32> first_place;  ///< [neighborhood + 1]: the same for places
  std::vector<double> mixing;    ///< [home x other]: pure distance weight of community contacts
  std::vector<u32> first_team, teams;  ///< [neighborhood]: place ids of its teams, consecutive
  std::vector<std::string> sectors;    ///< codes
  std::vector<double> telework;        ///< [sector]: share of jobs that can be done from home
  std::vector<double> outsiders;       ///< [borough]: share of team slots taken by in-commuters
  std::vector<i64> people_of_borough;
  std::vector<u8> type_of_place;  ///< [place]
  u32 count() const { return static_cast<u32>(borough_of.size()); }
};

}  // namespace throng::person
