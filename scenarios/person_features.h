// What questions may mention of a person, from the columns that all populations of people have.
#pragma once
#include <string>
#include <vector>

#include "behaviors/person/geography.h"
#include "sim/archetype.h"

namespace throng {

/// What the labels are taken from.
struct PersonLabels {
  const person::Geography& geography;
  bool income_in_dollars = false;  ///< bands of income are those of a city's tables
};

/// age, household_size (in bands), sex, borough, income, sector, place. `bands`: lower bounds, or
/// empty for the feature's own. Throws InputError where there is no such feature, or bands are
/// given to one that has none.
RowFeature person_feature(const std::string& name, const std::vector<i64>& bands,
                          const PersonLabels& labels);

}  // namespace throng
