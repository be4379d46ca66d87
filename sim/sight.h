// Sight: which rows a row may look at in `observe`, and copies (ghosts) of those that live on other
// ranks. A ghost's values are renewed before the substeps that look at them, and only those that
// changed cross.
#pragma once
#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <vector>

#include "sim/communicator.h"
#include "sim/kind.h"
#include "sim/network.h"

namespace throng {

/// Where a seen row stands here: a row of this rank, or a ghost.
class Place {
 public:
  static Place mine(Row row) {
    // Said to the compiler, so that rows known to be mine are not asked whether they are ghosts.
    if ((row & ghost_bit) != 0) {
      __builtin_unreachable();
    }
    return Place(row);
  }
  static Place ghost(u32 slot) { return Place(slot | ghost_bit); }
  bool is_ghost() const { return (code_ & ghost_bit) != 0; }
  u32 index() const { return code_ & ~ghost_bit; }

 private:
  explicit Place(u32 code) : code_(code) {}
  static constexpr u32 ghost_bit = 0x80000000;
  u32 code_;
};

/// Copies of one column's values on other ranks: who has them, and which are out of date.
class GhostColumn {
 public:
  GhostColumn(const ColumnStore& column, Slices slices)
      : column_(&column), slices_(slices), changed_(slices.count()) {}
  /// A row of mine has a new value.
  void changed(u32 slice, Row row) {
    if (!exported_.empty() && exported_[row]) {
      changed_[slice].push_back(row);
    }
  }
  const std::byte* values() const { return values_.data(); }

 private:
  friend class Ghosts;
  const ColumnStore* column_;
  Slices slices_;
  std::vector<std::byte> values_;          // [ghost]
  std::vector<bool> exported_;             // [row]: has a ghost somewhere; empty on one rank
  std::vector<std::vector<Row>> changed_;  // [slice]
  bool fresh_ = false;                     // every ghost got a value once
};

/// The rows of a kind that this rank sees but does not own.
class Ghosts {
 public:
  explicit Ghosts(const Kind& kind) : kind_(&kind) {}
  /// Rows somebody here looks at; those of this rank are left out.
  void want(std::span<const AgentId> ids);
  /// Agrees with the other ranks on who sends what. Collective, once, after the last want().
  void settle(const Communicator& world);
  /// The copies of a column, made when they are first asked for.
  GhostColumn& column(const ColumnStore& column);
  /// Brings the copies of a column up to date. Collective.
  void refresh(const Communicator& world, GhostColumn& column);

  const Kind& kind() const { return *kind_; }
  u32 count() const { return static_cast<u32>(ids_.size()); }
  AgentId id_of(u32 slot) const { return ids_[slot]; }
  /// Where a row that was wanted stands.
  Place place_of(AgentId id) const {
    const Partition& where = kind_->partition();
    if (where.is_mine(id)) {
      return Place::mine(where.row_of(id));
    }
    const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
    expects(at != ids_.end() && *at == id, "a row in sight is mine or a ghost");
    return Place::ghost(static_cast<u32>(at - ids_.begin()));
  }
  /// Values that crossed ranks since the run began.
  u64 crossed() const { return crossed_; }

 private:
  struct Export {
    Row row;
    Rank rank;
    u32 slot;  // there
  };
  const Kind* kind_;
  std::vector<AgentId> ids_;     // in order
  std::vector<Export> exports_;  // in order of row
  std::vector<std::unique_ptr<GhostColumn>> columns_;
  u64 crossed_ = 0;
};

enum class Neighborhood : u8 { von_neumann, moore };

/// A grid of cells: rows of one kind, whose id is x + width * y.
struct Lattice {
  u32 width = 0, height = 0;
  Neighborhood neighborhood = Neighborhood::moore;
  bool torus = true;  ///< opposite borders touch; otherwise the world ends there
  u32 cells() const { return width * height; }
};

/// Who sees whom: for every row of a kind the rows it may look at, in order of id.
class Sight {
 public:
  /// Each row sees the targets of its edges.
  Sight(const Edges& edges, const Kind& kind, Ghosts& ghosts);
  /// Each cell sees its neighbors.
  Sight(const Lattice& lattice, const Kind& cells, Ghosts& ghosts);

  /// After the ghosts are settled.
  void settle();
  const Kind& kind() const { return *kind_; }
  const Ghosts& ghosts() const { return *ghosts_; }
  /// f(place) for every row that `row` sees, in order of id.
  template <class F>
  void each(Row row, F&& f) const {
    if (edges_ != nullptr) {
      for (u64 k = at_[row]; k < at_[row + 1]; ++k) {
        f(places_[k]);
      }
      return;
    }
    if (!inner_.empty() && inner_[row]) {
      for (const u32 step : steps_) {
        f(Place::mine(row + step));
      }
      return;
    }
    std::array<AgentId, most_neighbors> ids;
    const u32 n = neighbors(kind_->partition().id_of(row), ids);
    for (u32 k = 0; k < n; ++k) {
      f(ghosts_->place_of(ids[k]));
    }
  }

 private:
  static constexpr u32 most_neighbors = 8;
  u32 neighbors(AgentId cell, std::array<AgentId, most_neighbors>& ids) const;
  bool is_inside(u32 x, u32 y) const;

  const Kind* kind_;
  Ghosts* ghosts_;
  const Edges* edges_ = nullptr;
  Lattice lattice_;
  // Where rows are ids less the first one, the neighbors of most cells stand at the same steps from
  // it: the others (at borders of the world or of this rank) are looked up.
  std::vector<bool> inner_;  // [row]; empty where rows are not ids less the first one
  std::vector<u32> steps_;   // modulo 2^32
  std::vector<u64> at_;
  std::vector<Place> places_;
};

}  // namespace throng
