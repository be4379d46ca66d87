#include <catch2/catch.hpp>

#include "sim/chance.h"

namespace throng {

TEST_CASE("Philox gives the published words for the zero counter and key", "[chance]") {
  // Random123's kat_vectors: philox4x32 10, counter 0, key 0.
  const Words w = Chance(0).words(Counter{});

  CHECK(w[0] == 0x6627e8d5);
  CHECK(w[1] == 0xe169c58d);
  CHECK(w[2] == 0xbc57ac4c);
  CHECK(w[3] == 0x9b00dbd8);
}

}  // namespace throng
