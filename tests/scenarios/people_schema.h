// Everything that the engine itself declares, as a model of people with dates has it.
#pragma once
#include "scenarios/engine_parameters.h"
#include "scenarios/models/epidemic_parameters.h"

namespace throng::test {

inline Schema people_schema() {
  Schema schema = engine_schema();
  declare_calendar(schema);
  schema.add(scenario::output_transmission_log).add(scenario::output_series);
  declare_people(schema);
  return schema;
}

}  // namespace throng::test
