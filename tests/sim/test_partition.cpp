#include <vector>

#include <catch2/catch.hpp>

#include "sim/partition.h"
#include "sim/permutation.h"

namespace throng {
namespace {

// Every rank's own view of one partition must agree with what all ranks say of every id.
void check_views(const std::vector<Partition>& of_rank, AgentId total) {
  std::vector<int> owners(total, 0);
  for (std::size_t me = 0; me < of_rank.size(); ++me) {
    const Partition& p = of_rank[me];
    REQUIRE(p.total() == total);
    for (Row r = 0; r < p.count(); ++r) {
      const AgentId id = p.id_of(r);
      REQUIRE(id < total);
      REQUIRE(p.row_of(id) == r);
      REQUIRE(p.is_mine(id));
      ++owners[id];
      for (const Partition& other : of_rank) {
        REQUIRE(other.rank_of(id) == static_cast<Rank>(me));
      }
    }
  }
  for (AgentId id = 0; id < total; ++id) {
    REQUIRE(owners[id] == 1);
    int mine = 0;
    for (const Partition& p : of_rank) {
      mine += p.is_mine(id) ? 1 : 0;
    }
    REQUIRE(mine == 1);
  }
}

}  // namespace

TEST_CASE("every id is one row of exactly one rank in blocks, empty ones included", "[partition]") {
  for (const std::vector<AgentId>& bounds : {std::vector<AgentId>{0, 10},
                                             {0, 4, 4, 9},
                                             {0, 0, 5},
                                             {0, 7, 7},
                                             {0, 0, 0, 1},
                                             {0, 300, 301, 1000}}) {
    std::vector<Partition> plain, shuffled;
    for (Rank me = 0; me + 1 < static_cast<Rank>(bounds.size()); ++me) {
      plain.push_back(Partition::blocks(bounds, me));
      shuffled.push_back(plain.back().shuffled(77));
      CHECK(plain.back().is_contiguous());
    }
    check_views(plain, bounds.back());
    check_views(shuffled, bounds.back());
  }
}

TEST_CASE("every id is one row of exactly one rank when scattered", "[partition]") {
  for (const int ranks : {1, 2, 3, 7}) {
    for (const AgentId total : {0u, 1u, 2u, 6u, 7u, 8u, 1000u}) {
      std::vector<Partition> plain, shuffled;
      for (Rank me = 0; me < ranks; ++me) {
        plain.push_back(Partition::scatter(total, ranks, me));
        shuffled.push_back(plain.back().shuffled(5));
        CHECK_FALSE(plain.back().is_contiguous());
      }
      check_views(plain, total);
      check_views(shuffled, total);
    }
  }
}

TEST_CASE("every rank has all rows of a replicated partition, in order of id even when shuffled",
          "[partition]") {
  const Partition p = Partition::replicated(20).shuffled(3);

  REQUIRE(p.is_replicated());
  REQUIRE(p.count() == 20);
  for (AgentId id = 0; id < 20; ++id) {
    CHECK(p.is_mine(id));
    CHECK(p.row_of(id) == id);
    CHECK(p.id_of(id) == id);
  }
}

TEST_CASE("a shuffled partition stands in another order than the plain one", "[partition]") {
  const Partition p = Partition::blocks({0, 1000}, 0);
  u32 same = 0;
  for (Row r = 0; r < 1000; ++r) {
    same += p.shuffled(9).id_of(r) == r ? 1u : 0u;
  }

  CHECK(same < 20);  // 1 is expected of a random order
}

TEST_CASE("a permutation takes every value once and its inverse leads back", "[permutation]") {
  for (const u32 n : {1u, 2u, 3u, 4u, 5u, 16u, 17u, 63u, 64u, 65u, 1000u, 4097u}) {
    for (const u64 key : {0ull, 1ull, 0x123456789ABCDEFull}) {
      const Permutation order(n, key);
      std::vector<int> seen(n, 0);
      for (u32 x = 0; x < n; ++x) {
        const u32 y = order(x);
        REQUIRE(y < n);
        ++seen[y];
        REQUIRE(order.inverse(y) == x);
      }
      REQUIRE(seen == std::vector<int>(n, 1));
    }
  }
}

TEST_CASE("a permutation of nearly all 32-bit numbers leads back", "[permutation]") {
  const u32 n = 0xFFFFFFFEu;
  const Permutation order(n, 4);
  for (u32 k = 0; k < 1000; ++k) {
    const u32 x = k * 4294967u;
    REQUIRE(order(x) < n);
    REQUIRE(order.inverse(order(x)) == x);
  }
}

}  // namespace throng
