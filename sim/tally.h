// Counts and events that behaviors write and only recorders (or replicated rows) read. Kept per
// thread, summed as integers, so their order does not matter.
#pragma once
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "sim/types.h"
#include "sim/units.h"

namespace throng {

/// A row of counters kept over the whole run: infections by layer, offspring by day of infection.
struct Tally {
  std::string_view name;
  Unit unit;
  std::string_view doc;
};

class TallyStore {
 public:
  TallyStore(Tally tally, u32 size, int threads) : tally_(tally), size_(size) {
    of_.assign(static_cast<std::size_t>(threads), std::vector<i64>(size, 0));
    total_.assign(size, 0);
  }
  const Tally& tally() const { return tally_; }
  u32 size() const { return size_; }
  void add(int thread, u32 index, i64 n) {
    expects(index < size_, "a tally is counted inside its size");
    of_[static_cast<std::size_t>(thread)][index] += n;
  }
  /// This rank's sums since the run began.
  std::span<const i64> total() {
    total_.assign(size_, 0);
    for (const auto& t : of_) {
      for (u32 k = 0; k < size_; ++k) {
        total_[k] += t[k];
      }
    }
    return total_;
  }
  void set(std::span<const i64> values) {
    for (auto& t : of_) {
      t.assign(size_, 0);
    }
    of_[0].assign(values.begin(), values.end());
  }

 private:
  Tally tally_;
  u32 size_;
  std::vector<std::vector<i64>> of_;
  std::vector<i64> total_;
};

/// Handle of a tally.
class Tallies {
 public:
  void add(int thread, u32 index, i64 n) const { store_->add(thread, index, n); }

 private:
  friend class Binder;
  TallyStore* store_ = nullptr;
};

/// A counter of replicated rows, which read the sum over all ranks in act: of what everybody added
/// in observe of the same substep, or in act of an earlier one.
struct Sum {
  std::string_view name;
  Unit unit;
  std::string_view doc;
};

/// Handle to add to such a counter in observe, and to read the sum that was delivered last.
class Adds {
 public:
  void add(int thread, Row to, i64 amount) const { store_->add(thread, to, amount); }

 private:
  friend class Binder;
  TallyStore* store_ = nullptr;
};
/// Handle to add to it in act: delivered when the substep ends.
class AddsLater {
 public:
  void add(int thread, Row to, i64 amount) const { store_->add(thread, to, amount); }

 private:
  friend class Binder;
  TallyStore* store_ = nullptr;
};
class ReadsSum {
 public:
  i64 at(Row row) const { return (*values_)[row]; }

 private:
  friend class Binder;
  const std::vector<i64>* values_ = nullptr;
};

/// Something that happened, with a record of it: an infection.
template <class R>
struct Event {
  std::string_view name, doc;
};

class EventStoreBase {
 public:
  virtual ~EventStoreBase() = default;
  virtual std::string_view name() const = 0;
  /// While paused, nothing is logged (a phase is being checked).
  void pause(bool paused) { paused_ = paused; }
  /// Recorders say whether they want it; nothing is kept otherwise.
  void want(bool wanted) { wanted_ = wanted; }

 protected:
  bool wanted_ = false, paused_ = false;
};

template <class R>
class EventStore final : public EventStoreBase {
 public:
  EventStore(std::string_view name, int threads)
      : name_(name), of_(static_cast<std::size_t>(threads)) {}
  std::string_view name() const override { return name_; }
  void add(int thread, const R& record) {
    if (wanted_ && !paused_) {
      of_[static_cast<std::size_t>(thread)].push_back(record);
    }
  }
  /// Takes what this rank logged since the last call, in no order.
  std::vector<R> take() {
    std::vector<R> all;
    for (auto& t : of_) {
      all.insert(all.end(), t.begin(), t.end());
      t.clear();
    }
    return all;
  }

 private:
  std::string_view name_;
  std::vector<std::vector<R>> of_;
};

/// Handle of an event.
template <class R>
class Logs {
 public:
  void add(int thread, const R& record) const { store_->add(thread, record); }

 private:
  friend class Binder;
  EventStore<R>* store_ = nullptr;
};

}  // namespace throng
