// The engine's small vocabulary: identities, steps, ranks.
#pragma once
#include <cstdint>
#include <limits>

namespace throng {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

/// Identity of a row within its kind, the same on every partition. Not a position in memory.
using AgentId = u32;
/// Position of a row on its rank; changes with the partition, so it never enters a result.
using Row = u32;
/// Number of a step; step 0 is the state before the first one.
using Step = u32;
using Rank = int;

inline constexpr AgentId no_agent = std::numeric_limits<AgentId>::max();

/// How dates are stored in a column: two bytes. A run has at most `last_step` steps.
using StoredStep = u16;
inline constexpr StoredStep never = std::numeric_limits<StoredStep>::max();
inline constexpr Step last_step = never - 1;

}  // namespace throng
