// The checks that templates of questions and calibration maps go through, as io/checks.h has those
// of scenarios and tables.
#pragma once
#include <array>

#include "io/checks.h"

namespace throng {
namespace check {
// How a template is written.
inline constexpr Check template_open{
    "template_open",
    "'{{' is not closed (a place ends with '}}' in the line it begins in). Close it, or write one "
    "brace."};
inline constexpr Check template_close{"template_close",
                                      "'}}' closes nothing (no '{{' stands before it). Remove it, "
                                      "or put a space between the braces."};
inline constexpr Check template_place{
    "template_place",
    "'{}' is no place (a place is a name, name|band, name|number, #if name, #if name = label or "
    "/if). Correct it."};
inline constexpr Check template_filter{"template_filter",
                                       "'{}' has no filter '{}' (allowed: {}). Correct it."};
inline constexpr Check template_if_open{
    "template_if_open", "'{}' is not closed (its {{/if}} is missing). Add {{/if}}."};
inline constexpr Check template_if_close{
    "template_if_close", "{{/if}} closes nothing (no {{#if}} is open here). Remove it."};
inline constexpr Check template_depth{
    "template_depth", "'{}' stands in too many others (at most {} deep). Take blocks apart."};
inline constexpr Check template_text{"template_text", "{} {}. Correct it."};
inline constexpr Check template_options{
    "template_options",
    "yes and no are the same words (an answer would mean nothing). Correct one of them."};

// Whether it fits the features of a decision.
inline constexpr Check template_feature{"template_feature", "there is no feature '{}'.{}"};
inline constexpr Check template_label{"template_label",
                                      "{} has no label '{}' (allowed: {}). Correct it."};
inline constexpr Check template_number{
    "template_number",
    "{} has no numbers to write (each of its labels needs one, below 10^15). Give them, or write "
    "{{{}}}."};
inline constexpr Check template_constant{
    "template_constant",
    "{{#if {}}} holds for {} of its labels (its number is 0 for {}). Name the label: {{#if {} = "
    "label}}."};
inline constexpr Check template_unit{
    "template_unit",
    "the unit '{}' of {} has no words (none are known for it). Write {{{}}} and the unit beside "
    "it."};
inline constexpr Check template_unmentioned{
    "template_unmentioned",
    "{} is not mentioned (questions that differ in nothing else would be counted as several). "
    "Mention it, take it out of the decision, or list it in not_mentioned."};
inline constexpr Check template_mentioned{
    "template_mentioned",
    "{} is listed in not_mentioned and is mentioned at line {} (one of the two is wrong). Remove "
    "one of them."};
inline constexpr Check template_unsafe{"template_unsafe",
                                       "{} cannot stand in a question (it {}). Rename it."};
inline constexpr Check template_label_twice{
    "template_label_twice",
    "{} has the label '{}' twice (questions that differ in nothing else would be counted as "
    "several). Rename one of them."};
inline constexpr Check template_reserved{
    "template_reserved",
    "a feature is called '{}' (templates have a place of this name). Rename "
    "it."};
inline constexpr Check template_orders{
    "template_orders",
    "no place shows the options (asked in both orders, the questions would be the same). Write "
    "{{options}}, or set both_orders = false."};

// Calibration maps.
inline constexpr Check map_text{"map_text", "{} {}. Correct it."};
inline constexpr Check map_kind{
    "map_kind",
    "the map has {} (one of the two makes it: intercept and slope, or points). Keep one of them."};
inline constexpr Check map_slope{
    "map_slope",
    "slope = {} is out of range (allowed: above 0 to {}). Choose a value in that "
    "range."};
inline constexpr Check map_intercept{
    "map_intercept",
    "intercept = {} is out of range (allowed: -{} to {}). Choose a value in that range."};
inline constexpr Check map_points{"map_points",
                                  "points {} (they are 2 to {} pairs [share, share]). Correct "
                                  "them."};
inline constexpr Check map_order{
    "map_order",
    "point {} does not rise (the first numbers go up from 0 to 1, the second ones never fall). "
    "Correct it."};
}  // namespace check

/// The checks that reading a template and fitting it to features can raise.
inline constexpr std::array template_checks = {
    check::template_open,      check::template_close,   check::template_place,
    check::template_filter,    check::template_if_open, check::template_if_close,
    check::template_depth,     check::template_text,    check::template_options,
    check::template_feature,   check::template_label,   check::template_number,
    check::template_constant,  check::template_unit,    check::template_unmentioned,
    check::template_mentioned, check::template_unsafe,  check::template_label_twice,
    check::template_reserved,  check::template_orders};

/// The checks that reading a calibration map can raise.
inline constexpr std::array map_checks = {check::map_text,   check::map_kind,
                                          check::map_slope,  check::map_intercept,
                                          check::map_points, check::map_order};

}  // namespace throng
