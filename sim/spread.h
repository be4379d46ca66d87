// How rows are split over ranks where nothing about them says who belongs together.
#pragma once
#include <vector>

#include "sim/communicator.h"
#include "sim/partition.h"

namespace throng {

struct Spread {
  enum class Over : u8 { blocks, scatter };
  Over over = Over::blocks;
  u64 shuffle = 0;  ///< not 0: rows stand in a keyed random order, for tests

  Partition operator()(const Communicator& world, AgentId total) const {
    const auto cut = [&](int rank) {
      return static_cast<AgentId>(u64{total} * static_cast<u64>(rank) /
                                  static_cast<u64>(world.size()));
    };
    std::vector<AgentId> bounds;
    for (int r = 0; r <= world.size(); ++r) {
      bounds.push_back(cut(r));
    }
    const Partition whole = over == Over::scatter
                                ? Partition::scatter(total, world.size(), world.rank())
                                : Partition::blocks(std::move(bounds), world.rank());
    return shuffle == 0 ? whole : whole.shuffled(shuffle);
  }
};

}  // namespace throng
