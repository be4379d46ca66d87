// Every check that the readers make, with the one text of its message. A check is raised by its
// id, so a test can ask whether each of them has a bad input that shows it.
#pragma once
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "sim/mistakes.h"
#include "sim/words.h"

namespace throng {

struct Check {
  std::string_view id;
  /// "problem (why it is one). what to do", with {} for each argument.
  std::string_view text;
};

namespace check {
// Files and the syntax of TOML.
inline constexpr Check file_unreadable{"file_unreadable",
                                       "cannot be read ({}). Check the path and its permissions."};
inline constexpr Check toml_depth{
    "toml_depth",
    "this key has more than {} parts (no parameter stands that deep). Correct its dots."};
inline constexpr Check toml_syntax{"toml_syntax",
                                   "this is not TOML ({}). Correct the syntax here."};
inline constexpr Check integer_too_large{
    "integer_too_large",
    "the whole number {} is out of range (allowed: -9223372036854775808 to 9223372036854775807). "
    "Choose a value in that range."};
inline constexpr Check duplicate_key{
    "duplicate_key", "'{}' is written twice (a key stands once in its table). Keep one of them."};

// Inheritance and overrides.
inline constexpr Check base_type{"base_type",
                                 "base is {} (it names the files this one builds on). Write base = "
                                 "\"other.toml\" or base = [\"a.toml\", \"b.toml\"]."};
inline constexpr Check base_unreadable{
    "base_unreadable",
    "base '{}' cannot be read ({}). Check the path; it starts at the folder of this file."};
inline constexpr Check base_cycle{
    "base_cycle", "base '{}' leads back to itself ({}). Remove one of these links."};
inline constexpr Check base_count{
    "base_count",
    "base '{}' is one file too many (a scenario builds on {} at most, each counted as often as it "
    "is named). Name fewer of them."};
inline constexpr Check override_syntax{
    "override_syntax",
    "this override cannot be read ({}). Write --set section.key=value, with the value as in a "
    "scenario file or as one bare word."};
inline constexpr Check override_twice{
    "override_twice",
    "'{}' is overridden twice (only one value can stand). Keep one of the overrides."};

// Keys and values against the declarations.
inline constexpr Check unknown_section{"unknown_section",
                                       "there is no section or parameter '{}'.{}"};
inline constexpr Check unknown_key{"unknown_key", "{} has no parameter '{}'.{}"};
inline constexpr Check of_another_model{"of_another_model",
                                        "{} would not be read (it belongs to {} {}, and this "
                                        "scenario's is '{}'). Remove it, or set {}."};
inline constexpr Check missing_required{"missing_required",
                                        "{} is missing (it has no initial value). Set it{}."};
inline constexpr Check wrong_type{"wrong_type", "{} is {} ({} is expected). Write it as {}."};
inline constexpr Check out_of_range{
    "out_of_range", "{} = {} is out of range (allowed: {}). Choose a value in that range."};
inline constexpr Check not_finite{
    "not_finite", "{} is not a finite number (a run cannot calculate with it). Write a number."};
inline constexpr Check unknown_choice{"unknown_choice", "{} cannot be '{}' (allowed: {}).{}"};
inline constexpr Check wrong_length{"wrong_length",
                                    "{} has {} ({} are expected). Write one value for each."};
inline constexpr Check too_few_records{"too_few_records",
                                       "{} has {} (at least {} are needed). Add the missing ones."};
inline constexpr Check duplicate_record{
    "duplicate_record", "{} '{}' is declared twice (first at {}). Rename or remove one of them."};
inline constexpr Check duplicate_item{"duplicate_item",
                                      "{} lists {} twice (each stands once). Remove one of them."};
inline constexpr Check timeline_empty{"timeline_empty",
                                      "{} has no values (a timeline is in force at every date). "
                                      "Write a number or a list of {from = date, value = number}."};
inline constexpr Check timeline_order{
    "timeline_order",
    "{} changes on {} after it changed on {} (dates of a timeline ascend). Put its entries in the "
    "order of their dates."};
inline constexpr Check timeline_start{"timeline_start",
                                      "{} has no value before {} (it has no initial value either). "
                                      "Begin its list with {value = number}, without a date."};
inline constexpr Check timeline_from{"timeline_from",
                                     "entry {} of {} has no date (only the first entry may be in "
                                     "force from the beginning). Add from = date."};
inline constexpr Check timeline_value{
    "timeline_value",
    "an entry of {} has no value (the date alone changes nothing). Add value = number."};

// Dates by name.
inline constexpr Check date_name{
    "date_name",
    "'{}' cannot name a date (a name begins with a small letter and has these, digits and '_'; "
    "'never' is none). Rename it."};
inline constexpr Check date_unknown{"date_unknown", "{} is from '{}' ([dates] has no '{}').{}"};
inline constexpr Check date_unused{
    "date_unused", "dates.{} would not be read (nothing in this scenario is from it).{}"};
inline constexpr Check date_never{
    "date_never",
    "{} is '{}', which never comes (a date is needed here). Write one, or give the "
    "name a date."};
inline constexpr Check date_out_of_range{
    "date_out_of_range",
    "{} is from '{}', so many days from {} (a year has four digits). Choose fewer days."};
inline constexpr Check timeline_names{
    "timeline_names",
    "{} changes on {} after it changed on {} (dates of a timeline ascend). Move them in [dates] so "
    "that they keep their order, or set the one that is not to come to \"never\"."};

// Tables of a user's own.
inline constexpr Check csv_unreadable{"csv_unreadable",
                                      "cannot be read ({}). Check the path and its permissions."};
inline constexpr Check csv_encoding{
    "csv_encoding", "this is not text in UTF-8 ({}). Save the file as CSV in UTF-8."};
inline constexpr Check csv_empty{
    "csv_empty", "the file is empty (its first line names the columns). Write {} there."};
inline constexpr Check csv_delimiter{
    "csv_delimiter",
    "the columns are divided by '{}' (a comma is expected). Save the file with commas."};
inline constexpr Check csv_unknown_column{"csv_unknown_column", "there is no column '{}'.{}"};
inline constexpr Check csv_missing_column{"csv_missing_column",
                                          "column '{}' is missing ({}). Add it."};
inline constexpr Check csv_duplicate_column{
    "csv_duplicate_column",
    "column '{}' is there twice (one name, one column). Remove one of them."};
inline constexpr Check csv_ragged{"csv_ragged",
                                  "the row has {} (the header names {}). Correct the row."};
inline constexpr Check csv_quote{
    "csv_quote",
    "a quoted field is not closed properly (a comma or the end of the line follows its closing "
    "quote; a quote inside is doubled). Correct the quotes."};
inline constexpr Check csv_bad_value{"csv_bad_value", "{} is '{}' ({} is expected). Correct it."};
inline constexpr Check csv_empty_field{"csv_empty_field",
                                       "{} is empty ({} is expected in every row). Fill it in."};
inline constexpr Check csv_out_of_range{"csv_out_of_range",
                                        "{} = {} is out of range (allowed: {}). Correct it."};
inline constexpr Check csv_unknown_word{"csv_unknown_word", "{} cannot be '{}' (allowed: {}).{}"};
inline constexpr Check csv_more{"csv_more",
                                "there are {} mistakes in this file (only the first {} are told). "
                                "Correct these and read it again."};

// What such tables say together.
inline constexpr Check duplicate_id{
    "duplicate_id", "{} {} is there twice (first in line {}). Give every {} its own id."};
inline constexpr Check unknown_reference{
    "unknown_reference", "{} {} does not exist (it is not in {}). Correct the id, or add the {}."};
inline constexpr Check repeated_edge{
    "repeated_edge",
    "persons {} and {} are joined already, by line {} (their weights would add up; an edge without "
    "'directed' goes both ways). Keep one row, with the sum of the weights if both are meant."};
inline constexpr Check self_edge{
    "self_edge", "person {} is in contact with itself (an edge joins two people). Remove the row."};
inline constexpr Check neighborhood_conflict{
    "neighborhood_conflict",
    "person {} lives in neighborhood '{}' but its household {} in '{}' (people live where their "
    "household is). Correct one of them."};
inline constexpr Check nobody{"nobody",
                              "the file has no rows (a population needs people). Add them."};
inline constexpr Check household_split{
    "household_split",
    "person {} lives in neighborhood '{}' but person {} of the same household {} in '{}' (a "
    "household is in one neighborhood). Correct one of them."};
inline constexpr Check household_too_large{
    "household_too_large",
    "household {} has {} members (at most {} live in one). Make it a place of kind other: name "
    "that as the place of its members, and leave their household empty."};
inline constexpr Check too_many_neighborhoods{
    "too_many_neighborhoods",
    "there are {} neighborhoods (at most {} can be told apart). Join some of them."};
inline constexpr Check listed_twice{
    "listed_twice", "person {} is listed twice (first in line {}). Remove one of the rows."};
}  // namespace check

/// The checks that reading a scenario can raise; cross-checks of domains are named by their schema.
inline constexpr std::array scenario_checks = {
    check::file_unreadable,   check::toml_depth,       check::toml_syntax,
    check::integer_too_large, check::duplicate_key,    check::base_type,
    check::base_unreadable,   check::base_cycle,       check::base_count,
    check::override_syntax,   check::override_twice,   check::unknown_section,
    check::unknown_key,       check::of_another_model, check::missing_required,
    check::wrong_type,        check::out_of_range,     check::not_finite,
    check::unknown_choice,    check::wrong_length,     check::too_few_records,
    check::duplicate_record,  check::duplicate_item,   check::timeline_empty,
    check::timeline_order,    check::timeline_start,   check::timeline_from,
    check::timeline_value,    check::timeline_names,   check::date_name,
    check::date_unknown,      check::date_unused,      check::date_never,
    check::date_out_of_range};

/// The checks that reading a user's own tables can raise.
inline constexpr std::array table_checks = {check::csv_unreadable,
                                            check::csv_encoding,
                                            check::csv_empty,
                                            check::csv_delimiter,
                                            check::csv_unknown_column,
                                            check::csv_missing_column,
                                            check::csv_duplicate_column,
                                            check::csv_ragged,
                                            check::csv_quote,
                                            check::csv_bad_value,
                                            check::csv_empty_field,
                                            check::csv_out_of_range,
                                            check::csv_unknown_word,
                                            check::csv_more,
                                            check::duplicate_id,
                                            check::unknown_reference,
                                            check::repeated_edge,
                                            check::self_edge,
                                            check::neighborhood_conflict,
                                            check::nobody,
                                            check::household_split,
                                            check::household_too_large,
                                            check::too_many_neighborhoods,
                                            check::listed_twice};

/// The check's text with its arguments in place of {}, in order. Braces in arguments stay.
std::string message(const Check& check, std::initializer_list<std::string_view> arguments);

/// "1 entry", "3 entries".
std::string entries_text(std::size_t count);

void report(Mistakes& mistakes, SourcePlace place, const Check& check,
            std::initializer_list<std::string_view> arguments);

}  // namespace throng
