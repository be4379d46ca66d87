#include "behaviors/spatial_dilemma/spatial_dilemma.h"

#include "behaviors/spatial_dilemma/columns.h"

namespace throng::spatial_dilemma {
namespace {

class Play final : public Behavior {
 public:
  explicit Play(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "spatial_dilemma.play"; }
  std::string_view doc() const override { return "Plays with all around, and with oneself."; }
  std::string_view kind() const override { return spatial_dilemma::kind; }
  void bind(Binder& b) override {
    move_ = b.reads(move);
    score_ = b.writes(score);
    cooperating_ = b.finds(cooperating);
    looks_ = b.looks(grid);
    seen_ = b.sees(looks_, move);
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), [&](const ObserveRow& me) {
      u32 count = static_cast<u32>(me[move_]);
      o.for_each_in_sight(me, looks_,
                          [&](const Neighbor& other) { count += static_cast<u32>(other[seen_]); });
      me.set(cooperating_, static_cast<u8>(count));
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) {
      const double each = me[move_] == Move::cooperate ? 1.0 : settings_.temptation;
      me.set(score_, each * me[cooperating_]);
    });
  }

 private:
  Settings settings_;
  Reads<Move> move_;
  Writes<double> score_;
  Finds<u8> cooperating_;
  Looks looks_;
  Sights<Move> seen_;
};

class Imitate final : public Behavior {
 public:
  std::string_view name() const override { return "spatial_dilemma.imitate"; }
  std::string_view doc() const override {
    return "Does as the most successful around did; as oneself where nobody did better.";
  }
  std::string_view kind() const override { return spatial_dilemma::kind; }
  void bind(Binder& b) override {
    move_ = b.writes(move);
    score_ = b.reads(score);
    best_ = b.finds(best);
    looks_ = b.looks(grid);
    seen_move_ = b.sees(looks_, move);
    seen_score_ = b.sees(looks_, score);
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), [&](const ObserveRow& me) {
      double most = me[score_];
      Move does = me[move_];
      o.for_each_in_sight(me, looks_, [&](const Neighbor& other) {
        if (other[seen_score_] > most) {
          most = other[seen_score_];
          does = other[seen_move_];
        }
      });
      me.set(best_, does);
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) { me.set(move_, me[best_]); });
  }

 private:
  Writes<Move> move_;
  Reads<double> score_;
  Finds<Move> best_;
  Looks looks_;
  Sights<Move> seen_move_;
  Sights<double> seen_score_;
};

}  // namespace

Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread) {
  Population p;
  const Lattice lattice{.width = settings.width, .height = settings.height};
  Kind& sites = p.add_kind(std::string(spatial_dilemma::kind), spread(world, lattice.cells()));
  const auto moves = sites.values(move);
  for (Row r = 0; r < sites.rows(); ++r) {
    const Words w =
        Chance(seed).words(sites.tag(), sites.partition().id_of(r), 0, "spatial_dilemma.start");
    moves[r] = unit(w[0]) < settings.cooperators ? Move::cooperate : Move::defect;
  }
  p.add_lattice(std::string(grid), sites, lattice);
  return p;
}

void add_to(Simulation& simulation, const Settings& settings) {
  simulation.add_substep("play", std::make_unique<Play>(settings));
  simulation.add_substep("imitate", std::make_unique<Imitate>());
}

}  // namespace throng::spatial_dilemma
