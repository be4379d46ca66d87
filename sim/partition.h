// Which rank a row lives on, and where there. Identity and position are kept apart: a result may
// depend on the id only, so every test runs on several partitions and expects the same bits.
#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "sim/error.h"
#include "sim/permutation.h"
#include "sim/types.h"

namespace throng {

class Partition {
 public:
  /// Ids [bounds[r], bounds[r+1]) live on rank r, in order: what geography gives.
  static Partition blocks(std::vector<AgentId> bounds, Rank me) {
    Partition p;
    p.rank_ = me;
    p.ranks_ = static_cast<u32>(bounds.size() - 1);
    p.first_ = bounds[static_cast<std::size_t>(me)];
    p.count_ = bounds[static_cast<std::size_t>(me) + 1] - p.first_;
    p.total_ = bounds.back();
    p.bounds_ = std::move(bounds);
    return p;
  }
  /// Row i on rank i mod n: nobody stays at home, so nothing hides behind locality.
  static Partition scatter(AgentId total, int ranks, Rank me) {
    Partition p;
    p.rank_ = me;
    p.ranks_ = static_cast<u32>(ranks);
    p.first_ = static_cast<AgentId>(me);
    p.count_ = total > p.first_ ? (total - p.first_ - 1) / p.ranks_ + 1 : 0;
    p.total_ = total;
    p.scattered_ = true;
    return p;
  }
  /// Every rank has all rows.
  static Partition replicated(AgentId total) {
    Partition p;
    p.count_ = p.total_ = total;
    p.bounds_ = {0, total};
    p.replicated_ = true;
    return p;
  }
  /// The same rows on the same ranks, in a keyed random order. Replicated rows stay in order of id:
  /// their id is how columns and sums point at them.
  Partition shuffled(u64 key) const {
    Partition p = *this;
    if (replicated_) {
      return p;
    }
    p.order_.emplace(p.count_, key + static_cast<u64>(p.rank_));
    return p;
  }

  bool is_replicated() const { return replicated_; }
  AgentId total() const { return total_; }
  Row count() const { return count_; }
  /// True when rows are ids less the first one.
  bool is_contiguous() const { return !scattered_ && !order_; }
  AgentId first() const { return first_; }

  Rank rank_of(AgentId id) const {
    if (replicated_) {
      return rank_;
    }
    if (scattered_) {
      return static_cast<Rank>(id % ranks_);
    }
    if (id - first_ < count_) {
      return rank_;
    }
    return static_cast<Rank>(std::upper_bound(bounds_.begin(), bounds_.end(), id) -
                             bounds_.begin()) -
           1;
  }
  bool is_mine(AgentId id) const {
    return replicated_ || (scattered_ ? rank_of(id) == rank_ : id - first_ < count_);
  }
  /// The row of an id that is mine.
  Row row_of(AgentId id) const {
    const Row r = scattered_ ? id / ranks_ : id - first_;
    return order_ ? (*order_)(r) : r;
  }
  AgentId id_of(Row row) const {
    const Row r = order_ ? order_->inverse(row) : row;
    return scattered_ ? r * ranks_ + first_ : first_ + r;
  }

 private:
  Partition() = default;
  std::vector<AgentId> bounds_;
  std::optional<Permutation> order_;
  AgentId first_ = 0, total_ = 0;
  Row count_ = 0;
  u32 ranks_ = 1;
  Rank rank_ = 0;
  bool scattered_ = false, replicated_ = false;
};

}  // namespace throng
