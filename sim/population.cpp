#include "sim/population.h"

#include "sim/error.h"

namespace throng {

Kind& Population::add_kind(std::string name, Partition partition) {
  ensures(!has_kind(name), "a kind is added once");
  kinds_.push_back(std::make_unique<Kind>(std::move(name), static_cast<KindTag>(kinds_.size()),
                                          std::move(partition)));
  return *kinds_.back();
}

bool Population::has_kind(std::string_view name) const {
  for (const auto& k : kinds_) {
    if (k->name() == name) {
      return true;
    }
  }
  return false;
}

Kind& Population::kind(std::string_view name) {
  for (const auto& k : kinds_) {
    if (k->name() == name) {
      return *k;
    }
  }
  throw ContractError("kind '" + std::string(name) +
                      "' is not in the population (a behavior works on it). Add the kind, or leave "
                      "the behavior out.");
}

const Kind& Population::kind(std::string_view name) const {
  return const_cast<Population*>(this)->kind(name);
}

void Population::add_groups(std::string name, Groups groups) {
  groups_.emplace_back(std::move(name), std::make_unique<Groups>(std::move(groups)));
}

void Population::add_edges(std::string name, Edges edges) {
  edges_.emplace_back(std::move(name), std::make_unique<Edges>(std::move(edges)));
}

const Groups* Population::groups(std::string_view name) const {
  for (const auto& [n, g] : groups_) {
    if (n == name) {
      return g.get();
    }
  }
  return nullptr;
}

std::vector<const Groups*> Population::all_groups() const {
  std::vector<const Groups*> all;
  for (const auto& [name, g] : groups_) {
    all.push_back(g.get());
  }
  return all;
}

const Edges* Population::edges(std::string_view name) const {
  for (const auto& [n, e] : edges_) {
    if (n == name) {
      return e.get();
    }
  }
  return nullptr;
}

void Population::add_lattice(std::string name, const Kind& cells, Lattice lattice) {
  ensures(!cells.listed(), "the cells of a grid are rows that stay");
  ensures(lattice.cells() == cells.partition().total(), "a grid has one row for every cell");
  grids_.push_back(std::make_unique<Grid>(Grid{std::move(name), &cells, lattice}));
}

const Population::Grid* Population::grid(std::string_view name) const {
  for (const auto& g : grids_) {
    if (g->name == name) {
      return g.get();
    }
  }
  return nullptr;
}

void Population::add_space(std::string name, const Space& space) {
  ensures(plane(name) == nullptr, "a space is added once");
  planes_.push_back(std::make_unique<Plane>(Plane{std::move(name), space, {}}));
}

void Population::place_at(std::string_view space, Kind& kind, const ColumnInfo& x,
                          const ColumnInfo& y) {
  auto* there = const_cast<Plane*>(plane(space));
  ensures(there != nullptr, "rows are placed in a space that was added");
  if (!kind.listed()) {
    throw ContractError("kind '" + kind.name() + "' is placed in space '" + std::string(space) +
                        "' (its rows move between ranks as their places do). Add the kind with "
                        "Partition::listed.");
  }
  for (const auto& p : planes_) {
    for (const Placed& other : p->placed) {
      ensures(other.kind != &kind, "a kind lives in one space");
    }
  }
  for (const ColumnInfo* c : {&x, &y}) {
    ensures(c->type == DataType::f64_ && (c->role == Role::state || c->role == Role::fixed),
            "a position is two columns of state, or fixed ones, of doubles");
    kind.add(*c);
  }
  there->placed.push_back({&kind, x.name, y.name});
}

const Population::Plane* Population::plane(std::string_view name) const {
  for (const auto& p : planes_) {
    if (p->name == name) {
      return p.get();
    }
  }
  return nullptr;
}

u64 Population::content_hash(Rank me) const {
  u64 sum = 0;
  for (const auto& k : kinds_) {
    sum += k->replicated() && me != 0 ? 0 : k->content_hash();
  }
  return sum;
}

u64 Population::full_hash(Rank me) const {
  u64 sum = 0;
  for (const auto& k : kinds_) {
    sum += k->replicated() && me != 0 ? 0 : k->full_hash();
  }
  return sum;
}

std::string Population::schema() const {
  std::string text;
  for (const auto& k : kinds_) {
    for (const std::string& line : k->schema()) {
      text += line + "\n";
    }
  }
  return text;
}

u64 Population::fingerprint() const {
  u64 h = 0;
  for (const char c : schema()) {
    h = mix(h ^ static_cast<u8>(c)) + 0x9E3779B97F4A7C15ull;
  }
  return h;
}

std::vector<std::pair<std::string, u64>> Population::network_hashes(
    const Communicator& world) const {
  std::vector<std::pair<std::string, u64>> all;
  for (const auto& [name, groups] : groups_) {
    all.emplace_back(name, groups->hash());
  }
  for (const auto& [name, edges] : edges_) {
    all.emplace_back(name, edges->hash());
  }
  for (auto& [name, hash] : all) {
    world.sum(std::span<u64>(&hash, 1));
  }
  return all;
}

std::size_t Population::bytes() const {
  std::size_t n = 0;
  for (const auto& k : kinds_) {
    n += k->column_bytes();
  }
  for (const auto& [name, g] : groups_) {
    n += g->bytes();
  }
  return n;
}

}  // namespace throng
