// What a scientist writes: behaviors in three phases, and the handles that are their only way to
// touch anything.
//
//   look around in `observe`, think alone in `decide`, change yourself in `act`.
//
// The types carry the law: only a row of `act` has set() for state, only a row of `decide` for
// decisions, only a row of `observe` for findings; only `observe` can look at others, tell and
// claim; only a row of `act` can die and bear; and a row offers nothing but itself.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/chance.h"
#include "sim/claim.h"
#include "sim/message.h"
#include "sim/population.h"
#include "sim/sight.h"
#include "sim/tally.h"
#include "sim/trace.h"
#include "sim/turnover.h"

namespace throng {

class Binder;
class Simulation;

// ---- handles ------------------------------------------------------------------------------------

/// Permission to read a column of one's own kind.
template <class T>
class Reads {
 public:
  explicit operator bool() const { return data_ != nullptr; }

 protected:
  friend class Binder;
  friend class SeenRow;
  friend class LoopBase;
  template <class RowType>
  friend class Block;
  const T& at(Row row) const { return data_[row]; }
  T* data_ = nullptr;
  LabelIndex* labels_ = nullptr;
  DateIndex* dates_ = nullptr;
  GhostColumn* const* ghosts_ = nullptr;
  void changed(u32 slice, Row row) const {
    if (*ghosts_ != nullptr) {
      (*ghosts_)->changed(slice, row);
    }
  }
};

/// Permission to read a column of a replicated kind, any row of it.
template <class T>
class Sees {
 public:
  const T& at(Row row) const { return data_[row]; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  friend class Binder;
  T* data_ = nullptr;
};

/// Permission to write a state column in `act` (and to read it).
template <class T>
class Writes : public Reads<T> {
 private:
  friend class Binder;
  friend class ActRow;
  template <class RowType>
  friend class Block;
  CellHash hash_;
  const ColumnInfo* info_ = nullptr;
};

/// Permission to write a decision column in `decide` (and to read it).
template <class T>
class Decides : public Reads<T> {
 private:
  friend class Binder;
  friend class DecideRow;
  CellHash hash_;
  const ColumnInfo* info_ = nullptr;
};

/// Permission to write a finding in `observe` (and to read it).
template <class T>
class Finds : public Reads<T> {
 private:
  friend class Binder;
  friend class ObserveRow;
  std::vector<Kind::Found>* found_ = nullptr;
};

/// Permission to look along a network.
class Looks {
  friend class Binder;
  friend class Observe;
  const Sight* sight_ = nullptr;
};

/// Permission to read a column of rows in sight.
template <class T>
class Sights {
  friend class Binder;
  friend class Neighbor;
  const T* mine_ = nullptr;
  const GhostColumn* ghosts_ = nullptr;
};

/// Permission to look around in a space at rows of one's own or another kind.
class LooksAround {
  friend class Binder;
  friend class Observe;
  const CellLists* mine_ = nullptr;
  CellLists* seen_ = nullptr;
};

/// Permission to read a column of rows in sight there.
template <class T>
class SightsAround {
  friend class Binder;
  friend class Nearby;
  const SeenColumn* column_ = nullptr;
};

/// Permission to claim places.
class Claims {
  friend class Binder;
  friend class Observe;
  friend class Act;
  ClaimBox* box_ = nullptr;
};

/// Permission to act on the places one granted.
class Grants {
  friend class Binder;
  friend class Act;
  ClaimBox* box_ = nullptr;
};

/// Permission to die in `act`.
class Dies {
  friend class Binder;
  friend class ActRow;
  Turnover* turnover_ = nullptr;
};

/// Permission to bear rows of a kind in `act`.
class Bears {
  friend class Binder;
  friend class ActRow;
  Turnover* turnover_ = nullptr;
};

/// Permission to give a newborn its value of a column.
template <class T>
class Gives {
  friend class Binder;
  friend class Newborn;
  const Kind::Entry* column_ = nullptr;
  const Turnover* to_ = nullptr;
};

/// Permission to tell an observation.
template <class V>
class Tells {
  friend class Binder;
  friend class Observe;
  Mailbox<V>* box_ = nullptr;
};

/// Permission to act on what was told.
template <class V>
class Hears {
  friend class Binder;
  friend class LoopBase;
  Mailbox<V>* box_ = nullptr;
};

// ---- rows ---------------------------------------------------------------------------------------

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

// ---- selectors ----------------------------------------------------------------------------------

struct All {};
inline constexpr All all() { return {}; }

/// Rows whose date column says today.
struct Due {
  const Reads<StoredStep>* column;
};
inline Due due(const Reads<StoredStep>& column) { return {&column}; }

/// Rows that got the label this step and still have it.
template <class L>
struct Entered {
  const Reads<L>* column;
  L label;
};
template <class L>
Entered<L> entered(const Reads<L>& column, std::type_identity_t<L> label) {
  return {&column, label};
}

/// Rows that have the label; the label is asked for at bind (Binder::lists).
template <class L>
struct Having {
  const Reads<L>* column;
  L label;
};
template <class L>
Having<L> having(const Reads<L>& column, std::type_identity_t<L> label) {
  return {&column, label};
}

// ---- phases -------------------------------------------------------------------------------------

/// A column that a behavior declared it touches.
struct Touch {
  const std::byte* data;
  std::size_t width;
};

template <class RowType>
class Block;

/// The loops of a phase over the rows of the behavior's kind. Row order is never promised.
class LoopBase {
 public:
  Step now() const { return now_; }
  const Chance& chance() const { return chance_; }
  const Kind& kind() const { return *kind_; }

 protected:
  friend class Simulation;
  template <class RowType>
  friend class Block;
  Kind* kind_ = nullptr;
  Step now_ = 0;
  DrawNames* draws_ = nullptr;
  Chance chance_{0};
  bool reversed_ = false;
  Tracer* tracer_ = nullptr;
  std::span<const Touch> touches_;
  mutable u32 order_ = 0;  // behavior and loop: rows of one loop bear in order of their ids

  LoopBase(Kind& kind, Step now, DrawNames& draws, Chance chance, bool reversed, Tracer* tracer,
           std::span<const Touch> touches)
      : kind_(&kind),
        now_(now),
        draws_(&draws),
        chance_(chance),
        reversed_(reversed),
        tracer_(tracer),
        touches_(touches) {}
  /// Asks for the columns of a row that comes up soon: selected rows lie apart, each column in a
  /// cache line of its own.
  void ahead(Row row) const {
    for (const Touch& t : touches_) {
      __builtin_prefetch(t.data + std::size_t{row} * t.width);
    }
  }
  static constexpr std::size_t look_ahead = 8;
  /// Whether a selector's rows lie apart.
  template <class Selector>
  static constexpr bool apart = !std::is_same_v<Selector, All>;

  /// Calls f(rows) with the selected rows of every slice, several slices at a time.
  template <class F>
  void slices(const Due& s, F&& f) const {
    DateIndex* dates = s.column->dates_;
    ensures(dates != nullptr && dates->is_open(), "due rows are asked for by Binder::follows");
    run(dates->due(), [&](u32 slice) { f(dates->due(slice)); });
  }
  template <class L, class F>
  void slices(const Entered<L>& s, F&& f) const {
    const auto label = static_cast<u8>(s.label);
    LabelIndex* index = s.column->labels_;
    ensures(index != nullptr, "entries are kept of an indexed column");
    run(index->entered(label), [&](u32 slice) {
      std::vector<Row> still(index->entered(slice, label).begin(),
                             index->entered(slice, label).end());
      std::erase_if(still, [&](Row r) { return s.column->at(r) != s.label; });
      sort_rows(still, kind_->slices().range(slice).first, kind_->slices().bits);
      f(std::span<const Row>(still));
    });
  }
  template <class L, class F>
  void slices(const Having<L>& s, F&& f) const {
    const auto label = static_cast<u8>(s.label);
    LabelIndex* index = s.column->labels_;
    ensures(index != nullptr && index->lists(label), "rows are listed by Binder::lists");
    run(index->rows_with(label), [&](u32 slice) {
      const std::vector<Row> rows = index->rows_with(slice, label);
      f(std::span<const Row>(rows));
    });
  }
  template <class F>
  void slices(All, F&& f) const {
    run(kind_->rows(), [&](u32 slice) {
      const auto [begin, end] = kind_->slices().range(slice);
      std::array<Row, all_block> block;
      for (Row at = begin; at < end;) {
        const Row n = std::min<Row>(end - at, static_cast<Row>(block.size()));
        for (Row k = 0; k < n; ++k) {
          block[k] = at + k;
        }
        f(std::span<const Row>(block.data(), n));
        at += n;
      }
    });
  }
  template <class F>
  void run(u64 work, F&& f) const {
    ++order_;
    if (work == 0) {
      return;
    }
    const u32 n = kind_->slices().count();
    parallel_for(n, work, [&](std::size_t s) {
      f(reversed_ ? n - 1 - static_cast<u32>(s) : static_cast<u32>(s));
    });
  }

  template <class RowType, class Selector, class Body>
  void each(const Selector& selector, Body&& body) const {
    slices(selector, [&](std::span<const Row> rows) {
      const int thread = thread_number();
      const auto index = [&](std::size_t k) { return reversed_ ? rows.size() - 1 - k : k; };
      for (std::size_t k = 0; k < rows.size(); ++k) {
        if (apart<Selector> && k + look_ahead < rows.size()) {
          ahead(rows[index(k + look_ahead)]);
        }
        body(make<RowType>(rows[index(k)], thread));
      }
    });
  }
  /// when(row) decides first, by few columns, for which rows the others are asked for.
  template <class RowType, class Selector, class When, class Body>
  void each_if(const Selector& selector, When&& when, Body&& body) const {
    slices(selector, [&](std::span<const Row> rows) {
      const int thread = thread_number();
      std::array<Row, 2 * draw_block> kept;
      std::size_t waiting = 0;
      for (std::size_t at = 0; at < rows.size(); at += draw_block) {
        const std::size_t end = std::min(at + draw_block, rows.size());
        for (std::size_t k = at; k < end; ++k) {
          const Row row = rows[reversed_ ? rows.size() - 1 - k : k];
          if (when(make<RowType>(row, thread))) {
            ahead(row);
            kept[waiting++] = row;
          }
        }
        if (waiting > draw_block || end == rows.size()) {
          for (std::size_t k = 0; k < waiting; ++k) {
            body(make<RowType>(kept[k], thread));
          }
          waiting = 0;
        }
      }
    });
  }
  /// The same by words too: when(row, words).
  template <class RowType, class Selector, class When, class Body>
  void each_when(const Selector& selector, Draw draw, When&& when, Body&& body) const {
    draws_->add(draw);
    slices(selector, [&](std::span<const Row> rows) {
      const int thread = thread_number();
      std::array<Counter, draw_block> counters;
      std::array<Words, draw_block> words;
      std::array<std::pair<Row, Words>, 2 * draw_block> kept;
      std::size_t waiting = 0;
      for (std::size_t at = 0; at < rows.size(); at += draw_block) {
        const std::size_t block = std::min(draw_block, rows.size() - at);
        const auto row = [&](std::size_t k) {
          return rows[reversed_ ? rows.size() - 1 - at - k : at + k];
        };
        for (std::size_t k = 0; k < block; ++k) {
          counters[k] = counter(row(k), draw, 0);
        }
        chance_.fill(std::span(counters.data(), block), words.data());
        for (std::size_t k = 0; k < block; ++k) {
          traced(counters[k], draw, words[k]);
          if (when(make<RowType>(row(k), thread), words[k])) {
            ahead(row(k));
            kept[waiting++] = {row(k), words[k]};
          }
        }
        if (waiting > draw_block || at + block == rows.size()) {
          for (std::size_t k = 0; k < waiting; ++k) {
            body(make<RowType>(kept[k].first, thread), kept[k].second);
          }
          waiting = 0;
        }
      }
    });
  }
  template <class RowType, class Selector, class Body>
  void each_block(const Selector& selector, Body&& body) const {
    constexpr std::size_t most = apart<Selector> ? draw_block : all_block;
    slices(selector, [&](std::span<const Row> rows) {
      const int thread = thread_number();
      const std::size_t blocks = (rows.size() + most - 1) / most;
      const auto block = [&](std::size_t k) {
        const std::size_t at = (reversed_ ? blocks - 1 - k : k) * most;
        return rows.subspan(at, std::min(most, rows.size() - at));
      };
      for (std::size_t k = 0; k < blocks; ++k) {
        if (apart<Selector> && k + 1 < blocks) {
          for (const Row row : block(k + 1)) {
            ahead(row);
          }
        }
        body(Block<RowType>(*this, block(k), thread));
      }
    });
  }
  template <class RowType, class Selector, class Body>
  void each(const Selector& selector, Draw draw, Body&& body) const {
    draws_->add(draw);
    slices(selector, [&](std::span<const Row> rows) {
      const int thread = thread_number();
      drawn(
          rows.size(), [&](std::size_t k) { return rows[k]; }, draw,
          [&](std::size_t k, const Words& words) { body(make<RowType>(rows[k], thread), words); });
    });
  }
  /// Calls body(k, words) for k in [0, n), with the words that row_of(k) draws: made in blocks, and
  /// its columns asked for ahead.
  template <class RowOf, class Body>
  void drawn(std::size_t n, RowOf&& row_of, Draw draw, Body&& body) const {
    std::array<Counter, draw_block> counters;
    std::array<Words, draw_block> words;
    for (std::size_t at = 0; at < n; at += draw_block) {
      const std::size_t block = std::min(draw_block, n - at);
      const auto index = [&](std::size_t k) { return reversed_ ? n - 1 - at - k : at + k; };
      for (std::size_t k = 0; k < block; ++k) {
        const Row row = row_of(index(k));
        counters[k] = counter(row, draw, 0);
        if (k < look_ahead) {
          ahead(row);
        }
      }
      chance_.fill(std::span(counters.data(), block), words.data());
      for (std::size_t k = 0; k < block; ++k) {
        if (k + look_ahead < block) {
          ahead(row_of(index(k + look_ahead)));
        }
        traced(counters[k], draw, words[k]);
        body(index(k), words[k]);
      }
    }
  }
  template <class RowType>
  RowType make(Row row, int thread) const {
    if constexpr (std::is_same_v<RowType, SeenRow> || std::is_same_v<RowType, ObserveRow>) {
      return {*kind_, row, thread};
    } else if constexpr (std::is_same_v<RowType, ActRow>) {
      return {*kind_, row, thread, tracer_, order_};
    } else {
      return {*kind_, row, thread, tracer_};
    }
  }
  Counter counter(Row row, Draw draw, u32 index) const {
    return {.id = kind_->partition().id_of(row),
            .kind = kind_->tag(),
            .step = now_,
            .name = draw.hash,
            .index = index};
  }
  void traced(const Counter& c, Draw draw, const Words& w) const {
    if (tracer_ != nullptr) {
      tracer_->drew(*kind_, c, draw.name, w);
    }
  }
  template <class V>
  static Mailbox<V>& box(const Hears<V>& h) {
    return *h.box_;
  }
  static constexpr std::size_t draw_block = 64, all_block = 256;  // rows
};

/// Some rows of a loop together: for arithmetic over many at once. Those of all()
/// stand after each other, and columns are spans of them.
template <class RowType>
class Block {
 public:
  static constexpr std::size_t most = 256;
  std::size_t size() const { return rows_.size(); }
  std::span<const Row> rows() const { return rows_; }
  RowType row(std::size_t k) const { return loop_->template make<RowType>(rows_[k], thread_); }
  int thread() const { return thread_; }
  /// Of a block of all().
  template <class T>
  std::span<const T> operator[](const Reads<T>& column) const {
    return {column.data_ + first(), rows_.size()};
  }
  /// Changes the state of every row of a block of all(), as set() of each of them would.
  template <class T>
  void set(const Writes<T>& column, std::span<const std::type_identity_t<T>> values)
      const requires std::is_same_v<RowType, ActRow> {
    ensures(values.size() == rows_.size(), "every row of a block is given a value");
    if (column.labels_ != nullptr || column.dates_ != nullptr || *column.ghosts_ != nullptr ||
        loop_->tracer_ != nullptr) {
      for (std::size_t k = 0; k < rows_.size(); ++k) {
        row(k).set(column, values[k]);
      }
      return;
    }
    T* const cells = column.data_ + first();
    const CellHash hash = column.hash_;
    const Partition& ids = loop_->kind_->partition();
    u64 delta = 0;
    const auto change = [&](std::size_t k, AgentId id) {
      delta += hash(id, bits_of(values[k])) - hash(id, bits_of(cells[k]));
      cells[k] = values[k];
    };
    if (ids.in_order()) {
      const AgentId id = ids.id_of(rows_[0]);
      for (std::size_t k = 0; k < rows_.size(); ++k) {
        change(k, id + static_cast<AgentId>(k));
      }
    } else {
      for (std::size_t k = 0; k < rows_.size(); ++k) {
        change(k, ids.id_of(rows_[k]));
      }
    }
    loop_->kind_->changed(loop_->kind_->slices().of(rows_[0]), delta);
  }
  /// Adds to a tally, as a row does.
  void count(const Tallies& tally, u32 index,
             i64 n) const requires std::is_same_v<RowType, ActRow> {
    tally.add(thread_, index, n);
  }
  void count(const AddsLater& counter, Row of,
             i64 n) const requires std::is_same_v<RowType, ActRow> {
    counter.add(thread_, of, n);
  }

 private:
  friend class LoopBase;
  Block(const LoopBase& loop, std::span<const Row> rows, int thread)
      : loop_(&loop), rows_(rows), thread_(thread) {}
  Row first() const {
    expects(rows_.back() - rows_.front() + 1 == rows_.size(), "rows of a block of all() adjoin");
    return rows_.front();
  }
  const LoopBase* loop_;
  std::span<const Row> rows_;
  int thread_;
};

class Observe : public LoopBase {
 public:
  Observe(Kind& kind, Step now, DrawNames& draws, Chance chance, bool reversed, Tracer* tracer,
          std::span<const Touch> touches = {})
      : LoopBase(kind, now, draws, chance, reversed, tracer, touches) {}
  template <class Selector, class Body>
  void for_each(const Selector& selector, Body&& body) const {
    each<ObserveRow>(selector, body);
  }
  /// As above, with four random words for each row: body(row, words).
  template <class Selector, class Body>
  void for_each(const Selector& selector, Draw draw, Body&& body) const {
    each<ObserveRow>(selector, draw, body);
  }
  /// The same for rows of which when(row, words) is true: they are asked for ahead, the others are
  /// not. It looks at few columns.
  template <class Selector, class When, class Body>
  void for_each(const Selector& selector, Draw draw, When&& when, Body&& body) const {
    each_when<ObserveRow>(selector, draw, when, body);
  }
  /// The same for rows of which when(row) is true: they are asked for ahead, the others are not.
  /// It looks at few columns.
  template <class Selector, class When, class Body>
  void for_each_if(const Selector& selector, When&& when, Body&& body) const {
    each_if<ObserveRow>(selector, when, body);
  }
  /// Calls body(block) with some rows at a time.
  template <class Selector, class Body>
  void for_each_block(const Selector& selector, Body&& body) const {
    each_block<ObserveRow>(selector, body);
  }
  /// For each row times(row, words) calls of body(row, k, words of the k-th draw), k from 1.
  template <class Selector, class Times, class Body>
  void for_each_repeated(const Selector& selector, Draw times_draw, Times&& times, Draw draw,
                         Body&& body) const {
    draws_->add(times_draw);
    draws_->add(draw);
    slices(selector,
           [&](std::span<const Row> rows) { repeat(rows, times_draw, times, draw, body); });
  }
  /// Calls body(neighbor) for every row that `row` sees, in order of id.
  template <class Body>
  void for_each_in_sight(const SeenRow& row, const Looks& looks, Body&& body) const {
    const Ghosts& ghosts = looks.sight_->ghosts();
    looks.sight_->each(row.row(), [&](Place place) { body(Neighbor(ghosts, place)); });
  }
  /// Calls body(nearby) for every row that `row` sees around it, in order of id, itself left out.
  /// Good for a few rows: for_each_around is faster for all.
  template <class Body>
  void for_each_in_sight(const SeenRow& row, const LooksAround& looks, Body&& body) const {
    const CellLists& seen = *looks.seen_;
    const Space& space = seen.map().space();
    const double x = at(looks.mine_->x_column(), row.row());
    const double y = at(looks.mine_->y_column(), row.row());
    const bool same = &seen == looks.mine_;
    std::vector<std::pair<AgentId, Around::Hit>> hits;
    std::array<u32, 9> cells;
    const u32 n = seen.map().around(seen.map().cell_of(x, y), cells);
    for (u32 c = 0; c < n; ++c) {
      const auto [begin, end] = seen.in_cell(cells[c]);
      for (u32 k = begin; k < end; ++k) {
        const double dx = space.across(x, seen.x(k)), dy = space.down(y, seen.y(k));
        if (dx * dx + dy * dy <= space.sight * space.sight && !(same && seen.row(k) == row.row())) {
          hits.push_back({seen.id(k), {k, dx, dy}});
        }
      }
    }
    std::sort(hits.begin(), hits.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [id, hit] : hits) {
      body(Nearby(seen, hit.at, hit.dx, hit.dy));
    }
  }
  /// Calls body(row, around) for every row of the behavior's kind: all of a cell after each other,
  /// so that what is near is gathered once for all of them.
  template <class Body>
  void for_each_around(const LooksAround& looks, Body&& body) const {
    each_around(looks, [&](Row row, int thread, const Around& around) {
      body(make<ObserveRow>(row, thread), around);
    });
  }
  /// As above, with four random words for each row: body(row, around, words).
  template <class Body>
  void for_each_around(const LooksAround& looks, Draw draw, Body&& body) const {
    draws_->add(draw);
    each_around(looks, [&](Row row, int thread, const Around& around) {
      const Counter c = counter(row, draw, 0);
      const Words words = chance_.words(c);
      traced(c, draw, words);
      body(make<ObserveRow>(row, thread), around, words);
    });
  }
  /// Claims one of the free places of a row, by id. The smallest keys win; ties go to the smaller
  /// id. Who claims several places may win several.
  void claim(const SeenRow& from, AgentId to, const Claims& places, u64 key) const {
    if (tracer_ != nullptr) {
      tracer_->told(kind(), from.id(), places.box_->to(), to, places.box_->name());
    }
    places.box_->asked().tell(from.thread(), from.id(), to, key);
  }
  /// Tells one row, by id, or one member of a group.
  template <class V>
  void tell(const SeenRow& from, AgentId to, const Tells<V>& observation, const V& value) const {
    if (kind().replicated() && !observation.box_->mine(to)) {
      return;  // the target's rank says it to itself
    }
    tell_from(from.id(), from.thread(), to, observation, value);
  }
  template <class V>
  void tell(const SeenRow& from, const Member& to, const Tells<V>& observation,
            const V& value) const {
    if (tracer_ != nullptr) {
      tracer_->told_group(kind(), from.id(), to, observation.box_->name());
    }
    if (kind().replicated() && !observation.box_->mine(to)) {
      return;
    }
    observation.box_->tell(from.thread(), from.id(), to, value);
  }
  /// From outside the population (an importation), or from a replicated row: every rank says the
  /// same, and the target's rank alone keeps it.
  template <class V>
  void tell_from_outside(AgentId to, const Tells<V>& observation, const V& value) const {
    if (observation.box_->mine(to)) {
      tell_from(no_agent, thread_number(), to, observation, value);
    }
  }
  /// Adds to a counter that replicated rows are told of; `from` is a row or a block.
  template <class From>
  void add(const From& from, const Adds& counter, Row to, i64 amount) const {
    counter.add(from.thread(), to, amount);
  }

 private:
  static double at(const ColumnStore& column, Row row) {
    return reinterpret_cast<const double*>(column.data())[row];
  }
  template <class F>
  void each_around(const LooksAround& looks, F&& f) const {
    const CellMap& map = looks.mine_->map();
    constexpr u32 block = 64;
    const u32 blocks = (map.cells() + block - 1) / block;
    if (kind().rows() == 0) {
      return;
    }
    parallel_for(blocks, kind().rows(), [&](std::size_t i) {
      const u32 b = reversed_ ? blocks - 1 - static_cast<u32>(i) : static_cast<u32>(i);
      const u32 end = std::min(map.cells(), (b + 1) * block);
      Vicinity vicinity(*looks.mine_, *looks.seen_);
      const int thread = thread_number();
      for (u32 k = b * block; k < end; ++k) {
        const u32 cell = reversed_ ? end - 1 - (k - b * block) : k;
        if (!map.is_mine(cell)) {
          continue;
        }
        const auto [first, last] = looks.mine_->in_cell(cell);
        if (first == last) {
          continue;
        }
        vicinity.gather(cell);
        for (u32 r = first; r < last; ++r) {
          const u32 me = reversed_ ? first + last - 1 - r : r;
          const auto hits = vicinity.look(me);
          f(looks.mine_->row(me), thread, Around(*looks.seen_, hits));
        }
      }
    });
  }
  template <class V>
  void tell_from(AgentId from, int thread, AgentId to, const Tells<V>& observation,
                 const V& value) const {
    if (tracer_ != nullptr) {
      tracer_->told(kind(), from, observation.box_->to(), to, observation.box_->name());
    }
    observation.box_->tell(thread, from, to, value);
  }
  template <class Times, class Body>
  void repeat(std::span<const Row> rows, Draw times_draw, Times&& times, Draw draw,
              Body&& body) const {
    const int thread = thread_number();
    std::array<Row, draw_block> pending;
    std::array<Counter, draw_block> counters;
    std::array<Words, draw_block> words;
    std::size_t waiting = 0;
    const auto flush = [&] {
      chance_.fill(std::span(counters.data(), waiting), words.data());
      for (std::size_t k = 0; k < waiting; ++k) {
        traced(counters[k], draw, words[k]);
        body(make<ObserveRow>(pending[k], thread), counters[k].index, words[k]);
      }
      waiting = 0;
    };
    drawn(
        rows.size(), [&](std::size_t k) { return rows[k]; }, times_draw,
        [&](std::size_t k, const Words& times_words) {
          const u32 count = times(make<ObserveRow>(rows[k], thread), times_words);
          ensures(count <= Counter::max_index, "a row draws at most 2^24 times in one step");
          for (u32 j = 1; j <= count; ++j) {
            pending[waiting] = rows[k];
            counters[waiting] = counter(rows[k], draw, j);
            if (++waiting == draw_block) {
              flush();
            }
          }
        });
    flush();
  }
};

class Decide : public LoopBase {
 public:
  Decide(Kind& kind, Step now, DrawNames& draws, Chance chance, bool reversed, Tracer* tracer,
         std::span<const Touch> touches = {})
      : LoopBase(kind, now, draws, chance, reversed, tracer, touches) {}
  template <class Selector, class Body>
  void for_each(const Selector& selector, Body&& body) const {
    each<DecideRow>(selector, body);
  }
  template <class Selector, class Body>
  void for_each(const Selector& selector, Draw draw, Body&& body) const {
    each<DecideRow>(selector, draw, body);
  }
};

class Act : public LoopBase {
 public:
  /// `number`: place of the behavior in its substep.
  Act(Kind& kind, Step now, DrawNames& draws, Chance chance, bool reversed, Tracer* tracer,
      std::span<const Touch> touches = {}, u32 number = 0)
      : LoopBase(kind, now, draws, chance, reversed, tracer, touches) {
    order_ = number << 16;
  }
  template <class Selector, class Body>
  void for_each(const Selector& selector, Body&& body) const {
    each<ActRow>(selector, body);
  }
  template <class Selector, class Body>
  void for_each(const Selector& selector, Draw draw, Body&& body) const {
    each<ActRow>(selector, draw, body);
  }
  /// The same for rows of which when(row) is true: they are asked for ahead, the others are not.
  /// It looks at few columns.
  template <class Selector, class When, class Body>
  void for_each_if(const Selector& selector, When&& when, Body&& body) const {
    each_if<ActRow>(selector, when, body);
  }
  /// Calls body(block) with some rows at a time.
  template <class Selector, class Body>
  void for_each_block(const Selector& selector, Body&& body) const {
    each_block<ActRow>(selector, body);
  }
  /// One call per row that was told something: body(row, messages in order, words).
  template <class V, class Body>
  void for_each_told(const Hears<V>& heard, Draw draw, Body&& body) const {
    draws_->add(draw);
    each_told(box(heard), [&](std::span<const Told<V>> told, std::span<const u32> starts) {
      const int thread = thread_number();
      drawn(
          starts.size() - 1, [&](std::size_t k) { return told[starts[k]].to; }, draw,
          [&](std::size_t k, const Words& words) {
            body(make<ActRow>(told[starts[k]].to, thread), messages(told, starts, k), words);
          });
    });
  }
  template <class V, class Body>
  void for_each_told(const Hears<V>& heard, Body&& body) const {
    each_group(box(heard), body);
  }
  /// One call per row that won places: body(row, span of Told<Granted>), in order of who granted.
  template <class Body>
  void for_each_won(const Claims& places, Body&& body) const {
    each_group(places.box_->won(), body);
  }
  /// One call per row that granted places: body(row, span of Told<u64>), the winners and their keys
  /// in the order in which they won.
  template <class Body>
  void for_each_granted(const Grants& places, Body&& body) const {
    each_group(places.box_->asked(), body);
  }

 private:
  template <class V>
  static std::span<const Told<V>> messages(std::span<const Told<V>> told,
                                           std::span<const u32> starts, std::size_t k) {
    return told.subspan(starts[k], starts[k + 1] - starts[k]);
  }
  /// f(messages of a slice, where each told row's begin and where the last one's end).
  template <class V, class F>
  void each_told(const Mailbox<V>& mail, F&& f) const {
    run(mail.told(), [&](u32 slice) {
      const std::span<const Told<V>> told = mail.told(slice);
      std::vector<u32> starts;
      for (u32 k = 0; k < told.size(); ++k) {
        if (k == 0 || told[k].to != told[k - 1].to) {
          starts.push_back(k);
        }
      }
      starts.push_back(static_cast<u32>(told.size()));
      f(told, std::span<const u32>(starts));
    });
  }
  template <class V, class Body>
  void each_group(const Mailbox<V>& mail, Body&& body) const {
    each_told(mail, [&](std::span<const Told<V>> told, std::span<const u32> starts) {
      const int thread = thread_number();
      const std::size_t rows = starts.size() - 1;
      for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t k = reversed_ ? rows - 1 - i : i;
        if (i + look_ahead < rows) {
          ahead(told[starts[reversed_ ? k - look_ahead : k + look_ahead]].to);
        }
        body(make<ActRow>(told[starts[k]].to, thread), messages(told, starts, k));
      }
    });
  }
};

// ---- behaviors ----------------------------------------------------------------------------------

/// A behavior of one kind of row. Const once bound; parameters and handles only.
class Behavior {
 public:
  virtual ~Behavior() = default;
  virtual std::string_view name() const = 0;
  virtual std::string_view doc() const = 0;
  virtual std::string_view kind() const = 0;
  virtual void bind(Binder& b) = 0;
  virtual void observe(const Observe&) const {}
  virtual void decide(const Decide&) const {}
  virtual void act(const Act&) const {}
};

}  // namespace throng
