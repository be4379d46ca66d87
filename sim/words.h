// Words for people: misspelled ones, and numbers.
#pragma once
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "sim/types.h"

namespace throng {

/// The nearest of `known` to a misspelled word, or empty where none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// " Did you mean 'x'?" or, where nothing is near, `otherwise`.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         std::string_view otherwise);

/// 64 bits as 16 hexadecimal digits.
std::string hash_text(u64 hash);

/// "1 value", "3 values".
std::string counted(std::size_t count, std::string_view what);

/// Text by a pattern of printf.
std::string formatted(const char* pattern, auto... values) {
  std::string text(static_cast<std::size_t>(std::snprintf(nullptr, 0, pattern, values...)), '\0');
  std::snprintf(text.data(), text.size() + 1, pattern, values...);
  return text;
}
/// A number by its pattern, or "-" where there is none (NaN).
std::string number_or_dash(const char* pattern, double value);

/// 8336817 -> "8,336,817".
std::string grouped(i64 n);
/// 8336817 -> "8.34M".
std::string short_count(i64 n);
/// The first characters of UTF-8 text, never half a character.
std::string first_characters(const std::string& text, std::size_t characters);

}  // namespace throng
