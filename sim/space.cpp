#include "sim/space.h"

#include <cstring>
#include <string>

#include "sim/parallel.h"

namespace throng {

CellMap::CellMap(const Space& space, int ranks, Rank me, u64 most)
    : space_(space), ranks_(ranks), me_(me) {
  ensures(space.width > 0 && space.height > 0, "a space has a width and a height");
  ensures(space.sight > 0, "a space says how far one sees in it");
  // A little wider than one sees: a position is rounded when its cell is found.
  const double narrowest = space.sight * (1 + 1e-9);
  const double area = (space.width / narrowest) * (space.height / narrowest);
  const double widen = std::max(1.0, std::sqrt(area / static_cast<double>(most)));
  const auto parts = [&](double size) {
    return static_cast<u32>(std::clamp(std::floor(size / (narrowest * widen)), 1.0, 65536.0));
  };
  across_ = parts(space.width);
  down_ = parts(space.height);
  cut(std::vector<i64>(cells(), 1));
}

u32 CellMap::around(u32 cell, std::array<u32, 9>& out) const {
  const u32 x = cell % across_, y = cell / across_;
  if (is_inner(cell)) {
    out = {cell - across_ - 1, cell - across_,     cell - across_ + 1, cell - 1,          cell,
           cell + 1,           cell + across_ - 1, cell + across_,     cell + across_ + 1};
    return 9;
  }
  u32 n = 0;
  for (u32 dy = 0; dy < 3; ++dy) {
    for (u32 dx = 0; dx < 3; ++dx) {
      // Shifted by one: x + dx - 1 would wrap below 0.
      const bool off = x + dx < 1 || x + dx > across_ || y + dy < 1 || y + dy > down_;
      if (!off || space_.torus) {
        out[n++] = (x + dx + across_ - 1) % across_ + across_ * ((y + dy + down_ - 1) % down_);
      }
    }
  }
  std::sort(out.begin(), out.begin() + n);
  return static_cast<u32>(std::unique(out.begin(), out.begin() + n) - out.begin());
}

void CellMap::cut(std::span<const i64> rows_in_cell) {
  i64 total = 0;
  for (const i64 n : rows_in_cell) {
    total += n;
  }
  bounds_.assign(static_cast<std::size_t>(ranks_) + 1, cells());
  bounds_[0] = 0;
  i64 before = 0;
  std::size_t rank = 1;
  for (u32 c = 0; c < cells() && rank < bounds_.size() - 1; ++c) {
    // A rank's piece ends where its share does, with the half of a cell that is nearer.
    while (rank < bounds_.size() - 1 &&
           2 * before + rows_in_cell[c] > 2 * total * static_cast<i64>(rank) / ranks_) {
      bounds_[rank++] = c;
    }
    before += rows_in_cell[c];
  }
  first_ = bounds_[static_cast<std::size_t>(me_)];
  count_ = bounds_[static_cast<std::size_t>(me_) + 1] - first_;
  find_borders();
}

void CellMap::find_borders() {
  border_.assign(cells(), 0);
  seers_.clear();
  seers_at_.assign(1, 0);
  if (ranks_ == 1) {
    return;
  }
  std::array<u32, 9> cells_around;
  for (u32 c = 0; c < cells(); ++c) {
    if (!is_mine(c)) {
      continue;
    }
    const u32 n = around(c, cells_around);
    const std::size_t begin = seers_.size();
    for (u32 k = 0; k < n; ++k) {
      const Rank r = rank_of(cells_around[k]);
      const auto from = seers_.begin() + static_cast<std::ptrdiff_t>(begin);
      if (r != me_ && std::find(from, seers_.end(), r) == seers_.end()) {
        seers_.push_back(r);
      }
    }
    if (seers_.size() > begin) {
      border_[c] = static_cast<u32>(seers_at_.size());
      seers_at_.push_back(static_cast<u32>(seers_.size()));
    }
  }
}

SeenColumn& CellLists::seen(const ColumnStore& column) {
  for (const auto& s : seen_) {
    if (s->column == &column) {
      return *s;
    }
  }
  seen_.push_back(std::make_unique<SeenColumn>(SeenColumn{&column, {}}));
  return *seen_.back();
}

void CellLists::find_cells() {
  const auto* x = reinterpret_cast<const double*>(x_->data());
  const auto* y = reinterpret_cast<const double*>(y_->data());
  const Slices& slices = kind_->slices();
  cell_.resize(kind_->rows());
  parallel_for(slices.count(), kind_->rows(), [&](std::size_t s) {
    const auto [begin, end] = slices.range(static_cast<u32>(s));
    for (Row r = begin; r < end; ++r) {
      if (!map_->space().holds(x[r], y[r])) {
        const Space& space = map_->space();
        throw ContractError("kind '" + kind_->name() + "': row " +
                            std::to_string(kind_->partition().id_of(r)) + " is at (" +
                            std::to_string(x[r]) + ", " + std::to_string(y[r]) +
                            ") (the space ends at " + std::to_string(space.width) + " x " +
                            std::to_string(space.height) +
                            "). Wrap positions on a torus, and stop them at the walls of a box.");
      }
      cell_[r] = map_->cell_of(x[r], y[r]);
    }
  });
}

void CellLists::fetch_copies(const Communicator& world, std::span<SeenColumn* const> columns) {
  record_ = sizeof(AgentId) + 2 * sizeof(double);
  for (const SeenColumn* c : columns) {
    record_ += size_of(c->column->info().type);
  }
  if (world.alone()) {
    return;
  }
  std::vector<std::vector<std::byte>> out(static_cast<std::size_t>(world.size()));
  std::vector<std::byte> record(record_);
  for (Row r = 0; r < kind_->rows(); ++r) {
    const auto ranks = map_->seen_by(cell_[r]);
    if (ranks.empty()) {
      continue;
    }
    const AgentId id = kind_->partition().id_of(r);
    std::byte* at = record.data();
    const auto put = [&](const void* from, std::size_t n) {
      std::memcpy(at, from, n);
      at += n;
    };
    put(&id, sizeof id);
    put(x_->data() + r * sizeof(double), sizeof(double));
    put(y_->data() + r * sizeof(double), sizeof(double));
    for (const SeenColumn* c : columns) {
      const std::size_t width = size_of(c->column->info().type);
      put(c->column->data() + r * width, width);
    }
    for (const Rank rank : ranks) {
      auto& to = out[static_cast<std::size_t>(rank)];
      to.insert(to.end(), record.begin(), record.end());
    }
  }
  world.exchange(out, copies_);
  const std::size_t n = copies_.size() / record_;
  copied_ += n;
  kind_->forget_met();
  for (std::size_t k = 0; k < n; ++k) {
    AgentId id;
    double place[2];
    std::memcpy(&id, &copies_[k * record_], sizeof id);
    std::memcpy(place, &copies_[k * record_ + sizeof id], sizeof place);
    cell_.push_back(map_->cell_of(place[0], place[1]));
    kind_->met(id, map_->rank_of(cell_.back()));
  }
}

void CellLists::renew(const Communicator& world, bool with_copies,
                      std::span<SeenColumn* const> columns) {
  find_cells();
  const Row rows = kind_->rows();
  copies_.clear();
  if (with_copies) {
    fetch_copies(world, columns);
  }
  const std::size_t total = cell_.size();
  const u32 cells = map_->cells();
  // Counting sort in a few pieces, a thread each: count, sum, put.
  const std::size_t pieces =
      total < 20'000 ? 1 : std::min<std::size_t>(8, static_cast<std::size_t>(thread_count()));
  const auto piece = [&](std::size_t p) { return total * p / pieces; };
  std::vector<std::vector<u32>> next(pieces, std::vector<u32>(cells));
  parallel_for(pieces, total, [&](std::size_t p) {
    for (std::size_t k = piece(p); k < piece(p + 1); ++k) {
      ++next[p][cell_[k]];
    }
  });
  start_.resize(std::size_t{cells} + 1);
  u32 sum = 0;
  for (u32 c = 0; c < cells; ++c) {
    start_[c] = sum;
    for (auto& n : next) {
      const u32 here = n[c];
      n[c] = sum;
      sum += here;
    }
  }
  start_[cells] = sum;
  entry_.resize(total);
  parallel_for(pieces, total, [&](std::size_t p) {
    for (std::size_t k = piece(p); k < piece(p + 1); ++k) {
      AgentId id;
      if (k < rows) {
        id = kind_->partition().id_of(static_cast<Row>(k));
      } else {
        std::memcpy(&id, &copies_[(k - rows) * record_], sizeof id);
      }
      entry_[next[p][cell_[k]]++] = u64{id} << 32 | k;
    }
  });
  // In order of id in each cell; then what is looked at, in that order.
  xs_.resize(total);
  ys_.resize(total);
  for (SeenColumn* c : columns) {
    c->values.resize(total * size_of(c->column->info().type));
  }
  constexpr u32 block = 512;
  parallel_for((cells + block - 1) / block, total, [&](std::size_t b) {
    const u32 from = static_cast<u32>(b) * block, to = std::min(cells, from + block);
    for (u32 c = from; c < to; ++c) {
      std::sort(entry_.begin() + start_[c], entry_.begin() + start_[c + 1]);
    }
    const auto gather = [&]<std::size_t width>(std::integral_constant<std::size_t, width>,
                                               const std::byte* mine, std::size_t at,
                                               std::byte* values) {
      for (u32 k = start_[from]; k < start_[to]; ++k) {
        const Row r = row(k);
        std::memcpy(values + std::size_t{k} * width,
                    r < rows ? mine + std::size_t{r} * width : &copies_[(r - rows) * record_ + at],
                    width);
      }
    };
    constexpr std::integral_constant<std::size_t, 8> eight;
    std::size_t at = sizeof(AgentId);
    gather(eight, x_->data(), at, reinterpret_cast<std::byte*>(xs_.data()));
    at += sizeof(double);
    gather(eight, y_->data(), at, reinterpret_cast<std::byte*>(ys_.data()));
    at += sizeof(double);
    for (SeenColumn* c : columns) {
      const std::size_t width = size_of(c->column->info().type);
      with_width(width, [&](auto w) { gather(w, c->column->data(), at, c->values.data()); });
      at += width;
    }
  });
}

void CellLists::migrate(const Communicator& world) {
  if (world.alone()) {
    return;
  }
  find_cells();
  std::vector<Row> leaving;
  std::vector<Rank> to;
  for (Row r = 0; r < kind_->rows(); ++r) {
    if (!map_->is_mine(cell_[r])) {
      leaving.push_back(r);
      to.push_back(map_->rank_of(cell_[r]));
    }
  }
  const std::vector<std::byte> images = kind_->take_out(leaving, Kind::Why::moving);
  const auto size = static_cast<std::ptrdiff_t>(kind_->image_size());
  std::vector<std::vector<std::byte>> out(static_cast<std::size_t>(world.size()));
  for (std::size_t k = 0; k < leaving.size(); ++k) {
    auto& there = out[static_cast<std::size_t>(to[k])];
    const auto image = images.begin() + static_cast<std::ptrdiff_t>(k) * size;
    there.insert(there.end(), image, image + size);
  }
  std::vector<std::byte> in;
  world.exchange(out, in);
  moved_ += in.size() / kind_->image_size();
  kind_->put_in(leaving, in, Kind::Why::moving);
  kind_->forget_met();
}

void Vicinity::gather(u32 cell) {
  const CellMap& map = seen_->map();
  inner_ = map.is_inner(cell);
  std::array<u32, 9> cells;
  const u32 n = map.around(cell, cells);
  near_.clear();
  for (u32 c = 0; c < n; ++c) {
    const auto [begin, end] = seen_->in_cell(cells[c]);
    for (u32 k = begin; k < end; ++k) {
      near_.push_back(u64{seen_->id(k)} << 32 | k);
    }
  }
  std::sort(near_.begin(), near_.end());
  const std::size_t m = near_.size();
  for (auto* v : {&xs_, &ys_, &dx_, &dy_, &squared_}) {
    v->resize(m);
  }
  hits_.resize(m + 1);
  for (std::size_t k = 0; k < m; ++k) {
    const auto at = static_cast<u32>(near_[k]);
    xs_[k] = seen_->x(at);
    ys_[k] = seen_->y(at);
  }
}

std::span<const Vicinity::Hit> Vicinity::look(u32 me) {
  const Space& space = seen_->map().space();
  const double x = mine_->x(me), y = mine_->y(me), limit = space.sight * space.sight;
  const std::size_t m = near_.size();
  double *dx = dx_.data(), *dy = dy_.data(), *squared = squared_.data();
  if (inner_) {
    for (std::size_t k = 0; k < m; ++k) {
      dx[k] = xs_[k] - x;
      dy[k] = ys_[k] - y;
      squared[k] = dx[k] * dx[k] + dy[k] * dy[k];
    }
  } else {
    for (std::size_t k = 0; k < m; ++k) {
      dx[k] = space.across(x, xs_[k]);
      dy[k] = space.down(y, ys_[k]);
      squared[k] = dx[k] * dx[k] + dy[k] * dy[k];
    }
  }
  if (mine_ == seen_) {
    // Itself: no distance is within sight of a row that is nowhere.
    const u64 self = u64{mine_->id(me)} << 32 | me;
    const auto at = std::lower_bound(near_.begin(), near_.end(), self) - near_.begin();
    squared[at] = 2 * limit + 1;
  }
  std::size_t n = 0;
  for (std::size_t k = 0; k < m; ++k) {
    // Written in any case and kept or not: a branch here is guessed wrong every third time.
    hits_[n] = {static_cast<u32>(near_[k]), dx[k], dy[k]};
    n += squared[k] <= limit ? 1 : 0;
  }
  return {hits_.data(), n};
}

CellLists& Territory::add(Kind& kind, const ColumnStore& x, const ColumnStore& y) {
  kinds_.push_back(std::make_unique<CellLists>(kind, x, y, map_));
  return *kinds_.back();
}

CellLists* Territory::find(const Kind& kind) {
  for (const auto& k : kinds_) {
    if (&k->kind() == &kind) {
      return k.get();
    }
  }
  return nullptr;
}

void Territory::settle(const Communicator& world) {
  std::vector<i64> rows(map_.cells());
  for (const auto& k : kinds_) {
    k->find_cells();
    for (Row r = 0; r < k->kind().rows(); ++r) {
      ++rows[k->cell_of(r)];
    }
  }
  world.sum(std::span<i64>(rows));
  map_.cut(rows);
  ++cuts_;
  for (const auto& k : kinds_) {
    k->migrate(world);
    k->kind().announce(world);
  }
}

void Territory::rebalance(const Communicator& world, Step now) {
  if (world.alone() || map_.space().scattered || now % look_every != 0) {
    return;
  }
  i64 mine = 0;
  for (const auto& k : kinds_) {
    mine += k->kind().rows();
  }
  const i64 most = world.maximum(mine);
  i64 all = mine;
  world.sum(std::span<i64>(&all, 1));
  // Few rows are not worth a new cut.
  if (static_cast<double>(most) * world.size() > drift * static_cast<double>(all) &&
      all > 16 * world.size()) {
    settle(world);
  }
}

}  // namespace throng
