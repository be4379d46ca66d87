// What the villages of a grid remember: their culture.
#pragma once
#include "sim/column.h"

namespace throng::culture {

inline constexpr std::string_view kind = "site";
inline constexpr std::string_view grid = "culture.grid";

inline constexpr u32 bits_per_trait = 4, most_traits = 16, most_features = 16;

inline constexpr State<u64> culture{
    .name = "culture.traits",
    .unit = "1",
    .doc = "The trait of every feature, four bits each, the first feature lowest."};
inline constexpr Finding<u64> becomes{
    .name = "culture.becomes", .unit = "1", .doc = "The culture after this step's interaction."};

inline constexpr Finding<u8> open_around{
    .name = "culture.open_around",
    .unit = "1",
    .doc = "Neighbors with whom one shares some traits and not all."};

/// The trait of one feature.
constexpr u64 trait(u64 of, u32 feature) {
  return of >> (bits_per_trait * feature) & (most_traits - 1);
}

}  // namespace throng::culture
