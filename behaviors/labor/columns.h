// The columns of work and income.
#pragma once
#include "sim/column.h"
#include "sim/tally.h"

namespace throng::labor {

/// Where work is offered: a sector in a borough, or outside the city. Replicated.
inline constexpr std::string_view market_kind = "market";
/// Who pays and is paid besides people: firms of a sector, government, bank, rest of the world.
/// Replicated.
inline constexpr std::string_view account_kind = "account";

enum class Status : u8 { outside, employed, temporary_layoff, unemployed };
inline constexpr std::string_view status_names = "outside,employed,temporary_layoff,unemployed";

inline constexpr State<u8> status{
    .name = "labor.status",
    .unit = "label",
    .doc =
        "Labor-force status: not in the labor force, employed, on temporary layoff (waits for "
        "recall), or unemployed (looks for work).",
    .initial = 0,
    .indexed = true,
    .labels = status_names};
inline constexpr u16 no_market = 65535;
inline constexpr State<u16> market{
    .name = "labor.market",
    .unit = "id",
    .doc = "Market one works in or last worked in; 65535 for who never did.",
    .initial = no_market};
inline constexpr State<StoredStep> since{
    .name = "labor.since", .unit = "step", .doc = "When the present status began.", .initial = 0};
/// Benefits are paid to those with a claim that was filed.
inline constexpr State<StoredStep> claim_filed{
    .name = "labor.claim_filed",
    .unit = "step",
    .doc = "When the claim for unemployment benefits of the present spell is or was filed.",
    .initial = never,
    .timer = true};
inline constexpr State<u16> weekly_pay{
    .name = "labor.weekly_pay",
    .unit = "USD/week",
    .doc = "Pay before taxes of the present job, or of the last.",
    .initial = 0};
inline constexpr State<i64> assets{.name = "labor.assets",
                                   .unit = "cent",
                                   .doc = "Money this person has; below 0: debts.",
                                   .initial = 0};

}  // namespace throng::labor
