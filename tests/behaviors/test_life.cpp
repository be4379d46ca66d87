// Life against what is known of its patterns, and against a slow twin that looks at every cell.
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/life/life.h"

using namespace throng;

namespace {

/// A world of its own, on one rank.
class World {
 public:
  explicit World(const life::Settings& settings, u64 seed = 1)
      : settings_(settings),
        simulation_(Communicator(), life::make_population({}, settings, seed, {}),
                    {.check_order = true}) {
    life::add_to(simulation_, settings);
    simulation_.start();
  }
  void step(int times = 1) {
    for (int k = 0; k < times; ++k) {
      simulation_.step();
    }
  }
  i64 alive() const { return simulation_.counts(life::state.name).count_of(1); }
  std::vector<bool> cells() const {
    const Kind& kind = simulation_.population().kind(life::kind);
    std::vector<bool> all;
    for (Row r = 0; r < kind.rows(); ++r) {
      all.push_back(kind.find(life::state.name)->store->bits(r) != 0);
    }
    return all;
  }
  std::set<std::pair<u32, u32>> living() const {
    std::set<std::pair<u32, u32>> all;
    const auto now = cells();
    for (u32 c = 0; c < now.size(); ++c) {
      if (now[c]) {
        all.insert({c % settings_.width, c / settings_.width});
      }
    }
    return all;
  }
  Simulation& simulation() { return simulation_; }

 private:
  life::Settings settings_;
  Simulation simulation_;
};

/// The next generation, cell by cell.
std::vector<bool> next_of(const std::vector<bool>& now, const life::Settings& s) {
  const auto w = static_cast<int>(s.width), h = static_cast<int>(s.height);
  std::vector<bool> next(now.size());
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      int around = 0;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          if (dx != 0 || dy != 0) {
            around += now[static_cast<std::size_t>((x + dx + w) % w + w * ((y + dy + h) % h))];
          }
        }
      }
      const auto cell = static_cast<std::size_t>(x + w * y);
      const u32 numbers = now[cell] ? s.rule.survives : s.rule.born;
      next[cell] = (numbers >> around & 1) != 0;
    }
  }
  return next;
}

}  // namespace

TEST_CASE("a glider is itself again after four generations, one cell further", "[life]") {
  World world({.width = 12, .height = 9, .start = life::Start::glider});
  const auto before = world.living();

  world.step(4);

  std::set<std::pair<u32, u32>> moved;
  for (const auto& [x, y] : before) {
    moved.insert({(x + 1) % 12, (y + 1) % 9});
  }
  CHECK(before.size() == 5);
  CHECK(world.living() == moved);
  // Over the border of the torus and back: 4 x 36 generations move it by (36, 36) = (0, 0).
  world.step(4 * 35);
  CHECK(world.living() == before);
}

TEST_CASE("the R-pentomino leaves 116 cells after 1103 generations", "[life]") {
  // Gardner 1983, Wheels, Life and Other Mathematical Amusements: 1103 generations. On a torus of
  // 640 cells its gliders, at a quarter of a cell a generation, meet nothing until then.
  World world({.width = 640, .height = 640, .start = life::Start::r_pentomino});
  CHECK(world.alive() == 5);
  std::vector<i64> first;
  for (int k = 0; k < 5; ++k) {
    world.step();
    first.push_back(world.alive());
  }
  CHECK(first == std::vector<i64>{6, 7, 9, 8, 9});
  world.step(1102 - 5);
  const i64 before = world.alive();
  world.step();
  CHECK(before != 116);
  for (int k = 0; k < 20; ++k) {
    CHECK(world.alive() == 116);
    world.step();
  }
}

TEST_CASE("looking only where something changed gives what looking everywhere gives", "[life]") {
  for (const char* rule : {"B3/S23", "B36/S23", "B2/S", "B0123478/S01234678", "B/S012345678"}) {
    const life::Settings settings = {
        .width = 40, .height = 23, .rule = life::rule_of(rule).value(), .density = 0.3};
    World world(settings, 7);
    life::Settings all_look = settings;
    all_look.everywhere = true;
    World everywhere(all_look, 7);
    std::vector<bool> expected = world.cells();
    const auto alive = static_cast<double>(world.alive());
    CHECK(alive > 0.2 * 40 * 23);
    CHECK(alive < 0.4 * 40 * 23);
    for (int k = 0; k < 60; ++k) {
      world.step();
      expected = next_of(expected, settings);
      INFO(rule << " generation " << k + 1);
      REQUIRE(world.cells() == expected);
      everywhere.step();
      REQUIRE(everywhere.cells() == expected);
    }
    CHECK(world.simulation().full_hash() == world.simulation().content_hash());
  }
}

TEST_CASE("a world in which nothing changes sends no messages", "[life]") {
  World world({.width = 10, .height = 10, .density = 0});
  world.step(3);
  u64 sent = 0;
  for (const auto& traffic : world.simulation().traffic()) {
    sent += traffic.sent;
  }
  CHECK(sent == 0);
}

TEST_CASE("a rule is B and /S before different digits", "[life]") {
  CHECK(life::rule_of("B3/S23") == life::Rule{});
  CHECK(life::rule_of("B/S") == life::Rule{0, 0});
  CHECK(life::rule_of("B08/S1")->born == 0x101);
  for (const char* bad : {"", "3/23", "B3S23", "B9/S2", "B33/S2", "B3/S2 ", "b3/s23", "B3/S2/S3"}) {
    INFO(bad);
    CHECK_FALSE(life::rule_of(bad).has_value());
  }
}
