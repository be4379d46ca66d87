// A row as each phase shows it: what is possible with it there is what it offers.
#pragma once
#include <span>
#include <utility>
#include <vector>

#include "sim/handles.h"
#include "sim/trace.h"

namespace throng {

class LoopBase;

/// One row in a loop: itself, and nothing else.
class SeenRow {
 public:
  SeenRow(const Kind& kind, Row row, int thread) : kind_(&kind), row_(row), thread_(thread) {}
  template <class T>
  const T& operator[](const Reads<T>& column) const {
    return column.at(row_);
  }
  AgentId id() const { return kind_->partition().id_of(row_); }
  Row row() const { return row_; }
  int thread() const { return thread_; }
  const Kind& kind() const { return *kind_; }

 protected:
  const Kind* kind_;
  Row row_;
  int thread_;
};

/// A row in sight of another.
class Neighbor {
 public:
  Neighbor(const Ghosts& ghosts, Place place) : ghosts_(&ghosts), place_(place) {}
  template <class T>
  T operator[](const Sights<T>& column) const {
    return place_.is_ghost() ? reinterpret_cast<const T*>(column.ghosts_->values())[place_.index()]
                             : column.mine_[place_.index()];
  }
  AgentId id() const {
    return place_.is_ghost() ? ghosts_->id_of(place_.index())
                             : ghosts_->kind().partition().id_of(place_.index());
  }

 private:
  const Ghosts* ghosts_;
  Place place_;
};

/// A row in sight of another in a space.
class Nearby {
 public:
  Nearby(const CellLists& lists, u32 at, double dx, double dy)
      : lists_(&lists), at_(at), dx_(dx), dy_(dy) {}
  template <class T>
  T operator[](const SightsAround<T>& column) const {
    return reinterpret_cast<const T*>(column.column_->values.data())[at_];
  }
  AgentId id() const { return lists_->id(at_); }
  /// From the row that looks to this one, the shortest way.
  double dx() const { return dx_; }
  double dy() const { return dy_; }
  double distance_squared() const { return dx_ * dx_ + dy_ * dy_; }

 private:
  const CellLists* lists_;
  u32 at_;
  double dx_, dy_;
};

/// All rows in sight of one, in order of id.
class Around {
 public:
  using Hit = Vicinity::Hit;
  class Iterator {
   public:
    Iterator(const CellLists* lists, const Hit* hit) : lists_(lists), hit_(hit) {}
    Nearby operator*() const { return {*lists_, hit_->at, hit_->dx, hit_->dy}; }
    Iterator& operator++() {
      ++hit_;
      return *this;
    }
    bool operator!=(const Iterator& o) const { return hit_ != o.hit_; }

   private:
    const CellLists* lists_;
    const Hit* hit_;
  };
  Around(const CellLists& lists, std::span<const Hit> hits) : lists_(&lists), hits_(hits) {}
  Iterator begin() const { return {lists_, hits_.data()}; }
  Iterator end() const { return {lists_, hits_.data() + hits_.size()}; }
  std::size_t size() const { return hits_.size(); }
  bool empty() const { return hits_.empty(); }

 private:
  const CellLists* lists_;
  std::span<const Hit> hits_;
};

class ObserveRow : public SeenRow {
 public:
  /// Keeps what one found until the end of the substep.
  template <class T>
  void set(const Finds<T>& column, T value) const {
    column.data_[row_] = value;
    (*column.found_)[static_cast<std::size_t>(thread_)].rows.push_back(row_);
  }

 private:
  friend class LoopBase;
  ObserveRow(Kind& kind, Row row, int thread) : SeenRow(kind, row, thread) {}
};

/// A row that will be born at the end of the substep. Columns it is not given keep their initial
/// values; a fixed column must be given.
class Newborn {
 public:
  template <class T>
  Newborn& set(const Gives<T>& column, std::type_identity_t<T> value) {
    expects(column.to_ == turnover_, "a newborn is given values of its own kind's columns");
    turnover_->set(thread_, birth_, *column.column_, &value, sizeof(T));
    return *this;
  }

 private:
  friend class ActRow;
  Newborn(Turnover& turnover, int thread, u32 birth)
      : turnover_(&turnover), thread_(thread), birth_(birth) {}
  Turnover* turnover_;
  int thread_;
  u32 birth_;
};

class ActRow : public SeenRow {
 public:
  /// Changes one's own state; counts, lists, dates and the content hash follow.
  template <class T>
  void set(const Writes<T>& column, T value) const {
    T& cell = column.data_[row_];
    const u64 before = bits_of(cell), after = bits_of(value);
    if (before == after) {
      return;
    }
    auto& kind = const_cast<Kind&>(*kind_);
    const u32 slice = kind.slices().of(row_);
    const AgentId me = id();
    kind.changed(slice, column.hash_(me, after) - column.hash_(me, before));
    cell = value;
    if (column.labels_ != nullptr) {
      column.labels_->moved(slice, row_, static_cast<u8>(before), static_cast<u8>(after));
    }
    if (column.dates_ != nullptr) {
      column.dates_->set(slice, row_, static_cast<StoredStep>(after));
    }
    column.changed(slice, row_);
    if (tracer_ != nullptr) {
      tracer_->changed(kind, me, *column.info_, before, after);
    }
  }
  /// Asks to be gone after this substep. Asking twice is asking once.
  void die(const Dies& death) const { death.turnover_->die(thread_, row_); }
  /// Asks for a row that is there after this substep, on this row's rank or, where its kind moves
  /// in a space, where its place is.
  Newborn bear(const Bears& birth) const {
    Turnover& t = *birth.turnover_;
    return {t, thread_,
            t.bear(thread_, {.kind = kind_->tag(),
                             .parent = id(),
                             .behavior = order_ >> 16,
                             .loop = order_ & 0xFFFF})};
  }
  /// Adds to a tally: counted for the record, read by no row.
  void count(const Tallies& tally, u32 index, i64 n = 1) const { tally.add(thread_, index, n); }
  /// Adds to a counter that replicated rows read in later substeps.
  void count(const AddsLater& counter, Row of, i64 n = 1) const { counter.add(thread_, of, n); }
  /// Writes an event down for the recorders.
  template <class R>
  void log(const Logs<R>& event, const R& record) const {
    event.add(thread_, record);
  }

 private:
  friend class LoopBase;
  ActRow(Kind& kind, Row row, int thread, Tracer* tracer, u32 order)
      : SeenRow(kind, row, thread), order_(order), tracer_(tracer) {}
  u32 order_;  // behavior and loop, for births
  Tracer* tracer_;
};

class DecideRow : public SeenRow {
 public:
  template <class T>
  void set(const Decides<T>& column, T value) const {
    T& cell = column.data_[row_];
    const u64 before = bits_of(cell), after = bits_of(value);
    auto& kind = const_cast<Kind&>(*kind_);
    const AgentId me = id();
    const u32 slice = kind.slices().of(row_);
    kind.changed(slice, column.hash_(me, after) - column.hash_(me, before));
    cell = value;
    column.changed(slice, row_);
    if (tracer_ != nullptr && before != after) {
      tracer_->changed(kind, me, *column.info_, before, after);
    }
  }

 private:
  friend class LoopBase;
  DecideRow(Kind& kind, Row row, int thread, Tracer* tracer)
      : SeenRow(kind, row, thread), tracer_(tracer) {}
  Tracer* tracer_;
};

}  // namespace throng
