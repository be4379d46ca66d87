// Continuous space: rows whose position is two of their state columns see those near them, of their
// own or another kind. Space is cut into cells at least as wide as one sees; cells, in order of row
// and column, are cut over the ranks in contiguous pieces of about equal load, and a row lives
// where its cell does. What is near is found by cell lists, made anew before the substeps that
// look.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/communicator.h"
#include "sim/kind.h"

namespace throng {

/// A torus or a box with a corner at (0, 0).
struct Space {
  double width = 0, height = 0;
  bool torus = true;  ///< opposite borders touch; otherwise the world ends there
  double sight = 0;   ///< rows at most so far away are in sight
  u32 patches_across = 0, patches_down = 0;  ///< rows of a kind that pave it, id x + across * y
  /// Tests only: cell i on rank i mod n, so that everybody crosses ranks all the time.
  bool scattered = false;

  bool holds(double x, double y) const { return x >= 0 && x < width && y >= 0 && y < height; }
  /// The place on the torus of one that left it.
  double wrap_x(double x) const { return wrap(x, width); }
  double wrap_y(double y) const { return wrap(y, height); }
  /// From a to b the shortest way.
  double across(double a, double b) const { return shortest(b - a, width); }
  double down(double a, double b) const { return shortest(b - a, height); }
  /// Id of the patch a place is on.
  AgentId patch_of(double x, double y) const {
    expects(holds(x, y), "a place in the space is on a patch");
    return part(x, width, patches_across) + patches_across * part(y, height, patches_down);
  }
  static u32 part(double x, double size, u32 parts) {
    return std::min(parts - 1, static_cast<u32>(x * (parts / size)));
  }

 private:
  static double wrap(double x, double size) {
    const double inside = x - size * std::floor(x / size);
    return inside < size ? inside : 0;  // just below 0 is rounded up to the size
  }
  double shortest(double d, double size) const {
    if (torus) {
      d = d > size / 2 ? d - size : d;
      d = d < -size / 2 ? d + size : d;
    }
    return d;
  }
};

/// The cells of a space and who owns them.
class CellMap {
 public:
  /// Cells are as narrow as sight allows, but no more than about `most` of them: wider ones are
  /// right, too, and many empty ones cost more than they save.
  CellMap(const Space& space, int ranks, Rank me, u64 most = u64{1} << 24);

  const Space& space() const { return space_; }
  u32 cells() const { return across_ * down_; }
  u32 cells_across() const { return across_; }
  u32 cell_of(double x, double y) const {
    return Space::part(x, space_.width, across_) + across_ * Space::part(y, space_.height, down_);
  }
  Rank rank_of(u32 cell) const {
    if (space_.scattered) {
      return static_cast<Rank>(cell % static_cast<u32>(ranks_));
    }
    return cell - first_ < count_
               ? me_
               : static_cast<Rank>(std::upper_bound(bounds_.begin(), bounds_.end(), cell) -
                                   bounds_.begin()) -
                     1;
  }
  bool is_mine(u32 cell) const {
    return space_.scattered ? rank_of(cell) == me_ : cell - first_ < count_;
  }
  /// The cell and those around it, each once, in order.
  u32 around(u32 cell, std::array<u32, 9>& out) const;
  /// True when no way from the cell to one around it crosses a border.
  bool is_inner(u32 cell) const {
    const u32 x = cell % across_, y = cell / across_;
    return across_ > 3 && down_ > 3 && x > 0 && x + 1 < across_ && y > 0 && y + 1 < down_;
  }
  /// The ranks that see a cell of mine, me left out.
  std::span<const Rank> seen_by(u32 cell) const {
    const u32 k = border_[cell];
    return k == 0 ? std::span<const Rank>()
                  : std::span(seers_.data() + seers_at_[k - 1], seers_.data() + seers_at_[k]);
  }
  /// Cells in order are given to ranks so that each has about as many rows.
  void cut(std::span<const i64> rows_in_cell);
  const std::vector<u32>& bounds() const { return bounds_; }

 private:
  void find_borders();
  Space space_;
  u32 across_ = 1, down_ = 1;
  int ranks_;
  Rank me_;
  std::vector<u32> bounds_;  // [rank + 1]
  u32 first_ = 0, count_ = 0;
  std::vector<u32> border_;  // [cell]: 0, or the number of a border cell
  std::vector<u32> seers_at_;
  std::vector<Rank> seers_;
};

/// A column's values by place in the cell lists, of rows here and of copies of rows elsewhere.
struct SeenColumn {
  const ColumnStore* column = nullptr;
  std::vector<std::byte> values;
};

/// The rows of one kind by cell, in order of id in each: those of this rank, and copies of those in
/// cells of other ranks that border on cells of mine.
class CellLists {
 public:
  CellLists(Kind& kind, const ColumnStore& x, const ColumnStore& y, const CellMap& map)
      : kind_(&kind), x_(&x), y_(&y), map_(&map) {}

  Kind& kind() const { return *kind_; }
  const CellMap& map() const { return *map_; }
  const ColumnStore& x_column() const { return *x_; }
  const ColumnStore& y_column() const { return *y_; }
  SeenColumn& seen(const ColumnStore& column);
  /// Makes the lists from where rows stand now; with copies, and those columns of them, when
  /// somebody looks at the kind. Collective when with copies.
  void renew(const Communicator& world, bool with_copies, std::span<SeenColumn* const> columns);

  std::pair<u32, u32> in_cell(u32 cell) const { return {start_[cell], start_[cell + 1]}; }
  AgentId id(u32 at) const { return static_cast<AgentId>(entry_[at] >> 32); }
  /// The row that stands there, or one not below kind().rows() for a copy.
  Row row(u32 at) const { return static_cast<Row>(entry_[at]); }
  double x(u32 at) const { return xs_[at]; }
  double y(u32 at) const { return ys_[at]; }
  /// Cell of each row, where they stand now. ContractError for one outside of the space.
  void find_cells();
  u32 cell_of(Row row) const { return cell_[row]; }

  /// Sends rows to the ranks that own their cells. Collective.
  void migrate(const Communicator& world);
  /// Rows that came here, since the run began.
  u64 moved() const { return moved_; }
  u64 copied() const { return copied_; }

 private:
  void fetch_copies(const Communicator& world, std::span<SeenColumn* const> columns);
  Kind* kind_;
  const ColumnStore *x_, *y_;
  const CellMap* map_;
  std::vector<std::unique_ptr<SeenColumn>> seen_;
  std::vector<u32> cell_;          // [row, then copy]
  std::vector<std::byte> copies_;  // records of copies
  std::size_t record_ = 0;
  std::vector<u32> start_;  // [cell + 1]
  std::vector<u64> entry_;  // id, row or copy
  std::vector<double> xs_, ys_;
  u64 moved_ = 0, copied_ = 0;
};

/// What the rows of a cell may see: gathered once for all of them, in order of id.
class Vicinity {
 public:
  struct Hit {
    u32 at;  ///< place in the lists
    double dx, dy;
  };
  Vicinity(const CellLists& mine, const CellLists& seen) : mine_(&mine), seen_(&seen) {}
  void gather(u32 cell);
  /// What the row at a place of the lists sees, in order of id; itself left out. Until the next
  /// look.
  std::span<const Hit> look(u32 me);

 private:
  const CellLists *mine_, *seen_;
  bool inner_ = false;
  std::vector<u64> near_;  // id, place in the lists
  std::vector<double> xs_, ys_, dx_, dy_, squared_;
  std::vector<Hit> hits_;
};

/// A space with the kinds that live in it.
class Territory {
 public:
  Territory(const Space& space, int ranks, Rank me, u64 rows)
      : map_(space, ranks, me, std::max(u64{1} << 16, 2 * rows)) {}
  CellLists& add(Kind& kind, const ColumnStore& x, const ColumnStore& y);
  CellLists* find(const Kind& kind);
  const CellMap& map() const { return map_; }
  const std::vector<std::unique_ptr<CellLists>>& kinds() const { return kinds_; }
  /// Cuts the cells by where rows stand, and sends them there. Collective.
  void settle(const Communicator& world);
  /// The same when one rank has `drift` times as many rows as the mean, looked at every so many
  /// steps. Collective.
  void rebalance(const Communicator& world, Step now);
  u32 cuts() const { return cuts_; }

  static constexpr Step look_every = 8;
  static constexpr double drift = 1.2;

 private:
  CellMap map_;
  std::vector<std::unique_ptr<CellLists>> kinds_;
  u32 cuts_ = 0;
};

}  // namespace throng
