// The columns of people and places that every domain shares. Filled by the population, fixed.
#pragma once
#include "sim/chance.h"
#include "sim/column.h"

namespace throng::person {

inline constexpr std::string_view kind = "person";
inline constexpr std::string_view place_kind = "place";
inline constexpr std::string_view neighborhood_kind = "neighborhood";
inline constexpr std::string_view borough_kind = "borough";
/// Boroughs crossed with age bands: the groups by which series are counted and decisions are asked.
inline constexpr std::string_view cell_kind = "cell";

/// Networks of the population.
inline constexpr std::string_view place_network = "place";
inline constexpr std::string_view community_network = "community";
inline constexpr std::string_view edge_network = "edges";

enum class PlaceType : u8 { school_class, team, quarters, none };
inline constexpr std::string_view place_types = "class,team,quarters,none";
inline constexpr u8 no_sector = 255;

inline constexpr Fixed<u8> age{
    .name = "person.age", .unit = "year", .doc = "Age in completed years."};
inline constexpr Fixed<u8> sex{
    .name = "person.sex", .unit = "label", .doc = "Sex.", .labels = "female,male,other"};
inline constexpr Fixed<u16> neighborhood{
    .name = "person.neighborhood", .unit = "id", .doc = "Neighborhood of the home."};
inline constexpr Fixed<u8> household_position{
    .name = "person.household_position",
    .unit = "1",
    .doc = "Place within the household, whose members have consecutive ids."};
inline constexpr Fixed<u8> household_size{
    .name = "person.household_size", .unit = "person", .doc = "Members of the household."};
inline constexpr Fixed<u8> income_band{
    .name = "person.income_band", .unit = "1", .doc = "Band of household income, 0 (lowest) to 4."};
inline constexpr Fixed<u8> sector{
    .name = "person.sector", .unit = "id", .doc = "Sector of work; 255 for those who do not work."};
inline constexpr Fixed<u8> contact_rate{
    .name = "person.contact_rate",
    .unit = "half contact/day",
    .doc = "Expected community contacts, in half contacts a day."};
inline constexpr Fixed<u32> place{
    .name = "person.place",
    .unit = "id",
    .doc = "The one place of the day: class, team or quarters unit; 4294967295 for none."};
inline constexpr Fixed<u8> place_type{.name = "person.place_type",
                                      .unit = "label",
                                      .doc = "What the place of the day is.",
                                      .labels = place_types};
inline constexpr Fixed<u8> cell{.name = "person.cell",
                                .unit = "id",
                                .doc = "Borough times the number of age bands, plus the age band."};

/// What domains tell each other of a person.
enum class Health : u8 { well, ill, dead };
inline constexpr State<u8> health{
    .name = "person.health",
    .unit = "label",
    .doc = "Well; ill: has symptoms or is in hospital; dead. Kept where people work.",
    .initial = 0,
    .indexed = true,
    .labels = "well,ill,dead"};
inline constexpr State<u8> off_work{
    .name = "person.off_work",
    .unit = "label",
    .doc = "Whether this person has no work to go to, and so meets nobody of the team.",
    .initial = 0,
    .labels = "no,yes"};
/// The order in which classes and teams close: word 0 of (place, step 0). A place is closed where
/// it is below the share that is.
inline constexpr Draw closure_order = "epidemic.closure";

/// Columns of places.
inline constexpr Fixed<u8> type_of_place{.name = "place.type",
                                         .unit = "label",
                                         .doc = "Class, team or quarters unit.",
                                         .labels = place_types};
inline constexpr Fixed<u16> neighborhood_of_place{
    .name = "place.neighborhood", .unit = "id", .doc = "Where it stands."};
inline constexpr Fixed<u8> sector_of_place{
    .name = "place.sector", .unit = "id", .doc = "Sector of a team; 255 for other places."};
inline constexpr Fixed<u32> first_sibling{
    .name = "place.first_sibling",
    .unit = "id",
    .doc = "First class of the grade, or team of the establishment."};
inline constexpr Fixed<u16> siblings{
    .name = "place.siblings", .unit = "place", .doc = "Classes of the grade, or teams."};

}  // namespace throng::person
