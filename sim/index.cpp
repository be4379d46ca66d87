#include "sim/index.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "sim/error.h"
#include "sim/parallel.h"

namespace throng {

Slices Slices::cut(Row rows, int threads) {
  Slices s{.rows = rows, .bits = 16};
  while (s.bits > 10 && s.count() < 4u * static_cast<u32>(threads)) {
    --s.bits;
  }
  return s;
}

Slices Slices::cut(Row rows, Row capacity, int threads) {
  if (capacity <= rows) {
    return cut(rows, threads);
  }
  // Rows stand at the front: cut as if an eighth of the room were used, where less is.
  Slices s = cut(std::max(rows, capacity / 8), threads);
  s.rows = rows;
  s.capacity = capacity;
  return s;
}

void sort_rows(std::vector<Row>& rows, Row slice_begin, u32 slice_bits) {
  if (rows.size() < 200) {
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return;
  }
  static thread_local std::vector<u64> bits;
  bits.assign((std::size_t{1} << slice_bits) / 64 + 1, 0);
  for (const Row r : rows) {
    bits[(r - slice_begin) >> 6] |= u64{1} << ((r - slice_begin) & 63);
  }
  std::size_t n = 0;
  for (u32 w = 0; w < bits.size(); ++w) {
    for (u64 b = bits[w]; b != 0; b &= b - 1) {
      rows[n++] = slice_begin + w * 64 + static_cast<u32>(std::countr_zero(b));
    }
  }
  rows.resize(n);
}

LabelIndex::LabelIndex(const ColumnStore& column, Slices slices, u32 labels)
    : values_(reinterpret_cast<const u8*>(column.data())),
      cut_(slices),
      labels_(labels),
      slices_(slices.count()) {
  ensures(labels >= 1 && labels <= 32, "an indexed column has 1 to 32 labels");
  ensures(slices.bits <= RowSet::most_bits, "a set of rows holds those of a slice");
}

void LabelIndex::rebuild() {
  const std::size_t width = std::size_t{labels_} * cells_.count;
  counts_.assign(width, 0);
  entries_.assign(width, 0);
  had_entries_ = false;
  std::vector<std::vector<i64>> found(slices_.size(), std::vector<i64>(width));
  parallel_for(slices_.size(), cut_.rows, [&](std::size_t i) {
    Slice& s = slices_[i];
    s = Slice{};
    s.entered.resize(labels_);
    s.rows.resize(labels_);
    const auto [begin, end] = cut_.range(static_cast<u32>(i));
    for (Row r = begin; r < end; ++r) {
      const u8 label = values_[r];
      ensures(label < labels_, "a label column holds a value that has no label");
      ++found[i][label * cells_.count + cells_.at(r)];
      if ((listed_ >> label & 1) != 0) {
        s.rows[label].add(r - begin);
      }
    }
  });
  for (const auto& of_slice : found) {
    for (std::size_t k = 0; k < width; ++k) {
      counts_[k] += of_slice[k];
    }
  }
}

void LabelIndex::end_step() {
  if (!had_entries_) {
    return;
  }
  for (Slice& s : slices_) {
    for (auto& e : s.entered) {
      e.clear();
    }
  }
  std::fill(entries_.begin(), entries_.end(), 0);
  had_entries_ = false;
}

u64 LabelIndex::entered(u8 label) const {
  u64 n = 0;
  for (const Slice& s : slices_) {
    n += s.entered[label].size();
  }
  return n;
}

void LabelIndex::take(Marks& marks) {
  for (Slice& s : slices_) {
    for (u32 label = 0; label < s.entered.size(); ++label) {
      marks.take(s.entered[label], 1u << label);
    }
  }
  for (const Row r : marks.rows()) {
    const u32 slice = cut_.of(r);
    if (lists(values_[r])) {
      slices_[slice].rows[values_[r]].remove(r - cut_.first(slice));
    }
  }
}

u64 LabelIndex::rows_with(u8 label) const {
  u64 n = 0;
  for (const Slice& s : slices_) {
    n += s.rows[label].size();
  }
  return n;
}

void LabelIndex::fold(Slice& s) {
  s.delta.resize(counts_.size());
  s.entries.resize(counts_.size());
  for (const Move& m : s.moves) {
    --s.delta[m.from];
    ++s.delta[m.to];
    ++s.entries[m.to];
  }
  s.moves.clear();
  s.folded = true;
}

void LabelIndex::tally() {
  for (Slice& s : slices_) {
    had_entries_ = had_entries_ || !s.moves.empty() || s.folded;
    for (const Move& m : s.moves) {
      --counts_[m.from];
      ++counts_[m.to];
      ++entries_[m.to];
    }
    s.moves.clear();
    if (!s.folded) {
      continue;
    }
    for (std::size_t k = 0; k < counts_.size(); ++k) {
      counts_[k] += s.delta[k];
      entries_[k] += s.entries[k];
    }
    std::fill(s.delta.begin(), s.delta.end(), 0);
    std::fill(s.entries.begin(), s.entries.end(), 0);
    s.folded = false;
  }
}

DateIndex::DateIndex(const ColumnStore& column, Slices slices)
    : values_(reinterpret_cast<const StoredStep*>(column.data())),
      cut_(slices),
      buckets_(slices.count(), std::vector<std::vector<Row>>(ring)),
      due_(slices.count()),
      came_(slices.count()) {}

void DateIndex::rebuild(Step next) {
  parallel_for(due_.size(), cut_.rows, [&](std::size_t s) {
    for (auto& day : buckets_[s]) {
      day.clear();
    }
    due_[s].clear();
    came_[s].clear();
    const auto [begin, end] = cut_.range(static_cast<u32>(s));
    for (Row r = begin; r < end; ++r) {
      if (values_[r] != never && values_[r] >= next) {
        buckets_[s][values_[r] % ring].push_back(r);
      }
    }
  });
  total_due_ = 0;
  prepared_for_ = 0;
  entries_.assign(cells_.count, 0);
  gone_.assign(cells_.count, 0);
}

void DateIndex::take(Marks& marks) {
  for (std::size_t s = 0; s < due_.size(); ++s) {
    marks.take(came_[s], came_mark);
    marks.take(due_[s], due_mark);
  }
}

void DateIndex::prepare(Step now) {
  const bool again = now == prepared_for_;
  prepared_for_ = now;
  open_ = true;
  if (!again) {
    std::fill(gone_.begin(), gone_.end(), 0);
  }
  u64 candidates = 0;
  for (std::size_t s = 0; s < due_.size(); ++s) {
    if (!again) {
      due_[s].clear();
      came_[s].clear();
    }
    if (cut_.capacity != 0) {
      // Rows may have become fewer since.
      std::erase_if(buckets_[s][now % ring], [&](Row r) { return r >= cut_.rows; });
    }
    candidates += buckets_[s][now % ring].size() + due_[s].size();
  }
  total_due_ = 0;
  if (candidates == 0) {
    return;
  }
  parallel_for(due_.size(), candidates, [&](std::size_t s) {
    auto& bucket = buckets_[s][now % ring];
    auto& due = due_[s];
    due.insert(due.end(), bucket.begin(), bucket.end());
    bucket.clear();
    // A later date of the same bucket waits for another turn of the ring; a stale entry goes.
    for (const Row r : due) {
      if (values_[r] != never && values_[r] > now && values_[r] % ring == now % ring) {
        bucket.push_back(r);
      }
    }
    std::erase_if(due, [&](Row r) { return values_[r] != now; });
    const Row begin = cut_.first(static_cast<u32>(s));
    sort_rows(due, begin, cut_.bits);
    came_[s].insert(came_[s].end(), due.begin(), due.end());
    if (again) {
      sort_rows(came_[s], begin, cut_.bits);
    }
  });
  for (const auto& d : due_) {
    total_due_ += d.size();
  }
}

void DateIndex::tally() {
  const auto today = [this](std::size_t s) -> std::span<const Row> {
    return buckets_[s][prepared_for_ % ring];
  };
  u64 looked_at = 0;
  for (std::size_t s = 0; s < came_.size(); ++s) {
    looked_at += today(s).size() + came_[s].size();
  }
  entries_ = gone_;
  std::vector<std::vector<i64>> of_slice(came_.size());
  parallel_for(came_.size(), looked_at, [&](std::size_t s) {
    ensures(std::ranges::none_of(today(s),
                                 [&](Row r) {
                                   return prepared_for_ > 0 && r < cut_.rows &&
                                          values_[r] == prepared_for_;
                                 }),
            "a date of today is set before the last substep that follows it");
    if (!came_[s].empty()) {
      of_slice[s].resize(cells_.count);
    }
    for (const Row r : came_[s]) {
      ++of_slice[s][cells_.at(r)];
    }
  });
  for (const auto& came : of_slice) {
    std::ranges::transform(came, entries_, entries_.begin(), std::plus());
  }
}

}  // namespace throng
