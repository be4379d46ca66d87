// Inside of ask.*: one epoch of a decision.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "sim/ask.h"

namespace throng {

/// What an archetype remembers of a share is a digit to this base: none, then [0, 10 %) to 100 %.
inline constexpr u32 tenths = 12;

/// One epoch: what is asked, and what came of it.
struct ArchetypeDecision::Batch {
  Step epoch = 0;
  std::vector<u16> values;   // [question x feature]; those of audits last
  std::vector<u64> mass;     // [question]
  std::vector<AgentId> who;  // [question], or empty
  std::vector<u32> of;       // [question]: archetype
  std::vector<u32> lattice;  // [archetype]
  std::vector<u64> rows;     // [archetype]
  std::size_t audits = 0;
  std::vector<Answer> answers;
  std::vector<u32> share;     // [archetype]
  std::vector<Rung> rung;     // [archetype]
  std::vector<u32> left_out;  // [archetype]: personas that count no more
  std::size_t asked() const { return of.size() - audits; }
  /// Whether a question's archetype does without it.
  bool does_without(std::size_t q) const {
    return answers[q].rung == Rung::none && left_out[of[q]] > 0;
  }
  /// Of an archetype: all where it acts on a fallback, the part of personas that are left out.
  u64 degraded(u32 a, u32 personas) const {
    return rung[a] > Rung::cassette ? rows[a] : (rows[a] * left_out[a] + personas - 1) / personas;
  }
};

/// What a run that goes on from the middle of a lag needs: columns of the kind of the archetypes.
struct ArchetypeDecision::Slots {
  std::vector<u64> rows;            // [archetype]
  std::vector<u32> who, own, told;  // [single row that is asked]: personas, then audits
};

}  // namespace throng
