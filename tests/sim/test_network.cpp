#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/network.h"
#include "sim/population.h"
#include "tests/sim/chi_square.h"

namespace throng {
namespace {

// Random words in order, and a group's answer to each.
template <class F>
std::vector<u64> count_answers(std::size_t ids, u32 draws, F&& choose) {
  const Chance chance(20);
  std::vector<u64> count(ids + 1, 0);
  for (u32 k = 0; k < draws; ++k) {
    const AgentId id = choose(chance.words(1, k, 0, "test.network")[0]);
    ++count[id == no_agent ? ids : id];
  }
  return count;
}

struct Town {
  Population population;
  Kind& people;
  Kind& places;
  explicit Town(AgentId n, AgentId groups)
      : people(population.add_kind("person", Partition::blocks({0, n}, 0))),
        places(population.add_kind("place", Partition::blocks({0, groups}, 0))) {}
  Groups build(const std::vector<u32>& group_of, const std::vector<u8>& weight_of = {}) const {
    return Groups::build(Communicator(), people, places, std::span<const u32>(group_of), weight_of);
  }
};

// Ten people in three places: {1, 4, 5, 9}, {0}, {} and, in none, the others.
const std::vector<u32> ten = {1, 0, no_group, no_group, 0, 0, no_group, no_group, no_group, 0};

}  // namespace

TEST_CASE("a roster holds the members of a group in order of id", "[network]") {
  const Town t(10, 3);
  const Groups g = t.build(ten);

  CHECK(std::vector<AgentId>(g.roster(0).begin(), g.roster(0).end()) ==
        std::vector<AgentId>{1, 4, 5, 9});
  CHECK(std::vector<AgentId>(g.roster(1).begin(), g.roster(1).end()) == std::vector<AgentId>{0});
  CHECK(g.size(2) == 0);
  CHECK(g.total_weight(0) == 4);
}

TEST_CASE("a roster does not depend on the order in which rows stand", "[network]") {
  Population p;
  const Kind& people = p.add_kind("person", Partition::blocks({0, 10}, 0).shuffled(8));
  const Kind& places = p.add_kind("place", Partition::blocks({0, 3}, 0).shuffled(9));
  std::vector<u32> group_of(10);
  for (Row r = 0; r < 10; ++r) {
    group_of[r] = ten[people.partition().id_of(r)];
  }

  const Groups g =
      Groups::build(Communicator(), people, places, std::span<const u32>(group_of), {});

  const auto roster = g.roster(places.partition().row_of(0));
  CHECK(std::vector<AgentId>(roster.begin(), roster.end()) == std::vector<AgentId>{1, 4, 5, 9});
}

TEST_CASE("a member of a group that does not exist is refused", "[network]") {
  const Town t(2, 3);

  CHECK_THROWS_AS(t.build({0, 3}), ContractError);
}

TEST_CASE("the other members of a group are met equally often, oneself never", "[network]") {
  const Town t(10, 3);
  const Groups g = t.build(ten);
  for (const AgentId self : {1u, 4u, 5u, 9u}) {
    const auto count = count_answers(10, 200'000, [&](u32 word) { return g.other(0, word, self); });

    std::vector<double> p(11, 0);
    for (const AgentId id : {1u, 4u, 5u, 9u}) {
      p[id] = id == self ? 0 : 1.0 / 3;
    }
    CHECK(test::chi_square("other", count, p));
  }
}

TEST_CASE("who is alone in a group meets nobody there", "[network]") {
  const Town t(10, 3);
  const Groups g = t.build(ten);

  CHECK(g.other(1, 12345, 0) == no_agent);
  CHECK(g.other(2, 12345, 0) == no_agent);
  CHECK(g.any(2, 12345) == no_agent);
}

TEST_CASE("each of few others keeps one slot and the remaining slots are empty", "[network]") {
  const Town t(10, 3);
  const Groups g = t.build(ten);

  const auto count = count_answers(10, 200'000, [&](u32 word) { return g.other(0, word, 4, 10); });

  std::vector<double> p(11, 0);
  p[1] = p[5] = p[9] = 0.1;
  p[10] = 0.7;
  CHECK(test::chi_square("slots", count, p));
}

TEST_CASE("siblings are met across all groups of a family of groups", "[network]") {
  const Town t(10, 3);
  Groups g = t.build({0, 0, 1, 1, 1, 2, 2, 0, no_group, 2});
  const std::vector<u32> first = {0, 0, 2};  // groups 0 and 1 are siblings, 2 stands alone
  const std::vector<u16> siblings = {2, 2, 1};
  g.set_siblings(first, siblings);

  const auto count = count_answers(10, 200'000, [&](u32 word) { return g.sibling(1, word, 3); });
  const auto alone = count_answers(10, 200'000, [&](u32 word) { return g.sibling(2, word, 5); });

  CHECK(test::chi_square("sibling", count, {0.2, 0.2, 0.2, 0, 0.2, 0, 0, 0.2, 0, 0, 0}));
  CHECK(test::chi_square("sibling alone", alone, {0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0.5, 0}));
}

TEST_CASE("siblings that do not stand in consecutive rows are refused", "[network]") {
  Population p;
  const Kind& people = p.add_kind("person", Partition::blocks({0, 4}, 0));
  const Kind& places = p.add_kind("place", Partition::blocks({0, 50}, 0).shuffled(2));
  const std::vector<u32> group_of = {0, 1, 2, 3};
  Groups g = Groups::build(Communicator(), people, places, std::span<const u32>(group_of), {});

  CHECK_THROWS_AS(g.set_siblings(std::vector<u32>(50, 0), std::vector<u16>(50, 50)), ContractError);
}

TEST_CASE("any member is met equally often by an outsider", "[network]") {
  const Town t(10, 3);
  const Groups g = t.build(ten);

  const auto count = count_answers(10, 200'000, [&](u32 word) { return g.any(0, word); });

  CHECK(test::chi_square("any", count, {0, 0.25, 0, 0, 0.25, 0.25, 0, 0, 0, 0.25, 0}));
}

TEST_CASE("members are met in proportion to their weights, the weightless never", "[network]") {
  const Town t(6, 2);
  const Groups g = t.build({0, 0, 0, 0, 0, 1}, {1, 3, 0, 255, 3, 0});
  const double total = 262;
  REQUIRE(g.total_weight(0) == 262);
  REQUIRE(g.total_weight(1) == 0);

  const auto count =
      count_answers(6, 2'000'000, [&](u32 word) { return g.weighted(0, word, no_agent); });
  const auto own = count_answers(6, 2'000'000, [&](u32 word) { return g.weighted(0, word, 3); });

  CHECK(
      test::chi_square("weighted", count, {1 / total, 3 / total, 0, 255 / total, 3 / total, 0, 0}));
  CHECK(test::chi_square("weighted, landing on oneself", own,
                         {1 / total, 3 / total, 0, 0, 3 / total, 0, 255 / total}));
  CHECK(g.weighted(1, 12345, no_agent) == no_agent);
}

TEST_CASE("every value of a weighted group's range names the member who covers it", "[network]") {
  // Members by (weight, id): 7 w 2, 9 w 2, 3 w 5. Of nine values two name 7, two 9, five 3.
  const Town t(10, 1);
  std::vector<u32> group_of(10, no_group);
  std::vector<u8> weight(10, 0);
  group_of[3] = group_of[7] = group_of[9] = 0;
  weight[3] = 5;
  weight[7] = weight[9] = 2;
  const Groups g = t.build(group_of, weight);

  std::vector<AgentId> met;
  for (u32 v = 0; v < 9; ++v) {
    met.push_back(g.weighted(0, static_cast<u32>(((u64{v} << 32) + (u64{1} << 31)) / 9), no_agent));
  }

  CHECK(met == std::vector<AgentId>{7, 7, 9, 9, 3, 3, 3, 3, 3});
}

TEST_CASE("members with consecutive ids are addressed by arithmetic", "[network]") {
  const Consecutive home{.first = 40, .position = 2, .size = 4};

  CHECK(home.other(0) == 40);
  CHECK(home.other(1) == 41);
  CHECK(home.other(2) == 43);
}

TEST_CASE("edges are chosen in proportion to weight", "[network]") {
  const Town t(6, 1);
  const std::vector<Edges::Edge> all = {
      {2, 5, 1.0}, {2, 0, 2.0}, {1, 3, 0.5}, {2, 4, 0.0}, {2, 1, 5.0}};
  const Edges edges(t.people, all);

  REQUIRE(std::vector<AgentId>(edges.targets(2).begin(), edges.targets(2).end()) ==
          std::vector<AgentId>{0, 1, 4, 5});
  CHECK(edges.degree(0) == 0);
  CHECK(edges.degree(1) == 1);
  CHECK(edges.strength(2) == 8.0);
  CHECK(edges.strength(0) == 0.0);
  CHECK(edges.weight(2, 1) == 5.0);
  CHECK(edges.weight(2, 2) == 0.0);
  const auto count =
      count_answers(6, 200'000, [&](u32 word) { return edges.choose(2, unit(word)); });
  CHECK(test::chi_square("edges", count, {0.25, 0.625, 0, 0, 0, 0.125, 0}));
}

TEST_CASE("edges do not depend on the order in which they are listed", "[network]") {
  const Town t(100, 1);
  std::vector<Edges::Edge> all;
  for (u32 k = 0; k < 500; ++k) {
    all.push_back({static_cast<AgentId>(mix(k) % 100), static_cast<AgentId>(mix(k + 1000) % 100),
                   0.1 * (1 + k % 7)});
  }
  const Edges one(t.people, all);
  std::reverse(all.begin(), all.end());
  const Edges other(t.people, all);

  for (Row r = 0; r < 100; ++r) {
    REQUIRE(std::equal(one.targets(r).begin(), one.targets(r).end(), other.targets(r).begin(),
                       other.targets(r).end()));
    REQUIRE(one.strength(r) == other.strength(r));
  }
}

TEST_CASE("an edge to a row that does not exist is refused", "[network]") {
  const Town t(6, 1);
  const std::vector<Edges::Edge> wrong = {{0, 6, 1.0}};

  CHECK_THROWS_AS(Edges(t.people, wrong), ContractError);
}

}  // namespace throng
