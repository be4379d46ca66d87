// The checks that tables of observations go through, beside those of every CSV file (io/checks.h).
#pragma once
#include <array>

#include "io/checks.h"

namespace throng {
namespace check {
inline constexpr Check observed_when{
    "observed_when",
    "no column says when (a table has date, or week_ending, or year and month). Add one."};
inline constexpr Check observed_two_times{
    "observed_two_times",
    "columns '{}' and '{}' both say when (one of them has to). Remove the other."};
inline constexpr Check observed_two_areas{
    "observed_two_areas",
    "columns 'area' and 'borough' both say where (one of them has to). "
    "Remove the other."};
inline constexpr Check observed_nothing{
    "observed_nothing",
    "there is no column besides when and where (nothing was observed). Add one."};
inline constexpr Check observed_no_rows{"observed_no_rows",
                                        "the file has no rows (nothing was observed). Add them."};
inline constexpr Check observed_column{"observed_column", "there is no column '{}'.{}"};
inline constexpr Check observed_twice{"observed_twice",
                                      "{} is there twice{} (first in line {}). Keep one row."};
inline constexpr Check observed_week{
    "observed_week",
    "the week that ends on {} overlaps others (the first row's ends on {}, and every week has 7 "
    "days). Correct the date."};
}  // namespace check

/// The checks that reading observations can raise, beside those of CSV files.
inline constexpr std::array observed_checks = {check::observed_when,      check::observed_two_times,
                                               check::observed_two_areas, check::observed_nothing,
                                               check::observed_no_rows,   check::observed_column,
                                               check::observed_twice,     check::observed_week};

}  // namespace throng
