// Models on every partition: their hashes and series are those of one rank in blocks.
#include <catch2/catch.hpp>

#include "scenarios/run.h"
#include "tests/scenarios/own_model.h"

namespace throng {
namespace {

struct Found {
  std::vector<u64> hashes;
  std::vector<Series> series;
  std::vector<AgentColumns> agents;
};

Found run_of(const Communicator& world, const std::string& text, bool scatter, u64 rows,
             u64 messages) {
  const Catalog catalog = test::copycat::catalog();
  const auto scenario = read_scenario_text(
      catalog.schema(), text, "a.toml", "/",
      {.set = {scatter ? "partition.kind=scatter" : "partition.kind=geography"}});
  Run run(world, scenario,
          {.shuffle_rows = rows,
           .shuffle_messages = messages,
           .check_order = true,
           .catalog = catalog});
  while (!run.done()) {
    run.step();
  }
  CHECK(run.simulation().full_hash() == run.simulation().content_hash());
  const Results r = run.results(scenario);
  return {std::get<std::vector<u64>>(r.tables.front().columns[1].values), r.series, r.agents};
}

}  // namespace

TEST_CASE("a model is itself on any partition", "[models]") {
  const Communicator world = Communicator::world();
  const std::string life =
      "[run]\nmodel = \"life\"\nsteps = 25\n[output]\nsnapshot_steps = [0, 25]\n"
      "[life]\nwidth = 31\nheight = 17\n";
  const std::string sparse = life + "start = \"r_pentomino\"\n";
  for (const std::string& text :
       {life, sparse, test::copycat::text + "[output]\nsnapshot_steps = [3]\n"}) {
    const Found expected = run_of(Communicator(), text, false, 0, 0);
    REQUIRE(expected.hashes.front() != expected.hashes.back());
    for (const bool scatter : {false, true}) {
      for (const u64 shuffle : {0, 9}) {
        const Found found = run_of(world, text, scatter, shuffle, shuffle);
        CHECK(found.hashes == expected.hashes);
        if (world.rank() != 0) {
          continue;
        }
        REQUIRE(found.series.size() == expected.series.size());
        for (std::size_t s = 0; s < found.series.size(); ++s) {
          INFO(found.series[s].name);
          CHECK(found.series[s].values == expected.series[s].values);
        }
        REQUIRE(found.agents.size() == 1);
        for (std::size_t k = 0; k < expected.agents[0].snapshots.size(); ++k) {
          const auto &a = expected.agents[0].snapshots[k].columns,
                     &b = found.agents[0].snapshots[k].columns;
          REQUIRE(a.size() == b.size());
          for (std::size_t c = 0; c < a.size(); ++c) {
            INFO(a[c].name);
            CHECK(a[c].values == b[c].values);
          }
        }
      }
    }
  }
}

}  // namespace throng
