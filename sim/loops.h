// Which rows a loop visits, and the loops: one at a time, with words drawn in blocks, in blocks.
#pragma once
#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/parallel.h"
#include "sim/rows.h"

namespace throng {

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

// ---- loops --------------------------------------------------------------------------------------

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

}  // namespace throng
