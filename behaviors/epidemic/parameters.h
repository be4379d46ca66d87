// What a scenario can say about an epidemic: declarations, and how they become Settings. Not the
// files themselves: paths are handed on to whoever reads files.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "behaviors/epidemic/settings.h"
#include "behaviors/person/geography.h"
#include "sim/calendar.h"
#include "sim/parameter.h"

namespace throng::epidemic {

enum class DwellKind : u8 { lognormal, exponential, gamma, geometric, constant };
enum class StayHomeProvider : u8 { none, rule, archetypes };

namespace parameters {
inline constexpr std::string_view natural_history =
    "none: the scenario's natural history names its own";
inline constexpr std::string_view policy =
    "none: the scenario's timeline names its own; no measure";
inline constexpr std::string_view definition = "definition of the model";

// ---- infection ----------------------------------------------------------------------------------

inline constexpr Parameter<double> r0{
    .name = "epidemic.r0",
    .doc =
        "Mean number of people a typical early case infects directly when everybody is susceptible "
        "and no "
        "measure is in force; the transmission rate follows. Give this or beta.",
    .source =
        "none: the scenario names its own; COVID-19 2.5 (CDC Planning Scenarios, 10 September "
        "2020)",
    .optional = true,
    .min = 0.01,
    .max = 50};
inline constexpr Parameter<double> beta{.name = "epidemic.beta",
                                        .doc =
                                            "Hazard of infection of one contact of weight 1, at "
                                            "infectiousness and susceptibility 1. Give this or r0.",
                                        .source = "none: the scenario names its own",
                                        .optional = true,
                                        .min = 0,
                                        .max = 1000};
inline constexpr Parameter<double> shape{
    .name = "epidemic.infectiousness_shape",
    .doc =
        "Shape of the Gamma distribution (mean 1) of individual infectiousness; 0: all are alike.",
    .source = "Covasim beta_dist: negative binomial, k = 0.45",
    .initial = 0.45,
    .min = 0,
    .max = 10'000};
inline constexpr Parameter<double> decay{.name = "epidemic.infectiousness_decay",
                                         .unit = "day",
                                         .doc =
                                             "Infectiousness falls as exp(-t / decay) with the "
                                             "time t since it began; 0: it does not fall.",
                                         .source =
                                             "fitted so that COVID-19 has a generation time of 5.7 "
                                             "(sd 2.3) days and half of its transmission "
                                             "before symptoms, as in Ferretti et al. 2020, Science "
                                             "368:eabb6936, and CDC Planning Scenarios",
                                         .initial = 2.5,
                                         .min = 0,
                                         .max = 1000};
inline constexpr Parameter<std::vector<double>> age_bands{
    .name = "epidemic.age_bands",
    .unit = "year",
    .doc = "Lowest age of each band; the first is 0. Tables by age have one value for each.",
    .source = "ten-year bands of Covasim's tables by age",
    .initial = Listed<double>{0, 10, 20, 30, 40, 50, 60, 70, 80},
    .min = 0,
    .max = 120};
inline constexpr Parameter<std::vector<double>> susceptibility{
    .name = "epidemic.susceptibility",
    .doc = "Relative susceptibility of each age band.",
    .source = "Zhang et al. 2020, Science 368:1481 (odds ratios), as banded by Covasim",
    .initial = Listed<double>{0.34, 0.67, 1, 1, 1, 1, 1.24, 1.47, 1.47},
    .min = 0,
    .max = 100};
inline constexpr Parameter<std::string> entry{
    .name = "epidemic.entry",
    .unit = "label",
    .doc = "Stage of the newly infected; the second one where absent.",
    .source = definition,
    .optional = true};

// ---- stages -------------------------------------------------------------------------------------

inline constexpr Parameter<std::string> stage_name{
    .name = "name", .unit = "label", .doc = "Name of the stage.", .source = natural_history};
inline constexpr Parameter<double> stage_infectiousness{
    .name = "infectiousness",
    .doc = "Infectiousness per contact relative to a stage of 1; 0: does not infect.",
    .source = natural_history,
    .initial = 0.0,
    .min = 0,
    .max = 100};
inline constexpr Parameter<bool> stage_symptomatic{.name = "symptomatic",
                                                   .doc = "Whether people in it have symptoms.",
                                                   .source = natural_history,
                                                   .initial = false};
inline constexpr Parameter<Choice> stage_role{
    .name = "role",
    .unit = "label",
    .doc =
        "at_large: lives as usual. hospital, critical: in a bed, meets nobody. dead: has left the "
        "living.",
    .source = natural_history,
    .initial = "at_large",
    .choices = {"at_large", "hospital", "critical", "dead"}};
inline constexpr Parameter<std::string> branch_to{
    .name = "to", .unit = "label", .doc = "Name of the next stage.", .source = natural_history};
inline constexpr Parameter<double> branch_share{
    .name = "share",
    .doc =
        "Share of those in the stage who go this way. Without share and share_by_age: whom the "
        "others leave.",
    .source = natural_history,
    .optional = true,
    .min = 0,
    .max = 1};
inline constexpr Parameter<std::vector<double>> branch_share_by_age{
    .name = "share_by_age",
    .doc = "The same, one share for each age band.",
    .source = natural_history,
    .optional = true,
    .min = 0,
    .max = 1};
inline constexpr Parameter<Choice> dwell_kind{
    .name = "kind",
    .unit = "label",
    .doc =
        "Distribution of the time. In whole days: rounded up or down at random so that the mean is "
        "kept; "
        "geometric counts whole days from 1.",
    .source = natural_history,
    .initial = "lognormal",
    .choices = {"lognormal", "exponential", "gamma", "geometric", "constant"}};
inline constexpr Parameter<double> dwell_mean{.name = "mean",
                                              .unit = "day",
                                              .doc = "Mean.",
                                              .source = natural_history,
                                              .min = 0,
                                              .max = 1000};
inline constexpr Parameter<double> dwell_sd{.name = "sd",
                                            .unit = "day",
                                            .doc = "Standard deviation, of lognormal and gamma.",
                                            .source = natural_history,
                                            .optional = true,
                                            .min = 0,
                                            .max = 1000};

// ---- contacts -----------------------------------------------------------------------------------

inline constexpr std::string_view layer_weights =
    "household : school, work : community = 3 : 0.6 : 0.3, Covasim's hybrid layers; quarters as "
    "households: "
    "assumption; edges carry their own weights";
inline constexpr Parameter<double> in_class{
    .name = "epidemic.contacts.class",
    .unit = "contact/day",
    .doc = "Expected contacts of a pupil with the own grade.",
    .source = "Covasim's hybrid layers: 20 at school",
    .initial = 20.0,
    .min = 0,
    .max = 10'000};
inline constexpr Parameter<double> class_share{.name = "epidemic.contacts.class_share",
                                               .doc = "Share of these that are with the own class.",
                                               .source = "assumption: all of them",
                                               .initial = 1.0,
                                               .min = 0,
                                               .max = 1};
inline constexpr Parameter<double> in_team{.name = "epidemic.contacts.team",
                                           .unit = "contact/day",
                                           .doc = "Expected contacts at work with the own team.",
                                           .source = "Covasim's hybrid layers: 16 at work",
                                           .initial = 16.0,
                                           .min = 0,
                                           .max = 10'000};
inline constexpr Parameter<double> in_quarters{
    .name = "epidemic.contacts.quarters",
    .unit = "contact/day",
    .doc = "Expected contacts within a unit of group quarters.",
    .source = "as within households: 4.11, Mistry et al. 2021, Nature Communications 12:323",
    .initial = 4.1,
    .min = 0,
    .max = 10'000};

// ---- calendar -----------------------------------------------------------------------------------

inline constexpr Parameter<bool> weekly{
    .name = "epidemic.calendar.weekly",
    .doc =
        "Whether school and work meet only from Monday to Friday; their contacts are then 7/5 of "
        "the daily ones.",
    .source = definition,
    .initial = false};
inline constexpr Parameter<std::vector<Date>> holidays{.name = "epidemic.calendar.holidays",
                                                       .unit = "date",
                                                       .doc = "Days without school and work.",
                                                       .source = "none: the scenario names its own",
                                                       .initial = Listed<Date>{}};
inline constexpr Parameter<Date> break_from{.name = "from",
                                            .unit = "date",
                                            .doc = "First day without school.",
                                            .source = "none: the scenario names its own"};
inline constexpr Parameter<Date> break_to{.name = "to",
                                          .unit = "date",
                                          .doc = "Last day without school.",
                                          .source = "none: the scenario names its own"};

// ---- measures -----------------------------------------------------------------------------------

inline constexpr Parameter<Timeline<double>> schools_closed{
    .name = "epidemic.closures.schools",
    .doc = "Share of classes that do not meet.",
    .source = policy,
    .initial = 0.0,
    .min = 0,
    .max = 1};
inline constexpr Parameter<Timeline<double>> telework{
    .name = "epidemic.closures.telework",
    .doc =
        "Share of those who can work from home who do. Of the teams of a sector, 1 - (1 - closed) "
        "(1 - telework * share of its jobs that can be done from home) do not meet.",
    .source = policy,
    .initial = 0.0,
    .min = 0,
    .max = 1};
inline constexpr Parameter<Timeline<double>> community_closed{
    .name = "epidemic.closures.community",
    .doc = "Share of community contacts that do not happen.",
    .source = policy,
    .initial = 0.0,
    .min = 0,
    .max = 1};
inline constexpr Parameter<Timeline<double>> sectors_closed{
    .name = "epidemic.closures.sectors",
    .doc = "Share of the sector's teams that do not meet, by the sector's code.",
    .source = policy,
    .initial = 0.0,
    .min = 0,
    .max = 1};
inline constexpr Parameter<Timeline<double>> mask_coverage{
    .name = "epidemic.masks.coverage",
    .doc = "Share of people who wear a mask.",
    .source = policy,
    .initial = 0.0,
    .min = 0,
    .max = 1};
inline constexpr Parameter<double> mask_effect{
    .name = "epidemic.masks.effect",
    .doc =
        "Share by which one mask, on either side of a contact, lowers its transmission. Both sides "
        "wear one "
        "independently: what is left is (1 - coverage * effect)^2.",
    .source =
        "assumption, low in the range 0.2-0.8 for cloth in Eikenberry et al. 2020, Infectious "
        "Disease "
        "Modelling 5:293",
    .initial = 0.25,
    .min = 0,
    .max = 1};
inline constexpr Parameter<std::vector<std::string>> mask_layers{
    .name = "epidemic.masks.layers",
    .unit = "label",
    .doc = "Layers of contact in which masks are worn.",
    .source = "assumption",
    .initial = Listed<std::string_view>{"community", "work", "school"}};
inline constexpr Parameter<Timeline<double>> compliance{
    .name = "epidemic.isolation.compliance",
    .doc =
        "Share of those whose symptoms began who isolate, from the next day until symptoms end. "
        "Decided once, on the day they begin.",
    .source = policy,
    .initial = 0.0,
    .min = 0,
    .max = 1};
inline constexpr std::string_view isolation_factors =
    "Covasim iso_factor 0.3, 0.1, 0.1, 0.1; quarters as households, edges as community";
inline constexpr std::string_view stay_home_factors =
    "Covasim quar_factor 0.2 at work and in the community; household, school and quarters are not "
    "given up";

// ---- staying home -------------------------------------------------------------------------------

inline constexpr Parameter<Choice> provider{
    .name = "epidemic.stay_home.provider",
    .unit = "label",
    .doc =
        "Who decides what share of a group stays home. none: nobody stays. rule: a logistic "
        "function of the "
        "order in force and of reported cases. archetypes: kinds of people are asked, as "
        "decision.stay_home says.",
    .source = definition,
    .initial = "none",
    .choices = {"none", "rule", "archetypes"}};
inline constexpr Parameter<i64> every{
    .name = "epidemic.stay_home.every",
    .unit = "step",
    .doc =
        "Days between decisions; reported cases are counted over as many. The first is made at "
        "the end of the first day. An order that begins between two acts from the second on.",
    .source = "weekly: what surveillance reports by",
    .initial = 7,
    .min = 1,
    .max = 365};
inline constexpr std::string_view fitted =
    "none: the scenario names its own; New York's are fitted to mobility in 2020 by "
    "tools/nyc_tables/fit_stay_home.py";
inline constexpr Parameter<double> rule_intercept{
    .name = "epidemic.stay_home.intercept",
    .doc =
        "Of the rule: share = logistic(intercept + order * order_in_force + cases * ln(1 + "
        "reported cases per "
        "100,000 people in the last week)).",
    .source = fitted,
    .optional = true,
    .min = -50,
    .max = 50};
inline constexpr Parameter<double> rule_order{.name = "epidemic.stay_home.order",
                                              .doc = "Coefficient of the order in force.",
                                              .source = fitted,
                                              .optional = true,
                                              .min = -50,
                                              .max = 50};
inline constexpr Parameter<double> rule_cases{
    .name = "epidemic.stay_home.cases",
    .doc = "Coefficient of ln(1 + reported cases per 100,000 a week).",
    .source = fitted,
    .optional = true,
    .min = -50,
    .max = 50};
inline constexpr Parameter<Timeline<double>> order_in_force{
    .name = "epidemic.stay_home.order_in_force",
    .doc = "0: none. 1: advice. 2: an order to stay home.",
    .source = policy,
    .initial = 0.0,
    .min = 0,
    .max = 2};

// ---- reports, and infections from outside
// ---------------------------------------------------------

inline constexpr Parameter<std::string> report_stage{
    .name = "stage",
    .unit = "label",
    .doc = "Stage whose new entries may be reported.",
    .source = "none: the scenario names its own"};
inline constexpr Parameter<Timeline<double>> report_share{
    .name = "share",
    .doc = "Share of them that is reported.",
    .source = "none: the scenario names its own",
    .initial = 1.0,
    .min = 0,
    .max = 1};
inline constexpr Parameter<i64> seed_count{
    .name = "count",
    .unit = "person",
    .doc = "How many people, drawn at random, are infected from outside. Give this or file.",
    .source = "none: the scenario names its own",
    .optional = true,
    .min = 0,
    .max = 1'000'000'000};
inline constexpr Parameter<FilePath> seed_file{
    .name = "file",
    .unit = "path",
    .doc = "CSV of the ids of the people who are infected from outside.",
    .source = "none: the scenario names its own",
    .optional = true};
inline constexpr Parameter<Date> seed_date{
    .name = "date",
    .unit = "date",
    .doc = "When; the run's first day where absent, and where it is run.start.",
    .source = "none: the scenario names its own",
    .optional = true};
inline constexpr Parameter<std::string> from_neighborhood{
    .name = "neighborhood",
    .unit = "label",
    .doc = "Code of the neighborhood in which they live; anywhere where absent.",
    .source = "none: the scenario names its own",
    .optional = true};
inline constexpr Parameter<Timeline<double>> import_per_day{
    .name = "per_day",
    .unit = "person",
    .doc =
        "Expected number of people infected from outside, a day; of a city, into the whole of it: "
        "population.scale multiplies it.",
    .source = "none: the scenario names its own",
    .initial = 0.0,
    .min = 0,
    .max = 500};
}  // namespace parameters

/// Adds everything a scenario can say about an epidemic, and the checks between its parts.
void declare(Schema& schema);

/// Settings of a run of steps 1 to `steps`. Vectors by step have steps + 1 entries, index = step.
/// Throws InputError with all mistakes that need the calendar or the geography to be seen, each
/// with its place; `values` passed the checks of `declare`.
Settings settings_from(const Values& values, const Calendar& calendar, Step steps,
                       const person::Geography& geography);

/// Seeds whose people stand in a file: `people` of Settings::seeds[index] is left to fill with the
/// ids it names.
struct SeedFile {
  std::size_t index = 0;
  std::string path;
  SourcePlace place;
};
std::vector<SeedFile> seed_files(const Values& values);

/// Of the rule to stay home; none where the scenario does not give all of them.
std::optional<StayHomeRule::Coefficients> stay_home_rule(const Values& values);
/// Whether archetypes of people decide to stay home.
bool archetypes_stay_home(const Values& values);

/// Whether a scenario infects anybody from outside at all: by a seed or by importations.
bool seeded(const Values& values);

}  // namespace throng::epidemic
