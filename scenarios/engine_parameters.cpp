#include "scenarios/engine_parameters.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace throng {
namespace {
void add_sections(Fields& fields, const std::vector<std::string>& models) {
  fields.add(scenario::title)
      .section("run", "Length, dates and chance of the run.")
      .section("partition", "How the work is split over ranks.")
      .section("checkpoint", "When the run can be resumed from.")
      .section("output", "What is written.");
  if (!models.empty()) {
    Parameter<Choice> model = scenario::run_model;
    for (const std::string& word : models) {
      model.choices.items.at(model.choices.size++) = word;
    }
    model.initial = models.front();
    fields.add(model);
  }
  fields.add(scenario::run_seed).add(scenario::run_steps);
  fields.add(scenario::partition_kind);
  fields.add(scenario::checkpoint_every)
      .add(scenario::checkpoint_every_minutes)
      .add(scenario::checkpoint_keep)
      .add(scenario::checkpoint_keep_every);
  fields.add(scenario::output_snapshot_steps);
}

void add_people(Fields& fields) {
  fields.section("population", "Who lives in it.");
  fields.add(scenario::population_kind)
      .add(scenario::population_tables)
      .add(scenario::population_scale)
      .add(scenario::population_seed)
      .section("population.town", "A made-up town, for kind = \"town\".")
      .section("population.files", "Your own files, for kind = \"files\".");
  fields.add(scenario::town_people)
      .add(scenario::town_neighborhoods)
      .add(scenario::town_mean_household)
      .add(scenario::town_school)
      .add(scenario::town_work);
  fields.add(scenario::files_people)
      .add(scenario::files_households)
      .add(scenario::files_places)
      .add(scenario::files_edges);
}

void check_files(const Values& values, const CrossCheck::Complain& complain) {
  const bool own =
      values.choice<PopulationKind>(scenario::population_kind) == PopulationKind::files;
  if (own && values.find(scenario::files_people) == nullptr) {
    complain("population.kind",
             "population.kind is 'files' but no file of people is named (nobody would live in this "
             "run). Set people in [population.files].");
  }
  for (const auto* file : {&scenario::files_people, &scenario::files_households,
                           &scenario::files_places, &scenario::files_edges}) {
    if (!own && values.find(*file) != nullptr) {
      complain(file->name, std::string(file->name) + " would not be read (population.kind is '" +
                               values.get(scenario::population_kind).word +
                               "'). Set population.kind = \"files\", or remove it.");
    }
  }
}

void check_tables(const Values& values, const CrossCheck::Complain& complain) {
  const bool city =
      values.choice<PopulationKind>(scenario::population_kind) == PopulationKind::city;
  if (!city && values.find(scenario::population_tables) != nullptr) {
    complain("population.tables", "population.tables would not be read (population.kind is '" +
                                      values.get(scenario::population_kind).word +
                                      "'). Set population.kind = \"city\", or remove it.");
  }
}

void check_scale(const Values& values, const CrossCheck::Complain& complain) {
  const bool own =
      values.choice<PopulationKind>(scenario::population_kind) == PopulationKind::files;
  if (own && values.get(scenario::population_scale) != 1) {
    complain("population.scale",
             "population.scale would not be applied (population.kind is 'files': your people are "
             "as many as you wrote). Remove it, or set it to 1.");
  }
}

void check_town(const Values& values, const CrossCheck::Complain& complain) {
  const bool town =
      values.choice<PopulationKind>(scenario::population_kind) == PopulationKind::town;
  const i64 people = scenario::town_people_of(values),
            neighborhoods = values.get(scenario::town_neighborhoods);
  if (town && neighborhoods > people) {
    const std::string wrong = values.given(scenario::town_neighborhoods.name)
                                  ? "population.town.neighborhoods"
                                  : "population.town.people";
    complain(wrong, "population.town.neighborhoods = " + std::to_string(neighborhoods) +
                        " is more than its people, " + std::to_string(people) +
                        " (population.town.people times population.scale: somebody lives in every "
                        "neighborhood). Lower the one, or raise the "
                        "other.");
  }
}

void check_last_date(const Values& values, const CrossCheck::Complain& complain) {
  const Date start = values.get(scenario::run_start), last = *Date::from_civil(9999, 12, 31);
  if (values.get(scenario::run_steps) > last - start) {
    complain("run.steps", "run.steps = " + std::to_string(values.get(scenario::run_steps)) +
                              " from " + start.str() + " on ends after " + last.str() +
                              " (a year has four digits). Start earlier, or run fewer steps.");
  }
}

void check_snapshot_steps(const Values& values, const CrossCheck::Complain& complain) {
  const i64 steps = values.get(scenario::run_steps);
  for (const i64 step : values.get(scenario::output_snapshot_steps)) {
    if (step > steps) {
      complain("output.snapshot_steps", "output.snapshot_steps lists " + std::to_string(step) +
                                            " (the run ends after step " + std::to_string(steps) +
                                            "). Choose steps of the run, or raise run.steps.");
    }
  }
}

void check_snapshots(const Values& values, const CrossCheck::Complain& complain) {
  const Date start = values.get(scenario::run_start);
  const Date end = start + static_cast<i32>(values.get(scenario::run_steps));
  for (const Date date : values.get(scenario::output_snapshots)) {
    if (date < start || date > end) {
      complain("output.snapshots", "output.snapshots lists " + date.str() +
                                       " (the run lasts from " + start.str() + " to " + end.str() +
                                       "). Choose dates of the run.");
    }
  }
}
}  // namespace

i64 scenario::town_people_of(const Values& values) {
  return std::max<i64>(1, std::llround(static_cast<double>(values.get(scenario::town_people)) *
                                       values.get(scenario::population_scale)));
}

Schema engine_schema(const std::vector<std::string>& models) {
  Schema schema;
  add_sections(schema.fields(), models);
  schema.check(
      {"output.snapshot_steps", {"output.snapshot_steps", "run.steps"}, check_snapshot_steps});
  return schema;
}

void declare_calendar(Schema& schema) {
  schema.add(scenario::run_start).add(scenario::output_snapshots);
  schema.fields().map(scenario::dates);
  schema.check({"run.last_date", {"run.start", "run.steps"}, check_last_date});
  schema.check(
      {"output.snapshots", {"output.snapshots", "run.start", "run.steps"}, check_snapshots});
}

void declare_people(Schema& schema) {
  add_people(schema.fields());
  schema.check({"population.files", {"population.kind", "population.files"}, check_files});
  schema.check({"population.tables", {"population.kind", "population.tables"}, check_tables});
  schema.check({"population.scale", {"population.kind", "population.scale"}, check_scale});
  schema.check({"population.town", {"population.kind", "population.town"}, check_town});
}

std::vector<Step> snapshot_steps(const Values& values) {
  std::vector<Step> steps;
  for (const i64 step : values.get(scenario::output_snapshot_steps)) {
    steps.push_back(static_cast<Step>(step));
  }
  if (const auto* dates = values.find(scenario::output_snapshots)) {
    const Calendar calendar{values.get(scenario::run_start)};
    for (const Date date : *dates) {
      steps.push_back(calendar.step_of(date));
    }
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

}  // namespace throng
