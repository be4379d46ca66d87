#include <catch2/catch.hpp>

#include "io/hash.h"
#include "io/provenance.h"
#include "io/publish.h"
#include "tests/io/scratch.h"

using namespace throng;

TEST_CASE("SHA-256 gives the published digests", "[io]") {
  // FIPS 180-2, appendix B.1 and B.3 (a million times "a", which spans many blocks of a file).
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const Scratch scratch;
  replace_file(scratch / "a.txt", std::string(1'000'000, 'a'));

  const InputFile file = input_file(scratch / "a.txt");

  CHECK(file.sha256 == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(file.bytes == 1'000'000);
}

TEST_CASE("hashing an absent file or a folder is an error that names it", "[io]") {
  CHECK_THROWS_WITH(sha256_of_file("/no such file"),
                    Catch::Contains("/no such file: cannot be opened (No such file or directory)"));
  CHECK_THROWS_WITH(sha256_of_file("/"), Catch::Contains("/: cannot be read (Is a directory)"));
}
