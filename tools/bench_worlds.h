// The small worlds of `throng bench`: motion beside a loop by hand, births and deaths beside the
// rest of a step, a grid beside memory.
#pragma once
#include <string>
#include <vector>

#include "sim/types.h"

namespace throng::bench {

/// A flock flown by the engine, and by a loop written for it alone, from the same places in turn.
struct FlockTimes {
  std::vector<double> step_s;   ///< of the engine: a whole step, its cell lists made
  std::vector<double> lists_s;  ///< by hand: the same cell lists
  std::vector<double> loop_s;   ///< by hand: all neighbors, and all birds moved
  double neighbors = 0;         ///< mean number in sight
  double difference = 0;        ///< largest of velocities between both [of the highest speed]
  static constexpr double same = 1e-9;  ///< sums in another order differ by less
};
FlockTimes fly(AgentId birds, double neighbors, int turns);

/// Where the time of wolves, sheep and grass goes.
struct TurnoverTimes {
  double step_s = 0, turnover_s = 0;  ///< all steps; births, deaths and moves between ranks in them
  double animals = 0, births = 0,
         deaths = 0;    ///< mean of a step; births and deaths on one rank only
  std::string problem;  ///< empty when it went well
  double share() const { return turnover_s / step_s; }
};
/// On this process's threads; or on ranks of one thread each, processes of their own.
TurnoverTimes breed(AgentId animals, Step steps, int ranks);

/// Steps of a town of households, full to 95 %, who want 3 of 10 alike.
struct TownTimes {
  i64 sites = 0;
  std::vector<double> first_s, rest_s;  ///< [step]: of a mixed town; of one where all are content
  std::vector<double> stream_s;         ///< two columns read and the third written, nothing else
  i64 unhappy = 0;                      ///< in the last step at rest
};
TownTimes settle(i64 sites, int steps);

}  // namespace throng::bench
