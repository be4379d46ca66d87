// JSON in: text from a disk becomes a tree that is safe to walk, and numbers that are what they
// say. What the values mean is not known here.
#pragma once
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "sim/types.h"

namespace throng {

/// Far beyond what we write: walking a tree costs a frame of the stack a level, and looking for one
/// of its keys a look at all before it.
inline constexpr int most_json_levels = 16;
inline constexpr std::size_t most_json_keys = 20'000;

/// A discarded value (`is_discarded()`) where the text is no JSON, or has more levels or keys.
nlohmann::ordered_json parse_json(std::string_view text);

/// The whole number that stands there; nothing where it is none, or a T cannot hold it.
template <class T>
std::optional<T> whole_number(const nlohmann::ordered_json& value) {
  static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>);
  if (value.is_number_unsigned()) {
    const u64 number = value.get<u64>();
    return number <= static_cast<u64>(std::numeric_limits<T>::max())
               ? std::optional(static_cast<T>(number))
               : std::nullopt;
  }
  if (value.is_number_integer()) {  // below 0
    const i64 number = value.get<i64>();
    return std::is_signed_v<T> && number >= static_cast<i64>(std::numeric_limits<T>::min())
               ? std::optional(static_cast<T>(number))
               : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace throng
