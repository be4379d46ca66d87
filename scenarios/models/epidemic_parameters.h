// What a scenario may say of the output of an epidemic.
#pragma once
#include "sim/parameter.h"

namespace throng {

/// Enumerators stand in the order of the words of their parameter.
enum class SeriesDetail : u8 { total, borough };

namespace scenario {
inline constexpr Parameter<bool> output_transmission_log{
    .name = "output.transmission_log",
    .doc = "Whether who infected whom is written.",
    .source = "convention of the engine",
    .initial = false};
inline constexpr Parameter<Choice> output_series{
    .name = "output.series",
    .unit = "label",
    .doc = "Detail of the daily series: for all, or by borough and age.",
    .source = "convention of the engine",
    .initial = "borough",
    .choices = {"total", "borough"}};
}  // namespace scenario

}  // namespace throng
