// Walkers, birds, living cells, wolves and sheep against what is known of them.
#include <cmath>
#include <iostream>
#include <memory>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/flocking/columns.h"
#include "behaviors/flocking/flocking.h"
#include "behaviors/predation/columns.h"
#include "behaviors/predation/predation.h"
#include "behaviors/random_walk/columns.h"
#include "behaviors/random_walk/random_walk.h"
#include "behaviors/sparse_life/columns.h"
#include "behaviors/sparse_life/sparse_life.h"
#include "sim/math.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using epidemic::fixture::agrees;
using epidemic::fixture::estimate;
using epidemic::fixture::proportion;

// ---- random walk --------------------------------------------------------------------------------

TEST_CASE("the mean square distance of a random walk is its number of steps",
          "[classics][motion]") {
  const random_walk::Settings settings{.walkers = 60'000};
  Simulation s({}, random_walk::make_population({}, settings, 1, {}), {.seed = 3});
  random_walk::add_to(s, settings);
  s.start();
  const Kind& walkers = s.population().kind(random_walk::kind);
  const auto x = walkers.find(random_walk::x.name)->store->as<double>();
  const auto y = walkers.find(random_walk::y.name)->store->as<double>();

  for (const Step steps : {1u, 10u, 60u}) {
    while (s.now() < steps) {
      s.step();
    }
    std::vector<double> squares;
    for (Row r = 0; r < walkers.rows(); ++r) {
      squares.push_back(x[r] * x[r] + y[r] * y[r]);
    }
    if (steps == 1) {
      for (const double square : squares) {
        CHECK(square == Approx(1).epsilon(1e-14));
      }
    } else {
      agrees("square distance after " + std::to_string(steps) + " steps", estimate(squares), steps,
             0.02);
    }
  }
}

// ---- flocking -----------------------------------------------------------------------------------

namespace {

struct Bird {
  double x, y, vx, vy;
};

std::vector<Bird> birds_of(Population& p) {
  Kind& kind = p.kind(flocking::kind);
  std::vector<Bird> birds(kind.rows());
  for (Row r = 0; r < kind.rows(); ++r) {
    birds[kind.partition().id_of(r)] = {kind.values(flocking::x)[r], kind.values(flocking::y)[r],
                                        kind.values(flocking::velocity_x)[r],
                                        kind.values(flocking::velocity_y)[r]};
  }
  return birds;
}

/// Length of the mean direction: 0 where birds fly anywhere, 1 where all fly one way.
double order_of(const std::vector<Bird>& birds) {
  double x = 0, y = 0;
  for (const Bird& b : birds) {
    const double speed = std::hypot(b.vx, b.vy);
    x += b.vx / speed;
    y += b.vy / speed;
  }
  return std::hypot(x, y) / static_cast<double>(birds.size());
}

/// A step of a flock by all pairs in order of id.
std::vector<Bird> plain_step(const std::vector<Bird>& birds, const flocking::Settings& s) {
  const auto cut = [](double& x, double& y, double most) {
    const double length = std::sqrt(x * x + y * y);
    if (length > most) {
      x = most / length * x;
      y = most / length * y;
    }
  };
  const auto shortest = [](double d, double size) {
    return d > size / 2 ? d - size : d < -size / 2 ? d + size : d;
  };
  const auto wrapped = [](double x, double size) {
    x -= size * std::floor(x / size);
    return x < size ? x : 0;
  };
  std::vector<Bird> next = birds;
  for (std::size_t me = 0; me < birds.size(); ++me) {
    const Bird& b = birds[me];
    double sums[3][2] = {};  // away, along, middle
    for (std::size_t k = 0; k < birds.size(); ++k) {
      const double dx = shortest(birds[k].x - b.x, s.width),
                   dy = shortest(birds[k].y - b.y, s.height), d2 = dx * dx + dy * dy;
      if (k == me || d2 > s.sight * s.sight) {
        continue;
      }
      if (d2 < s.personal * s.personal && d2 > 0) {
        sums[0][0] -= 1 / d2 * dx;
        sums[0][1] -= 1 / d2 * dy;
      }
      sums[1][0] += birds[k].vx;
      sums[1][1] += birds[k].vy;
      sums[2][0] += dx;
      sums[2][1] += dy;
    }
    const double weight[3] = {s.separation, s.alignment, s.cohesion};
    double steer[3][2] = {};
    for (int rule = 0; rule < 3; ++rule) {
      const double x = sums[rule][0], y = sums[rule][1], length = std::sqrt(x * x + y * y);
      if (length > 0) {
        steer[rule][0] = s.speed / length * x - b.vx;
        steer[rule][1] = s.speed / length * y - b.vy;
        cut(steer[rule][0], steer[rule][1], s.force);
      }
    }
    const auto sum = [&](int axis) {
      return weight[0] * steer[0][axis] + weight[1] * steer[1][axis] + weight[2] * steer[2][axis];
    };
    double vx = b.vx + sum(0), vy = b.vy + sum(1);
    cut(vx, vy, s.speed);
    next[me] = {wrapped(b.x + vx, s.width), wrapped(b.y + vy, s.height), vx, vy};
  }
  return next;
}

}  // namespace

TEST_CASE("a flock flies as all pairs in order of id make it fly, bit by bit",
          "[classics][motion]") {
  const flocking::Settings settings{.birds = 180, .width = 300, .height = 220};
  Simulation s({}, flocking::make_population({}, settings, 5, {}), {.seed = 5});
  flocking::add_to(s, settings);
  s.start();
  std::vector<Bird> plain = birds_of(s.population());
  for (int step = 0; step < 60; ++step) {
    s.step();
    plain = plain_step(plain, settings);
  }
  const std::vector<Bird> birds = birds_of(s.population());
  for (std::size_t k = 0; k < plain.size(); ++k) {
    CAPTURE(k);
    CHECK(birds[k].x == plain[k].x);
    CHECK(birds[k].y == plain[k].y);
    CHECK(birds[k].vx == plain[k].vx);
    CHECK(birds[k].vy == plain[k].vy);
  }
}

TEST_CASE("birds begin without order and come to fly one way", "[classics][motion]") {
  const flocking::Settings settings{.birds = 400, .width = 320, .height = 320};
  std::vector<double> orders;
  for (u64 seed = 0; seed < 3'000; ++seed) {
    Population p = flocking::make_population({}, settings, seed, {});
    orders.push_back(order_of(birds_of(p)));
  }
  // The sum of N unit vectors in any direction has Rayleigh's length: sqrt(pi / (4 N)) of N.
  agrees("order of birds that fly anywhere", estimate(orders),
         std::sqrt(std::acos(-1.0) / (4 * settings.birds)), 0.05);

  std::vector<double> ends;
  for (u64 seed = 0; seed < 4; ++seed) {
    Simulation s({}, flocking::make_population({}, settings, seed, {}), {.seed = seed});
    flocking::add_to(s, settings);
    s.start();
    while (s.now() < 600) {
      s.step();
    }
    ends.push_back(order_of(birds_of(s.population())));
    std::cout << "order after 600 steps: " << ends.back() << "\n";
    CHECK(ends.back() > 0.95);
  }
}

// ---- Life ---------------------------------------------------------------------------------------

TEST_CASE("an R-pentomino leaves 116 cells from generation 1103", "[classics][motion]") {
  const sparse_life::Settings settings{.side = 640};
  Simulation s({}, sparse_life::make_population({}, settings, 1, {}), {});
  sparse_life::add_to(s, settings);
  s.start();
  std::vector<Row> alive = {s.population().kind(sparse_life::kind).rows()};
  while (s.now() < 1'120) {
    s.step();
    alive.push_back(s.population().kind(sparse_life::kind).rows());
  }
  CHECK(std::vector<Row>(alive.begin(), alive.begin() + 6) == std::vector<Row>{5, 6, 7, 9, 8, 9});
  CHECK(alive[1'102] != 116);
  for (std::size_t g = 1'103; g < alive.size(); ++g) {
    CHECK(alive[g] == 116);
  }
}

// ---- wolves, sheep, grass -----------------------------------------------------------------------

namespace {

struct Meadow {
  predation::Settings settings;
  std::unique_ptr<Simulation> s;
  Meadow(const predation::Settings& with, u64 seed) : settings(with) {
    s = std::make_unique<Simulation>(Communicator(),
                                     predation::make_population({}, settings, seed, {}),
                                     SimulationOptions{.seed = seed});
    predation::add_to(*s, settings);
    s->start();
  }
  i64 sheep() const { return s->population().kind(predation::sheep_kind).rows(); }
  i64 wolves() const { return s->population().kind(predation::wolf_kind).rows(); }
  i64 energy_of_sheep() const {
    const auto all = s->population().kind(predation::sheep_kind).values(predation::sheep_energy);
    return std::accumulate(all.begin(), all.end(), i64{0});
  }
  i64 meals(u32 of) const { return s->tally(predation::meals.name)[of]; }
};

}  // namespace

TEST_CASE("wolves without sheep starve when what they have eaten is gone", "[classics][motion]") {
  predation::Settings settings{.side = 20};
  settings.sheep.count = 0;
  settings.wolves.count = 2'000;
  settings.wolves.birth = 0;
  Meadow m(settings, 4);
  std::vector<i64> with_energy(41, 0);
  for (const i32 e : m.s->population().kind(predation::wolf_kind).values(predation::wolf_energy)) {
    ++with_energy[static_cast<std::size_t>(e)];
  }
  i64 left = settings.wolves.count;
  for (Step day = 1; day <= 41; ++day) {
    m.s->step();
    left -= with_energy[day - 1];  // who had d - 1 goes below 0 on day d
    CHECK(m.wolves() == left);
  }
  CHECK(m.wolves() == 0);

  // Births divide the energy and make none: the last wolf is gone as soon.
  settings.wolves.birth = 0.3;
  Meadow breeding(settings, 4);
  for (Step day = 1; day <= 41; ++day) {
    breeding.s->step();
  }
  CHECK(breeding.wolves() == 0);
}

TEST_CASE("sheep without wolves come to eat what grows", "[classics][motion]") {
  predation::Settings settings{.side = 60};
  settings.sheep.count = 1'500;
  settings.wolves.count = 0;
  Meadow m(settings, 8);
  while (m.s->now() < 400) {
    m.s->step();
  }
  // In balance all energy that is grazed is walked off, but for what the starved are short of: each
  // dies at -1. Over many steps: gain x meals = sheep x steps - deaths + change of energy, exactly.
  const Kind& kind = m.s->population().kind(predation::sheep_kind);
  const i64 meals = m.meals(0), energy = m.energy_of_sheep();
  const AgentId ids = kind.partition().total();
  i64 walked = 0, rows = 0, born_before = ids, alive_before = m.sheep();
  const int steps = 1'200;
  for (int k = 0; k < steps; ++k) {
    walked += m.sheep();  // who is there in the morning walks
    m.s->step();
    rows += m.sheep();
  }
  const i64 eaten = m.meals(0) - meals;
  const i64 born = i64{kind.partition().total()} - born_before;
  const i64 died = alive_before + born - m.sheep();
  CHECK(settings.sheep.gain * eaten == walked - died + (m.energy_of_sheep() - energy));

  // Each patch feeds once in its regrowth and the time until somebody comes by: at so many sheep
  // nearly all grazing is limited by growth.
  const double per_step = static_cast<double>(eaten) / steps;
  const double most = 60.0 * 60 / (settings.regrowth + 0.0);
  const double sheep = static_cast<double>(rows) / steps;
  std::cout << "sheep without wolves: " << sheep << ", patches grazed a step " << per_step
            << " of at most " << most << ", energy balance " << settings.sheep.gain * per_step
            << "\n";
  CHECK(per_step < most);
  CHECK(sheep == Approx(settings.sheep.gain * per_step).epsilon(0.08));
}

TEST_CASE("well mixed, wolves catch sheep by the law of mass action", "[classics][motion]") {
  // Lotka and Volterra: catches per step are S W / patches where both are rare. With S sheep and W
  // wolves thrown on P patches, a sheep is caught when any wolf of its patch chooses it.
  predation::Settings settings{.side = 200, .grass = false};
  settings.sheep = {.count = 4'000, .gain = 0, .birth = 0, .hungry = false};
  settings.wolves = {.count = 2'000, .gain = 0, .birth = 0, .hungry = false};
  settings.movement = predation::Movement::mixed;
  const double patches = 200.0 * 200, s = 4'000, w = 2'000;
  // Expected over the number of other sheep k and of wolves on a patch, both binomial.
  const auto binomial = [](double n, double p, int k) {
    double q = std::pow(1 - p, n - k);
    for (int i = 0; i < k; ++i) {
      q *= (n - i) * p / (i + 1);
    }
    return q;
  };
  double expected = 0;
  for (int others = 0; others < 12; ++others) {
    for (int hunters = 1; hunters < 12; ++hunters) {
      expected += s * binomial(s - 1, 1 / patches, others) * binomial(w, 1 / patches, hunters) *
                  (1 - std::pow(1 - 1.0 / (others + 1), hunters));
    }
  }
  std::vector<double> caught;
  for (u64 seed = 0; seed < 60; ++seed) {
    Meadow m(settings, seed);
    m.s->step();
    CHECK(m.sheep() == 4'000 - m.meals(1));
    caught.push_back(static_cast<double>(m.meals(1)));
  }
  agrees("sheep caught in a step", estimate(caught), expected, 0.04);
  CHECK(expected == Approx(s * w / patches).epsilon(0.08));  // mass action
}

TEST_CASE("prey without predators and hunger multiply at their rate", "[classics][motion]") {
  predation::Settings settings{.side = 100, .grass = false};
  settings.sheep = {.count = 20'000, .gain = 4, .birth = 0.05, .hungry = false};
  settings.wolves.count = 0;
  settings.movement = predation::Movement::mixed;
  std::vector<double> growth;
  for (u64 seed = 0; seed < 6; ++seed) {
    Meadow m(settings, seed);
    for (int k = 0; k < 20; ++k) {
      m.s->step();
    }
    growth.push_back(static_cast<double>(m.sheep()) / 20'000);
  }
  agrees("sheep of each after 20 steps", estimate(growth), std::pow(1.05, 20), 0.02);
}
