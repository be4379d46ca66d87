// Scenarios about an epidemic, written in tests.
#pragma once
#include <string>
#include <vector>

#include "behaviors/epidemic/parameters.h"
#include "scenarios/scenario_file.h"
#include "tests/scenarios/people_schema.h"

namespace throng::epidemic::example {

inline Schema schema() {
  Schema all = test::people_schema();
  declare(all);
  return all;
}

inline Values read(const std::string& text) {
  return read_scenario_text(schema(), text, "test.toml", THRONG_SOURCE_DIR).values;
}

/// Two neighborhoods of one borough, two sectors; half of the jobs of "51" can be done from home.
inline person::Geography geography() {
  person::Geography g;
  g.boroughs = {"B"};
  g.neighborhoods = {"north", "south"};
  g.borough_of = {0, 0};
  g.first_person = {0, 50, 100};
  g.sectors = {"51", "72"};
  g.telework = {0.5, 0.0};
  return g;
}

inline Settings settings(const std::string& text) {
  const Values values = read(text);
  const Calendar calendar{values.get(scenario::run_start)};
  return settings_from(values, calendar, static_cast<Step>(values.get(scenario::run_steps)),
                       geography());
}

}  // namespace throng::epidemic::example
