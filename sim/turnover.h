// Births and deaths: asked for in `act`, done at the end of the substep. New ids are numbered from
// the next free one in order of (parent, birth order) over all ranks; ids of the dead are not used
// again.
#pragma once
#include <compare>
#include <cstring>
#include <span>
#include <vector>

#include "sim/communicator.h"
#include "sim/kind.h"
#include "sim/trace.h"

namespace throng {

/// Who bears, and which of its births it is. A loop visits a row once, on one thread: `count`
/// orders what it asks for there.
struct BirthKey {
  u32 kind = 0;  ///< of the parent
  AgentId parent = 0;
  u32 behavior = 0;  ///< its place in the substep
  u32 loop = 0;      ///< of the behavior's act
  u32 count = 0;
  auto operator<=>(const BirthKey&) const = default;
};

/// What is asked for in one act: rows of one kind that die, and rows that are born into it.
class Turnover {
 public:
  Turnover(Kind& kind, int threads) : kind_(&kind), of_(static_cast<std::size_t>(threads)) {}

  void die(int thread, Row row) { of_[static_cast<std::size_t>(thread)].dead.push_back(row); }
  /// Asks for a birth; its number among those of the thread, for set().
  u32 bear(int thread, BirthKey key) {
    Queue& q = of_[static_cast<std::size_t>(thread)];
    key.count = static_cast<u32>(q.born.size());
    q.born.push_back({key, 0});
    q.images.insert(q.images.end(), kind_->blank_image().begin(), kind_->blank_image().end());
    return key.count;
  }
  void set(int thread, u32 birth, const Kind::Entry& column, const void* value, std::size_t width) {
    Queue& q = of_[static_cast<std::size_t>(thread)];
    q.born[birth].given |= column.fixed_bit;
    std::memcpy(q.images.data() + birth * kind_->image_size() + column.image_at, value, width);
  }

  /// Order-free hash of what is asked for; and forgetting it, to run a phase again.
  u64 asked_hash() const;
  void forget();
  /// Does it. Collective.
  void apply(const Communicator& world, Tracer* tracer);

  const Kind& kind() const { return *kind_; }
  /// Over all ranks, since the run began.
  u64 born() const { return born_; }
  u64 died() const { return died_; }
  void go_on_from(u64 born, u64 died) {
    born_ = born;
    died_ = died;
  }

 private:
  struct Birth {
    BirthKey key;
    u64 given;  ///< fixed columns, a bit each
  };
  struct alignas(64) Queue {
    std::vector<Row> dead;
    std::vector<Birth> born;
    std::vector<std::byte> images;
  };
  struct Newborn {
    BirthKey key;
    const std::byte* image;
  };
  std::vector<Row> dead() const;
  std::vector<Newborn> newborn() const;

  Kind* kind_;
  std::vector<Queue> of_;
  u64 born_ = 0, died_ = 0;
};

}  // namespace throng
