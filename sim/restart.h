// What a run that goes on elsewhere needs of the one that stopped: the state after a step, and what
// recorders had gathered. How it is stored is for others; here is what there is to store.
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/column.h"
#include "sim/error.h"
#include "sim/kind.h"
#include "sim/types.h"

namespace throng {

class Population;

/// Takes what a recorder gathered since it was last asked, or gives all of it back: a recorder
/// makes the same calls for both, so that the two cannot drift apart. On rank 0, where recorders
/// keep.
class Keeper {
 public:
  virtual ~Keeper() = default;

  /// Values to whose end others are added.
  template <class T>
  void grows(std::string_view name, std::vector<T>& values) {
    if (keeps()) {
      const std::size_t first = count(name, values.size());
      put(name, data_type<T>(), 1, std::as_bytes(std::span(values).subspan(first)));
    } else {
      values = got<T>(name);
    }
  }
  /// One field of records to whose end others are added.
  template <class R, class T>
  void grows(std::string_view name, std::vector<R>& records, T R::*field) {
    std::vector<T> values;
    if (keeps()) {
      for (std::size_t k = count(name, records.size()); k < records.size(); ++k) {
        values.push_back(records[k].*field);
      }
      put(name, data_type<T>(), 1, std::as_bytes(std::span(values)));
      return;
    }
    values = got<T>(name);
    records.resize(values.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
      records[k].*field = values[k];
    }
  }
  /// Rows of equal width, one for every step.
  void grows(std::string_view name, std::vector<std::vector<i64>>& rows);
  /// What is replaced as a whole.
  template <class T>
  void holds(std::string_view name, std::vector<T>& values) {
    if (keeps()) {
      put(name, data_type<T>(), 0, std::as_bytes(std::span(values)));
    } else {
      values = got<T>(name);
    }
  }
  template <class T>
  void holds(std::string_view name, T& value) {
    std::vector<T> values = {value};
    holds(name, values);
    ensures(values.size() == 1, "a single value is kept as one");
    value = values[0];
  }
  /// True while it takes, false while it gives back.
  virtual bool keeps() const = 0;
  /// While it gives back: whether there is something under a name. What is recorded for the first
  /// time in a branch of a run has no past.
  virtual bool has(std::string_view name) const = 0;

 protected:
  /// While it gives back: all that was put under a name, in order, and the width it was put with.
  struct Kept {
    DataType type = DataType::u8_;
    u32 width = 1;
    std::vector<std::byte> bytes;
  };
  virtual Kept get(std::string_view name) = 0;
  /// While it takes. Width 0: what was put under the name before is worth nothing from now on.
  virtual void put(std::string_view name, DataType type, u32 width,
                   std::span<const std::byte> bytes) = 0;

 private:
  template <class T>
  std::vector<T> got(std::string_view name) {
    const Kept kept = get(name);
    ensures(kept.type == data_type<T>(), "what a recorder kept is of the type it asks for");
    std::vector<T> values(kept.bytes.size() / sizeof(T));
    std::copy(kept.bytes.begin(), kept.bytes.begin() + static_cast<i64>(values.size() * sizeof(T)),
              std::as_writable_bytes(std::span(values)).begin());
    count(name, values.size());
    return values;
  }
  /// How many there were when it was last asked; from now on `now`.
  std::size_t count(std::string_view name, std::size_t now);
  std::map<std::string, std::size_t, std::less<>> counted_;
};

/// The state of a simulation after a step, for one that starts from there.
class Past {
 public:
  virtual ~Past() = default;
  virtual Step step() const = 0;
  /// Throws InputError when it is the state of something else. All columns are there.
  virtual void check(const Population& population) const = 0;
  /// Puts the rows and values of a kind in place. Collective.
  virtual void fill(Kind& kind) const = 0;
  /// Counts that no column holds, by Simulation::numbers().
  virtual const std::map<std::string, std::vector<i64>>& numbers() const = 0;
};

}  // namespace throng
