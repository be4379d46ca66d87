#include "scenarios/person_features.h"

#include <algorithm>
#include <string_view>

#include "behaviors/person/columns.h"
#include "sim/error.h"

namespace throng {
namespace {

constexpr std::string_view known = "age, sex, borough, income, household_size, sector, place";

Feature feature(std::string_view name, std::string unit, std::string_view doc) {
  Feature f;
  f.name = name;
  f.unit = std::move(unit);
  f.doc = doc;
  return f;
}

/// Value v has label v.
RowFeature labelled(Feature f, std::string_view column, std::vector<std::string> labels) {
  RowFeature row;
  row.column = column;
  row.feature = std::move(f);
  for (std::size_t v = 0; v < labels.size(); ++v) {
    row.label_of.push_back(static_cast<u16>(v));
    row.feature.numbers.push_back(static_cast<double>(v));
  }
  row.otherwise = static_cast<u16>(labels.size() - 1);
  row.feature.labels = std::move(labels);
  return row;
}

RowFeature borough(const person::Geography& geography) {
  RowFeature row = labelled(feature("borough", "label", "Borough of the home."),
                            person::neighborhood.name, geography.boroughs);
  row.label_of.assign(geography.borough_of.begin(), geography.borough_of.end());
  return row;
}

RowFeature income(bool in_dollars) {
  std::vector<std::string> labels = {"lowest of five bands", "second of five bands",
                                     "middle of five bands", "fourth of five bands",
                                     "highest of five bands"};
  if (in_dollars) {
    labels = {"under 25,000 USD", "25,000-49,999 USD", "50,000-99,999 USD", "100,000-199,999 USD",
              "200,000 USD and above"};
  }
  return labelled(feature("income", "label", "Yearly income of the household."),
                  person::income_band.name, std::move(labels));
}

RowFeature sector(const std::vector<std::string>& codes) {
  std::vector<std::string> labels = codes;
  labels.emplace_back("does not work");
  return labelled(feature("sector", "label", "Sector of work (NAICS code)."), person::sector.name,
                  std::move(labels));
}

}  // namespace

RowFeature person_feature(const std::string& name, const std::vector<i64>& bands,
                          const PersonLabels& labels) {
  const auto in_bands = [&](Feature f, std::string_view column, std::vector<i64> own) {
    return banded(std::move(f), std::string(column), bands.empty() ? own : bands, 256);
  };
  if (name == "age") {
    return in_bands(feature("age", "year", "Age."), person::age.name, {0, 18, 30, 45, 65, 75});
  }
  if (name == "household_size") {
    return in_bands(feature("household_size", "person", "People in the household."),
                    person::household_size.name, {1, 2, 3, 4, 5});
  }
  if (!bands.empty()) {
    throw InputError("bands." + name + ": '" + name +
                     "' is no number of a person that is put in bands (age and household_size "
                     "are). Remove it.");
  }
  if (name == "sex") {
    return labelled(feature("sex", "label", "Sex."), person::sex.name, {"female", "male", "other"});
  }
  if (name == "borough") {
    return borough(labels.geography);
  }
  if (name == "income") {
    return income(labels.income_in_dollars);
  }
  if (name == "sector") {
    return sector(labels.geography.sectors);
  }
  if (name == "place") {
    return labelled(feature("place", "label", "Where the day is spent."), person::place_type.name,
                    {"school", "work", "group quarters", "home"});
  }
  throw InputError("'" + name + "' is nothing that is known of a person (there are " +
                   std::string(known) + "). Name one of these.");
}

}  // namespace throng
