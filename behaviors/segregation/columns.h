// What a site of the town remembers: who lives there.
#pragma once
#include "sim/column.h"
#include "sim/message.h"

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

/// What is to be done about a site. Nothing becomes of a household around which nobody moved: only
/// the others look again.
enum class Standing : u8 { settled, unsure, unhappy, changed };

inline constexpr State<Standing> standing{
    .name = "segregation.standing",
    .unit = "label",
    .doc =
        "unsure: has to look around; unhappy: has too few neighbors of its own group; changed: "
        "somebody has just left or come; settled: none of these.",
    .initial = Standing::unsure,
    .indexed = true,
    .labels = "settled,unsure,unhappy,changed"};
inline constexpr Finding<u8> minority{
    .name = "segregation.minority",
    .unit = "1",
    .doc = "1 where a household that looked has too few neighbors of its own group."};
inline constexpr Observation<u8> news{.name = "segregation.news",
                                      .doc = "On a site around somebody has left or come."};

}  // namespace throng::segregation
