// A map from ids to small numbers, for rows that come, go and move: open addressing, one cache line
// for most lookups. Its order is never seen.
#pragma once
#include <algorithm>
#include <bit>
#include <vector>

#include "sim/error.h"
#include "sim/types.h"

namespace throng {

class IdMap {
 public:
  static constexpr u32 none = 0xFFFFFFFF;

  std::size_t size() const { return size_; }
  /// What was put for an id, or none.
  u32 find(AgentId id) const {
    if (size_ == 0) {
      return none;
    }
    for (std::size_t k = slot_of(id);; k = (k + 1) & mask_) {
      if (slots_[k].id == id) {
        return slots_[k].value;
      }
      if (slots_[k].id == no_agent) {
        return none;
      }
    }
  }
  /// Puts a value in place of the one that may be there.
  void put(AgentId id, u32 value) {
    expects(id != no_agent, "an id is a number of a row");
    if ((size_ + 1) * 2 > slots_.size()) {
      reserve(size_ + 1);
    }
    std::size_t k = slot_of(id);
    while (slots_[k].id != no_agent && slots_[k].id != id) {
      k = (k + 1) & mask_;
    }
    size_ += slots_[k].id == id ? 0 : 1;
    slots_[k] = {id, value};
  }
  /// Drops an id that may be there. Those behind it in the same run of slots move up, so that
  /// nothing is left of it to be passed by later lookups.
  void erase(AgentId id) {
    if (size_ == 0) {
      return;
    }
    std::size_t hole = slot_of(id);
    while (slots_[hole].id != id) {
      if (slots_[hole].id == no_agent) {
        return;
      }
      hole = (hole + 1) & mask_;
    }
    for (std::size_t k = (hole + 1) & mask_; slots_[k].id != no_agent; k = (k + 1) & mask_) {
      const std::size_t from = slot_of(slots_[k].id);
      if (((k - from) & mask_) >= ((k - hole) & mask_)) {
        slots_[hole] = slots_[k];
        hole = k;
      }
    }
    slots_[hole] = {};
    --size_;
  }
  void clear() {
    if (size_ != 0) {
      slots_.assign(slots_.size(), {});
      size_ = 0;
    }
  }
  /// Makes room for `n` ids.
  void reserve(std::size_t n) {
    const std::size_t room = std::bit_ceil(std::max<std::size_t>(16, n * 3));
    if (room <= slots_.size()) {
      return;
    }
    std::vector<Slot> old(room);
    old.swap(slots_);
    mask_ = room - 1;
    shift_ = 32 - static_cast<u32>(std::countr_zero(room));
    size_ = 0;
    for (const Slot& s : old) {
      if (s.id != no_agent) {
        put(s.id, s.value);
      }
    }
  }

 private:
  struct Slot {
    AgentId id = no_agent;
    u32 value = none;
  };
  /// The high bits of a product with the golden ratio: ids of a run spread over all slots.
  std::size_t slot_of(AgentId id) const { return (id * 0x9E3779B1u) >> shift_; }
  std::vector<Slot> slots_;
  std::size_t mask_ = 0, size_ = 0;
  u32 shift_ = 31;
};

}  // namespace throng
