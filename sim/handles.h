// The handles of a behavior: its only way to touch anything. Binder gives them.
#pragma once
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/chance.h"
#include "sim/claim.h"
#include "sim/message.h"
#include "sim/population.h"
#include "sim/sight.h"
#include "sim/tally.h"
#include "sim/turnover.h"

namespace throng {

class Binder;
class LoopBase;
class Simulation;

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

}  // namespace throng
