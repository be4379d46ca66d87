// Every check that the readers make, with the one text of its message. A check is raised by its
// id, so a test can ask whether each of them has a bad input that shows it.
#pragma once
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "sim/mistakes.h"

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
inline constexpr Check toml_syntax{"toml_syntax",
                                   "this is not TOML ({}). Correct the syntax here."};
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
inline constexpr Check missing_required{"missing_required",
                                        "{} is missing (it has no initial value). Set it{}."};
inline constexpr Check wrong_type{"wrong_type", "{} is {} ({} is expected). Write it as {}."};
inline constexpr Check out_of_range{
    "out_of_range", "{} = {} is out of range (allowed: {}). Choose a value in that range."};
inline constexpr Check not_finite{
    "not_finite", "{} is not a finite number (a run cannot calculate with it). Write a number."};
inline constexpr Check unknown_choice{"unknown_choice", "{} cannot be '{}' (allowed: {}).{}"};
inline constexpr Check wrong_length{
    "wrong_length", "{} has {} entries ({} are expected). Write one value for each."};
inline constexpr Check too_few_records{
    "too_few_records", "{} has {} entries (at least {} are needed). Add the missing ones."};
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
}  // namespace check

/// The checks that reading a scenario can raise; cross-checks of domains are named by their schema.
inline constexpr std::array scenario_checks = {
    check::file_unreadable, check::toml_syntax,      check::duplicate_key,
    check::base_type,       check::base_unreadable,  check::base_cycle,
    check::override_syntax, check::override_twice,   check::unknown_section,
    check::unknown_key,     check::missing_required, check::wrong_type,
    check::out_of_range,    check::not_finite,       check::unknown_choice,
    check::wrong_length,    check::too_few_records,  check::duplicate_record,
    check::duplicate_item,  check::timeline_empty,   check::timeline_order,
    check::timeline_start,  check::timeline_from,    check::timeline_value};

/// The check's text with its arguments in place of {}, in order. Braces in arguments stay.
std::string message(const Check& check, std::initializer_list<std::string_view> arguments);

void report(Mistakes& mistakes, SourcePlace place, const Check& check,
            std::initializer_list<std::string_view> arguments);

/// The nearest of `known` to a misspelled word, or empty where none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// " Did you mean 'x'?" or, where nothing is near, `otherwise`.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         std::string_view otherwise);

}  // namespace throng
