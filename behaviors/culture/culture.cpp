#include "behaviors/culture/culture.h"

#include <array>

#include "behaviors/culture/columns.h"

namespace throng::culture {
namespace {

/// In odd steps the odd squares of the checkerboard may change, in even ones the others, each with
/// probability 1/2: nobody looks at a site that changes in the same step, so that all changes of a
/// step are what the same changes one after the other would be, in any order.
class Interact final : public Behavior {
 public:
  explicit Interact(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "culture.interact"; }
  std::string_view doc() const override {
    return "Takes over a trait of a neighbor, the more likely the more they share.";
  }
  std::string_view kind() const override { return culture::kind; }
  void bind(Binder& b) override {
    culture_ = b.writes(culture);
    becomes_ = b.finds(becomes);
    open_ = b.finds(open_around);
    looks_ = b.looks(grid);
    seen_ = b.sees(looks_, culture);
    counts_ = b.tallies(open_pairs, 1);
    interacts_ = b.draws("culture.interacts");
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), interacts_, [&](const ObserveRow& me, const Words& w) {
      const u64 mine = me[culture_];
      std::array<u64, 4> around{};
      u32 neighbors = 0;
      u32 open = 0;
      o.for_each_in_sight(me, looks_, [&](const Neighbor& other) {
        around[neighbors] = other[seen_];
        const u32 shared = shared_of(mine, around[neighbors++]);
        open += shared != 0 && shared != settings_.features ? 1 : 0;
      });
      me.set(open_, static_cast<u8>(open));
      const u32 x = me.id() % settings_.width, y = me.id() / settings_.width;
      const bool turn = (x + y + o.now()) % 2 == 0 && (w[0] & 1) != 0;
      me.set(becomes_, turn ? after(mine, around[below(w[1], neighbors)], w) : mine);
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) {
      me.count(counts_, 0, me[open_]);
      me.set(culture_, me[becomes_]);
    });
  }

 private:
  u32 shared_of(u64 a, u64 b) const {
    u32 shared = 0;
    for (u32 f = 0; f < settings_.features; ++f) {
      shared += trait(a, f) == trait(b, f) ? 1 : 0;
    }
    return shared;
  }
  /// With a probability of the share of common features: one of the others becomes common.
  u64 after(u64 mine, u64 other, const Words& w) const {
    const u32 shared = shared_of(mine, other);
    if (shared == settings_.features || below(w[2], settings_.features) >= shared) {
      return mine;
    }
    u32 before = below(w[3], settings_.features - shared);
    for (u32 f = 0; f < settings_.features; ++f) {
      if (trait(mine, f) != trait(other, f) && before-- == 0) {
        const u64 mask = u64{most_traits - 1} << (bits_per_trait * f);
        return (mine & ~mask) | (other & mask);
      }
    }
    return mine;
  }

  Settings settings_;
  Writes<u64> culture_;
  Finds<u64> becomes_;
  Finds<u8> open_;
  Looks looks_;
  Sights<u64> seen_;
  Tallies counts_;
  Draw interacts_;
};

}  // namespace

Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread) {
  Population p;
  const Lattice lattice{.width = settings.width,
                        .height = settings.height,
                        .neighborhood = Neighborhood::von_neumann,
                        .torus = false};
  Kind& sites = p.add_kind(std::string(culture::kind), spread(world, lattice.cells()));
  const auto cultures = sites.values(culture);
  for (Row r = 0; r < sites.rows(); ++r) {
    u64 all = 0;
    for (u32 f = 0; f < settings.features; ++f) {
      const Words w =
          Chance(seed).words(sites.tag(), sites.partition().id_of(r), 0, "culture.start", f);
      all |= u64{below(w[0], settings.traits)} << (bits_per_trait * f);
    }
    cultures[r] = all;
  }
  p.add_lattice(std::string(grid), sites, lattice);
  return p;
}

void add_to(Simulation& simulation, const Settings& settings) {
  simulation.add_substep("interact", std::make_unique<Interact>(settings));
}

}  // namespace throng::culture
