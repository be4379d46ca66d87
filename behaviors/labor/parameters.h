// What a scenario can say about work: declarations, and how they become Settings.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "behaviors/labor/settings.h"
#include "behaviors/labor/work_rule.h"
#include "behaviors/person/geography.h"
#include "sim/calendar.h"
#include "sim/parameter.h"

namespace throng::labor {

enum class WorksProvider : u8 { none, rule, archetypes };

namespace parameters {
inline constexpr std::string_view definition = "definition of the model";
inline constexpr std::string_view own = "none: the scenario names its own";
inline constexpr std::string_view assumption = "assumption";
inline constexpr std::string_view shimer =
    "Shimer 2005, American Economic Review 95:25: in the United States 0.45 of the unemployed find "
    "work in a month, and 0.034 of the employed lose theirs";

inline constexpr Parameter<bool> enabled{
    .name = "labor.enabled",
    .doc =
        "Whether people work: have or look for a job, lose it and are hired. Steps are days then.",
    .source = definition,
    .initial = false};
inline constexpr Parameter<i64> every{
    .name = "labor.every",
    .unit = "step",
    .doc = "Days between decisions of firms and of those who search.",
    .source = "weekly: what claims for benefits are counted by",
    .initial = 7,
    .min = 1,
    .max = 28};

// ---- the labor force at the start ---------------------------------------------------------------

inline constexpr Parameter<i64> age_from{.name = "labor.age_from",
                                         .unit = "year",
                                         .doc = "Youngest of those without work at the start.",
                                         .source = "the labor force of the statistics: 16 and over",
                                         .initial = 16,
                                         .min = 0,
                                         .max = 120};
inline constexpr Parameter<i64> age_to{.name = "labor.age_to",
                                       .unit = "year",
                                       .doc = "Oldest of them.",
                                       .source = assumption,
                                       .initial = 69,
                                       .min = 0,
                                       .max = 120};
inline constexpr Parameter<double> unemployment{
    .name = "labor.unemployment",
    .doc =
        "Share of the labor force without work at the start, and as long as nothing happens: the "
        "probability of losing work for good follows. Give this or separation.",
    .source = own,
    .optional = true,
    .min = 0.001,
    .max = 0.5};
inline constexpr Parameter<double> unemployment_of{.name = "labor.unemployment_of",
                                                   .doc = "The same, by borough of residence.",
                                                   .source = own,
                                                   .min = 0.001,
                                                   .max = 0.5};
inline constexpr Parameter<double> separation{
    .name = "labor.separation",
    .unit = "1/month",
    .doc =
        "Probability of losing work for good in a month, everywhere; unemployment is then "
        "separation / (separation + finding). Shorter periods keep this ratio.",
    .source = shimer,
    .optional = true,
    .min = 0.0001,
    .max = 0.5};

// ---- matching -----------------------------------------------------------------------------------

inline constexpr Parameter<double> finding{
    .name = "labor.finding",
    .unit = "1/month",
    .doc = "Probability that one of the unemployed of the start finds work in a month.",
    .source = shimer,
    .initial = 0.45,
    .min = 0.01,
    .max = 0.99};
inline constexpr Parameter<double> vacancy_rate{
    .name = "labor.vacancy_rate",
    .doc =
        "Vacancies of all jobs at the start. Matches are scaled by them, so that only their "
        "changes matter.",
    .source =
        "assumption, near the rate of job openings of the United States in 2019 (Bureau of Labor "
        "Statistics, JOLTS)",
    .initial = 0.045,
    .min = 0.001,
    .max = 0.5};
inline constexpr Parameter<double> elasticity{
    .name = "labor.matching_elasticity",
    .doc = "a of the matches M = A U^a V^(1 - a) of a sector, which are at most U and V.",
    .source = "Petrongolo and Pissarides 2001, Journal of Economic Literature 39:390: 0.5 to 0.7",
    .initial = 0.5,
    .min = 0,
    .max = 1};

// ---- layoffs and recalls ------------------------------------------------------------------------

inline constexpr Parameter<double> kept{
    .name = "labor.kept",
    .doc =
        "Share of the jobs of a team closed by order that cannot be done from home and are kept on "
        "the payroll all the same.",
    .source = assumption,
    .initial = 0.0,
    .min = 0,
    .max = 1};
inline constexpr Parameter<double> kept_of{.name = "labor.kept_of",
                                           .doc = "The same, by the sector's code.",
                                           .source = assumption,
                                           .min = 0,
                                           .max = 1};
inline constexpr Parameter<Timeline<double>> demand_lost{
    .name = "labor.demand_lost",
    .doc = "Share of the sector's work that is lost besides closures, by the sector's code.",
    .source = own,
    .initial = 0.0,
    .min = 0,
    .max = 1};
inline constexpr Parameter<double> layoff_speed{
    .name = "labor.layoff.speed",
    .doc = "Share of the workers without work who are laid off in a period.",
    .source = assumption,
    .initial = 0.5,
    .min = 0,
    .max = 1};
inline constexpr Parameter<double> temporary{
    .name = "labor.layoff.temporary",
    .doc = "Share of layoffs that are temporary: these people wait for recall.",
    .source = assumption,
    .initial = 0.8,
    .min = 0,
    .max = 1};
inline constexpr Parameter<double> turns_permanent{
    .name = "labor.layoff.turns_permanent",
    .unit = "1/month",
    .doc = "Probability that a temporary layoff becomes permanent in a month.",
    .source = assumption,
    .initial = 0.1,
    .min = 0,
    .max = 0.99};
inline constexpr Parameter<double> recall{
    .name = "labor.recall",
    .unit = "1/month",
    .doc =
        "Probability of recall in a month, of those on temporary layoff whose job has work "
        "again.",
    .source = assumption,
    .initial = 0.6,
    .min = 0,
    .max = 0.999};

// ---- claims for benefits ------------------------------------------------------------------------

inline constexpr Parameter<double> laid_off_file{
    .name = "labor.claims.laid_off",
    .doc = "Share of those laid off who claim benefits.",
    .source = assumption,
    .initial = 0.9,
    .min = 0,
    .max = 1};
inline constexpr Parameter<double> separated_file{
    .name = "labor.claims.separated",
    .doc = "Share of other separations, which may be quits, that are followed by a claim.",
    .source = assumption,
    .initial = 0.4,
    .min = 0,
    .max = 1};
inline constexpr Parameter<Timeline<double>> filing_delay{
    .name = "labor.claims.delay",
    .unit = "day",
    .doc =
        "Mean time from the loss of work to the filed claim, by the day of the loss: a day, and a "
        "geometric number of days.",
    .source = assumption,
    .initial = 4.0,
    .min = 1,
    .max = 365};

// ---- willingness to work ------------------------------------------------------------------------

inline constexpr Parameter<Choice> provider{
    .name = "labor.works.provider",
    .unit = "label",
    .doc =
        "Who decides what share of a group would work. none: all would. rule: a logistic function "
        "of reported cases and of added benefits, by borough. archetypes: kinds of people are "
        "asked, as decision.works says.",
    .source = definition,
    .initial = "none",
    .choices = {"none", "rule", "archetypes"}};
inline constexpr Parameter<double> works_intercept{
    .name = "labor.works.intercept",
    .doc =
        "Of the rule: share = logistic(intercept + cases * ln(1 + reported cases per 100,000 "
        "people in the last week) + benefits * added benefits / pay).",
    .source = own,
    .optional = true,
    .min = -50,
    .max = 50};
inline constexpr Parameter<double> works_cases{
    .name = "labor.works.cases",
    .doc = "Coefficient of ln(1 + reported cases per 100,000 a week).",
    .source = "none: no source tells it from 0",
    .initial = 0.0,
    .min = -50,
    .max = 50};
inline constexpr Parameter<double> works_benefits{
    .name = "labor.works.benefits",
    .doc = "Coefficient of added benefits against pay.",
    .source = "none: no source tells it from 0",
    .initial = 0.0,
    .min = -50,
    .max = 50};
inline constexpr Parameter<Timeline<double>> added_benefits{
    .name = "labor.works.added_benefits",
    .unit = "USD/week",
    .doc =
        "Without money: what people hear that is paid to the unemployed beyond their regular "
        "benefits; nothing where absent. With it they hear of money.benefits.supplement, but for "
        "what is paid later.",
    .source = own,
    .optional = true,
    .min = 0,
    .max = 100'000};
inline constexpr Parameter<double> typical_pay{.name = "labor.works.pay",
                                               .unit = "USD/week",
                                               .doc = "Pay against which they hold it.",
                                               .source = assumption,
                                               .initial = 1000.0,
                                               .min = 1,
                                               .max = 1'000'000};
}  // namespace parameters

/// Adds everything a scenario can say about work.
void declare(Schema& schema);

/// Whether people work in a scenario.
bool enabled(const Values& values);
WorksProvider works_provider(const Values& values);

/// Settings of a run of steps 1 to `steps`; `closed` is [step x sector]. Throws InputError with all
/// mistakes that need the geography to be seen; `values` passed the checks of `declare`.
Settings settings_from(const Values& values, const Calendar& calendar, Step steps,
                       const person::Geography& geography, std::vector<double> closed, u32 bands);

/// Of the rule; none where the scenario gives it no intercept.
std::optional<WorkRule> work_rule(const Values& values);
/// [step]: what is paid beyond regular benefits where there is no money [USD/week].
std::vector<double> added_benefits(const Values& values, const Calendar& calendar, Step steps);

}  // namespace throng::labor
