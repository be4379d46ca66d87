// The columns of work and income, and what is counted of them.
#pragma once
#include "sim/column.h"
#include "sim/message.h"
#include "sim/tally.h"

namespace throng::labor {

/// Where work is offered: a sector in a borough, or outside the city. Replicated. Market m is of
/// sector m / (boroughs + 1), and in borough m % (boroughs + 1); the last of these is outside.
inline constexpr std::string_view market_kind = "market";
/// Who pays and is paid besides people: firms of a sector, government, bank, rest of the world.
/// Replicated.
inline constexpr std::string_view account_kind = "account";

enum class Status : u8 { outside, employed, temporary_layoff, unemployed, not_searching };
constexpr u8 label(Status s) { return static_cast<u8>(s); }
inline constexpr std::string_view status_names =
    "outside,employed,temporary_layoff,unemployed,not_searching";

// ---- of people ----------------------------------------------------------------------------------

inline constexpr State<u8> status{
    .name = "labor.status",
    .unit = "label",
    .doc =
        "Labor-force status: not in the labor force, employed, on temporary layoff (waits for "
        "recall), unemployed (looks for work), or without work and not willing to take any this "
        "week (outside the labor force of the statistics).",
    .initial = label(Status::outside),
    .indexed = true,
    .labels = status_names};
inline constexpr u16 no_market = 65535;
inline constexpr State<u16> market{
    .name = "labor.market",
    .unit = "id",
    .doc = "Market one works in or last worked in; 65535 for who never did.",
    .initial = no_market};
inline constexpr State<StoredStep> since{
    .name = "labor.since",
    .unit = "step",
    .doc = "When the present job, layoff or search began; weeks without search go on with it.",
    .initial = 0};
/// Benefits are paid to those with a claim that was filed.
inline constexpr State<StoredStep> claim_filed{
    .name = "labor.claim_filed",
    .unit = "step",
    .doc = "When the claim for unemployment benefits of the present spell is or was filed.",
    .initial = never,
    .timer = true};
inline constexpr State<StoredStep> separates_at{
    .name = "labor.separates_at",
    .unit = "step",
    .doc = "When the present job, or the wait for recall, ends for good.",
    .initial = never,
    .timer = true};
inline constexpr u16 never_idle = 65535;
inline constexpr State<u16> idle_above{
    .name = "labor.idle_above",
    .unit = "1",
    .doc =
        "The job has no work where a larger share of the sector's teams is closed by order, in "
        "units of 2^-16; 65535: it always has, since it can be done from home or is kept on the "
        "payroll.",
    .initial = never_idle};
inline constexpr State<u16> weekly_pay{
    .name = "labor.weekly_pay",
    .unit = "USD/week",
    .doc = "Pay before taxes of the present job, or of the last.",
    .initial = 0};
inline constexpr State<i64> assets{.name = "labor.assets",
                                   .unit = "cent",
                                   .doc = "Money this person has; below 0: debts.",
                                   .initial = 0};

// ---- of markets ---------------------------------------------------------------------------------

inline constexpr Fixed<i64> baseline{
    .name = "market.baseline", .unit = "person", .doc = "People who worked there at the start."};
inline constexpr Fixed<i64> baseline_unemployed{
    .name = "market.baseline_unemployed",
    .unit = "person",
    .doc = "People without work at the start whose last work was there."};
inline constexpr State<i64> staff{
    .name = "market.staff", .unit = "person", .doc = "People who work there."};
inline constexpr State<i64> target{.name = "market.target",
                                   .unit = "person",
                                   .doc = "Jobs that have work this week: what firms would fill."};
inline constexpr State<i64> idle{.name = "market.idle",
                                 .unit = "person",
                                 .doc = "People there whose jobs have no work this week."};
inline constexpr State<i64> searching{
    .name = "market.searching",
    .unit = "person",
    .doc = "The unemployed who look for work this week, by where they worked last."};
inline constexpr State<i64> recallable{
    .name = "market.recallable",
    .unit = "person",
    .doc = "People on temporary layoff from there whose jobs have work again."};
inline constexpr State<i64> vacancies{
    .name = "market.vacancies", .unit = "person", .doc = "Jobs open to those who search."};
inline constexpr State<i64> seats{
    .name = "market.seats", .unit = "person", .doc = "Hires of this week."};
inline constexpr State<i64> recall_seats{
    .name = "market.recall_seats", .unit = "person", .doc = "Recalls of this week at most."};
inline constexpr State<u32> idle_layoff{
    .name = "market.idle_layoff",
    .unit = "1",
    .doc = "Probability that an idle worker is laid off this week, in units of 2^-32."};
inline constexpr State<u32> other_layoff{
    .name = "market.other_layoff",
    .unit = "1",
    .doc = "Probability that any other worker is, in units of 2^-32."};
/// Written by who knows what people spend; 0 where nobody does.
inline constexpr State<u32> demand_lost{
    .name = "market.demand_lost",
    .unit = "2^-20",
    .doc = "Share of the work there that is lost because less is spent.",
    .initial = 0};

// ---- what is told and counted -------------------------------------------------------------------

/// Value: 1 where it is temporary.
inline constexpr Observation<u8> notice{.name = "labor.notice",
                                        .doc = "A notice of layoff, to oneself."};
inline constexpr Sum counted_searching{
    .name = "labor.counted_searching", .unit = "person", .doc = "The unemployed who search."};
inline constexpr Sum counted_recallable{.name = "labor.counted_recallable",
                                        .unit = "person",
                                        .doc = "Those on temporary layoff whose job has work."};
inline constexpr Sum counted_idle{
    .name = "labor.counted_idle", .unit = "person", .doc = "Workers whose job has no work."};
inline constexpr Sum leaving{
    .name = "labor.leaving", .unit = "person", .doc = "People who leave their work today."};

/// People whose status changes, by flow and borough of residence.
enum class Flow : u8 {
  hires,
  recalls,
  temporary_layoffs,
  permanent_layoffs,
  separations,
  turned_permanent,
  deaths
};
inline constexpr u32 flows = 7;
inline constexpr Tally flow{.name = "labor.flow",
                            .unit = "person",
                            .doc =
                                "Hires, recalls, temporary and permanent layoffs, separations, "
                                "temporary layoffs that became permanent and deaths in the labor "
                                "force, each by borough of residence."};

}  // namespace throng::labor
