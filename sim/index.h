// Faster ways to find rows. An index holds no fact of its own: it is rebuilt from its column.
// Everything is kept per slice (a block of rows that fits the L2 cache), one thread per slice at a
// time: no locks, and the lists do not depend on the number of threads.
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/column.h"
#include "sim/error.h"
#include "sim/types.h"

namespace throng {

/// How a kind's rows are cut.
struct Slices {
  Row rows = 0;
  u32 bits = 16;
  u32 count() const { return (rows == 0 ? 0 : (rows - 1) >> bits) + 1; }
  u32 of(Row r) const { return r >> bits; }
  std::pair<Row, Row> range(u32 s) const {
    const u64 end = std::min<u64>(rows, u64{s + 1} << bits);
    return {s << bits, static_cast<Row>(end)};
  }
  /// Slices small enough that `threads` threads share the work evenly.
  static Slices cut(Row rows, int threads);
};

/// Sorts rows of one slice and drops doubles: by a bitmap of the slice when the list is long.
void sort_rows(std::vector<Row>& rows, Row slice_begin, u32 slice_bits);

/// Cells by which counts are grouped (borough x age band), one small code per row.
struct Cells {
  const u8* of = nullptr;  ///< per row; null: all rows are in cell 0
  u32 count = 1;
  u32 at(Row r) const { return of == nullptr ? 0 : of[r]; }
};

/// Rows by label: how many have it, who got it this step, and, where asked for, who has it.
class LabelIndex {
 public:
  LabelIndex(const ColumnStore& column, Slices slices, u32 labels);

  /// Grouping of counts and entries. Before rebuild().
  void group_by(Cells cells) { cells_ = cells; }
  /// Asks for rows_with(label).
  void list(u8 label) { listed_ |= 1u << label; }
  bool lists(u8 label) const { return (listed_ >> label & 1) != 0; }
  void rebuild();
  void end_step();

  void moved(u32 slice, Row r, u8 from, u8 to) {
    expects(to < labels_, "a row gets a label that exists");
    Slice& s = slices_[slice];
    const u32 cell = cells_.at(r);
    if (s.moves.size() == log_limit) {
      fold(s);
    }
    s.moves.push_back({from * cells_.count + cell, to * cells_.count + cell});
    s.entered[to].push_back(r);
    if (lists(to)) {
      s.rows[to].push_back(r);
    }
  }
  u32 labels() const { return labels_; }
  u32 cells() const { return cells_.count; }
  /// Rows that got the label this step (they may have left it again).
  std::span<const Row> entered(u32 slice, u8 label) const { return slices_[slice].entered[label]; }
  u64 entered(u8 label) const;
  /// Rows that have the label, in no particular order; who left is dropped when looked at.
  std::span<const Row> rows_with(u32 slice, u8 label);
  u64 rows_with(u8 label) const;
  /// Folds what changed this step into counts() and entries(): this rank's, [label x cell].
  void tally();
  std::span<const i64> counts() const { return counts_; }
  std::span<const i64> entries() const { return entries_; }

 private:
  struct Move {
    u32 from, to;  // label x cell
  };
  // Few moves are cheaper to list than to look for in [label x cell] counts.
  static constexpr std::size_t log_limit = 1024;
  struct alignas(64) Slice {
    std::vector<Move> moves;
    std::vector<i32> delta, entries;  // [label x cell]; empty until the list was once full
    bool folded = false;              // delta and entries hold something
    std::vector<std::vector<Row>> entered, rows;
  };
  void fold(Slice& slice);
  const u8* values_;
  Slices cut_;
  u32 labels_, listed_ = 0;
  Cells cells_;
  std::vector<Slice> slices_;
  std::vector<i64> counts_, entries_;
  bool had_entries_ = false;
};

/// Rows by date: who is due at a step. A ring of buckets; the column alone says what is true, so a
/// stale entry (rescheduled, cancelled) is dropped when its bucket comes up.
class DateIndex {
 public:
  DateIndex(const ColumnStore& column, Slices slices);
  void group_by(Cells cells) { cells_ = cells; }
  /// From the column alone: dates before `next` are past and mean nothing.
  void rebuild(Step next);

  void set(u32 slice, Row r, StoredStep date) {
    if (date != never) {
      buckets_[slice][date % ring].push_back(r);
    }
  }
  /// At the start of a substep: makes due() what the column says of `now`, in order of row. Rows
  /// that were due in an earlier substep of the step and still are stay due.
  void prepare(Step now);
  /// Between prepare() and close(), the end of the substep, due() is known.
  bool is_open() const { return open_; }
  void close() { open_ = false; }
  std::span<const Row> due(u32 slice) const { return due_[slice]; }
  u64 due() const { return total_due_; }
  u32 cells() const { return cells_.count; }
  /// Rows that came due this step, [cell]; this rank's. Counted by tally(), whatever an act made of
  /// their dates.
  void tally();
  std::span<const i64> entries() const { return entries_; }

 private:
  static constexpr u32 ring = 256;
  const StoredStep* values_;
  Slices cut_;
  Cells cells_;
  std::vector<std::vector<std::vector<Row>>> buckets_;  // [slice][day]: threads write apart
  std::vector<std::vector<Row>> due_;                   // [slice]
  std::vector<std::vector<Row>> came_;  // [slice]: all that was due in a substep of this step
  std::vector<i64> entries_;
  u64 total_due_ = 0;
  Step prepared_for_ = 0;
  bool open_ = false;
};

}  // namespace throng
