// Networks: who can be addressed through what. A group's roster is known to the group's owner only;
// a sender names the group and a random word, and the owner resolves them to a member.
#pragma once
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "sim/chance.h"
#include "sim/communicator.h"
#include "sim/kind.h"
#include "sim/types.h"

namespace throng {

inline constexpr u32 no_group = 0xFFFFFFFF;

/// Groups (classes, teams, neighborhoods) whose members are rows of another kind. Rows of the kind
/// `groups` own the rosters; members stand in order of (weight, id), so a roster is the same on
/// every partition.
class Groups {
 public:
  /// `group_of[row]`: each member's group (no_group: none). `weight_of[row]`, when given, makes
  /// weighted() choose members in proportion to it (0 to 255). Collective.
  static Groups build(const Communicator& world, const Kind& members, const Kind& groups,
                      std::span<const u32> group_of, std::span<const u8> weight_of = {});
  /// As above for groups numbered by u16 (neighborhoods).
  static Groups build(const Communicator& world, const Kind& members, const Kind& groups,
                      std::span<const u16> group_of, std::span<const u8> weight_of);
  /// Makes sibling(): rows of a group's siblings are [first_sibling[row], + siblings[row]), ids of
  /// groups that must live on one rank in consecutive rows.
  void set_siblings(std::span<const u32> first_sibling, std::span<const u16> siblings);

  const Kind& groups() const { return *groups_; }
  const Kind& members() const { return *members_; }
  std::span<const AgentId> roster(Row group) const {
    return {roster_.data() + at_[group], roster_.data() + at_[group + 1]};
  }
  u32 size(Row group) const { return static_cast<u32>(at_[group + 1] - at_[group]); }
  /// Sum of weights of a group (its size when unweighted).
  u64 total_weight(Row group) const {
    return weighted_ ? cumulative_[std::size_t{group} * 257 + 256] : size(group);
  }

  /// A uniformly chosen member other than `from`. Where there are fewer others than `slots`, each
  /// keeps one slot and the empty ones give no_agent.
  AgentId other(Row group, u32 word, AgentId from, u32 slots = 1) const {
    return pick(roster(group), word, from, slots);
  }
  /// The same among the members of the group and its siblings.
  AgentId sibling(Row group, u32 word, AgentId from, u32 slots = 1) const {
    const Row first = first_sibling_[group];
    return pick({roster_.data() + at_[first], roster_.data() + at_[first + siblings_[group]]}, word,
                from, slots);
  }
  /// A uniformly chosen member, for a sender who is none; no_agent when there is none.
  AgentId any(Row group, u32 word) const {
    const auto all = roster(group);
    return all.empty() ? no_agent : all[below(word, static_cast<u32>(all.size()))];
  }
  /// A member chosen in proportion to weight; no_agent when it is `from` itself or nobody has
  /// weight.
  AgentId weighted(Row group, u32 word, AgentId from) const {
    const u64 k = weighted_slot(group, word);
    return k == no_slot || roster_[k] == from ? no_agent : roster_[k];
  }
  /// Brings closer to the processor what a later choice in this group will read.
  void prefetch(Row group) const { __builtin_prefetch(&at_[group]); }
  void prefetch_member(Row group, u32 word, bool by_weight) const {
    const u64 k = by_weight ? weighted_slot(group, word)
                            : at_[group] + below(word, std::max(1u, size(group)));
    if (k < roster_.size()) {
      __builtin_prefetch(&roster_[k]);
    }
  }
  /// Of who is in which group, in which order: a sum over the groups of this rank.
  u64 hash() const;
  std::size_t bytes() const {
    return roster_.size() * sizeof(AgentId) + at_.size() * sizeof(u32) + cumulative_.size() * 4;
  }

 private:
  template <class G>
  static Groups make(const Communicator& world, const Kind& members, const Kind& groups,
                     std::span<const G> group_of, std::span<const u8> weight_of);
  static AgentId pick(std::span<const AgentId> among, u32 word, AgentId self, u32 slots);
  static constexpr u64 no_slot = ~u64{0};
  u64 weighted_slot(Row group, u32 word) const;
  const Kind *members_ = nullptr, *groups_ = nullptr;
  std::vector<u32> at_;  // members are fewer than ids
  std::vector<AgentId> roster_;
  std::vector<u32> cumulative_;  // [group x 257]: summed weight of the members lighter than w
  std::vector<u32> start_;       // [group x 257]: number of members lighter than w
  std::vector<u8>
      guide_;  // [group x 256]: weight at which to begin looking, by the word's first byte
  std::vector<Row> first_sibling_;
  std::vector<u16> siblings_;
  bool weighted_ = false;
};

/// Groups whose members have consecutive ids (households): addressed by arithmetic, no roster.
struct Consecutive {
  AgentId first = 0;
  u32 position = 0, size = 1;
  /// The k-th of the others, k < size - 1.
  AgentId other(u32 k) const { return first + k + (k >= position ? 1u : 0u); }
};

/// Weighted directed edges out of this rank's rows, in order of target id.
class Edges {
 public:
  struct Edge {
    AgentId source, target;
    double weight;
  };
  /// Keeps the edges whose source lives here; `all` may hold edges of other ranks too.
  Edges(const Kind& kind, std::span<const Edge> all);
  Edges() = default;

  bool empty() const { return target_.empty(); }
  u32 degree(Row row) const { return empty() ? 0 : static_cast<u32>(at_[row + 1] - at_[row]); }
  std::span<const AgentId> targets(Row row) const {
    return {target_.data() + at_[row], degree(row)};
  }
  /// Weight of the k-th edge of a row.
  double weight(Row row, u32 k) const {
    return cumulative_[at_[row] + k] - (k == 0 ? 0.0 : cumulative_[at_[row] + k - 1]);
  }
  /// Sum of the weights of a row.
  double strength(Row row) const { return degree(row) == 0 ? 0.0 : cumulative_[at_[row + 1] - 1]; }
  /// Of all edges with their weights: a sum over the sources of this rank.
  u64 hash() const;
  /// A target chosen in proportion to weight.
  AgentId choose(Row row, double u) const;

 private:
  const Kind* sources_ = nullptr;
  std::vector<u64> at_;
  std::vector<AgentId> target_;
  std::vector<double> cumulative_;  // per row, the weights up to and with edge k, added in order
};

}  // namespace throng
