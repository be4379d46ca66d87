#include "behaviors/predation/predation.h"

#include <algorithm>
#include <cmath>

#include "behaviors/predation/columns.h"
#include "sim/math.h"

namespace throng::predation {
namespace {

/// What sheep and wolves have in common goes by the same rules over columns of their own.
struct Species {
  std::string_view kind, move, moving, breed, breeding;
  const State<double>&x, &y, &heading;
  const State<i32>& energy;
  Draw way, birth;
};
constexpr Species a_sheep = {.kind = sheep_kind,
                             .move = "sheep.move",
                             .moving = "Sheep go a step, which costs energy.",
                             .breed = "sheep.breed",
                             .breeding = "Starved sheep die, others may bear.",
                             .x = sheep_x,
                             .y = sheep_y,
                             .heading = sheep_heading,
                             .energy = sheep_energy,
                             .way = "sheep.way",
                             .birth = "sheep.birth"};
constexpr Species a_wolf = {.kind = wolf_kind,
                            .move = "wolf.move",
                            .moving = "Wolves go a step, which costs energy.",
                            .breed = "wolf.breed",
                            .breeding = "Starved wolves die, others may bear.",
                            .x = wolf_x,
                            .y = wolf_y,
                            .heading = wolf_heading,
                            .energy = wolf_energy,
                            .way = "wolf.way",
                            .birth = "wolf.birth"};

class Move final : public Behavior {
 public:
  Move(const Species& species, const Animals& animals, Movement movement)
      : of_(species), hungry_(animals.hungry), movement_(movement) {}
  std::string_view name() const override { return of_.move; }
  std::string_view doc() const override { return of_.moving; }
  std::string_view kind() const override { return of_.kind; }
  void bind(Binder& b) override {
    x_ = b.writes(of_.x);
    y_ = b.writes(of_.y);
    heading_ = b.writes(of_.heading);
    energy_ = b.writes(of_.energy);
    space_ = &b.space(meadow);
    way_ = b.draws(of_.way);
  }
  void act(const Act& a) const override {
    constexpr double most_turn = 50.0 / 360;  // to the left and to the right
    a.for_each(all(), way_, [&](const ActRow& me, const Words& w) {
      if (movement_ == Movement::mixed) {
        me.set(x_, space_->width * unit(w[0]));
        me.set(y_, space_->height * unit(w[1]));
      } else {
        double heading = me[heading_] + most_turn * (unit(w[0]) - unit(w[1]));
        heading -= std::floor(heading);
        const math::Direction to = math::direction(heading);
        me.set(heading_, heading);
        me.set(x_, space_->wrap_x(me[x_] + to.x));
        me.set(y_, space_->wrap_y(me[y_] + to.y));
      }
      if (hungry_) {
        me.set(energy_, me[energy_] - 1);
      }
    });
  }

 private:
  const Species& of_;
  bool hungry_;
  Movement movement_;
  Draw way_;
  Writes<double> x_, y_, heading_;
  Writes<i32> energy_;
  const Space* space_ = nullptr;
};

class Graze final : public Behavior {
 public:
  explicit Graze(const Settings& settings) : s_(settings) {}
  std::string_view name() const override { return "sheep.graze"; }
  std::string_view doc() const override { return "Sheep eat grass, and are eaten."; }
  std::string_view kind() const override { return sheep_kind; }
  void bind(Binder& b) override {
    x_ = b.reads(sheep_x);
    y_ = b.reads(sheep_y);
    energy_ = b.writes(sheep_energy);
    caught_ = b.grants(catchable);
    dies_ = b.dies();
    space_ = &b.space(meadow);
    meals_ = b.tallies(meals, 2);
    if (s_.grass) {
      grass_ = b.claims(portions, patch_kind);
      key_ = b.draws("sheep.graze");
    }
  }
  void observe(const Observe& o) const override {
    if (s_.grass) {
      o.for_each(all(), key_, [&](const SeenRow& me, const Words& w) {
        o.claim(me, space_->patch_of(me[x_], me[y_]), grass_, w[0]);
      });
    }
  }
  void act(const Act& a) const override {
    if (s_.grass) {
      a.for_each_won(grass_, [&](const ActRow& me, auto) {
        me.set(energy_, me[energy_] + s_.sheep.gain);
        me.count(meals_, 0);
      });
    }
    a.for_each_granted(caught_, [&](const ActRow& me, auto) {
      me.count(meals_, 1);
      me.die(dies_);
    });
  }

 private:
  const Settings s_;
  Reads<double> x_, y_;
  Writes<i32> energy_;
  Claims grass_;
  Grants caught_;
  Dies dies_;
  Draw key_;
  Tallies meals_;
  const Space* space_ = nullptr;
};

class Hunt final : public Behavior {
 public:
  explicit Hunt(const Settings& settings) : s_(settings) {}
  std::string_view name() const override { return "wolf.hunt"; }
  std::string_view doc() const override { return "Wolves go for a sheep on their patch."; }
  std::string_view kind() const override { return wolf_kind; }
  void bind(Binder& b) override {
    x_ = b.reads(wolf_x);
    y_ = b.reads(wolf_y);
    energy_ = b.writes(wolf_energy);
    looks_ = b.looks_around(meadow, sheep_kind);
    their_x_ = b.sees(looks_, sheep_x);
    their_y_ = b.sees(looks_, sheep_y);
    catch_ = b.claims(catchable, sheep_kind);
    choice_ = b.draws("wolf.choice");
    space_ = &b.space(meadow);
  }
  void observe(const Observe& o) const override {
    o.for_each_around(looks_, choice_,
                      [&](const ObserveRow& me, const Around& around, const Words& w) {
                        const AgentId here = space_->patch_of(me[x_], me[y_]);
                        const auto is_here = [&](const Nearby& one) {
                          return space_->patch_of(one[their_x_], one[their_y_]) == here;
                        };
                        u32 there = 0;
                        for (const Nearby one : around) {
                          there += is_here(one) ? 1 : 0;
                        }
                        if (there == 0) {
                          return;
                        }
                        u32 before = below(w[0], there);
                        for (const Nearby one : around) {
                          if (is_here(one) && before-- == 0) {
                            o.claim(me, one.id(), catch_, w[1]);
                            return;
                          }
                        }
                      });
  }
  void act(const Act& a) const override {
    a.for_each_won(catch_,
                   [&](const ActRow& me, auto) { me.set(energy_, me[energy_] + s_.wolves.gain); });
  }

 private:
  const Settings s_;
  Reads<double> x_, y_;
  Writes<i32> energy_;
  LooksAround looks_;
  SightsAround<double> their_x_, their_y_;
  Claims catch_;
  Draw choice_;
  const Space* space_ = nullptr;
};

class Grow final : public Behavior {
 public:
  explicit Grow(const Settings& settings) : regrowth_(settings.regrowth) {}
  std::string_view name() const override { return "patch.grow"; }
  std::string_view doc() const override { return "Grazed grass comes back."; }
  std::string_view kind() const override { return patch_kind; }
  void bind(Binder& b) override {
    grass_ = b.writes(portions);
    grows_at_ = b.writes(grows_at);
    grazed_ = b.grants(portions);
    b.follows(grows_at_);
  }
  void act(const Act& a) const override {
    a.for_each(due(grows_at_), [&](const ActRow& me) { me.set(grass_, u8{1}); });
    a.for_each_granted(grazed_, [&](const ActRow& me, auto) {
      me.set(grass_, u8{0});
      me.set(grows_at_, static_cast<StoredStep>(std::min<Step>(a.now() + regrowth_, last_step)));
    });
  }

 private:
  u32 regrowth_;
  Writes<u8> grass_;
  Writes<StoredStep> grows_at_;
  Grants grazed_;
};

class Breed final : public Behavior {
 public:
  Breed(const Species& species, const Animals& animals) : of_(species), birth_(animals.birth) {}
  std::string_view name() const override { return of_.breed; }
  std::string_view doc() const override { return of_.breeding; }
  std::string_view kind() const override { return of_.kind; }
  void bind(Binder& b) override {
    x_ = b.reads(of_.x);
    y_ = b.reads(of_.y);
    energy_ = b.writes(of_.energy);
    dies_ = b.dies();
    bears_ = b.bears(of_.kind);
    child_x_ = b.gives(bears_, of_.x);
    child_y_ = b.gives(bears_, of_.y);
    child_heading_ = b.gives(bears_, of_.heading);
    child_energy_ = b.gives(bears_, of_.energy);
    chance_ = b.draws(of_.birth);
  }
  void act(const Act& a) const override {
    const u32 births = threshold(birth_);
    a.for_each(all(), chance_, [&](const ActRow& me, const Words& w) {
      if (me[energy_] < 0) {
        me.die(dies_);
      } else if (w[0] < births) {
        const i32 half = me[energy_] / 2;
        me.set(energy_, me[energy_] - half);
        me.bear(bears_)
            .set(child_x_, me[x_])
            .set(child_y_, me[y_])
            .set(child_heading_, unit(w[1]))
            .set(child_energy_, half);
      }
    });
  }

 private:
  const Species& of_;
  double birth_;
  Draw chance_;
  Reads<double> x_, y_;
  Writes<i32> energy_;
  Dies dies_;
  Bears bears_;
  Gives<double> child_x_, child_y_, child_heading_;
  Gives<i32> child_energy_;
};

void place(Population& p, const Species& species, const Animals& animals, const Settings& s,
           u64 seed, const Communicator& world, Spread spread) {
  Kind& kind = p.add_kind(std::string(species.kind), spread(world, animals.count).listed(s.most));
  p.place(meadow, kind, species.x, species.y);
  const auto xs = kind.values(species.x), ys = kind.values(species.y),
             headings = kind.values(species.heading);
  const auto energies = kind.values(species.energy);
  for (Row r = 0; r < kind.rows(); ++r) {
    const Words w = Chance(seed).words(kind.tag(), kind.partition().id_of(r), 0, "predation.start");
    xs[r] = s.side * unit(w[0]);
    ys[r] = s.side * unit(w[1]);
    headings[r] = unit(w[2]);
    energies[r] = static_cast<i32>(below(w[3], static_cast<u32>(std::max(1, 2 * animals.gain))));
  }
}

}  // namespace

Population make_population(const Communicator& world, const Settings& s, u64 seed, Spread spread) {
  Population p;
  const auto side = static_cast<double>(s.side);
  Kind& patch = p.add_kind(std::string(patch_kind), spread(world, s.side * s.side));
  const auto grown = patch.values(portions);
  const auto grows = patch.values(grows_at);
  for (Row r = 0; r < patch.rows() && s.grass; ++r) {
    const Words w =
        Chance(seed).words(patch.tag(), patch.partition().id_of(r), 0, "predation.grass");
    grown[r] = static_cast<u8>(w[0] & 1);
    grows[r] = grown[r] != 0 ? never : static_cast<StoredStep>(1 + below(w[1], s.regrowth));
  }
  // Who is on one's patch is within its diagonal.
  p.add_space(std::string(meadow), {.width = side,
                                    .height = side,
                                    .sight = 1.4143,
                                    .patches_across = s.side,
                                    .patches_down = s.side,
                                    .scattered = spread.over == Spread::Over::scatter});
  place(p, a_sheep, s.sheep, s, seed, world, spread);
  place(p, a_wolf, s.wolves, s, seed, world, spread);
  return p;
}

void add_to(Simulation& simulation, const Settings& s) {
  simulation.add_substep("move", std::make_unique<Move>(a_sheep, s.sheep, s.movement),
                         std::make_unique<Move>(a_wolf, s.wolves, s.movement));
  if (s.grass) {
    simulation.add_substep("eat", std::make_unique<Graze>(s), std::make_unique<Hunt>(s),
                           std::make_unique<Grow>(s));
  } else {
    simulation.add_substep("eat", std::make_unique<Graze>(s), std::make_unique<Hunt>(s));
  }
  simulation.add_substep("breed", std::make_unique<Breed>(a_sheep, s.sheep),
                         std::make_unique<Breed>(a_wolf, s.wolves));
}

}  // namespace throng::predation
