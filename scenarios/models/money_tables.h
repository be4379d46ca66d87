// Tables of money: mean pay, brackets of taxes, shares of consumption. CSV files in; whole numbers,
// checked, out.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "behaviors/labor/taxes.h"
#include "behaviors/person/geography.h"

namespace throng {

/// Mean weekly pay [USD] by sector and borough of work, [sector x (boroughs + 1)]; the last of a
/// sector is for work outside. Throws InputError with all mistakes.
std::vector<double> read_pay_table(const std::filesystem::path& path,
                                   const person::Geography& geography);

/// Schedules in the order in which their names first stand in the file. Throws InputError.
std::vector<labor::TaxSchedule> read_tax_table(const std::filesystem::path& path);

/// Shares of spending by sector, [sector]; together at most 1. Throws InputError.
std::vector<double> read_consumption_table(const std::filesystem::path& path,
                                           const person::Geography& geography);

}  // namespace throng
