// Which rank a row lives on, and where there. Identity and position are kept apart: a result may
// depend on the id only, so every test runs on several partitions and expects the same bits.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/id_map.h"
#include "sim/permutation.h"
#include "sim/types.h"

namespace throng {

inline constexpr Row no_row = 0xFFFFFFFF;

/// Rows that come, go and move between ranks, listed one by one. Ids count up and are never given
/// twice. Where a row of another rank lives is known to its home, rank id mod ranks.
struct RowList {
  std::vector<AgentId> ids;  ///< [row]
  IdMap rows;                ///< of my ids
  /// Of ids whose home is here: the rank they live on, when it is another.
  IdMap elsewhere;
  /// Of ids met in sight: the rank they live on, until rows come, go or move again.
  IdMap met;
  Row capacity = 0;
};

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

  /// The same rows on the same ranks, but from now on they may come, go and move: at most
  /// `capacity` of them on this rank. Space for so many is reserved, not used.
  Partition listed(Row capacity) const {
    std::vector<AgentId> mine(count_);
    for (Row r = 0; r < count_; ++r) {
      mine[r] = id_of(r);
    }
    return listed(std::move(mine), total_, capacity, static_cast<int>(ranks_), rank_);
  }
  /// The rows `mine` live on this rank; `next` is the first id that was never given.
  static Partition listed(std::vector<AgentId> mine, AgentId next, Row capacity, int ranks,
                          Rank me) {
    Partition p;
    p.rank_ = me;
    p.ranks_ = static_cast<u32>(ranks);
    p.count_ = static_cast<Row>(mine.size());
    p.total_ = next;
    p.list_.emplace();
    p.list_->capacity = capacity;
    p.list_->rows.reserve(mine.size());
    for (Row r = 0; r < p.count_; ++r) {
      ensures(mine[r] < next && p.list_->rows.find(mine[r]) == IdMap::none,
              "listed rows have ids of their own below the next free one");
      p.list_->rows.put(mine[r], r);
    }
    p.list_->ids = std::move(mine);
    ensures(p.count_ <= capacity, "there is room for the rows that are there");
    return p;
  }

  bool is_replicated() const { return replicated_; }
  /// True when rows come, go and move.
  bool is_listed() const { return list_.has_value(); }
  /// Rows there is room for.
  Row capacity() const { return list_ ? list_->capacity : count_; }
  /// Ids are below this one. Of listed rows: the next that is given.
  AgentId total() const { return total_; }
  Row count() const { return count_; }
  /// True when rows are ids less the first one.
  bool is_contiguous() const { return !scattered_ && !order_ && !list_; }
  AgentId first() const { return first_; }

  /// Where a row lives. Of a listed row: where it lives as far as this rank knows, else its home,
  /// which knows.
  Rank rank_of(AgentId id) const {
    if (replicated_) {
      return rank_;
    }
    if (list_) {
      if (list_->rows.find(id) != IdMap::none) {
        return rank_;
      }
      const u32 met = list_->met.find(id);
      return met != IdMap::none ? static_cast<Rank>(met) : home_of(id);
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
    if (list_) {
      return list_->rows.find(id) != IdMap::none;
    }
    return replicated_ || (scattered_ ? rank_of(id) == rank_ : id - first_ < count_);
  }
  /// The row of an id, or no_row when it is not mine.
  Row find(AgentId id) const {
    static_assert(no_row == IdMap::none);
    return list_ ? list_->rows.find(id) : is_mine(id) ? row_of(id) : no_row;
  }
  /// The rank that knows where a listed row lives.
  Rank home_of(AgentId id) const { return static_cast<Rank>(id % ranks_); }
  /// At a row's home: the rank it lives on, or -1 when it is dead.
  Rank whereabouts(AgentId id) const {
    if (list_->rows.find(id) != IdMap::none) {
      return rank_;
    }
    return static_cast<Rank>(list_->elsewhere.find(id));
  }
  /// The row of an id that is mine.
  Row row_of(AgentId id) const {
    if (list_) {
      return list_->rows.find(id);
    }
    const Row r = scattered_ ? id / ranks_ : id - first_;
    return order_ ? (*order_)(r) : r;
  }
  /// Whether rows after each other have ids after each other.
  bool in_order() const { return !list_ && !order_ && !scattered_; }
  AgentId id_of(Row row) const {
    if (list_) {
      return list_->ids[row];
    }
    const Row r = order_ ? order_->inverse(row) : row;
    return scattered_ ? r * ranks_ + first_ : first_ + r;
  }

 private:
  friend class Kind;
  Partition() = default;
  std::vector<AgentId> bounds_;
  std::optional<Permutation> order_;
  std::optional<RowList> list_;
  AgentId first_ = 0, total_ = 0;
  Row count_ = 0;
  u32 ranks_ = 1;
  Rank rank_ = 0;
  bool scattered_ = false, replicated_ = false;
};

}  // namespace throng
