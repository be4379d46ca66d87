#include <catch2/catch.hpp>

#include "tests/behaviors/epidemic_example.h"

using namespace throng;
using namespace throng::epidemic;

TEST_CASE("everything an epidemic can be told has a doc and a source", "[epidemic][parameters]") {
  Schema schema;
  declare(schema);

  const std::vector<std::string> names = undocumented(schema.fields());

  CAPTURE(names);
  CHECK(names.empty());
  CHECK(schema.fields().find("epidemic.stage") != nullptr);
}

TEST_CASE("the shipped natural histories are read, and end in recovery or death",
          "[epidemic][parameters]") {
  for (const std::string name : {"sir", "seir", "influenza", "covid19", "covid19_covasim"}) {
    CAPTURE(name);
    const Settings s = example::settings("base = \"scenarios/natural_history/" + name +
                                         ".toml\"\nrun.steps = 1\nepidemic.r0 = 2.0\n");

    REQUIRE(s.history != nullptr);
    CHECK(s.r0 == 2.0);
    CHECK_FALSE(s.beta.has_value());
    CHECK(s.history->stages().front().name == "susceptible");
    CHECK(s.susceptibility.size() == s.bands);
    for (u32 band = 0; band < s.bands; ++band) {
      double all = 0;
      for (const auto& course : s.history->courses(band)) {
        all += course.probability;
      }
      CHECK(all == Approx(1).epsilon(1e-9));
    }
  }
}
