// What a scenario may say whatever its model: the run, the partition, checkpoints and output; and
// what models of a kind share, who declare it where they want it: dates, a population of people.
#pragma once
#include <limits>
#include <string>
#include <vector>

#include "scenarios/date_names.h"
#include "sim/parameter.h"
#include "sim/types.h"

namespace throng {

/// Enumerators stand in the order of the words of their parameter.
enum class PopulationKind : u8 { city, town, files };
enum class PartitionKind : u8 { geography, scatter };

namespace scenario {
inline constexpr std::string_view engine = "convention of the engine";

inline constexpr Parameter<std::string> title{.name = "title",
                                              .unit = "text",
                                              .doc = "What this scenario is, in a few words.",
                                              .source = engine,
                                              .initial = ""};

inline constexpr Parameter<i64> run_seed{
    .name = "run.seed",
    .doc = "Seed of all chance. Runs with equal seeds share their luck.",
    .source = engine,
    .initial = 1,
    .min = 0,
    .max = std::numeric_limits<i64>::max()};
/// Its words are the names of the catalog's models, of which the first stands where none is given.
inline constexpr Parameter<Choice> run_model{
    .name = "run.model",
    .unit = "label",
    .doc = "What is simulated. Sections of other models are refused.",
    .source = engine};
inline constexpr Parameter<i64> run_steps{.name = "run.steps",
                                          .unit = "step",
                                          .doc =
                                              "Length of the run. What one step is (a day, a "
                                              "generation) the model says.",
                                          .source = engine,
                                          .min = 1,
                                          .max = last_step};
inline constexpr Parameter<Date> run_start{.name = "run.start",
                                           .unit = "date",
                                           .doc = "The date of step 0.",
                                           .source = engine,
                                           .initial = *Date::from_civil(2020, 1, 1)};

/// [dates]: a date, or never, by name. Readers put the dates in the place of the names.
inline constexpr Parameter<std::optional<Date>> dates{
    .name = dates_section,
    .unit = "date",
    .doc =
        "A date by a name of its own, or \"never\". Where a date is expected, and in timelines, "
        "from = \"name\", \"name+14\" or \"name-2\" (days) stands for it; what is from a date that "
        "never comes is left out.",
    .source = engine};

inline constexpr Parameter<Choice> population_kind{
    .name = "population.kind",
    .unit = "label",
    .doc = "city: synthesized from tables of a city. town: a small made-up town. files: your own.",
    .source = engine,
    .initial = "town",
    .choices = {"city", "town", "files"}};
inline constexpr Parameter<FilePath> population_tables{
    .name = "population.tables",
    .unit = "path",
    .doc = "Folder with the tables of the city; the shipped ones where absent.",
    .source = engine,
    .optional = true};
inline constexpr Parameter<double> population_scale{
    .name = "population.scale",
    .doc = "Size of the population relative to the city's own, or to population.town.people.",
    .source = engine,
    .initial = 1.0,
    .min = 0.01,
    .max = 12.0};
inline constexpr Parameter<i64> population_seed{
    .name = "population.seed",
    .doc = "Seed of the synthesis, to keep one population under many runs; run.seed where absent.",
    .source = engine,
    .optional = true,
    .min = 0,
    .max = std::numeric_limits<i64>::max()};

inline constexpr Parameter<i64> town_people{.name = "population.town.people",
                                            .unit = "person",
                                            .doc = "How many people the town has.",
                                            .source = engine,
                                            .initial = 10'000,
                                            .min = 1,
                                            .max = 200'000'000};
/// population.town.people times population.scale, rounded; at least 1.
i64 town_people_of(const Values& values);
inline constexpr Parameter<i64> town_neighborhoods{
    .name = "population.town.neighborhoods",
    .unit = "place",
    .doc = "How many neighborhoods of about equal size; no more than people.",
    .source = engine,
    .initial = 4,
    .min = 1,
    .max = 1'000};
inline constexpr Parameter<double> town_mean_household{
    .name = "population.town.mean_household_size",
    .unit = "person",
    .doc = "Mean number of people in a household. Below 1.5 children live on their own as well.",
    .source = "United States 2020: 2.53 (Census Bureau, Current Population Survey, table HH-6)",
    .initial = 2.5,
    .min = 1.0,
    .max = 7.0};
inline constexpr Parameter<bool> town_school{.name = "population.town.school",
                                             .doc = "Whether children go to school.",
                                             .source = engine,
                                             .initial = true};
inline constexpr Parameter<bool> town_work{.name = "population.town.work",
                                           .doc = "Whether adults go to work.",
                                           .source = engine,
                                           .initial = true};

inline constexpr Parameter<FilePath> files_people{.name = "population.files.people",
                                                  .unit = "path",
                                                  .doc = "CSV of people: id, age, ...",
                                                  .source = engine,
                                                  .optional = true};
inline constexpr Parameter<FilePath> files_households{.name = "population.files.households",
                                                      .unit = "path",
                                                      .doc = "CSV of households.",
                                                      .source = engine,
                                                      .optional = true};
inline constexpr Parameter<FilePath> files_places{.name = "population.files.places",
                                                  .unit = "path",
                                                  .doc = "CSV of places: workplaces, schools.",
                                                  .source = engine,
                                                  .optional = true};
inline constexpr Parameter<FilePath> files_edges{
    .name = "population.files.edges",
    .unit = "path",
    .doc = "CSV of contacts between people: source, target, weight.",
    .source = engine,
    .optional = true};

inline constexpr Parameter<Choice> partition_kind{
    .name = "partition.kind",
    .unit = "label",
    .doc =
        "How rows are split over ranks: what is near together (neighborhoods, or blocks of ids), "
        "or scattered, for tests. Results do not depend on it.",
    .source = engine,
    .initial = "geography",
    .choices = {"geography", "scatter"}};

inline constexpr Parameter<i64> checkpoint_every{
    .name = "checkpoint.every_steps",
    .unit = "step",
    .doc =
        "Steps between checkpoints, from which 'throng resume' goes on; 0 for none. A run that is "
        "stopped writes one anyway.",
    .source = engine,
    .initial = 0,
    .min = 0,
    .max = last_step};
inline constexpr Parameter<double> checkpoint_every_minutes{
    .name = "checkpoint.every_minutes",
    .unit = "minute",
    .doc = "Minutes of wall time between checkpoints; 0 for none by time.",
    .source = engine,
    .initial = 0.0,
    .min = 0.0,
    .max = 100'000.0};
inline constexpr Parameter<i64> checkpoint_keep{
    .name = "checkpoint.keep",
    .unit = "1",
    .doc = "The newest checkpoints, so many of which are kept.",
    .source = engine,
    .initial = 2,
    .min = 1,
    .max = 100'000};
inline constexpr Parameter<i64> checkpoint_keep_every{
    .name = "checkpoint.keep_every",
    .unit = "1",
    .doc =
        "Also every so-manieth is kept, to branch from: of those by steps, or of all where "
        "every_steps is 0; 0 for none.",
    .source = engine,
    .initial = 0,
    .min = 0,
    .max = 100'000};

inline constexpr Parameter<std::vector<Date>> output_snapshots{
    .name = "output.snapshots",
    .unit = "date",
    .doc = "Dates whose state of every agent is written.",
    .source = engine,
    .initial = Listed<Date>{}};
inline constexpr Parameter<std::vector<i64>> output_snapshot_steps{
    .name = "output.snapshot_steps",
    .unit = "step",
    .doc = "Steps after which the state of every agent is written; 0 is the beginning.",
    .source = engine,
    .initial = Listed<i64>{},
    .min = 0,
    .max = last_step};
}  // namespace scenario

/// What every scenario may say; with run.model where there are models to choose from.
Schema engine_schema(const std::vector<std::string>& models = {});
/// For models whose steps are days: run.start, and snapshots by date.
void declare_calendar(Schema& schema);
/// For models of people: the population, its tables or files.
void declare_people(Schema& schema);

/// The steps of output.snapshot_steps, and of output.snapshots where the model has dates, in order.
std::vector<Step> snapshot_steps(const Values& values);

}  // namespace throng
