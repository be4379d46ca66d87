// A small result whose every number can be checked by hand; also what the Python test opens.
#pragma once
#include "io/results.h"

namespace throng {

/// Three days from 2020-03-01, two stages, two boroughs; a table, a log of five infections, three
/// people.
inline Results sample_results(u64 seed = 7) {
  Results results{.scenario = "sample",
                  .seed = seed,
                  .content_hash = "00ff" + std::to_string(seed),
                  .provenance = {.scenario_text = "[run]\nseed = 7  # «seven»\n",
                                 .command_line = {"throng", "run", "my town.toml"},
                                 .hosts = {"node-1", "node-2"},
                                 .ranks = 2,
                                 .threads = 4,
                                 .libraries = {{"HDF5", "1.10.8"}, {"MPI", "4.1.4"}},
                                 .inputs = {{"data/town.csv", std::string(64, 'a'), 120}},
                                 .created = "2026-03-01T12:00:00Z",
                                 .restart_chain = {"ckpt-00000001.h5"},
                                 .decisions = {.provider = "rule",
                                               .model = "none",
                                               .template_hashes = {"beef"},
                                               .calibration_hashes = {"c0de"},
                                               .rungs = {{"cache", 3}, {"rule", 5}},
                                               .cost = 0.25}},
                  .time = {.name = "time",
                           .unit = "days since 2020-03-01",
                           .long_name = "date",
                           .values = std::vector<i64>{0, 1, 2}}};
  results.dimensions = {{.name = "stage",
                         .unit = "",
                         .long_name = "stage of the disease",
                         .values = std::vector<std::string>{"susceptible", "infectious"}},
                        {.name = "borough",
                         .unit = "",
                         .long_name = "borough of residence",
                         .values = std::vector<std::string>{"Bronx", "Staten Island"}},
                        {.name = "age",
                         .unit = "year",
                         .long_name = "lower end of the age group",
                         .values = std::vector<i64>{0, 65}}};
  const auto s = static_cast<i64>(seed);
  results.series = {{.name = "persons",
                     .unit = "person",
                     .long_name = "people by stage and borough",
                     .dimensions = {"stage", "borough"},
                     .values = std::vector<i64>{10, 20, 0, 0, 9, 20, 1, 0, 7, 18, 3, 2}},
                    {.name = "infections",
                     .unit = "person/day",
                     .long_name = "new infections",
                     .dimensions = {},
                     .values = std::vector<i64>{0, 1, s}},
                    {.name = "r_cohort",
                     .unit = "1",
                     .long_name = "cohort reproduction number",
                     .dimensions = {"age"},
                     .values = std::vector<double>{1.5, 0.5, 2.5, 1.25, 0.0, __builtin_nan("")}}};
  results.tables = {
      {.name = "fit",
       .doc = "synthetic city against census",
       .columns =
           {{"marginal", "1", "what is fitted", {"age", "household size"}, std::vector<u8>{1, 0}},
            {"error", "1", "relative error", {}, std::vector<double>{0.25, 0.5}}}},
      {.name = "question",
       .doc = "what was asked",
       .columns = {{"text",
                    "1",
                    "as it was asked",
                    {},
                    std::vector<std::string>{"«Would you, or not?»\n", "", "no"}},
                   {"asked", "1", "how often", {}, std::vector<u32>{3, 1, 2}}}}};
  results.events = {
      {.name = "transmission",
       .doc = "who infected whom",
       .columns = {{"step", "day", "day of infection", {}, std::vector<u32>{1, 1, 2, 2, 2}},
                   {"target", "1", "infected person", {}, std::vector<u32>{4, 9, 1, 2, 3}},
                   {"source", "1", "infector", {}, std::vector<u32>{0, 0, 4, 9, 4}},
                   {"layer",
                    "1",
                    "layer of contact",
                    {"household", "work place"},
                    std::vector<u8>{0, 1, 0, 1, 1}}},
       .step_offset = {0, 0, 2, 5}}};
  results.agents = {{.kind = "person",
                     .fixed = {{"age", "year", "age", {}, std::vector<u8>{70, 8, 33}}},
                     .snapshots = {{.step = 2,
                                    .columns = {{"stage",
                                                 "1",
                                                 "stage of the disease",
                                                 {"susceptible", "infectious"},
                                                 std::vector<u8>{0, 1, 1}}}}},
                     .replicate = {}}};
  return results;
}

}  // namespace throng
