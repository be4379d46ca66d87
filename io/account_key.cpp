#include "io/account_key.h"

#include <algorithm>
#include <cstdlib>

#include <openssl/crypto.h>

#include "sim/error.h"

namespace throng {
namespace {

constexpr std::size_t telling = 8, telling_beginning = 6;

std::size_t common_beginning(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + std::min(a.size(), b.size()), b.begin()).first -
      a.begin());
}

/// What a key, or one with its middle hidden, is made of.
bool belongs_to_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("*-_.+/=~").find(c) != std::string_view::npos;
}

}  // namespace

AccountKey::AccountKey(const std::string& variable) {
  if (variable.empty()) {
    return;
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
}

AccountKey::~AccountKey() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::string AccountKey::header() const {
  return key_.empty() ? std::string() : "Authorization: Bearer " + key_;
}

/// Length of the piece of the key that a text begins with; 0: none.
std::size_t AccountKey::piece_at(std::string_view text) const {
  const std::string_view key = key_;
  if (std::size_t same = common_beginning(text, key);
      same == key.size() || same >= telling_beginning) {
    while (same < text.size() && same >= telling_beginning && belongs_to_word(text[same])) {
      ++same;
    }
    return same;
  }
  for (std::size_t from = 1; from + telling <= key.size(); ++from) {
    if (const std::size_t same = common_beginning(text, key.substr(from)); same >= telling) {
      return same;
    }
  }
  return 0;
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
