#include <catch2/catch.hpp>

#include "io/hash.h"

TEST_CASE("SHA-256 gives the published digest of \"abc\"", "[io]") {
  // FIPS 180-2, appendix B.1.
  CHECK(throng::sha256("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
