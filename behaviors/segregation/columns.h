// What a site of the town remembers: who lives there.
#pragma once
#include "sim/column.h"

namespace throng::segregation {

inline constexpr std::string_view kind = "site";
inline constexpr std::string_view grid = "segregation.grid";

enum class Occupant : u8 { none, one, other };

inline constexpr State<Occupant> occupant{.name = "segregation.occupant",
                                          .unit = "label",
                                          .doc = "The group of the household that lives there.",
                                          .indexed = true,
                                          .labels = "none,one,other"};
inline constexpr State<u8> vacant{.name = "segregation.vacant",
                                  .unit = "household",
                                  .doc = "Households that could move in: 1 where nobody lives."};
inline constexpr Finding<u8> unhappy{
    .name = "segregation.unhappy",
    .unit = "1",
    .doc = "1 where a household has too few neighbors of its own group."};

}  // namespace throng::segregation
