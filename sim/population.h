// All that a simulation is about: kinds of rows and the networks between them.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/kind.h"
#include "sim/network.h"
#include "sim/sight.h"
#include "sim/space.h"

namespace throng {

class Population {
 public:
  /// Adds a kind; its tag (its place in the list) separates its chance from that of other kinds.
  Kind& add_kind(std::string name, Partition partition);
  Kind& kind(std::string_view name);
  const Kind& kind(std::string_view name) const;
  bool has_kind(std::string_view name) const;
  const std::vector<std::unique_ptr<Kind>>& kinds() const { return kinds_; }

  void add_groups(std::string name, Groups groups);
  void add_edges(std::string name, Edges edges);
  /// Rows of `cells` form a grid.
  void add_lattice(std::string name, const Kind& cells, Lattice lattice);
  /// A space, and the kinds that live in it: listed ones, whose columns `x` and `y` say where a row
  /// is. Rows go to the ranks of their cells when the simulation starts, whoever had them.
  void add_space(std::string name, const Space& space);
  template <class X, class Y>
  void place(std::string_view space, Kind& kind, const X& x, const Y& y) {
    place_at(space, kind, x.info(), y.info());
  }
  struct Placed {
    Kind* kind;
    std::string_view x, y;
  };
  struct Plane {
    std::string name;
    Space space;
    std::vector<Placed> placed;
  };
  const Plane* plane(std::string_view name) const;
  const std::vector<std::unique_ptr<Plane>>& planes() const { return planes_; }
  /// Null when there is no such network: a layer nobody has is a layer nobody meets in.
  const Groups* groups(std::string_view name) const;
  const Edges* edges(std::string_view name) const;
  struct Grid {
    std::string name;
    const Kind* cells;
    Lattice lattice;
  };
  const Grid* grid(std::string_view name) const;
  const std::vector<std::unique_ptr<Grid>>& grids() const { return grids_; }
  std::vector<const Groups*> all_groups() const;
  /// Sum over all cells of all kinds; replicated kinds count once, on rank 0.
  u64 content_hash(Rank me) const;
  u64 full_hash(Rank me) const;
  /// What every column is, one line each; equal text means that one's state fits the other.
  std::string schema() const;
  /// Of schema(): 64 bits that change with a column's name, type, unit, role, labels or initial
  /// value, and with a kind.
  u64 fingerprint() const;
  /// Of every network, by name: who is in which group, or who has which edges. Collective.
  std::vector<std::pair<std::string, u64>> network_hashes(const Communicator& world) const;
  /// Memory of columns and rosters on this rank [bytes].
  std::size_t bytes() const;

 private:
  void place_at(std::string_view space, Kind& kind, const ColumnInfo& x, const ColumnInfo& y);
  std::vector<std::unique_ptr<Kind>> kinds_;
  std::vector<std::pair<std::string, std::unique_ptr<Groups>>> groups_;
  std::vector<std::pair<std::string, std::unique_ptr<Edges>>> edges_;
  std::vector<std::unique_ptr<Grid>> grids_;
  std::vector<std::unique_ptr<Plane>> planes_;
};

}  // namespace throng
