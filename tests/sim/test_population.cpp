#include <catch2/catch.hpp>

#include "sim/column.h"
#include "sim/population.h"

namespace throng {
namespace {

constexpr Fixed<u8> age{.name = "test.age", .unit = "1", .doc = "years"};
constexpr State<u16> wealth{.name = "test.wealth", .unit = "1", .doc = "coins", .initial = 5};

Population people(const State<u16>& second, bool other_order = false) {
  Population p;
  Kind& kind = p.add_kind("person", Partition::blocks({0, 10}, 0));
  if (other_order) {
    kind.values(second);
    kind.values(age);
  } else {
    kind.values(age);
    kind.values(second);
  }
  return p;
}

}  // namespace

TEST_CASE("a fingerprint says whether two populations have the same columns", "[population]") {
  const u64 as_declared = people(wealth).fingerprint();
  CHECK(people(wealth).fingerprint() == as_declared);
  CHECK(people(wealth, true).fingerprint() == as_declared);

  State<u16> other = wealth;
  other.doc = "the words are free";
  CHECK(people(other).fingerprint() == as_declared);
  other = wealth;
  other.name = "test.riches";
  CHECK(people(other).fingerprint() != as_declared);
  other = wealth;
  other.initial = 6;
  CHECK(people(other).fingerprint() != as_declared);
  other = wealth;
  other.unit = "day";
  CHECK(people(other).fingerprint() != as_declared);
  other = wealth;
  other.labels = "poor,rich";
  CHECK(people(other).fingerprint() != as_declared);
  Population wolves = people(wealth);
  wolves.add_kind("wolf", Partition::blocks({0, 3}, 0));
  CHECK(wolves.fingerprint() == as_declared);  // no columns, no state
  wolves.kind("wolf").values(wealth);
  CHECK(wolves.fingerprint() != as_declared);
  CHECK(people(wealth).schema() ==
        "person test.age: uint8 fixed [1] initial 0\nperson test.wealth: uint16 state [1] initial "
        "5\n");
}

}  // namespace throng
