#include "tools/bench_worlds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "behaviors/flocking/columns.h"
#include "behaviors/flocking/flocking.h"
#include "behaviors/predation/columns.h"
#include "behaviors/segregation/columns.h"
#include "behaviors/segregation/segregation.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "tools/bench_measure.h"
#include "tools/shipped.h"

namespace throng::bench {
namespace {

double timed(const std::function<void()>& work) {
  const double began = seconds();
  work();
  return seconds() - began;
}

// ---- flocking -----------------------------------------------------------------------------------

struct Bird {
  double x, y, vx, vy;
};

std::vector<Bird> birds_of(Population& population) {
  Kind& kind = population.kind(flocking::kind);
  const auto x = kind.values(flocking::x), y = kind.values(flocking::y),
             vx = kind.values(flocking::velocity_x), vy = kind.values(flocking::velocity_y);
  std::vector<Bird> birds(kind.rows());
  for (Row r = 0; r < kind.rows(); ++r) {
    birds[kind.partition().id_of(r)] = {x[r], y[r], vx[r], vy[r]};
  }
  return birds;
}

/// What one writes who needs boids and nothing else: the same cells, the same pairs, in the order
/// in which they stand.
class FlockByHand {
 public:
  explicit FlockByHand(const flocking::Settings& settings)
      : s_(settings),
        space_{.width = settings.width, .height = settings.height, .sight = settings.sight},
        map_(space_, 1, 0, std::max<u64>(u64{1} << 16, u64{2} * settings.birds)) {}

  /// Birds by cell.
  void list(const std::vector<Bird>& birds) {
    const std::size_t n = birds.size();
    cell_.resize(n);
    in_pieces(n, [&](std::size_t k) { cell_[k] = map_.cell_of(birds[k].x, birds[k].y); });
    start_.assign(map_.cells() + std::size_t{1}, 0);
    for (const u32 cell : cell_) {
      ++start_[cell + 1];
    }
    std::partial_sum(start_.begin(), start_.end(), start_.begin());
    next_ = start_;
    id_.resize(n);
    for (std::size_t k = 0; k < n; ++k) {
      id_[next_[cell_[k]]++] = static_cast<AgentId>(k);
    }
    for (auto* column : {&x_, &y_, &vx_, &vy_}) {
      column->resize(n);
    }
    in_pieces(n, [&](std::size_t at) {
      const Bird& b = birds[id_[at]];
      x_[at] = b.x, y_[at] = b.y, vx_[at] = b.vx, vy_[at] = b.vy;
    });
  }

  /// Where they fly, by id; and how many pairs there are.
  u64 fly(std::vector<Bird>& next) const {
    constexpr u32 block = 64;
    const u32 blocks = (map_.cells() + block - 1) / block;
    std::vector<u64> pairs(blocks);
    parallel_for(blocks, x_.size(), [&](std::size_t b) {
      std::array<u32, 9> cells;
      const u32 from = static_cast<u32>(b) * block, to = std::min(map_.cells(), from + block);
      for (u32 cell = from; cell < to; ++cell) {
        const std::span<const u32> around(cells.data(), map_.around(cell, cells));
        for (u32 me = start_[cell]; me < start_[cell + 1]; ++me) {
          pairs[b] += map_.is_inner(cell)
                          ? fly_one(
                                me, around, [](double d, double) { return d; }, next)
                          : fly_one(
                                me, around,
                                [](double d, double size) {
                                  return d > size / 2 ? d - size : d < -size / 2 ? d + size : d;
                                },
                                next);
        }
      }
    });
    return std::accumulate(pairs.begin(), pairs.end(), u64{0});
  }

 private:
  template <class F>
  static void in_pieces(std::size_t n, F&& f) {
    constexpr std::size_t piece = 4096;
    parallel_for((n + piece - 1) / piece, n, [&](std::size_t p) {
      for (std::size_t k = p * piece; k < std::min(n, (p + 1) * piece); ++k) {
        f(k);
      }
    });
  }

  template <class Shortest>
  u32 fly_one(u32 me, std::span<const u32> around, Shortest shortest,
              std::vector<Bird>& next) const {
    const double x = x_[me], y = y_[me], sight = s_.sight * s_.sight,
                 personal = s_.personal * s_.personal;
    double away_x = 0, away_y = 0, along_x = 0, along_y = 0, middle_x = 0, middle_y = 0;
    u32 seen = 0;
    for (const u32 cell : around) {
      for (u32 k = start_[cell]; k < start_[cell + 1]; ++k) {
        const double dx = shortest(x_[k] - x, s_.width), dy = shortest(y_[k] - y, s_.height),
                     squared = dx * dx + dy * dy;
        if (squared > sight || k == me) {
          continue;
        }
        if (squared < personal && squared > 0) {
          away_x -= dx / squared;
          away_y -= dy / squared;
        }
        along_x += vx_[k];
        along_y += vy_[k];
        middle_x += dx;
        middle_y += dy;
        ++seen;
      }
    }
    double vx = vx_[me], vy = vy_[me];
    const auto wish = [&](double weight, double to_x, double to_y) {
      if (const double length = std::sqrt(to_x * to_x + to_y * to_y); length > 0) {
        double turn_x = s_.speed / length * to_x - vx_[me],
               turn_y = s_.speed / length * to_y - vy_[me];
        cut(turn_x, turn_y, s_.force);
        vx += weight * turn_x;
        vy += weight * turn_y;
      }
    };
    wish(s_.separation, away_x, away_y);
    wish(s_.alignment, along_x, along_y);
    wish(s_.cohesion, middle_x, middle_y);
    cut(vx, vy, s_.speed);
    next[id_[me]] = {space_.wrap_x(x + vx), space_.wrap_y(y + vy), vx, vy};
    return seen;
  }
  static void cut(double& x, double& y, double most) {
    if (const double length = std::sqrt(x * x + y * y); length > most) {
      x *= most / length;
      y *= most / length;
    }
  }

  flocking::Settings s_;
  Space space_;
  CellMap map_;
  std::vector<u32> cell_, start_, next_;
  std::vector<AgentId> id_;
  std::vector<double> x_, y_, vx_, vy_;
};

/// The largest difference, of velocities and of ways from the same place.
double difference_of(const std::vector<Bird>& one, const std::vector<Bird>& other,
                     const Space& space) {
  double most = 0;
  for (std::size_t k = 0; k < one.size(); ++k) {
    for (const double d : {one[k].vx - other[k].vx, one[k].vy - other[k].vy,
                           space.across(one[k].x, other[k].x), space.down(one[k].y, other[k].y)}) {
      most = std::max(most, std::abs(d));
    }
  }
  return most;
}

}  // namespace

FlockTimes fly(AgentId birds, double neighbors, int turns) {
  flocking::Settings settings{.birds = birds};
  const double area = birds * std::numbers::pi * settings.sight * settings.sight / neighbors;
  settings.width = settings.height = std::sqrt(area);
  Simulation engine({}, flocking::make_population({}, settings, 1, {}), {.seed = 1});
  flocking::add_to(engine, settings);
  engine.start();
  const Space& space = engine.population().plane(flocking::sky)->space;
  FlockByHand hand(settings);
  FlockTimes times;
  std::vector<Bird> by_hand(birds);
  u64 pairs = 0;
  for (int turn = 0; turn < turns; ++turn) {
    const std::vector<Bird> before = birds_of(engine.population());
    const auto one = [&] { times.step_s.push_back(timed([&] { engine.step(); })); };
    const auto other = [&] {
      times.lists_s.push_back(timed([&] { hand.list(before); }));
      times.loop_s.push_back(timed([&] { pairs += hand.fly(by_hand); }));
    };
    // Who goes first changes: what the one leaves in the caches is not always the other's.
    turn % 2 == 0 ? one() : other();
    turn % 2 == 0 ? other() : one();
    const double difference = difference_of(birds_of(engine.population()), by_hand, space);
    times.difference = std::max(times.difference, difference / settings.speed);
  }
  times.neighbors = static_cast<double>(pairs) / birds / turns;
  return times;
}

// ---- predation ----------------------------------------------------------------------------------

TurnoverTimes breed(AgentId animals, Step steps, int ranks) {
  // About one in a hundred is born in a step, and about one in a hundred is eaten or starves.
  const auto wolves = static_cast<AgentId>(0.014 * animals);
  const auto number = [](std::string_view name, auto value) {
    return "predation." + std::string(name) + "=" + std::to_string(value);
  };
  const std::vector<std::string> set = {"run.steps=" + std::to_string(steps),
                                        "output.snapshot_steps=[]",
                                        number("side", static_cast<u32>(std::sqrt(animals))),
                                        number("sheep", animals - wolves),
                                        number("wolves", wolves),
                                        number("sheep_birth", 0.01),
                                        number("wolf_birth", 0.01),
                                        number("sheep_gain", 200),
                                        number("wolf_gain", 100)};
  const auto scenario = shipped_scenario("predation");
  TurnoverTimes times;
  const auto add = [&](std::string_view behavior, double s) {
    times.step_s += s;
    times.turnover_s += behavior.ends_with("(births, deaths, moves)") ? s : 0;
  };
  if (ranks > 1) {
    const Reported run = run_apart({.scenario = scenario, .set = set, .ranks = ranks});
    times.problem = run.problem;
    for (const auto& [behavior, s] : run.time_in) {
      add(behavior, s);
    }
    return times;
  }
  const ScenarioFile file = read_scenario(full_schema(), scenario, {.set = set});
  Run run(Communicator(), file, {});
  while (!run.done()) {
    run.step();
    for (const std::string_view kind : {predation::sheep_kind, predation::wolf_kind}) {
      times.animals += run.simulation().population().kind(kind).rows() / steps;
    }
  }
  for (const std::string_view kind : {predation::sheep_kind, predation::wolf_kind}) {
    const Simulation::Vital vital = run.simulation().vital(kind);
    times.births += static_cast<double>(vital.born) / steps;
    times.deaths += static_cast<double>(vital.died) / steps;
  }
  for (const Timing& t : run.simulation().timing()) {
    add(t.behavior, t.seconds);
  }
  return times;
}

// ---- segregation --------------------------------------------------------------------------------

namespace {

i64 unhappy_in_step(Simulation& town) {
  const i64 before = town.now() == 0 ? 0 : town.tally(segregation::unhappy_households.name)[0];
  town.step();
  return town.tally(segregation::unhappy_households.name)[0] - before;
}

std::unique_ptr<Simulation> town_of(Population population, const segregation::Settings& settings) {
  auto town = std::make_unique<Simulation>(Communicator(), std::move(population),
                                           SimulationOptions{.seed = 1});
  segregation::add_to(*town, settings);
  town->start();
  return town;
}

/// A town of its own in which all are content, or nearly all.
std::vector<segregation::Occupant> content_town(const segregation::Settings& settings) {
  constexpr Step most = 1'000;
  auto town = town_of(segregation::make_population({}, settings, 1, {}), settings);
  while (unhappy_in_step(*town) > 0 && town->now() < most) {
  }
  const auto sites = town->population().kind(segregation::kind).values(segregation::occupant);
  return {sites.begin(), sites.end()};
}

/// Two columns of state read, one written: what a step would cost that only goes through all sites.
double stream(std::span<const segregation::Occupant> occupant, std::span<const u8> vacant,
              std::vector<u8>& out) {
  constexpr std::size_t piece = 65'536;
  const std::size_t n = out.size();
  return timed([&] {
    parallel_for((n + piece - 1) / piece, n, [&](std::size_t p) {
      for (std::size_t k = p * piece; k < std::min(n, (p + 1) * piece); ++k) {
        out[k] = static_cast<u8>(static_cast<u8>(occupant[k]) + vacant[k]);
      }
    });
  });
}

}  // namespace

TownTimes settle(i64 sites, int steps) {
  // At rest: a small town that has come to rest, ten times ten times beside itself. On a torus
  // every household has the neighbors that it had.
  constexpr u32 times_over = 10;
  const u32 side = std::max(
      10u, static_cast<u32>(std::lround(std::sqrt(static_cast<double>(sites)) / times_over)));
  const segregation::Settings small{.width = side, .height = side};
  const segregation::Settings large{.width = times_over * side, .height = times_over * side};
  TownTimes times;
  times.sites = i64{large.width} * large.height;

  auto mixed = town_of(segregation::make_population({}, large, 1, {}), large);
  for (int k = 0; k < steps; ++k) {
    times.first_s.push_back(timed([&] { mixed->step(); }));
  }
  mixed.reset();

  const auto content = content_town(small);
  Population population = segregation::make_population({}, large, 1, {});
  Kind& kind = population.kind(segregation::kind);
  const auto occupant = kind.values(segregation::occupant);
  const auto vacant = kind.values(segregation::vacant);
  const auto standing = kind.values(segregation::standing);
  for (Row r = 0; r < kind.rows(); ++r) {
    const u32 x = r % large.width % side, y = r / large.width % side;
    occupant[r] = content[x + side * y];
    const bool nobody = occupant[r] == segregation::Occupant::none;
    vacant[r] = nobody ? 1 : 0;
    standing[r] = nobody ? segregation::Standing::settled : segregation::Standing::unsure;
  }
  auto rest = town_of(std::move(population), large);
  const Kind& rows = rest->population().kind(segregation::kind);
  std::vector<u8> out(rows.rows());
  for (int k = 0; k < steps; ++k) {
    times.rest_s.push_back(timed([&] { times.unhappy = unhappy_in_step(*rest); }));
    auto& kept = rest->population().kind(segregation::kind);
    times.stream_s.push_back(
        stream(kept.values(segregation::occupant), kept.values(segregation::vacant), out));
  }
  return times;
}

}  // namespace throng::bench
