// Faster ways to find rows. An index holds no fact of its own: it is rebuilt from its column.
// Everything is kept per slice (a block of rows that fits the L2 cache), one thread per slice at a
// time: no locks, and the lists do not depend on the number of threads.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/column.h"
#include "sim/error.h"
#include "sim/types.h"

namespace throng {

/// How a kind's rows are cut. Where rows come and go the cut is made for as many as there is room
/// for, so that the number of slices is constant.
struct Slices {
  Row rows = 0;
  u32 bits = 16;
  Row capacity = 0;  ///< when more than rows
  u32 count() const {
    const Row most = std::max(rows, capacity);
    return (most == 0 ? 0 : (most - 1) >> bits) + 1;
  }
  u32 of(Row r) const { return r >> bits; }
  std::pair<Row, Row> range(u32 s) const {
    const u64 begin = std::min<u64>(rows, u64{s} << bits);
    const u64 end = std::min<u64>(rows, (u64{s} + 1) << bits);
    return {static_cast<Row>(begin), static_cast<Row>(end)};
  }
  Row first(u32 s) const { return s << bits; }
  /// Slices small enough that `threads` threads share the work evenly.
  static Slices cut(Row rows, int threads);
  /// The same for rows that come and go.
  static Slices cut(Row rows, Row capacity, int threads);
};

/// Rows of one rank before and after rows came, went or moved up into the place of one that went.
/// What an index noted of a row in this step (that it got a label, that it came due) are its marks.
class Marks {
 public:
  /// `rows`: those whose marks are taken, in order; `most`: above every row.
  Marks(std::span<const Row> rows, Row most) : rows_(rows), is_one_((most >> 6) + 1) {
    for (const Row r : rows) {
      is_one_[r >> 6] |= u64{1} << (r & 63);
    }
    marks_.resize(rows.size());
  }
  /// Drops rows of a list whose marks are taken, and notes the mark with them.
  void take(std::vector<Row>& list, u32 mark) {
    std::erase_if(list, [&](Row r) {
      if ((is_one_[r >> 6] >> (r & 63) & 1) == 0) {
        return false;
      }
      const auto at = std::lower_bound(rows_.begin(), rows_.end(), r) - rows_.begin();
      marks_[static_cast<std::size_t>(at)] |= mark;
      return true;
    });
  }
  std::span<const Row> rows() const { return rows_; }
  u32 operator[](std::size_t k) const { return marks_[k]; }
  /// For the next index.
  void clear() { std::fill(marks_.begin(), marks_.end(), 0); }

 private:
  std::span<const Row> rows_;
  std::vector<u64> is_one_;
  std::vector<u32> marks_;
};

/// Sorts rows of one slice and drops doubles: by a bitmap of the slice when the list is long.
void sort_rows(std::vector<Row>& rows, Row slice_begin, u32 slice_bits);

/// Rows of a slice, by their place in it: a bitmap, and a bitmap of its words that are not 0, so
/// that few rows of a large slice are found as fast as many.
class RowSet {
 public:
  static constexpr u32 most_bits = 16;  // of a slice
  void add(u32 at) {
    if (words_.empty()) {
      words_.resize(std::size_t{1} << (most_bits - 6));
    }
    u64& word = words_[at >> 6];
    size_ += static_cast<u32>(~word >> (at & 63) & 1);
    word |= u64{1} << (at & 63);
    used_[at >> 12] |= u64{1} << (at >> 6 & 63);
  }
  void remove(u32 at) {
    if (words_.empty()) {
      return;
    }
    u64& word = words_[at >> 6];
    size_ -= static_cast<u32>(word >> (at & 63) & 1);
    word &= ~(u64{1} << (at & 63));
    if (word == 0) {
      used_[at >> 12] &= ~(u64{1} << (at >> 6 & 63));
    }
  }
  u32 size() const { return size_; }
  /// In order; `first` is the slice's first row.
  std::vector<Row> rows(Row first) const {
    std::vector<Row> all(size_);
    std::size_t n = 0;
    for (u32 u = 0; size_ > 0 && u < used_.size(); ++u) {
      for (u64 used = used_[u]; used != 0; used &= used - 1) {
        const u32 w = u * 64 + static_cast<u32>(std::countr_zero(used));
        for (u64 word = words_[w]; word != 0; word &= word - 1) {
          all[n++] = first + w * 64 + static_cast<u32>(std::countr_zero(word));
        }
      }
    }
    return all;
  }

 private:
  std::vector<u64> words_;  // empty until a row is added
  std::array<u64, std::size_t{1} << (most_bits - 12)> used_ = {};
  u32 size_ = 0;
};

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
    if (lists(from)) {
      s.rows[from].remove(r - cut_.first(slice));
    }
    if (lists(to)) {
      s.rows[to].add(r - cut_.first(slice));
    }
  }
  /// Rows are `rows` now.
  void resize(Row rows) { cut_.rows = rows; }
  /// The marks of a row are the labels it got this step, one bit each. The rows leave their places.
  void take(Marks& marks);
  /// A row that has `label` stands at `r` now, with the marks it brings.
  void place(Row r, u8 label, u32 marks) {
    const u32 slice = cut_.of(r);
    Slice& s = slices_[slice];
    for (u32 l = 0; marks != 0; ++l, marks >>= 1) {
      if ((marks & 1) != 0) {
        s.entered[l].push_back(r);
        had_entries_ = true;
      }
    }
    if (lists(label)) {
      s.rows[label].add(r - cut_.first(slice));
    }
  }
  /// A row of this rank is counted no more, or from now on; who is born got its label.
  void gone(Row r, u8 label) { --counts_[label * cells_.count + cells_.at(r)]; }
  void come(Row r, u8 label, bool born) {
    ensures(label < labels_, "a label column holds a value that has no label");
    const u32 at = label * cells_.count + cells_.at(r);
    ++counts_[at];
    if (born) {
      ++entries_[at];
      had_entries_ = true;
    }
  }
  u32 labels() const { return labels_; }
  u32 cells() const { return cells_.count; }
  /// Rows that got the label this step (they may have left it again).
  std::span<const Row> entered(u32 slice, u8 label) const { return slices_[slice].entered[label]; }
  u64 entered(u8 label) const;
  /// Rows that have the label now, in order.
  std::vector<Row> rows_with(u32 slice, u8 label) const {
    return slices_[slice].rows[label].rows(cut_.first(slice));
  }
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
    std::vector<std::vector<Row>> entered;
    std::vector<RowSet> rows;  // of the labels that are listed
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
  void resize(Row rows) { cut_.rows = rows; }
  /// The marks of a row: it came due this step (1), and is known to be (2).
  void take(Marks& marks);
  /// A row with this date stands at `r` now, with the marks it brings.
  void place(Row r, StoredStep date, u32 marks) {
    const u32 slice = cut_.of(r);
    if ((marks & came_mark) != 0) {
      came_[slice].push_back(r);
    }
    if ((marks & due_mark) != 0) {
      due_[slice].push_back(r);
    }
    if (date > prepared_for_ || (date == prepared_for_ && (marks & due_mark) == 0)) {
      set(slice, r, date);
    }
  }
  /// Counts one that came due this step and is gone.
  void gone(Row r, u32 marks) {
    if ((marks & came_mark) != 0) {
      ++gone_[cells_.at(r)];
    }
  }
  static constexpr u32 came_mark = 1, due_mark = 2;
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
  std::vector<i64> gone_;  // [cell]: came due this step and are gone
  u64 total_due_ = 0;
  Step prepared_for_ = 0;
  bool open_ = false;
};

}  // namespace throng
