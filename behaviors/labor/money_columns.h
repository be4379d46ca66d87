// The columns of money beside those of columns.h, and what is counted of it.
#pragma once
#include "behaviors/labor/columns.h"
#include "sim/message.h"

namespace throng::labor {

/// What a person lives on. `gone`: has died, and is paid and spends nothing more.
enum class Income : u8 { none, wages, claim, pension, gone };
inline constexpr std::string_view income_names = "none,wages,claim,pension,gone";
inline constexpr State<u8> income{
    .name = "labor.income",
    .unit = "label",
    .doc =
        "What this person lives on: nothing, wages, a claim for unemployment benefits that was "
        "filed, a pension; gone: nothing any more.",
    .initial = 0,
    .indexed = true,
    .labels = income_names};
inline constexpr State<StoredStep> income_since{
    .name = "labor.income_since",
    .unit = "step",
    .doc = "First day of the present income; of a claim, when it was filed.",
    .initial = 0};
/// Only where benefits are paid later than they are due.
inline constexpr State<u32> owed{.name = "labor.owed",
                                 .unit = "cent",
                                 .doc = "Benefits due that will be paid later.",
                                 .initial = 0};
/// Only where there are single payments.
inline constexpr State<u8> dependents{
    .name = "labor.dependents",
    .unit = "person",
    .doc = "Children of the household for whom this person is paid.",
    .initial = 0};
inline constexpr Observation<u8> child{.name = "labor.child",
                                       .doc = "A child of the household, for a single payment."};

// ---- accounts -----------------------------------------------------------------------------------

/// Rows of the kind `account`: the firms of each sector, then these.
inline constexpr u32 other_accounts = 3;
constexpr u32 government_of(u32 sectors) { return sectors; }
constexpr u32 bank_of(u32 sectors) { return sectors + 1; }
constexpr u32 world_of(u32 sectors) { return sectors + 2; }

inline constexpr State<i64> balance{.name = "account.balance",
                                    .unit = "cent",
                                    .doc = "Money of this account; below 0: what it owes.",
                                    .initial = 0};
inline constexpr State<i64> paid_out{.name = "account.paid",
                                     .unit = "cent",
                                     .doc = "Paid to people since the run began.",
                                     .initial = 0};
inline constexpr State<i64> taken_in{
    .name = "account.received",
    .unit = "cent",
    .doc = "Received from people since the run began: sales, or taxes.",
    .initial = 0};
inline constexpr State<i64> received_before{.name = "account.received_before",
                                            .unit = "cent",
                                            .doc = "Received until the last full month ended.",
                                            .initial = 0};
inline constexpr State<i64> usual_month{.name = "account.usual_month",
                                        .unit = "cent",
                                        .doc = "Received in the first full month of the run.",
                                        .initial = 0};
/// For whoever lets demand follow spending.
inline constexpr State<u32> spending_index{
    .name = "account.spending_index",
    .unit = "2^-20",
    .doc = "Received a day in the last full month, by what was received a day in the first one.",
    .initial = 1u << 20};

/// Told to accounts in the substep in which people book the other side.
inline constexpr Sum payments{.name = "account.payments",
                              .unit = "cent",
                              .doc = "What this account pays to people in this substep."};
inline constexpr Sum receipts{
    .name = "account.receipts",
    .unit = "cent",
    .doc =
        "What this account receives from people in this substep; spending stands with the bank, "
        "from where it is spread."};

// ---- counted by borough -------------------------------------------------------------------------

/// Kinds of payments. Taxes and spending leave people, the others reach them.
enum class Transfer : u8 { wages, taxes, benefits, pensions, stimulus, spending, endowment };
inline constexpr u32 transfer_kinds = 7;
inline constexpr std::string_view transfer_names[] = {
    "wages", "taxes", "benefits", "pensions", "stimulus", "spending", "endowment"};
inline constexpr Tally transfers{
    .name = "labor.transfers",
    .unit = "cent",
    .doc = "Payments to and from people, by kind and borough of home."};

}  // namespace throng::labor
