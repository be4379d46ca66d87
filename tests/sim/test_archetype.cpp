// Archetypes of rows against plain maps of tuples, and the single rows that stand for them.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/archetype.h"
#include "sim/error.h"
#include "sim/population.h"
#include "tests/sim/chi_square.h"
#include "tests/sim/labelled.h"

namespace throng {
namespace {

constexpr Fixed<u8> age{.name = "test.age", .unit = "year", .doc = "-"};
constexpr Fixed<u16> zone{.name = "test.zone", .unit = "id", .doc = "-"};
constexpr State<u8> mood{.name = "test.mood", .unit = "1", .doc = "-"};

RowFeature in_bands(std::vector<i64> lower) {
  return banded({.name = "age", .labels = {}, .numbers = {}}, "test.age", lower, 256);
}

/// Rows on one rank, in order of their ids or not.
Population population(AgentId n, u64 shuffle = 0) {
  Population p;
  const Partition blocks = Partition::blocks({0, n}, 0);
  p.add_kind("row", shuffle == 0 ? blocks : blocks.shuffled(shuffle));
  return p;
}

template <class C, class F>
void fill(Population& p, const C& column, F&& value_of) {
  Kind& kind = p.kind("row");
  const auto values = kind.values(column);
  for (Row r = 0; r < kind.rows(); ++r) {
    values[r] = static_cast<typename C::Type>(value_of(kind.partition().id_of(r)));
  }
}

/// Rows of code c, `mass[c]` of them, where a single feature tells them apart.
Population with_masses(const std::vector<u32>& mass) {
  std::vector<u8> value;
  for (std::size_t c = 0; c < mass.size(); ++c) {
    value.insert(value.end(), mass[c], static_cast<u8>(c));
  }
  Population p = population(static_cast<AgentId>(value.size()));
  fill(p, age, [&](AgentId id) { return value[id]; });
  return p;
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing thrown";
}

std::vector<u64> masses(const Archetypes& a) { return {a.mass().begin(), a.mass().end()}; }

}  // namespace

TEST_CASE("codes and masses of archetypes are those of a plain map of tuples", "[archetype]") {
  const Communicator world;
  for (const u64 shuffle : {0, 7}) {
    for (const AgentId n : {0u, 1u, 3000u, 140'000u}) {
      Population p = population(n, shuffle);
      fill(p, age, [](AgentId id) { return mix(id) % 200; });
      fill(p, zone, [](AgentId id) { return mix(id + 9) % 7 == 0 ? 60'000 : mix(id + 1) % 500; });
      fill(p, mood, [](AgentId id) { return mix(id + 2) % 3; });
      RowFeature halves = test::labelled("half", "test.zone", 2);
      halves.label_of.assign(500, 0);
      std::fill(halves.label_of.begin() + 250, halves.label_of.end(), 1);
      Archetypes archetypes(
          {in_bands({0, 18, 65}), halves, test::labelled("mood", "test.mood", 2)});

      archetypes.index(world, p.kind("row"));

      const auto tuple_of = [&](AgentId id) {
        const u64 years = mix(id) % 200;
        const u64 place = mix(id + 9) % 7 == 0 ? 60'000 : mix(id + 1) % 500;
        const u64 feels = mix(id + 2) % 3;  // the third is none of the labels: as the last
        return std::vector<u16>{static_cast<u16>(years < 18   ? 0
                                                 : years < 65 ? 1
                                                              : 2),
                                static_cast<u16>(place < 250 ? 0 : 1),
                                static_cast<u16>(feels == 0 ? 0 : 1)};
      };
      std::map<std::vector<u16>, u64> counted;
      std::size_t different = 0;
      const Kind& kind = p.kind("row");
      for (Row r = 0; r < n; ++r) {
        const auto tuple = tuple_of(kind.partition().id_of(r));
        ++counted[tuple];
        std::vector<u16> labels(3);
        archetypes.labels_of(archetypes.codes()[r], labels);
        different += labels != tuple || archetypes.code(r) != archetypes.codes()[r] ? 1 : 0;
      }
      CHECK(different == 0);
      REQUIRE(archetypes.count() == 3 * 2 * 2);
      REQUIRE(archetypes.mass().size() == archetypes.count());
      for (u32 c = 0; c < archetypes.count(); ++c) {
        std::vector<u16> labels(3);
        archetypes.labels_of(c, labels);
        // The last feature varies fastest.
        CHECK(labels == std::vector<u16>{static_cast<u16>(c / 4), static_cast<u16>(c / 2 % 2),
                                         static_cast<u16>(c % 2)});
        CHECK(archetypes.mass()[c] == counted[labels]);
      }
    }
  }
}

TEST_CASE("a row whose state changes has its new code at once, and the index when renewed",
          "[archetype]") {
  const Communicator world;
  Population p = population(2000, 3);
  fill(p, age, [](AgentId id) { return id % 90; });
  fill(p, mood, [](AgentId) { return 0; });
  Archetypes archetypes({in_bands({0, 50}), test::labelled("mood", "test.mood", 3)});
  archetypes.index(world, p.kind("row"));
  const auto before = masses(archetypes);
  CHECK(before[0] + before[3] == 2000);

  fill(p, mood, [](AgentId id) { return id % 3; });

  const Kind& kind = p.kind("row");
  const auto is = [&](Row r) {
    const AgentId id = kind.partition().id_of(r);
    return (id % 90 < 50 ? 0U : 3U) + id % 3;
  };
  std::size_t live = 0, kept = 0, renewed = 0;
  for (Row r = 0; r < 2000; ++r) {
    live += archetypes.code(r) == is(r) ? 1 : 0;
    kept += archetypes.codes()[r] % 3 == 0 ? 1 : 0;
  }
  CHECK(live == 2000);
  CHECK(kept == 2000);
  CHECK(masses(archetypes) == before);

  archetypes.renew(world, kind);

  std::vector<u64> mass(6);
  for (Row r = 0; r < 2000; ++r) {
    renewed += archetypes.codes()[r] == is(r) ? 1 : 0;
    ++mass[is(r)];
  }
  CHECK(renewed == 2000);
  CHECK(masses(archetypes) == mass);
}

TEST_CASE("one archetype holds everybody where no feature tells rows apart", "[archetype]") {
  const Communicator world;
  Population p = population(12);
  Archetypes archetypes({});

  archetypes.index(world, p.kind("row"));

  CHECK(archetypes.count() == 1);
  CHECK(masses(archetypes) == std::vector<u64>{12});
  CHECK(archetypes.code(11) == 0);
}

TEST_CASE("there are at most 65,535 archetypes, and as many can be told apart", "[archetype]") {
  const Communicator world;
  Population p = population(70'000, 5);
  fill(p, age, [](AgentId id) { return id / 257 % 255; });
  fill(p, zone, [](AgentId id) { return id % 257; });
  Archetypes archetypes(
      {test::labelled("age", "test.age", 255), test::labelled("zone", "test.zone", 257)});

  archetypes.index(world, p.kind("row"));

  std::size_t different = 0;
  const Kind& kind = p.kind("row");
  for (Row r = 0; r < kind.rows(); ++r) {
    different += archetypes.codes()[r] != kind.partition().id_of(r) % 65'535 ? 1 : 0;
  }
  CHECK(different == 0);
  CHECK(archetypes.mass()[0] == 2);
  CHECK(archetypes.mass()[65'534] == 1);
  CHECK(message_of([] {
          Archetypes(
              {test::labelled("age", "test.age", 256), test::labelled("zone", "test.zone", 256)});
        }) ==
        "archetype: its features make 65536 kinds of people (65,535 can be told apart). Take fewer "
        "features, or wider bands.");
  // A product beyond 2^64 is no small number.
  CHECK_THROWS_AS(Archetypes(std::vector<RowFeature>(16, test::labelled("age", "test.age", 256))),
                  InputError);
  CHECK_THROWS_AS(Archetypes(std::vector<RowFeature>(17, test::labelled("age", "test.age", 1))),
                  ContractError);
}

TEST_CASE("an index is of columns that are there and of rows that stay", "[archetype]") {
  const Communicator world;
  Population p = population(10);
  p.add_kind("world", Partition::replicated(3));
  p.add_kind("herd", Partition::blocks({0, 5}, 0).listed(10));
  Archetypes none({}), of_age({in_bands({0, 10})});

  CHECK_THROWS_AS(of_age.index(world, p.kind("row")), ContractError);
  CHECK_THROWS_AS(none.index(world, p.kind("world")), ContractError);
  CHECK_THROWS_AS(none.index(world, p.kind("herd")), ContractError);
}

TEST_CASE("bands say what values they hold, and stand for their middle", "[archetype]") {
  const RowFeature f = banded({.name = "age", .unit = "year", .labels = {}, .numbers = {}},
                              "test.age", std::vector<i64>{1, 2, 18, 65}, 100);

  CHECK(f.feature.name == "age");
  CHECK(f.feature.unit == "year");
  CHECK(f.column == "test.age");
  CHECK(f.feature.labels == std::vector<std::string>{"1", "2-17", "18-64", "65+"});
  CHECK(f.feature.numbers == std::vector<double>{1, 9.5, 41, 65});
  CHECK(f.of(0) == 0);  // below the first bound
  CHECK(f.of(1) == 0);
  CHECK(f.of(2) == 1);
  CHECK(f.of(17) == 1);
  CHECK(f.of(18) == 2);
  CHECK(f.of(64) == 2);
  CHECK(f.of(65) == 3);
  CHECK(f.of(99) == 3);
  CHECK(f.of(100) == 3);  // beyond the values there are
  CHECK(in_bands({0}).feature.labels == std::vector<std::string>{"0+"});
  const std::string refused =
      "age: its bands do not ascend (each begins above the one before). Give lower bounds, as in "
      "[0, 18, 65].";
  CHECK(message_of([] { in_bands({}); }) == refused);
  CHECK(message_of([] { in_bands({0, 18, 18}); }) == refused);
  CHECK(message_of([] { in_bands({18, 0}); }) == refused);
}

TEST_CASE("archetypes of few rows are asked as neighbors of most rows", "[archetype]") {
  // Two labels by three, codes 3 a + b:          b = 0   1   2
  //                                       a = 0:    10   2   1
  //                                       a = 1:     0   3  20
  // 1 goes to 0, of b's neighbors 0 and 2 the larger. 2 has no neighbor in b left: in a it is 5.
  // 4 goes to 5. With 2 + 1 + 3 rows.
  const Communicator world;
  const std::vector<u32> mass = {10, 2, 1, 0, 3, 20};
  std::vector<std::pair<u8, u8>> rows;
  for (u32 c = 0; c < 6; ++c) {
    rows.insert(rows.end(), mass[c], {static_cast<u8>(c / 3), static_cast<u8>(c % 3)});
  }
  Population p = population(36, 2);
  fill(p, age, [&](AgentId id) { return rows[id].first; });
  fill(p, mood, [&](AgentId id) { return rows[id].second; });
  Archetypes archetypes({test::labelled("a", "test.age", 2), test::labelled("b", "test.mood", 3)});
  archetypes.index(world, p.kind("row"));

  CHECK(archetypes.merge_below(5) == 6);

  CHECK(masses(archetypes) == std::vector<u64>{12, 0, 0, 0, 0, 24});
  const std::vector<u16> asked_as = {0, 0, 5, 3, 5, 5};
  const Kind& kind = p.kind("row");
  const auto all_are = [&](const std::vector<std::pair<u8, u8>>& now) {
    for (Row r = 0; r < kind.rows(); ++r) {
      const auto [a, b] = now[kind.partition().id_of(r)];
      if (archetypes.code(r) != asked_as[3U * a + b] || archetypes.own_code(r) != 3U * a + b) {
        return false;
      }
    }
    return true;
  };
  CHECK(all_are(rows));

  // Who changes is asked as what it is from now on, and that too may be a neighbor.
  auto changed = rows;
  for (auto& [a, b] : changed) {
    b = static_cast<u8>((b + 1) % 3);
  }
  fill(p, mood, [&](AgentId id) { return changed[id].second; });
  CHECK(all_are(changed));
  archetypes.renew(world, kind);
  CHECK(all_are(changed));
  for (Row r = 0; r < kind.rows(); ++r) {
    REQUIRE(archetypes.codes()[r] == archetypes.code(r));
  }
  // 10 of (0, 0) are (0, 1) now: 0; 2 of (0, 1) are (0, 2): 5; 1 is (0, 0); 3 are (1, 2); 20 are
  // (1, 0), which was empty and stays itself.
  CHECK(masses(archetypes) == std::vector<u64>{11, 0, 0, 20, 0, 5});
}

TEST_CASE("an archetype is known by its labels and by whom it is asked as", "[archetype]") {
  const Communicator world;
  Population p = with_masses({5, 1, 9, 9});
  Archetypes plainly({test::labelled("a", "test.age", 4)}),
      again({test::labelled("a", "test.age", 4)});
  Archetypes merged({test::labelled("a", "test.age", 4)}),
      renamed({test::labelled("b", "test.age", 4)});
  Archetypes in_other_bands({in_bands({0, 1, 2, 3})});
  for (Archetypes* a : {&plainly, &again, &merged, &renamed, &in_other_bands}) {
    a->index(world, p.kind("row"));
  }
  merged.merge_below(2);

  for (u32 c = 0; c < 4; ++c) {
    CHECK(plainly.identity(c) == again.identity(c));
    CHECK(plainly.identity(c) != renamed.identity(c));
    CHECK(plainly.identity(c) != in_other_bands.identity(c));
    CHECK((plainly.identity(c) == merged.identity(c)) == (c != 1));
    for (u32 d = 0; d < c; ++d) {
      CHECK(plainly.identity(c) != plainly.identity(d));
    }
  }
  CHECK(Archetypes::everyone(3).identity(1) != Archetypes::everyone(3).identity(2));
}

TEST_CASE("rows that are asked as others are counted once", "[archetype]") {
  const Communicator world;
  const auto merged = [&](const std::vector<u32>& mass, u64 least) {
    Population p = with_masses(mass);
    Archetypes archetypes({test::labelled("a", "test.age", static_cast<u32>(mass.size()))});
    archetypes.index(world, p.kind("row"));
    const u64 moved = archetypes.merge_below(least);
    for (Row r = 0; r < p.kind("row").rows(); ++r) {
      REQUIRE(archetypes.code(r) == archetypes.codes()[r]);
    }
    std::vector<u64> counted(mass.size());
    for (const u16 code : archetypes.codes()) {
      ++counted[code];
    }
    REQUIRE(masses(archetypes) == counted);
    counted.push_back(moved);
    return counted;
  };
  // Masses, then how many were moved.
  using Result = std::vector<u64>;
  // 0 goes to 1, and 1 with its 3 rows to 2: 3 rows are asked as others, not 1 + 3.
  CHECK(merged({1, 2, 10}, 5) == Result{0, 0, 13, 3});
  CHECK(merged({7, 1, 7}, 5) == Result{8, 0, 7, 1});   // ties to the lower code
  CHECK(merged({1, 0, 1}, 5) == Result{1, 0, 1, 0});   // no neighbor
  CHECK(merged({1, 1, 1}, 50) == Result{0, 0, 3, 2});  // too few in all
  CHECK(merged({4, 5, 6}, 5) == Result{0, 9, 6, 4});   // 5 are enough
  CHECK(merged({1, 2, 1}, 0) == Result{1, 2, 1, 0});   // nobody asked for it
  CHECK(merged({1, 2, 1}, 1) == Result{1, 2, 1, 0});
  CHECK(merged({9, 1, 2, 3, 1, 9}, 4) == Result{10, 0, 0, 5, 0, 10, 4});
}

TEST_CASE("everyone is an archetype of its own where all are asked", "[archetype]") {
  const Communicator world;
  Population p = population(500, 4);
  Archetypes archetypes = Archetypes::everyone(500);

  archetypes.index(world, p.kind("row"));

  CHECK(archetypes.of_single_rows());
  CHECK(archetypes.count() == 500);
  CHECK(masses(archetypes) == std::vector<u64>(500, 1));
  for (Row r = 0; r < 500; ++r) {
    REQUIRE(archetypes.code(r) == p.kind("row").partition().id_of(r));
  }
  CHECK(archetypes.merge_below(10) == 0);
  CHECK(Archetypes::everyone(65'535).count() == 65'535);
  CHECK(message_of([] { Archetypes::everyone(65'536); }) ==
        "archetype: everybody is asked alone, and there are 65536 (65,535 can be). Ask archetypes, "
        "or a smaller population.");
}

TEST_CASE("of a sample each is asked alone, and the others take the answer of one of them",
          "[archetype][chance]") {
  const Communicator world;
  constexpr AgentId n = 60'000;
  std::vector<u16> first;
  for (const u64 shuffle : {0, 4}) {
    Population p = population(n, shuffle);
    Archetypes archetypes = Archetypes::sampled(n, 300, Chance(3), 5);
    archetypes.index(world, p.kind("row"));

    REQUIRE(archetypes.count() == 300);
    std::set<AgentId> who;
    for (u32 c = 0; c < 300; ++c) {
      who.insert(archetypes.row_of(c));
    }
    CHECK(who.size() == 300);
    std::vector<u16> taken(n);
    for (Row r = 0; r < n; ++r) {
      taken[p.kind("row").partition().id_of(r)] = archetypes.code(r);
    }
    for (u32 c = 0; c < 300; ++c) {
      REQUIRE(taken[archetypes.row_of(c)] == c);
    }
    // Besides the own, answers are taken alike.
    std::vector<u64> others(300);
    for (u32 c = 0; c < 300; ++c) {
      others[c] = archetypes.mass()[c] - 1;
    }
    CHECK(test::chi_square("whose answer is taken", others, std::vector<double>(300, 1. / 300)));
    first = first.empty() ? taken : first;
    CHECK(taken == first);
  }
  CHECK(message_of([] { Archetypes::sampled(5, 6, Chance(1), 1); }) ==
        "sample: 6 single people cannot be asked of 5 (at least one, at most all, and 65,535). "
        "Choose another number.");
  CHECK(Archetypes::sampled(5, 5, Chance(1), 1).count() == 5);
}

TEST_CASE("an archetype without rows is nearest to one that has some", "[archetype]") {
  Archetypes archetypes({test::labelled("a", "test.age", 3), test::labelled("b", "test.mood", 4)});
  // Codes 4 a + b. Rows:      b = 0  1  2  3
  //                    a = 0:     7  .  .  9
  //                    a = 1:     .  .  .  .
  //                    a = 2:     .  5  .  .
  std::vector<u64> mass(12);
  mass[0] = 7;
  mass[3] = 9;
  mass[9] = 5;
  // (0, 2): a step from 3. (1, 0): one from 0. (1, 1): one from 9. (1, 2): two from 9 and from 3,
  // which has more rows. (2, 0), (2, 2): one from 9. (2, 3): two from 3 and from 9. (0, 1): from 0.
  CHECK(archetypes.nearest(mass) == std::vector<u16>{0, 0, 3, 3, 0, 9, 3, 3, 9, 9, 9, 3});
  mass[3] = 5;  // as many as 9 has: the lower code
  CHECK(archetypes.nearest(mass)[6] == 3);
  CHECK(archetypes.nearest(std::vector<u64>(12)).empty());
}

// ---- single rows --------------------------------------------------------------------------------

TEST_CASE("personas stand at the middles of equal parts of an archetype's rows", "[archetype]") {
  // Archetype 0 has 4, 2 and 2 rows of the labels 0, 1, 2 outside: in order 0 0 0 0 1 1 2 2. The
  // middle of all is row 4; those of two halves 2 and 6; those of four quarters 1, 3, 5, 7.
  // Archetype 1 has one row, of label 2; archetype 2 has none.
  const Communicator world;
  Population p = population(9, 1);
  const std::vector<u8> labels = {2, 0, 1, 0, 2, 0, 1, 0, 2};
  fill(p, age, [](AgentId id) { return id == 8 ? 1 : 0; });
  fill(p, mood, [&](AgentId id) { return labels[id]; });
  Archetypes archetypes({test::labelled("a", "test.age", 3)});
  archetypes.index(world, p.kind("row"));
  const std::vector<RowFeature> outside = {test::labelled("m", "test.mood", 3)};
  const std::map<u32, std::vector<u16>> expected = {
      {1, {1}}, {2, {0, 2}}, {4, {0, 0, 1, 2}}, {8, {0, 0, 0, 0, 1, 1, 2, 2}}};
  for (const auto& [count, of_first] : expected) {
    const u32 k = count;

    const Personas all = stratified(world, p.kind("row"), archetypes, outside, k, Chance(3), 77);

    REQUIRE(all.per_archetype == k);
    REQUIRE(all.features == 1);
    REQUIRE(all.who.size() == 3 * k);
    for (u32 i = 0; i < k; ++i) {
      INFO(k << " personas, number " << i);
      CHECK(all.of(0, i)[0] == of_first[i]);
      CHECK(all.who[i] < 8);
      CHECK(labels[all.who[i]] == of_first[i]);
      CHECK(all.of(1, i)[0] == 2);
      CHECK(all.who[k + i] == 8);
      CHECK(all.who[2 * k + i] == no_agent);
    }
  }
}

TEST_CASE("personas are those of sorted lists of rows, wherever rows stand", "[archetype]") {
  const Communicator world;
  constexpr AgentId n = 4000;
  const auto age_of = [](AgentId id) { return mix(id) % 6; };
  const auto mood_of = [](AgentId id) { return mix(id + 5) % 4; };
  const auto zone_of = [](AgentId id) { return mix(id + 8) % 300; };
  const Chance chance(12);
  constexpr u32 decision = Counter::max_index;  // numbers of strata wrap
  for (const u32 k : {1u, 3u, 8u}) {
    std::vector<AgentId> first;
    for (const u64 shuffle : {0, 21}) {
      Population p = population(n, shuffle);
      fill(p, age, age_of);
      fill(p, mood, mood_of);
      fill(p, zone, zone_of);
      Archetypes archetypes({test::labelled("a", "test.age", 6)});
      archetypes.index(world, p.kind("row"));
      const std::vector<RowFeature> outside = {test::labelled("m", "test.mood", 4),
                                               test::labelled("z", "test.zone", 300)};

      const Personas all =
          stratified(world, p.kind("row"), archetypes, outside, k, chance, decision);

      for (u32 a = 0; a < 6; ++a) {
        std::vector<std::vector<u64>> sorted;
        for (AgentId id = 0; id < n; ++id) {
          if (age_of(id) == a) {
            sorted.push_back({mood_of(id), zone_of(id), id});
          }
        }
        std::sort(sorted.begin(), sorted.end());
        for (u32 i = 0; i < k; ++i) {
          const auto middle = sorted[(2 * i + 1) * sorted.size() / (2 * k)];
          const AgentId who = all.who[a * k + i];
          CHECK(all.of(a, i)[0] == middle[0]);
          CHECK(all.of(a, i)[1] == middle[1]);
          CHECK(age_of(who) == a);
          CHECK(mood_of(who) == middle[0]);
          CHECK(zone_of(who) == middle[1]);
        }
      }
      if (shuffle == 0) {
        first = all.who;
      }
      CHECK(all.who == first);
    }
  }
}

TEST_CASE("of rows with equal features any may stand for them", "[archetype][chance]") {
  const Communicator world;
  constexpr AgentId n = 20;
  Population p = population(n);
  fill(p, mood, [](AgentId) { return 0; });
  Archetypes archetypes({});
  archetypes.index(world, p.kind("row"));
  std::vector<u64> chosen(n), same(2);

  for (u64 seed = 1; seed <= 4000; ++seed) {
    const Personas all = stratified(world, p.kind("row"), archetypes,
                                    {test::labelled("m", "test.mood", 2)}, 2, Chance(seed), 5);
    ++chosen[all.who[0]];
    ++chosen[all.who[1]];
    ++same[all.who[0] == all.who[1] ? 1 : 0];
  }

  CHECK(test::chi_square("who stands for equals", chosen, std::vector<double>(n, 1. / n)));
  CHECK(test::chi_square("both parts by the same", same, {1 - 1. / n, 1. / n}));
}

TEST_CASE("where everyone is asked, each stands for itself", "[archetype]") {
  const Communicator world;
  Population p = population(300, 6);
  fill(p, mood, [](AgentId id) { return id % 7; });
  Archetypes archetypes = Archetypes::everyone(300);
  archetypes.index(world, p.kind("row"));

  const Personas all = stratified(world, p.kind("row"), archetypes,
                                  {test::labelled("m", "test.mood", 7)}, 1, Chance(1), 5);

  for (AgentId id = 0; id < 300; ++id) {
    REQUIRE(all.who[id] == id);
    REQUIRE(all.of(id, 0)[0] == id % 7);
  }
}

TEST_CASE("features that make more groups than can be sorted are refused", "[archetype]") {
  const Communicator world;
  Population p = population(10);
  fill(p, age, [](AgentId id) { return id; });
  fill(p, zone, [](AgentId id) { return id; });
  Archetypes archetypes({test::labelled("a", "test.age", 64)});
  archetypes.index(world, p.kind("row"));

  CHECK(message_of([&] {
          stratified(world, p.kind("row"), archetypes, {test::labelled("z", "test.zone", 65'537)},
                     1, Chance(1), 5);
        }) ==
        "personas: 4194368 kinds of people by the features of archetypes and personas together "
        "(4,194,304 can be sorted). Take fewer persona features, or wider bands.");
}

TEST_CASE("audits draw every row alike, with what is known of it", "[archetype][chance]") {
  const Communicator world;
  constexpr AgentId n = 60;
  std::vector<AgentId> first;
  for (const u64 shuffle : {0, 13}) {
    Population p = population(n, shuffle);
    fill(p, age, [](AgentId id) { return id % 5; });
    fill(p, mood, [](AgentId id) { return id % 7; });
    fill(p, zone, [](AgentId id) { return id; });
    Archetypes archetypes({test::labelled("a", "test.age", 5)});
    archetypes.index(world, p.kind("row"));
    const std::vector<RowFeature> outside = {test::labelled("m", "test.mood", 7),
                                             test::labelled("z", "test.zone", 60)};
    std::vector<u64> drawn(n);

    for (Step step = 1; step <= 400; ++step) {
      const Audit audit =
          audited(world, p.kind("row"), archetypes, outside, 50, step, Chance(9), 8);
      REQUIRE(audit.who.size() == 50);
      for (u32 i = 0; i < 50; ++i) {
        const AgentId id = audit.who[i];
        ++drawn[id];
        REQUIRE(audit.archetype[i] == id % 5);
        REQUIRE(audit.own[i] == id % 5);
        REQUIRE(audit.labels[2 * i] == id % 7);
        REQUIRE(audit.labels[2 * i + 1] == id);
      }
      if (step == 1 && shuffle == 0) {
        first = audit.who;
      }
      if (step == 1) {
        CHECK(audit.who == first);
      }
    }
    CHECK(test::chi_square("who is audited", drawn, std::vector<double>(n, 1. / n)));
  }
}

TEST_CASE("where nobody is there, nobody is audited and nobody stands for others", "[archetype]") {
  const Communicator world;
  Population p = population(0);
  fill(p, age, [](AgentId) { return 0; });
  fill(p, mood, [](AgentId) { return 0; });
  Archetypes archetypes({test::labelled("a", "test.age", 5)});
  const std::vector<RowFeature> outside = {test::labelled("m", "test.mood", 7)};
  archetypes.index(world, p.kind("row"));

  const Personas all = stratified(world, p.kind("row"), archetypes, outside, 2, Chance(1), 5);
  const Audit audit = audited(world, p.kind("row"), archetypes, outside, 3, 1, Chance(1), 5);

  CHECK(masses(archetypes) == std::vector<u64>(5, 0));
  CHECK(all.who == std::vector<AgentId>(10, no_agent));
  CHECK(audit.who.empty());
  CHECK(audit.archetype.empty());
  CHECK(audit.labels.empty());
}

}  // namespace throng
