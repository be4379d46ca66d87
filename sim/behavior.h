// What a scientist writes: behaviors in three phases, with handles (handles.h) as their only way
// to touch anything, and rows (rows.h) in loops (loops.h).
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

#include "sim/loops.h"

namespace throng {

class Binder;

// ---- phases -------------------------------------------------------------------------------------

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
