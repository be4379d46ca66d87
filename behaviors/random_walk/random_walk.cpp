#include "behaviors/random_walk/random_walk.h"

#include "behaviors/random_walk/columns.h"
#include "sim/math.h"

namespace throng::random_walk {
namespace {

class Walk final : public Behavior {
 public:
  std::string_view name() const override { return "random_walk.walk"; }
  std::string_view doc() const override { return "Takes a step in any direction."; }
  std::string_view kind() const override { return random_walk::kind; }
  void bind(Binder& b) override {
    x_ = b.writes(x);
    y_ = b.writes(y);
    turns_ = b.draws("random_walk.turns");
  }
  void act(const Act& a) const override {
    a.for_each(all(), turns_, [&](const ActRow& me, const Words& w) {
      const math::Direction to = math::direction(unit(w[0]));
      me.set(x_, me[x_] + to.x);
      me.set(y_, me[y_] + to.y);
    });
  }

 private:
  Writes<double> x_, y_;
  Draw turns_;
};

}  // namespace

Population make_population(const Communicator& world, const Settings& settings, u64,
                           Spread spread) {
  Population p;
  p.add_kind(std::string(random_walk::kind), spread(world, settings.walkers));
  return p;
}

void add_to(Simulation& simulation, const Settings&) {
  simulation.add_substep("walk", std::make_unique<Walk>());
}

}  // namespace throng::random_walk
