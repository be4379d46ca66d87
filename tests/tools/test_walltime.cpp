#include <catch2/catch.hpp>

#include "tools/requests.h"

using namespace throng;

TEST_CASE("a wall time is read as Slurm reads it", "[tools]") {
  CHECK(walltime_in("90") == 5400);
  CHECK(walltime_in("90s") == 90);
  CHECK(walltime_in("2:30") == 150);
  CHECK(walltime_in("1:30:00") == 5400);
  CHECK(walltime_in("1-12") == 129'600);
  CHECK(walltime_in("1-12:30") == 131'400);
  CHECK(walltime_in("1-12:30:15") == 131'415);
  for (const char* none : {"", "s", "-", "1-", "-1", ":", "1:", ":1", "1:2:3:4", "1-2:3:4:5", "1.5",
                           "+1", " 1", "1 ", "1234567890", "nan", "1e3", "1m"}) {
    INFO(none);
    CHECK_FALSE(walltime_in(none));
  }
}
