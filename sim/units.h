// The closed list of units. A unit that is not on it does not compile.
#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace throng {

inline constexpr std::array<std::string_view, 33> known_units = {
    "1",                 // pure numbers: ratios, probabilities, counts without a better name
    "label",             // one of declared words
    "text",              // names and titles
    "path",              // files and folders
    "date",              // ISO 8601
    "day",               //
    "1/day",             //
    "day^2",             //
    "year",              //
    "hour",              //
    "minute",            //
    "second",            //
    "step",              //
    "person",            //
    "household",         //
    "place",             //
    "contact",           //
    "contact/day",       //
    "message",           //
    "meter",             //
    "meter/step",        //
    "degree",            //
    "week",              //
    "month",             //
    "1/month",           //
    "USD",               //
    "USD/week",          //
    "cent",              // a hundredth of a USD: money is counted in whole ones
    "byte",              //
    "id",                // identity of a row, neighborhood, sector
    "class",             // one of equally likely classes
    "half contact/day",  // so that a byte holds a contact rate
    "2^-20",             // share in fixed point
};

constexpr bool is_unit(std::string_view name) {
  return std::find(known_units.begin(), known_units.end(), name) != known_units.end();
}

/// " [day]" behind a number; nothing where the number says it all.
inline std::string unit_text(std::string_view unit) {
  const bool plain = unit.empty() || unit == "1" || unit == "label" || unit == "text";
  return plain ? std::string() : " [" + std::string(unit) + "]";
}

/// A unit of the list, checked by the compiler.
struct Unit {
  std::string_view name = "1";

  constexpr Unit() = default;
  consteval Unit(const char* listed) : name(listed) {  // NOLINT: written as a plain string
    if (!is_unit(name)) {
      throw "this unit is not on the list in sim/units.h";
    }
  }
};

}  // namespace throng
