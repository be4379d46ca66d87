// Words for people: misspelled ones, and numbers.
#pragma once
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

/// 8336817 -> "8,336,817".
std::string grouped(i64 n);
/// 8336817 -> "8.34M".
std::string short_count(i64 n);
/// The first characters of UTF-8 text, never half a character.
std::string first_characters(const std::string& text, std::size_t characters);

}  // namespace throng
