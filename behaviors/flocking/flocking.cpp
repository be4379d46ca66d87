#include "behaviors/flocking/flocking.h"

#include <cmath>

#include "behaviors/flocking/columns.h"
#include "sim/math.h"

namespace throng::flocking {
namespace {

struct Vector {
  double x = 0, y = 0;
  friend Vector operator+(Vector a, Vector b) { return {a.x + b.x, a.y + b.y}; }
  friend Vector operator-(Vector a, Vector b) { return {a.x - b.x, a.y - b.y}; }
  friend Vector operator*(double k, Vector a) { return {k * a.x, k * a.y}; }
  double length() const { return std::sqrt(x * x + y * y); }
};

/// The vector cut to a length.
Vector at_most(Vector v, double length) {
  const double now = v.length();
  return now > length ? (length / now) * v : v;
}

class Fly final : public Behavior {
 public:
  explicit Fly(const Settings& settings) : s_(settings) {}
  std::string_view name() const override { return "flocking.fly"; }
  std::string_view doc() const override {
    return "Keeps away from the nearest, flies where the others fly and to their middle.";
  }
  std::string_view kind() const override { return flocking::kind; }
  void bind(Binder& b) override {
    x_ = b.writes(x);
    y_ = b.writes(y);
    vx_ = b.writes(velocity_x);
    vy_ = b.writes(velocity_y);
    steer_x_ = b.finds(steer_x);
    steer_y_ = b.finds(steer_y);
    looks_ = b.looks_around(sky);
    their_vx_ = b.sees(looks_, velocity_x);
    their_vy_ = b.sees(looks_, velocity_y);
    space_ = &b.space(sky);
  }
  void observe(const Observe& o) const override {
    o.for_each_around(looks_, [&](const ObserveRow& me, const Around& around) {
      Vector away, along, middle;
      for (const Nearby other : around) {
        const Vector to{other.dx(), other.dy()};
        const double squared = other.distance_squared();
        if (squared < s_.personal * s_.personal && squared > 0) {
          away = away - (1 / squared) * to;
        }
        along = along + Vector{other[their_vx_], other[their_vy_]};
        middle = middle + to;
      }
      const Vector now{me[vx_], me[vy_]};
      const Vector steer = s_.separation * turn(away, now) + s_.alignment * turn(along, now) +
                           s_.cohesion * turn(middle, now);
      me.set(steer_x_, steer.x);
      me.set(steer_y_, steer.y);
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) {
      const Vector now{me[vx_] + me[steer_x_], me[vy_] + me[steer_y_]};
      const Vector next = at_most(now, s_.speed);
      me.set(vx_, next.x);
      me.set(vy_, next.y);
      me.set(x_, space_->wrap_x(me[x_] + next.x));
      me.set(y_, space_->wrap_y(me[y_] + next.y));
    });
  }

 private:
  /// What makes one fly there at full speed, as far as one turns in a step.
  Vector turn(Vector there, Vector now) const {
    const double length = there.length();
    return length > 0 ? at_most((s_.speed / length) * there - now, s_.force) : Vector{};
  }
  const Settings s_;
  Writes<double> x_, y_, vx_, vy_;
  Finds<double> steer_x_, steer_y_;
  LooksAround looks_;
  SightsAround<double> their_vx_, their_vy_;
  const Space* space_ = nullptr;
};

}  // namespace

Population make_population(const Communicator& world, const Settings& s, u64 seed, Spread spread) {
  Population p;
  Kind& birds = p.add_kind(std::string(flocking::kind), spread(world, s.birds).listed(s.birds));
  p.add_space(std::string(sky), {.width = s.width,
                                 .height = s.height,
                                 .sight = s.sight,
                                 .scattered = spread.over == Spread::Over::scatter});
  p.place(sky, birds, x, y);
  const auto xs = birds.values(x), ys = birds.values(y), vx = birds.values(velocity_x),
             vy = birds.values(velocity_y);
  for (Row r = 0; r < birds.rows(); ++r) {
    const Words w =
        Chance(seed).words(birds.tag(), birds.partition().id_of(r), 0, "flocking.start");
    const math::Direction to = math::direction(unit(w[2]));
    xs[r] = s.width * unit(w[0]);
    ys[r] = s.height * unit(w[1]);
    vx[r] = s.speed * to.x;
    vy[r] = s.speed * to.y;
  }
  return p;
}

void add_to(Simulation& simulation, const Settings& settings) {
  simulation.add_substep("fly", std::make_unique<Fly>(settings));
}

}  // namespace throng::flocking
