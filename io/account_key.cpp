#include "io/account_key.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "sim/error.h"
#include "sim/types.h"

namespace throng {
namespace {

constexpr std::size_t telling = 8, telling_beginning = 6;

/// A character as a text spells it, and in how many bytes: JSON and addresses of the web write some
/// or all of them by number.
struct Letter {
  char what = 0;
  std::size_t bytes = 1;
};

Letter letter_at(std::string_view text) {
  const auto by_number = [text](std::string_view mark) -> std::optional<Letter> {
    if (text.size() < mark.size() + 2 || !text.starts_with(mark)) {
      return std::nullopt;
    }
    u32 code = 0;
    const char* const end = text.data() + mark.size() + 2;
    return std::from_chars(end - 2, end, code, 16).ptr == end
               ? std::optional(Letter{static_cast<char>(code), mark.size() + 2})
               : std::nullopt;
  };
  if (const auto letter = by_number("\\u00"); letter) {
    return *letter;
  }
  if (const auto letter = by_number("%"); letter) {
    return *letter;
  }
  const bool is_escaped = text.size() > 1 && text[0] == '\\' && text[1] == '/';
  return is_escaped ? Letter{'/', 2} : Letter{text.front(), 1};
}

/// What a text and a word have in common at their beginnings: characters, and bytes of the text.
struct Common {
  std::size_t characters = 0, bytes = 0;
};

Common common_beginning(std::string_view text, std::string_view word) {
  Common same;
  while (same.characters < word.size() && same.bytes < text.size()) {
    const Letter letter = letter_at(text.substr(same.bytes));
    if (letter.what != word[same.characters]) {
      break;
    }
    ++same.characters;
    same.bytes += letter.bytes;
  }
  return same;
}

/// In base 64, what stands of a word whatever is before it: `skipped` bytes of three.
std::string in_base_64(std::string_view word, std::size_t skipped) {
  const std::string bytes = std::string(skipped, '\0').append(word);
  std::string code(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(code.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  const std::size_t begin = skipped == 0 ? 0 : skipped + 1, end = bytes.size() * 8 / 6;
  return code.substr(begin, end - begin);
}

std::string in_hexadecimal(std::string_view word, std::string_view digits) {
  std::string code;
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    code += {digits[byte >> 4], digits[byte & 15]};
  }
  return code;
}

/// What a key, or one with its middle hidden, is made of.
bool belongs_to_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("*-_.+/=~").find(c) != std::string_view::npos;
}

}  // namespace

// Keys have small letters.
bool AccountKey::names_variable(std::string_view text) {
  const bool fits = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_';
  });
  return text.empty() || (fits && !(text.front() >= '0' && text.front() <= '9'));
}

AccountKey::AccountKey(const std::string& variable) {
  if (variable.empty()) {
    return;
  }
  if (!names_variable(variable)) {
    throw InputError(
        "environment: what is to name the variable that holds the key is no name of one (capital "
        "letters, digits and _: the key itself must not stand in a scenario). Put the key into "
        "the environment, and name its variable.");
  }
  const char* value = std::getenv(variable.c_str());
  key_ = value == nullptr ? "" : value;
  if (key_.empty()) {
    throw InputError("environment: '" + variable +
                     "' is not set (the model's server is to be given the key it holds). Set it, "
                     "or name no variable.");
  }
  if (std::any_of(key_.begin(), key_.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    throw InputError("environment: '" + variable +
                     "' holds what is no key (a blank, a line's end or another character that no "
                     "header may have). Correct it.");
  }
  for (std::size_t skipped = 0; skipped < 3; ++skipped) {
    codes_.push_back(in_base_64(key_, skipped));
  }
  codes_.push_back(in_hexadecimal(key_, "0123456789abcdef"));
  codes_.push_back(in_hexadecimal(key_, "0123456789ABCDEF"));
}

AccountKey::~AccountKey() {
  OPENSSL_cleanse(key_.data(), key_.size());
  for (std::string& code : codes_) {
    OPENSSL_cleanse(code.data(), code.size());
  }
}

std::string AccountKey::header() const {
  return key_.empty() ? std::string() : "Authorization: Bearer " + key_;
}

/// Length of the piece of the key that a text begins with; 0: none.
std::size_t AccountKey::piece_at(std::string_view text) const {
  const std::string_view key = key_;
  if (auto [same, bytes] = common_beginning(text, key);
      same == key.size() || same >= telling_beginning) {
    while (bytes < text.size() && same >= telling_beginning && belongs_to_word(text[bytes])) {
      ++bytes;
    }
    return bytes;
  }
  const char first = letter_at(text).what;
  const auto piece_of = [text, first](std::string_view word) -> std::size_t {
    for (std::size_t from = 0; from + telling <= word.size(); ++from) {
      if (word[from] != first) {
        continue;
      }
      if (const auto same = common_beginning(text, word.substr(from)); same.characters >= telling) {
        return same.bytes;
      }
    }
    return 0;
  };
  std::size_t piece = piece_of(key);
  for (const std::string& code : codes_) {
    piece = std::max(piece, piece_of(code));
  }
  return piece;
}

std::string AccountKey::scrub(std::string_view text) const {
  std::string clean;
  while (!text.empty()) {
    const std::size_t piece = key_.empty() ? 0 : piece_at(text);
    clean += piece > 0 ? "[key]" : std::string(1, text.front());
    text.remove_prefix(std::max<std::size_t>(1, piece));
  }
  return clean;
}

}  // namespace throng
