// What a scenario can say about money: declarations, and how they become MoneySettings. Tables of
// pay, taxes and consumption come from files, which others read.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "behaviors/labor/money_settings.h"
#include "sim/parameter.h"

namespace throng::labor {
namespace money_parameters {

inline constexpr std::string_view assumption = "assumption";
inline constexpr std::string_view scenarios_own = "none: the scenario names its own";
inline constexpr std::string_view nysdol =
    "New York State Department of Labor: half of a week's pay of the best quarter (a 26th of it), "
    "104 to 504 USD a week in 2020";

inline constexpr Parameter<bool> enabled{
    .name = "money.enabled",
    .doc = "Whether people are paid, taxed and spend. Needs a labor market.",
    .source = "definition of the model",
    .initial = false};

// ---- pay ----------------------------------------------------------------------------------------

inline constexpr Parameter<FilePath> pay_table{
    .name = "money.pay.table",
    .unit = "path",
    .doc =
        "CSV of mean weekly pay by sector and borough of work; a row without borough is for work "
        "outside the city. Give this or mean.",
    .source = scenarios_own,
    .optional = true};
inline constexpr Parameter<double> mean_pay{
    .name = "money.pay.mean",
    .unit = "USD/week",
    .doc = "Mean weekly pay everywhere. Give this or table.",
    .source = scenarios_own,
    .optional = true,
    .min = 0,
    .max = 20'000};
inline constexpr Parameter<std::vector<double>> band_factor{
    .name = "money.pay.band_factor",
    .doc =
        "Pay in each band of household income, relative to each other; scaled so that the mean "
        "of a sector's workers is what the table says.",
    .source = "assumption: pay rises with the income of the household, but less than it",
    .initial = Listed<double>{0.5, 0.7, 1.0, 1.5, 2.5},
    .min = 0.01,
    .max = 100,
    .length = income_bands};

// ---- what the government takes and gives --------------------------------------------------------

inline constexpr Parameter<FilePath> tax_table{
    .name = "money.taxes.table",
    .unit = "path",
    .doc =
        "CSV of the brackets of every tax on wages, on a year's wages before deductions; without "
        "one nothing is withheld.",
    .source = scenarios_own,
    .optional = true};

inline constexpr Parameter<double> benefit_share{
    .name = "money.benefits.share",
    .doc = "Weekly benefit of a claim for unemployment benefits, as a share of weekly pay.",
    .source = nysdol,
    .initial = 0.5,
    .min = 0,
    .max = 1};
inline constexpr Parameter<double> benefit_least{.name = "money.benefits.least",
                                                 .unit = "USD/week",
                                                 .doc = "Lowest weekly benefit.",
                                                 .source = nysdol,
                                                 .initial = 104.0,
                                                 .min = 0,
                                                 .max = 10'000};
inline constexpr Parameter<double> benefit_most{.name = "money.benefits.most",
                                                .unit = "USD/week",
                                                .doc = "Highest weekly benefit.",
                                                .source = nysdol,
                                                .initial = 504.0,
                                                .min = 0,
                                                .max = 10'000};
inline constexpr Parameter<Timeline<double>> benefit_weeks{
    .name = "money.benefits.weeks",
    .unit = "week",
    .doc = "How long a claim pays, counted from the day it was filed.",
    .source = "26 weeks: New York Labor Law section 590; the scenario names extensions",
    .initial = 26.0,
    .min = 0,
    .max = 520};
inline constexpr Parameter<Timeline<double>> benefit_without_pay{
    .name = "money.benefits.without_pay",
    .unit = "USD/week",
    .doc = "Weekly benefit of a claim by who never had a job that paid.",
    .source = "0: such claims are refused; the scenario names what a pandemic changes",
    .initial = 0.0,
    .min = 0,
    .max = 10'000};
inline constexpr Parameter<double> supplement_weekly{.name = "weekly",
                                                     .unit = "USD/week",
                                                     .doc = "Paid on top of every weekly benefit.",
                                                     .source = scenarios_own,
                                                     .min = 0,
                                                     .max = 10'000};
inline constexpr Parameter<Date> supplement_from{
    .name = "from", .unit = "date", .doc = "First day.", .source = scenarios_own};
inline constexpr Parameter<Date> supplement_to{
    .name = "to", .unit = "date", .doc = "Last day.", .source = scenarios_own};
inline constexpr Parameter<Date> supplement_paid{
    .name = "paid",
    .unit = "date",
    .doc =
        "When all of it is paid at once, after the last day; with the benefits where absent. One "
        "supplement may be paid later.",
    .source = scenarios_own,
    .optional = true};

inline constexpr Parameter<Date> stimulus_date{
    .name = "date", .unit = "date", .doc = "When it is paid.", .source = scenarios_own};
inline constexpr Parameter<double> stimulus_adult{.name = "adult",
                                                  .unit = "USD",
                                                  .doc = "To every adult.",
                                                  .source = scenarios_own,
                                                  .min = 0,
                                                  .max = 100'000};
inline constexpr Parameter<double> stimulus_child{
    .name = "child",
    .unit = "USD",
    .doc = "For every child, to the first adult of its household.",
    .source = scenarios_own,
    .min = 0,
    .max = 100'000};
inline constexpr std::string_view cares = "Public Law 116-136, section 2201";
inline constexpr Parameter<double> stimulus_above{
    .name = "above",
    .unit = "USD",
    .doc =
        "What an adult gets shrinks with a year's wages above this. Wages are those of the "
        "present or last job; couples are not joined.",
    .source = cares,
    .initial = 75'000.0,
    .min = 0,
    .max = 1e9};
inline constexpr Parameter<double> stimulus_rate{.name = "rate",
                                                 .doc = "By this share of what lies above.",
                                                 .source = cares,
                                                 .initial = 0.05,
                                                 .min = 0,
                                                 .max = 1};
inline constexpr Parameter<i64> stimulus_child_below{.name = "child_below",
                                                     .unit = "year",
                                                     .doc = "Children are younger than this.",
                                                     .source = cares,
                                                     .initial = 17,
                                                     .min = 0,
                                                     .max = 120};

inline constexpr Parameter<i64> adult_from{
    .name = "money.adult_from",
    .unit = "year",
    .doc = "Age from which on people have savings at the start and get single payments.",
    .source = "definition of the model",
    .initial = 18,
    .min = 0,
    .max = 120};
inline constexpr Parameter<double> pension{
    .name = "money.pension.monthly",
    .unit = "USD",
    .doc = "A month's pension of who is old enough and neither works nor looks for work.",
    .source = "Social Security Administration: mean benefit of retired workers, January 2020",
    .initial = 1'503.0,
    .min = 0,
    .max = 100'000};
inline constexpr Parameter<i64> pension_from{.name = "money.pension.from_age",
                                             .unit = "year",
                                             .doc = "Age from which on it is paid.",
                                             .source = assumption,
                                             .initial = 65,
                                             .min = 0,
                                             .max = 255};

// ---- what people have and spend -----------------------------------------------------------------

inline constexpr Parameter<std::vector<double>> endowment{
    .name = "money.savings",
    .unit = "USD",
    .doc = "What an adult has at the start, by band of household income.",
    .source = "assumption: rises with income, as balances of transaction accounts do",
    .initial = Listed<double>{800, 2'000, 4'000, 10'000, 40'000},
    .min = 0,
    .max = 1e9,
    .length = income_bands};
inline constexpr Parameter<std::vector<double>> propensity{
    .name = "money.spending.propensity",
    .doc =
        "Share c of income after taxes that is spent when it is paid, by band of household "
        "income: C = c (income + savings_share x positive savings).",
    .source = "assumption: falls with income",
    .initial = Listed<double>{0.98, 0.96, 0.92, 0.85, 0.7},
    .min = 0,
    .max = 1,
    .length = income_bands};
inline constexpr Parameter<double> savings_share{
    .name = "money.spending.savings_share",
    .doc = "Share of positive savings that counts as income at the end of every month.",
    .source = assumption,
    .initial = 0.02,
    .min = 0,
    .max = 1};
inline constexpr Parameter<FilePath> consumption_table{
    .name = "money.spending.table",
    .unit = "path",
    .doc =
        "CSV of shares of spending by sector; what they leave is bought outside, as all is "
        "without a table.",
    .source = scenarios_own,
    .optional = true};
inline constexpr Parameter<double> moves_demand{
    .name = "money.spending.moves_demand",
    .doc =
        "Share of a lack of spending, against the first full month, by which the demand for work "
        "of a sector falls; 0: not at all.",
    .source = assumption,
    .initial = 0.0,
    .min = 0,
    .max = 1};
}  // namespace money_parameters

/// Adds everything a scenario can say about money, and the checks between its parts.
void declare_money(Schema& schema);

/// Rules of a run from what a scenario says: all but pay, taxes, shares of consumption and where
/// people are, which the caller fills in. `values` passed the checks of declare_money.
MoneySettings money_settings_from(const Values& values, const Calendar& calendar, Step steps);

}  // namespace throng::labor
