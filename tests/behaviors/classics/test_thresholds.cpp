// Granovetter's crowd against the two outcomes that made it famous, and against its fixed point.
#include <catch2/catch.hpp>

#include "behaviors/thresholds/columns.h"
#include "behaviors/thresholds/thresholds.h"
#include "sim/math.h"

using namespace throng;

namespace {

/// How many join in the end.
i64 joined_of(const thresholds::Settings& settings) {
  Simulation s({}, thresholds::make_population({}, settings, 1, {}), {});
  thresholds::add_to(s, settings);
  s.start();
  i64 before = -1, now = 0;
  while (now != before) {
    s.step();
    before = now;
    now = s.counts(thresholds::joined.name).count_of(1);
  }
  return now;
}

}  // namespace

TEST_CASE("one threshold decides whether a hundred people join or one", "[classics][thresholds]") {
  CHECK(joined_of({}) == 100);
  CHECK(joined_of({.raised = 1}) == 1);
  CHECK(joined_of({.raised = 50}) == 50);  // 0 to 49 have joined, and 51 waits for 51
}

TEST_CASE("a crowd of normal thresholds tips where its equation says", "[classics][thresholds]") {
  // The share r that joins is the smallest root of r = P(threshold <= r). With mean 0.25 the two
  // small roots meet at a standard deviation of 0.1222 (Granovetter: "12.2"): about 6 % join below
  // it, and nearly everybody above.
  constexpr double people = 100'000;
  for (const double sd : {0.10, 0.12, 0.122, 0.1225, 0.125, 0.15}) {
    double share = 0;
    for (int k = 0; k < 100'000; ++k) {
      share = math::normal_cdf((share - 0.25) / sd);
    }
    CHECK((share > 0.9) == (sd > 0.1222));

    const auto joined = joined_of({.people = static_cast<AgentId>(people),
                                   .distribution = thresholds::Distribution::normal,
                                   .mean = 0.25,
                                   .sd = sd});

    INFO("sd " << sd);
    CHECK(static_cast<double>(joined) / people == Approx(share).margin(0.001));
  }
}
