// What is measured of decisions of archetypes: their times in New York, and in a town under a known
// law what they miss.
#pragma once
#include "tools/bench_sheet.h"
#include "tools/commands.h"

namespace throng {

/// Adds codes, one epoch, its questions and the whole year of New York by archetypes to the sheet.
void measure_decisions(BenchSheet& sheet, const BenchArguments& arguments);

}  // namespace throng
