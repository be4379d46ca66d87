// What a space refuses, its arithmetic, and what looking in it costs beside a loop written by hand.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/simulation.h"
#include "tests/sim/scripted.h"

namespace throng {
namespace {

using Catch::Matchers::Contains;
using test::behaviors;

constexpr State<double> x{.name = "test.x", .unit = "1", .doc = "-"};
constexpr State<double> y{.name = "test.y", .unit = "1", .doc = "-"};
constexpr State<double> vx{.name = "test.vx", .unit = "1", .doc = "-"};
constexpr State<double> vy{.name = "test.vy", .unit = "1", .doc = "-"};
constexpr Finding<double> sum_x{.name = "test.sum_x", .unit = "1", .doc = "-"};
constexpr Finding<double> sum_y{.name = "test.sum_y", .unit = "1", .doc = "-"};
constexpr State<i32> age{.name = "test.age", .unit = "1", .doc = "-"};

double real(u64 word) { return static_cast<double>(word >> 11) * 0x1p-53; }
double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Population one_row(double at_x, const Space& space) {
  Population p;
  Kind& row = p.add_kind("row", Partition::blocks({0, 1}, 0).listed(4));
  p.add_kind("stone", Partition::blocks({0, 1}, 0));
  p.add_space("plain", space);
  p.place("plain", row, x, y);
  row.values(x)[0] = at_x;
  return p;
}

}  // namespace

TEST_CASE("ways on a torus are the shortest, and places stay inside", "[space]") {
  const Space s{.width = 10, .height = 4, .sight = 1, .patches_across = 5, .patches_down = 2};
  CHECK(s.across(9, 1) == 2);
  CHECK(s.across(1, 9) == -2);
  CHECK(s.down(0.5, 3.5) == -1);
  CHECK(s.wrap_x(12.5) == 2.5);
  CHECK(s.wrap_x(-1) == 9);
  CHECK(s.wrap_x(-1e-20) == 0);  // 10 - 1e-20 is 10, which is outside
  CHECK(s.patch_of(0, 0) == 0);
  CHECK(s.patch_of(9.9, 1.9) == 4);
  CHECK(s.patch_of(2, 2) == 6);
  CHECK(s.patch_of(std::nextafter(10.0, 0.0), std::nextafter(4.0, 0.0)) == 9);
}

TEST_CASE("every cell has the cells around it once, also where there are few", "[space]") {
  for (const double width : {1.0, 2.5, 3.5, 4.5, 9.0}) {
    for (const bool torus : {true, false}) {
      const CellMap map({.width = width, .height = 5.5, .torus = torus, .sight = 1}, 1, 0);
      std::array<u32, 9> cells;
      for (u32 c = 0; c < map.cells(); ++c) {
        const u32 n = map.around(c, cells);
        CHECK(std::is_sorted(cells.begin(), cells.begin() + n));
        CHECK(std::adjacent_find(cells.begin(), cells.begin() + n) == cells.begin() + n);
        for (u32 other = 0; other < map.cells(); ++other) {
          const auto apart = [&](u32 a, u32 b, u32 size) {
            const u32 d = a > b ? a - b : b - a;
            return torus ? std::min(d, size - d) : d;
          };
          const u32 w = map.cells_across(), h = map.cells() / w;
          const bool near = apart(c % w, other % w, w) <= 1 && apart(c / w, other / w, h) <= 1;
          CHECK((std::find(cells.begin(), cells.begin() + n, other) != cells.begin() + n) == near);
        }
      }
    }
  }
}

TEST_CASE("cells are wider where they would be many more than rows", "[space]") {
  const CellMap map({.width = 1e6, .height = 1e4, .sight = 0.5}, 1, 0, 10'000);
  CHECK(map.cells() <= 10'000);
  CHECK(map.cells() >= 9'000);
  CHECK(map.cells_across() == 1000);
}

TEST_CASE("who is in sight in small and large spaces is who is near of all pairs", "[space]") {
  constexpr AgentId n = 60;
  for (const double size : {0.8, 1.5, 2.5, 3.5, 4.5, 7.0}) {
    for (const bool torus : {true, false}) {
      const Space space{.width = size, .height = 3.1, .torus = torus, .sight = 1};
      Population p;
      Kind& rows = p.add_kind("row", Partition::blocks({0, n}, 0).shuffled(8).listed(n));
      p.add_space("plain", space);
      p.place("plain", rows, x, y);
      std::vector<double> at_x(n), at_y(n);
      for (AgentId id = 0; id < n; ++id) {
        const Row r = rows.partition().row_of(id);
        rows.values(x)[r] = at_x[id] = size * real(mix(id));
        rows.values(y)[r] = at_y[id] = 3.1 * real(mix(id + n));
      }
      LooksAround looks;
      std::vector<std::vector<AgentId>> fast(n), slow(n), expected(n);
      Simulation s(Communicator(), std::move(p), {.check_order = false});
      s.add_substep(
          "look", behaviors(test::Script{
                      .bind = [&](Binder& b) { looks = b.looks_around("plain"); },
                      .observe =
                          [&](const Observe& o) {
                            o.for_each_around(looks, [&](const ObserveRow& me, const Around& all) {
                              for (const Nearby& other : all) {
                                fast[me.id()].push_back(other.id());
                              }
                              o.for_each_in_sight(me, looks, [&](const Nearby& other) {
                                slow[me.id()].push_back(other.id());
                              });
                            });
                          }}));
      s.start();
      s.step();
      for (AgentId a = 0; a < n; ++a) {
        for (AgentId b = 0; b < n; ++b) {
          const double dx = space.across(at_x[a], at_x[b]), dy = space.down(at_y[a], at_y[b]);
          if (a != b && dx * dx + dy * dy <= 1) {
            expected[a].push_back(b);
          }
        }
      }
      CHECK(fast == expected);
      CHECK(slow == expected);
    }
  }
}

TEST_CASE("a row outside of its space is refused with its place", "[space]") {
  for (const double at : {-0.5, 10.0, std::nan("")}) {
    Simulation s(Communicator(), one_row(at, {.width = 10, .height = 4, .sight = 1}), {});
    CHECK_THROWS_WITH(s.start(), Contains("kind 'row': row 0 is at (") && Contains("10.0"));
  }
}

TEST_CASE("kinds whose rows stay are not placed, and kinds not placed are not looked at",
          "[space]") {
  Population p = one_row(1, {.width = 10, .height = 4, .sight = 1});
  CHECK_THROWS_WITH(p.place("plain", p.kind("stone"), x, y),
                    Contains("kind 'stone'") && Contains("Partition::listed"));
  Simulation s(Communicator(), std::move(p), {});
  s.add_substep(
      "look", behaviors(test::Script{.bind = [](Binder& b) { b.looks_around("plain", "stone"); }}));
  CHECK_THROWS_WITH(s.start(), Contains("kind 'stone' is not in space 'plain'"));
}

// Run by hand: test_sim "[bench]". Prints nanoseconds a row.
TEST_CASE("looking around costs at most twice what a loop by hand does", "[.bench]") {
  constexpr AgentId n = 1'000'000;
  // 30 neighbors: n pi / size^2 = 31 at sight 1.
  const double size = std::sqrt(n * 3.14159265 / 31);
  const Space space{.width = size, .height = size, .sight = 1};
  Population p;
  Kind& rows = p.add_kind("row", Partition::blocks({0, n}, 0).listed(n));
  p.add_space("plain", space);
  p.place("plain", rows, x, y);
  for (Row r = 0; r < n; ++r) {
    rows.values(x)[r] = size * real(mix(r));
    rows.values(y)[r] = size * real(mix(r + u64{n}));
    rows.values(vx)[r] = real(mix(r + 2 * u64{n}));
    rows.values(vy)[r] = real(mix(r + 3 * u64{n}));
  }
  Finds<double> found_x, found_y;
  LooksAround looks;
  SightsAround<double> seen_vx, seen_vy;
  double loop = 0;
  const test::Script look{.bind =
                              [&](Binder& b) {
                                found_x = b.finds(sum_x);
                                found_y = b.finds(sum_y);
                                looks = b.looks_around("plain");
                                seen_vx = b.sees(looks, vx);
                                seen_vy = b.sees(looks, vy);
                              },
                          .observe =
                              [&](const Observe& o) {
                                const double began = seconds();
                                o.for_each_around(looks,
                                                  [&](const ObserveRow& me, const Around& around) {
                                                    double sx = 0, sy = 0;
                                                    for (const Nearby& other : around) {
                                                      sx += other[seen_vx] + other.dx();
                                                      sy += other[seen_vy] + other.dy();
                                                    }
                                                    me.set(found_x, sx);
                                                    me.set(found_y, sy);
                                                  });
                                loop = seconds() - began;
                              }};
  Simulation s(Communicator(), std::move(p), {.check_order = false});
  s.add_substep("look", behaviors(look));
  s.start();

  // By hand: the same lists, whatever order, one thread a cell.
  const CellMap map(space, 1, 0);
  const Kind& k = s.population().kind("row");
  const auto column = [&](std::string_view name) {
    return reinterpret_cast<const double*>(k.find(name)->store->data());
  };
  std::vector<u32> start(map.cells() + 1);
  std::vector<double> px(n), py(n), pvx(n), pvy(n), ox(n), oy(n);
  for (Row r = 0; r < n; ++r) {
    ++start[map.cell_of(column(x.name)[r], column(y.name)[r]) + 1];
  }
  for (u32 c = 0; c < map.cells(); ++c) {
    start[c + 1] += start[c];
  }
  auto next = start;
  for (Row r = 0; r < n; ++r) {
    const u32 at = next[map.cell_of(column(x.name)[r], column(y.name)[r])]++;
    px[at] = column(x.name)[r];
    py[at] = column(y.name)[r];
    pvx[at] = column(vx.name)[r];
    pvy[at] = column(vy.name)[r];
  }
  double best = 1e9, by_hand = 1e9, whole = 1e9;
  double check = 0;
  u64 pairs = 0;
  for (int turn = 0; turn < 5; ++turn) {
    double t = seconds();
    s.step();
    whole = std::min(whole, seconds() - t);
    best = std::min(best, loop);
    t = seconds();
    std::vector<u64> met(map.cells());
    parallel_for((map.cells() + 63) / 64, n, [&](std::size_t b) {
      std::array<u32, 9> cells;
      for (u32 c = static_cast<u32>(b) * 64;
           c < std::min<u32>(map.cells(), (static_cast<u32>(b) + 1) * 64); ++c) {
        const u32 m = map.around(c, cells);
        for (u32 i = start[c]; i < start[c + 1]; ++i) {
          double sx = 0, sy = 0;
          for (u32 q = 0; q < m; ++q) {
            for (u32 j = start[cells[q]]; j < start[cells[q] + 1]; ++j) {
              const double dx = space.across(px[i], px[j]), dy = space.down(py[i], py[j]);
              if (dx * dx + dy * dy <= 1 && i != j) {
                sx += pvx[j] + dx;
                sy += pvy[j] + dy;
                ++met[c];
              }
            }
          }
          ox[i] = sx;
          oy[i] = sy;
        }
      }
    });
    by_hand = std::min(by_hand, seconds() - t);
    pairs = 0;
    for (u32 c = 0; c < map.cells(); ++c) {
      pairs += met[c];
    }
    check += ox[n / 2];
  }
  std::printf(
      "%.1f neighbors a row, %d threads: %.0f ns a row around, %.0f by hand (%.2f times); the "
      "whole step %.0f ns (%g)\n",
      static_cast<double>(pairs) / n, thread_count(), best * 1e9 / n, by_hand * 1e9 / n,
      best / by_hand, whole * 1e9 / n, check);
  CHECK(best < 2 * by_hand);
}

TEST_CASE("one in a hundred born and dying each step costs little of it", "[.bench]") {
  constexpr AgentId n = 1'000'000;
  Population p;
  Kind& rows = p.add_kind("row", Partition::blocks({0, n}, 0).listed(n + n / 4));
  for (const auto& c : {x, y, vx, vy}) {
    rows.values(c);
  }
  Dies dies;
  Bears bears;
  Gives<double> x_of;
  Writes<i32> ages;
  const test::Script live{.bind =
                              [&](Binder& b) {
                                dies = b.dies();
                                bears = b.bears("row");
                                x_of = b.gives(bears, x);
                                ages = b.writes(age);
                              },
                          .act =
                              [&](const Act& a) {
                                a.for_each(all(), "test.live",
                                           [&](const ActRow& me, const Words& w) {
                                             me.set(ages, me[ages] + 1);
                                             if (w[0] < 42949673u) {
                                               me.die(dies);
                                             }
                                             if (w[1] < 42949673u) {
                                               me.bear(bears).set(x_of, 1.0);
                                             }
                                           });
                              }};
  Simulation s(Communicator(), std::move(p), {.check_order = false});
  s.add_substep("live", behaviors(live));
  s.start();
  constexpr int steps = 20;
  for (int k = 0; k < steps; ++k) {
    s.step();
  }
  for (const auto& t : s.timing()) {
    std::printf("%s: %.2f ns a row and step\n", t.behavior.c_str(), t.seconds * 1e9 / n / steps);
  }
  CHECK(s.vital("row").died > n / 100 * (steps - 1));
}

}  // namespace throng
