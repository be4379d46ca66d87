#include "sim/sight.h"

#include <cstring>

namespace throng {

void Ghosts::want(std::span<const AgentId> ids) {
  for (const AgentId id : ids) {
    expects(id < kind_->partition().total(), "a row that exists is seen");
    if (!kind_->partition().is_mine(id)) {
      ids_.push_back(id);
    }
  }
  std::sort(ids_.begin(), ids_.end());
  ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
}

void Ghosts::settle(const Communicator& world) {
  struct Wish {
    AgentId id;
    u32 slot;
    Rank from;
  };
  std::vector<std::vector<Wish>> wishes(static_cast<std::size_t>(world.size()));
  for (u32 slot = 0; slot < ids_.size(); ++slot) {
    const Rank owner = kind_->partition().rank_of(ids_[slot]);
    wishes[static_cast<std::size_t>(owner)].push_back({ids_[slot], slot, world.rank()});
  }
  std::vector<Wish> asked;
  world.exchange(wishes, asked);
  for (const Wish& w : asked) {
    exports_.push_back({kind_->partition().row_of(w.id), w.from, w.slot});
  }
  std::sort(exports_.begin(), exports_.end(), [](const Export& a, const Export& b) {
    return a.row != b.row ? a.row < b.row : a.rank < b.rank;
  });
  for (const auto& c : columns_) {
    c->values_.assign(ids_.size() * size_of(c->column_->info().type), std::byte{0});
    if (!exports_.empty()) {
      c->exported_.assign(kind_->rows(), false);
      for (const Export& e : exports_) {
        c->exported_[e.row] = true;
      }
    }
  }
}

GhostColumn& Ghosts::column(const ColumnStore& column) {
  for (const auto& c : columns_) {
    if (c->column_ == &column) {
      return *c;
    }
  }
  columns_.push_back(std::make_unique<GhostColumn>(column, kind_->slices()));
  return *columns_.back();
}

void Ghosts::refresh(const Communicator& world, GhostColumn& column) {
  if (world.alone() || kind_->replicated()) {
    return;
  }
  struct News {
    u64 bits;
    u32 slot, unused = 0;
  };
  std::vector<std::vector<News>> out(static_cast<std::size_t>(world.size()));
  const auto send = [&](const Export& e) {
    out[static_cast<std::size_t>(e.rank)].push_back({column.column_->bits(e.row), e.slot});
  };
  if (column.fresh_) {
    const auto by_row = [](const Export& a, const Export& b) { return a.row < b.row; };
    for (std::size_t s = 0; s < column.changed_.size(); ++s) {
      auto& rows = column.changed_[s];
      sort_rows(rows, static_cast<Row>(s << column.slices_.bits), column.slices_.bits);
      for (const Row row : rows) {
        const auto [first, last] =
            std::equal_range(exports_.begin(), exports_.end(), Export{row, 0, 0}, by_row);
        std::for_each(first, last, send);
      }
      rows.clear();
    }
  } else {
    std::for_each(exports_.begin(), exports_.end(), send);
    for (auto& rows : column.changed_) {
      rows.clear();
    }
    column.fresh_ = true;
  }
  std::vector<News> in;
  world.exchange(out, in);
  crossed_ += in.size();
  const std::size_t width = size_of(column.column_->info().type);
  for (const News& n : in) {
    // Little-endian: the low bytes of the pattern are the value's.
    std::memcpy(column.values_.data() + n.slot * width, &n.bits, width);
  }
}

Sight::Sight(const Edges& edges, const Kind& kind, Ghosts& ghosts)
    : kind_(&kind), ghosts_(&ghosts), edges_(&edges) {
  std::vector<AgentId> seen;
  for (Row r = 0; r < kind.rows(); ++r) {
    const auto targets = edges.targets(r);
    seen.insert(seen.end(), targets.begin(), targets.end());
  }
  ghosts.want(seen);
}

Sight::Sight(const Lattice& lattice, const Kind& cells, Ghosts& ghosts)
    : kind_(&cells), ghosts_(&ghosts), lattice_(lattice) {
  ensures(lattice.cells() == cells.partition().total(), "a grid has one row for every cell");
  ensures(lattice.width >= 3 && lattice.height >= 3, "a grid is at least 3 cells wide and high");
  const Partition& where = cells.partition();
  if (where.is_contiguous()) {
    inner_.assign(cells.rows(), false);
    const u32 w = lattice.width;
    steps_ = lattice.neighborhood == Neighborhood::moore
                 ? std::vector<u32>{0 - w - 1, 0 - w, 0 - w + 1, 0u - 1, 1, w - 1, w, w + 1}
                 : std::vector<u32>{0 - w, 0u - 1, 1, w};
  }
  std::vector<AgentId> seen;
  std::array<AgentId, most_neighbors> ids;
  for (Row r = 0; r < cells.rows(); ++r) {
    const AgentId cell = where.id_of(r);
    const u32 n = neighbors(cell, ids);
    bool all_mine = true;
    for (u32 k = 0; k < n; ++k) {
      if (!where.is_mine(ids[k])) {
        all_mine = false;
        seen.push_back(ids[k]);
      }
    }
    if (!inner_.empty()) {
      inner_[r] = all_mine && is_inside(cell % lattice.width, cell / lattice.width);
    }
  }
  ghosts.want(seen);
}

bool Sight::is_inside(u32 x, u32 y) const {
  return x > 0 && x + 1 < lattice_.width && y > 0 && y + 1 < lattice_.height;
}

void Sight::settle() {
  if (edges_ == nullptr) {
    return;
  }
  at_.assign(1, 0);
  for (Row r = 0; r < kind_->rows(); ++r) {
    for (const AgentId id : edges_->targets(r)) {
      places_.push_back(ghosts_->place_of(id));
    }
    at_.push_back(places_.size());
  }
}

u32 Sight::neighbors(AgentId cell, std::array<AgentId, most_neighbors>& ids) const {
  const u32 w = lattice_.width, h = lattice_.height, x = cell % w, y = cell / w;
  const bool moore = lattice_.neighborhood == Neighborhood::moore;
  if (is_inside(x, y)) {
    if (moore) {
      ids = {cell - w - 1, cell - w,     cell - w + 1, cell - 1,
             cell + 1,     cell + w - 1, cell + w,     cell + w + 1};
      return 8;
    }
    ids[0] = cell - w;
    ids[1] = cell - 1;
    ids[2] = cell + 1;
    ids[3] = cell + w;
    return 4;
  }
  u32 n = 0;
  for (u32 dy = 0; dy < 3; ++dy) {
    for (u32 dx = 0; dx < 3; ++dx) {
      const bool self = dx == 1 && dy == 1, corner = dx != 1 && dy != 1;
      // Shifted by one: x + dx - 1 would wrap below 0.
      const bool off = x + dx < 1 || x + dx > w || y + dy < 1 || y + dy > h;
      if (self || (corner && !moore) || (off && !lattice_.torus)) {
        continue;
      }
      ids[n++] = (x + dx + w - 1) % w + w * ((y + dy + h - 1) % h);
    }
  }
  std::sort(ids.begin(), ids.begin() + n);
  return n;
}

}  // namespace throng
