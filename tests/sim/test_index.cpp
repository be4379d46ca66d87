#include <algorithm>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/chance.h"
#include "sim/column.h"
#include "sim/index.h"

namespace throng {
namespace {

constexpr State<u8> mood{
    .name = "test.mood", .unit = "label", .doc = "-", .indexed = true, .labels = "a,b,c,d"};
constexpr State<StoredStep> date{
    .name = "test.date", .unit = "step", .doc = "-", .initial = never, .timer = true};
constexpr Row many = 5000;
const Slices cut{.rows = many, .bits = 10};

// What a label index should say, by looking at every row.
std::vector<i64> scan(std::span<const u8> values, const std::vector<u8>& cell_of, u32 cells) {
  std::vector<i64> n(4 * cells, 0);
  for (Row r = 0; r < values.size(); ++r) {
    ++n[values[r] * cells + cell_of[r]];
  }
  return n;
}

std::vector<Row> rows_with(const LabelIndex& index, u8 label, const Slices& slices = cut) {
  std::vector<Row> all;
  for (u32 s = 0; s < slices.count(); ++s) {
    const auto rows = index.rows_with(s, label);
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

std::vector<Row> rows_of_label(std::span<const u8> values, u8 label) {
  std::vector<Row> all;
  for (Row r = 0; r < values.size(); ++r) {
    if (values[r] == label) {
      all.push_back(r);
    }
  }
  return all;
}

std::vector<Row> due_rows(const DateIndex& index) {
  std::vector<Row> all;
  for (u32 s = 0; s < cut.count(); ++s) {
    all.insert(all.end(), index.due(s).begin(), index.due(s).end());
  }
  return all;
}

std::vector<Row> rows_of_date(std::span<const StoredStep> dates, Step now) {
  std::vector<Row> all;
  for (Row r = 0; r < dates.size(); ++r) {
    if (dates[r] == now) {
      all.push_back(r);
    }
  }
  return all;
}

// A column with its date index, changed the way act does.
struct Dates {
  ColumnStore store{date.info(), 0, many};
  DateIndex index{store, cut};
  std::span<StoredStep> values = store.as<StoredStep>();
  explicit Dates(Step next = 1) { index.rebuild(next); }
  void set(Row r, StoredStep to) {
    values[r] = to;
    index.set(cut.of(r), r, to);
  }
};

}  // namespace

TEST_CASE("slices cover all rows once, enough of them for the threads", "[index]") {
  for (const Row rows : {0u, 1u, 1023u, 1024u, 1025u, 100'000u, 8'336'817u}) {
    for (const int threads : {1, 2, 16}) {
      const Slices s = Slices::cut(rows, threads);
      Row next = 0;
      for (u32 k = 0; k < s.count(); ++k) {
        const auto [begin, end] = s.range(k);
        REQUIRE(begin == next);
        REQUIRE(end >= begin);
        if (end > begin) {
          REQUIRE(s.of(begin) == k);
          REQUIRE(s.of(end - 1) == k);
        }
        next = end;
      }
      REQUIRE(next == rows);
      CHECK((s.bits == 10 || s.count() >= 4u * static_cast<u32>(threads)));
    }
  }
}

TEST_CASE("rows are sorted and doubles dropped, in short lists and long ones", "[index]") {
  for (const u32 n : {0u, 1u, 199u, 200u, 900u}) {
    std::vector<Row> rows;
    for (u32 k = 0; k < n; ++k) {
      rows.push_back(2048 + static_cast<u32>(mix(k)) % 1024);
    }
    std::vector<Row> expected = rows;
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());

    sort_rows(rows, 2048, 10);

    CHECK(rows == expected);
  }
}

TEST_CASE("a set of rows holds what was added and not removed, in order", "[index]") {
  constexpr Row first = 3u << RowSet::most_bits;
  for (const u32 within : {3u, 70u, 5000u, 1u << RowSet::most_bits}) {
    RowSet fast;
    std::set<Row> slow;
    CHECK(fast.rows(first).empty());
    for (u32 k = 0; k < 20'000; ++k) {
      const u64 luck = mix(k * 77 + within);
      const u32 at = static_cast<u32>(luck % within) * ((1u << RowSet::most_bits) / within);
      if (luck >> 40 & 1) {  // also what is there already, and what is not
        fast.add(at);
        slow.insert(first + at);
      } else {
        fast.remove(at);
        slow.erase(first + at);
      }
      REQUIRE(fast.size() == slow.size());
      if (k % 1000 == 0) {
        REQUIRE(fast.rows(first) == std::vector<Row>(slow.begin(), slow.end()));
      }
    }
  }
}

TEST_CASE("rows that leave their places are listed where they come", "[index]") {
  constexpr Row all = 3000, left = 2000;
  ColumnStore store(mood.info(), 0, all);
  const auto values = store.as<u8>();
  for (Row r = 0; r < all; ++r) {
    values[r] = static_cast<u8>(mix(r) % 4);
  }
  const Slices three{.rows = all, .bits = 10};
  LabelIndex index(store, three, 4);
  index.list(1);
  index.list(3);
  index.rebuild();
  std::vector<Row> gone, tail;
  for (Row r = left; r < all; ++r) {
    gone.push_back((r - left) * 2);  // the holes; those of the end move up into them
    tail.push_back(r);
  }

  Marks dead(gone, all);
  index.take(dead);
  index.resize(left);
  Marks moved(tail, all);
  index.take(moved);
  for (std::size_t k = 0; k < tail.size(); ++k) {
    values[gone[k]] = values[tail[k]];
    index.place(gone[k], values[gone[k]], moved[k]);
  }

  for (const u8 label : {u8{1}, u8{3}}) {
    CHECK(rows_with(index, label, three) == rows_of_label(values.first(left), label));
    CHECK(index.rows_with(label) == rows_of_label(values.first(left), label).size());
  }
}

TEST_CASE("a label index kept on change says what a scan of the column says", "[index]") {
  ColumnStore store(mood.info(), 0, many);
  const auto values = store.as<u8>();
  std::vector<u8> cell_of(many);
  for (Row r = 0; r < many; ++r) {
    cell_of[r] = static_cast<u8>(r % 3);
    values[r] = static_cast<u8>(mix(r) % 4);
  }
  LabelIndex index(store, cut, 4);
  index.group_by({.of = cell_of.data(), .count = 3});
  index.list(1);
  index.list(2);
  index.rebuild();
  REQUIRE(std::vector<i64>(index.counts().begin(), index.counts().end()) ==
          scan(values, cell_of, 3));

  for (u32 step = 1; step <= 5; ++step) {
    std::vector<i64> entries(12, 0);
    std::vector<std::vector<Row>> entered(4);
    // On odd steps more moves of a slice than it lists one by one.
    for (u32 k = 0; k < (step % 2 == 0 ? 3000u : 15'000u); ++k) {
      const Row r = static_cast<Row>(mix(step * 20'000 + k) % many);
      const u8 to = static_cast<u8>(mix(step * 77'777'777 + k) % 4);
      if (values[r] == to) {
        continue;
      }
      index.moved(cut.of(r), r, values[r], to);
      values[r] = to;
      ++entries[to * 3u + cell_of[r]];
      entered[to].push_back(r);
    }
    index.tally();

    CHECK(std::vector<i64>(index.counts().begin(), index.counts().end()) ==
          scan(values, cell_of, 3));
    CHECK(std::vector<i64>(index.entries().begin(), index.entries().end()) == entries);
    for (u8 label = 0; label < 4; ++label) {
      CHECK(index.entered(label) == entered[label].size());
    }
    for (const u8 label : {u8{1}, u8{2}}) {
      CHECK(rows_with(index, label) == rows_of_label(values, label));
    }
    index.end_step();
    CHECK(index.entered(1) == 0);
  }

  LabelIndex fresh(store, cut, 4);
  fresh.group_by({.of = cell_of.data(), .count = 3});
  fresh.list(1);
  fresh.rebuild();
  CHECK(std::vector<i64>(fresh.counts().begin(), fresh.counts().end()) ==
        std::vector<i64>(index.counts().begin(), index.counts().end()));
  CHECK(rows_with(fresh, 1) == rows_with(index, 1));
}

TEST_CASE("a label without a name is refused when an index is made", "[index]") {
  ColumnStore store(mood.info(), 0, 10);
  store.as<u8>()[3] = 4;
  LabelIndex index(store, {.rows = 10, .bits = 10}, 4);

  CHECK_THROWS_AS(index.rebuild(), ContractError);
}

TEST_CASE("rows come due on their date and on no other, turns of the ring later too", "[index]") {
  Dates d;
  const std::vector<StoredStep> dates = {1, 2, 255, 256, 257, 258, 511, 512, 513, 769, 1000};
  for (Row r = 0; r < dates.size(); ++r) {
    d.set(r * 400, dates[r]);
  }

  for (Step now = 1; now <= 1100; ++now) {
    d.index.prepare(now);

    REQUIRE(due_rows(d.index) == rows_of_date(d.values, now));
  }
}

TEST_CASE("rescheduled and cancelled rows come due on their last date only", "[index]") {
  Dates d;
  d.set(7, 10);
  d.set(7, 300);  // later, in another turn
  d.set(8, 300);
  d.set(8, 10);  // earlier
  d.set(9, 10);
  d.set(9, never);
  d.set(10, 10);
  d.set(10, 266);  // the same bucket, a turn later
  d.set(11, 10);
  d.set(11, 20);
  d.set(11, 10);  // back again: twice in the bucket, due once

  for (Step now = 1; now <= 310; ++now) {
    d.index.prepare(now);
    const std::vector<Row> expected = now == 10    ? std::vector<Row>{8, 11}
                                      : now == 266 ? std::vector<Row>{10}
                                      : now == 300 ? std::vector<Row>{7}
                                                   : std::vector<Row>{};
    REQUIRE(due_rows(d.index) == expected);
  }
}

TEST_CASE("a row put to today comes due in the next substep of the day", "[index]") {
  Dates d;
  d.set(1, 5);
  d.set(2, 5);
  d.index.prepare(5);
  REQUIRE(due_rows(d.index) == std::vector<Row>{1, 2});

  d.set(1, 9);  // acted
  d.set(3, 5);  // called for later the same day
  d.index.prepare(5);

  CHECK(due_rows(d.index) == std::vector<Row>{2, 3});
}

TEST_CASE("all rows that were due in a step are counted, whatever became of their dates",
          "[index]") {
  Dates d;
  d.set(1, 5);
  d.set(2, 5);
  d.index.prepare(5);
  d.set(1, 9);
  d.set(3, 5);
  d.index.prepare(5);
  d.set(2, never);
  d.set(3, never);
  d.index.prepare(5);

  d.index.tally();
  CHECK(d.index.entries()[0] == 3);

  d.index.prepare(6);
  d.index.tally();
  CHECK(d.index.entries()[0] == 0);
}

TEST_CASE("a date index kept on change equals one made from the column before any step",
          "[index]") {
  Dates d;
  for (Step now = 1; now <= 600; ++now) {
    d.index.prepare(now);
    for (u32 k = 0; k < 50; ++k) {
      const u64 luck = mix(now * 1000 + k);
      const u64 wait = luck >> 32 & 1 ? 1 + luck % 20 : 1 + luck % 700;
      d.set(static_cast<Row>(mix(luck) % many),
            luck % 9 == 0 ? never : static_cast<StoredStep>(now + wait));
    }
    if (now % 97 == 0) {
      DateIndex fresh(d.store, cut);
      fresh.rebuild(now + 1);
      DateIndex kept = d.index;
      for (Step later = now + 1; later < now + 800; ++later) {
        kept.prepare(later);
        fresh.prepare(later);
        REQUIRE(due_rows(kept) == due_rows(fresh));
        REQUIRE(due_rows(fresh) == rows_of_date(d.values, later));
      }
    }
  }
}

TEST_CASE("dates before the next step are past and mean nothing after a rebuild", "[index]") {
  ColumnStore store(date.info(), 0, many);
  store.as<StoredStep>()[4] = 44;
  store.as<StoredStep>()[5] = 300;
  DateIndex index(store, cut);
  index.rebuild(45);

  index.prepare(300);  // 44 and 300 share a bucket

  CHECK(due_rows(index) == std::vector<Row>{5});
}

}  // namespace throng
