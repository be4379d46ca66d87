// What is refused of rows that come and go, and the map their ids are found by.
#include <map>

#include <catch2/catch.hpp>

#include "sim/chance.h"
#include "sim/simulation.h"
#include "tests/sim/scripted.h"

namespace throng {
namespace {

using Catch::Matchers::Contains;
using test::behaviors;

constexpr Fixed<u8> age{.name = "test.age", .unit = "year", .doc = "-"};
constexpr Observation<u32> word{.name = "test.word", .doc = "-"};

Population creatures(AgentId n, Row room) {
  Population p;
  p.add_kind("row", Partition::blocks({0, n}, 0).listed(room)).values(age);
  p.add_kind("stone", Partition::blocks({0, 3}, 0));
  return p;
}

struct Breeder {
  Dies dies;
  Bears bears;
  Gives<u8> age_of;
  test::Script script(bool gives_age) {
    return {.bind =
                [this](Binder& b) {
                  bears = b.bears("row");
                  age_of = b.gives(bears, age);
                },
            .act =
                [this, gives_age](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) {
                    Newborn child = me.bear(bears);
                    if (gives_age) {
                      child.set(age_of, 1);
                    }
                  });
                }};
  }
};

}  // namespace

TEST_CASE("a map of ids answers as an ordered map does, whatever was put and erased",
          "[turnover]") {
  IdMap map;
  std::map<AgentId, u32> expected;
  for (u64 k = 0; k < 200'000; ++k) {
    const u64 w = mix(k);
    // Few ids, so that runs of slots are long and erased ones are put again.
    const auto id = static_cast<AgentId>(w % 700 * (w >> 60 == 0 ? 1 : 4099));
    if ((w >> 32) % 3 == 0) {
      map.erase(id);
      expected.erase(id);
    } else {
      map.put(id, static_cast<u32>(k));
      expected[id] = static_cast<u32>(k);
    }
    const auto probe = static_cast<AgentId>(mix(k + 5) % 700);
    const auto at = expected.find(probe);
    REQUIRE(map.find(probe) == (at == expected.end() ? IdMap::none : at->second));
  }
  CHECK(map.size() == expected.size());
  for (const auto& [id, value] : expected) {
    CHECK(map.find(id) == value);
  }
}

TEST_CASE("more rows than there is room for are refused with the number", "[turnover]") {
  Breeder breeder;
  Simulation s(Communicator(), creatures(10, 25), {});
  s.add_substep("breed", behaviors(breeder.script(true)));
  s.start();
  s.step();
  CHECK(s.population().kind("row").rows() == 20);
  CHECK_THROWS_WITH(s.step(),
                    Contains("40 rows would live on one rank") && Contains("there is room for 25"));
}

TEST_CASE("a birth without a value of a fixed column is refused", "[turnover]") {
  Breeder breeder;
  Simulation s(Communicator(), creatures(10, 25), {});
  s.add_substep("breed", behaviors(breeder.script(false)));
  s.start();
  CHECK_THROWS_WITH(s.step(), Contains("10 rows are born without a value for every fixed column"));
}

TEST_CASE("rows that stay neither die nor are born", "[turnover]") {
  Simulation dying(Communicator(), creatures(10, 25), {});
  dying.add_substep("die",
                    behaviors(test::Script{.kind = "stone", .bind = [](Binder& b) { b.dies(); }}));
  CHECK_THROWS_WITH(dying.start(), Contains("kind 'stone'") && Contains("cannot die"));
  Simulation bearing(Communicator(), creatures(10, 25), {});
  bearing.add_substep("bear", behaviors(test::Script{.bind = [](Binder& b) { b.bears("stone"); }}));
  CHECK_THROWS_WITH(bearing.start(), Contains("kind 'stone'") && Contains("none is born"));
}

TEST_CASE("rows that come and go hear in the substep in which they are told", "[turnover]") {
  Tells<u32> tells;
  Hears<u32> hears;
  Simulation s(Communicator(), creatures(10, 25), {});
  s.add_substep("tell",
                behaviors(test::Script{.bind = [&](Binder& b) { tells = b.tells(word, "row"); }}));
  s.add_substep("hear", behaviors(test::Script{.bind = [&](Binder& b) {
                  hears = b.hears(word, [](const SeenRow&, AgentId, u32) { return true; });
                }}));
  CHECK_THROWS_WITH(s.start(),
                    Contains("'test.word'") && Contains("not heard in the same substep"));
}

TEST_CASE("networks that are made once refuse rows that come and go", "[turnover]") {
  Population p = creatures(4, 8);
  Kind& row = p.kind("row");
  CHECK_THROWS_WITH(Edges(row, {}), Contains("kind 'row'") && Contains("come and go"));
  const std::vector<u32> group_of(4, 0);
  CHECK_THROWS_WITH(Groups::build(Communicator(), row, p.kind("stone"), group_of),
                    Contains("kind 'row'") && Contains("come and go"));
  CHECK_THROWS_AS(p.add_lattice("grid", row, {.width = 2, .height = 2}), ContractError);
}

}  // namespace throng
