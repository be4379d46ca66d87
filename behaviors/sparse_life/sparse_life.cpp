#include "behaviors/sparse_life/sparse_life.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "behaviors/sparse_life/columns.h"

namespace throng::sparse_life {
namespace {

/// The cells within two of one: alive where there is an id.
class View {
 public:
  View() { ids_.fill(no_agent); }
  AgentId& at(int dx, int dy) { return ids_[static_cast<std::size_t>((dy + 2) * 5 + dx + 2)]; }
  /// How many live around a place, and the smallest id of them.
  std::pair<u32, AgentId> around(int x, int y) {
    u32 alive = 0;
    AgentId first = no_agent;
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) {
        const AgentId id = dx == 0 && dy == 0 ? no_agent : at(x + dx, y + dy);
        alive += id == no_agent ? 0 : 1;
        first = std::min(first, id);
      }
    }
    return {alive, first};
  }

 private:
  std::array<AgentId, 25> ids_;
};

constexpr std::array<std::pair<int, int>, 8> places_around = {
    {{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}}};

class Live final : public Behavior {
 public:
  explicit Live(const Settings& settings) : side_(settings.side) {}
  std::string_view name() const override { return "sparse_life.live"; }
  std::string_view doc() const override {
    return "Lives on with two or three neighbors; where three meet, one is born.";
  }
  std::string_view kind() const override { return sparse_life::kind; }
  void bind(Binder& b) override {
    x_ = b.reads(x);
    y_ = b.reads(y);
    stays_ = b.finds(stays);
    bears_ = b.finds(sparse_life::bears);
    looks_ = b.looks_around(plane);
    space_ = &b.space(plane);
    dies_ = b.dies();
    births_ = b.bears(sparse_life::kind);
    child_x_ = b.gives(births_, x);
    child_y_ = b.gives(births_, y);
  }
  void observe(const Observe& o) const override {
    o.for_each_around(looks_, [&](const ObserveRow& me, const Around& around) {
      View view;
      view.at(0, 0) = me.id();
      for (const Nearby other : around) {
        view.at(static_cast<int>(other.dx()), static_cast<int>(other.dy())) = other.id();
      }
      const u32 alive = view.around(0, 0).first;
      me.set(stays_, static_cast<u8>(alive == 2 || alive == 3 ? 1 : 0));
      u32 born = 0;
      for (std::size_t k = 0; k < places_around.size(); ++k) {
        const auto [dx, dy] = places_around[k];
        if (view.at(dx, dy) == no_agent && view.around(dx, dy) == std::pair{3u, me.id()}) {
          born |= 1u << k;
        }
      }
      me.set(bears_, static_cast<u8>(born));
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) {
      if (me[stays_] == 0) {
        me.die(dies_);
      }
      for (u32 born = me[bears_]; born != 0; born &= born - 1) {
        const auto [dx, dy] = places_around[static_cast<std::size_t>(std::countr_zero(born))];
        const double child_x = me[x_] + dx, child_y = me[y_] + dy;
        if (!space_->holds(child_x, child_y)) {
          throw InputError("sparse_life.side: the pattern comes to the border in step " +
                           std::to_string(a.now()) + " (" + std::to_string(side_) +
                           " cells are no plane for it). Choose a larger side, or fewer steps.");
        }
        me.bear(births_).set(child_x_, child_x).set(child_y_, child_y);
      }
    });
  }

 private:
  u32 side_;
  const Space* space_ = nullptr;
  Reads<double> x_, y_;
  Finds<u8> stays_, bears_;
  LooksAround looks_;
  Dies dies_;
  Bears births_;
  Gives<double> child_x_, child_y_;
};

std::vector<std::pair<int, int>> cells_of(Pattern pattern) {
  switch (pattern) {
    case Pattern::r_pentomino:
      return {{0, -1}, {1, -1}, {-1, 0}, {0, 0}, {0, 1}};
    case Pattern::acorn:
      return {{-2, -1}, {0, 0}, {-3, 1}, {-2, 1}, {1, 1}, {2, 1}, {3, 1}};
    case Pattern::glider:
      return {{0, -1}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}};
  }
  return {};
}

}  // namespace

Population make_population(const Communicator& world, const Settings& s, u64, Spread spread) {
  const auto cells = cells_of(s.pattern);
  Population p;
  Kind& living =
      p.add_kind(std::string(sparse_life::kind),
                 spread(world, static_cast<AgentId>(cells.size())).listed(s.side * s.side));
  // All that decides about the places around lies within two cells: 2.83 on the diagonal.
  p.add_space(std::string(plane), {.width = static_cast<double>(s.side),
                                   .height = static_cast<double>(s.side),
                                   .torus = false,
                                   .sight = 2.9,
                                   .scattered = spread.over == Spread::Over::scatter});
  p.place(plane, living, x, y);
  const auto xs = living.values(x), ys = living.values(y);
  for (Row r = 0; r < living.rows(); ++r) {
    const auto [dx, dy] = cells[living.partition().id_of(r)];
    xs[r] = s.side / 2 + dx + 0.5;
    ys[r] = s.side / 2 + dy + 0.5;
  }
  return p;
}

AgentId first_cells(const Settings& s) { return static_cast<AgentId>(cells_of(s.pattern).size()); }

void add_to(Simulation& simulation, const Settings& settings) {
  simulation.add_substep("live", std::make_unique<Live>(settings));
}

}  // namespace throng::sparse_life
