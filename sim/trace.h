// Watching one row: what it drew, changed and told. A run with a tracer has the same bits.
#pragma once
#include <string_view>

#include "sim/chance.h"
#include "sim/column.h"
#include "sim/kind.h"
#include "sim/network.h"

namespace throng {

struct Member;

/// Called for every row while it stands in SimulationOptions::tracer; picks out what it watches.
/// `begin` is called by one thread, while no other works. The others are called by all threads of a
/// phase at once and in no order: one that keeps anything guards it, or runs on one thread.
class Tracer {
 public:
  virtual ~Tracer() = default;
  virtual void begin(Step now, std::string_view substep, std::string_view behavior,
                     std::string_view phase) = 0;
  virtual void drew(const Kind& kind, const Counter& counter, std::string_view draw,
                    const Words& words) = 0;
  virtual void changed(const Kind& kind, AgentId id, const ColumnInfo& column, u64 before,
                       u64 after) = 0;
  virtual void told(const Kind& by, AgentId from, const Kind& whom, AgentId to,
                    std::string_view observation) = 0;
  virtual void told_group(const Kind& by, AgentId from, const Member& to,
                          std::string_view observation) = 0;
  /// At the end of a substep, by one thread: who was born to whom, and who died.
  virtual void born(const Kind& kind, AgentId id, KindTag parent_kind, AgentId parent) = 0;
  virtual void died(const Kind& kind, AgentId id) = 0;
};

}  // namespace throng
