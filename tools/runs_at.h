// What commands that look at several runs share: the runs at a path, a window of days, a table.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "scenarios/series_of_runs.h"

namespace throng {

/// A run, a file of results, or a folder that holds runs with different seeds, each in a folder of
/// its own. Throws InputError with all mistakes.
SeriesOfRuns runs_at(const std::string& path);

/// Messages for axes of --by that no series of the runs has.
std::vector<std::string> unknown_axes(const SeriesOfRuns& runs, const std::vector<std::string>& by);

/// "seed 7", "8 seeds, 1 to 8".
std::string words_of_seeds(const std::vector<u64>& seeds);

/// A day of --from or --to, or a step of runs without dates. Throws InputError.
i64 time_in(const std::string& option, const std::string& text, bool dated);

/// Of --from and --to, which may be empty. Throws InputError.
Window window_in(const std::string& from, const std::string& to, bool dated);

/// Throws AgreedError or InputError where a command would write over what a run keeps, or cannot
/// write. An empty path is standard output.
void refuse_to_lose(const std::string& file);

/// Rows of cells of equal number, the first the header; `texts` columns to the left, the others,
/// numbers, to the right. Lines end with \n.
std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t texts);

/// A number as a person reads it: "8,336,817", "12.3", "0.0123", "0" for 0 alone; "-" for none.
std::string short_number(double value);
/// "+1.2 %", "-"
std::string percent(double share);

}  // namespace throng
