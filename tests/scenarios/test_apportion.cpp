#include <numeric>

#include <catch2/catch.hpp>

#include "scenarios/city/apportion.h"
#include "sim/error.h"

using namespace throng;

TEST_CASE("largest remainders keep the total and follow the shares", "[city]") {
  // 10 seats over 47, 16, 15.9, 12, 6, 3.1: exact 4.7 1.6 1.59 1.2 .6 .31, floors 4 1 1 1 0 0; the
  // three seats left go to the remainders .7, .6 (index 1) and .6 (index 4), before .59.
  const std::vector<double> votes = {47, 16, 15.9, 12, 6, 3.1};

  CHECK(largest_remainder(votes, 10) == std::vector<u32>{5, 2, 1, 1, 1, 0});
  CHECK(largest_remainder(std::vector<double>{0, 0, 0}, 4) == std::vector<u32>{2, 1, 1});
  CHECK(largest_remainder(votes, 0) == std::vector<u32>(6, 0));
}

TEST_CASE("what a cap refuses goes to the others in proportion", "[city]") {
  // 12 over 3 : 2 : 1 is 6, 4, 2. With at most 2 in the first, the 4 refused are shared 2 : 1.
  const std::vector<u32> caps = {2, 20, 20};

  const std::vector<u32> out = largest_remainder(std::vector<double>{3, 2, 1}, 12, caps);

  CHECK(out[0] == 2);
  CHECK(out[1] == 7);
  CHECK(out[2] == 3);
  const std::vector<u32> few = {1, 1, 1};
  CHECK_THROWS_AS(largest_remainder(std::vector<double>{3, 2, 1}, 4, few), ContractError);
}

TEST_CASE("proportional fitting reaches both margins and keeps odds ratios", "[city]") {
  // Seed 1 2 / 3 4 has odds ratio (1*4)/(2*3) = 2/3, which fitting never changes.
  std::vector<double> cells = {1, 2, 3, 4};

  fit_margins(cells, std::vector<double>{30, 70}, std::vector<double>{50, 50}, 100);

  CHECK(cells[0] + cells[1] == Approx(30));
  CHECK(cells[2] + cells[3] == Approx(70));
  CHECK(cells[0] + cells[2] == Approx(50));
  CHECK(cells[0] * cells[3] / (cells[1] * cells[2]) == Approx(2.0 / 3.0));
}

TEST_CASE("a rounded table has both margins exactly", "[city]") {
  const std::vector<double> cells = {0.5, 1.5, 2.0, 2.5, 0.5, 1.0, 0.0, 1.0, 1.0};
  const std::vector<u32> rows = {4, 4, 2}, columns = {3, 3, 4};

  const std::vector<u32> out = round_to_margins(cells, rows, columns);

  for (u32 i = 0; i < 3; ++i) {
    CHECK(out[3 * i] + out[3 * i + 1] + out[3 * i + 2] == rows[i]);
    CHECK(out[i] + out[3 + i] + out[6 + i] == columns[i]);
  }
  CHECK(out[6] == 0);  // an empty cell stays empty where the margins allow
  for (u32 at = 0; at < 9; ++at) {
    CHECK(std::abs(out[at] - cells[at]) <= 1.0);
  }
  CHECK_THROWS_AS(round_to_margins(cells, rows, std::vector<u32>{3, 3, 5}), ContractError);
}

TEST_CASE("running rounding keeps every partial sum within one", "[city]") {
  RunningRounder rounder(0.25);
  double exact = 0;
  u32 given = 0;

  for (u32 i = 0; i < 1000; ++i) {
    exact += 0.37;
    given += rounder.take(0.37);
    REQUIRE(std::abs(given - exact) < 1.0);
  }
  CHECK(given == 370);
}

TEST_CASE("a keyed permutation is a bijection for every size", "[city]") {
  for (const u32 n : {1u, 2u, 3u, 5u, 16u, 17u, 100u, 1000u, 65537u}) {
    const Seating deal(n, 99);
    std::vector<u8> seen(n, 0);
    for (u32 x = 0; x < n; ++x) {
      const u32 y = deal(x);
      REQUIRE(y < n);
      REQUIRE(seen[y] == 0);
      seen[y] = 1;
    }
  }
}

TEST_CASE("a keyed permutation scatters neighbors and depends on its key", "[city]") {
  // The first 5,000 of 100,000 fall into 10 equal boxes: 500 expected in each. Chi-square with 9
  // degrees of freedom is below 27.9 with probability 0.999.
  const u32 n = 100'000, drawn = 5'000;
  u32 same = 0;
  for (u64 key = 1; key <= 5; ++key) {
    const Seating deal(n, key), other(n, key + 1000);
    std::vector<double> box(10, 0);
    for (u32 x = 0; x < drawn; ++x) {
      box[deal(x) / (n / 10)] += 1;
      same += deal(x) == other(x);
    }
    const double chi = std::accumulate(box.begin(), box.end(), 0.0, [](double sum, double count) {
      return sum + (count - 500) * (count - 500) / 500;
    });
    INFO("key " << key << ": chi-square " << chi << " of n = " << drawn);
    CHECK(chi < 27.9);
  }
  CHECK(same < 10);  // 25,000 / 100,000 = 0.25 expected
}
