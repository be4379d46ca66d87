#include "sim/words.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace throng {
namespace {
// Insertions, deletions, replacements and swaps of neighbors that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], before_last[j - 2] + 1);
      }
    }
    before_last = std::exchange(last, now);
  }
  return last[b.size()];
}

// Comparing costs the product of the lengths: a hostile key of a megabyte is nobody's typing error.
constexpr std::size_t longest_word = 80;
}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > longest_word) {
    return {};
  }
  std::string nearest;
  // A third of the letters may be wrong, so that "x" does not suggest "seed".
  std::size_t smallest = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < smallest && distance < candidate.size()) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         std::string_view otherwise) {
  const std::string nearest = nearest_word(word, known);
  return nearest.empty() ? std::string(otherwise) : " Did you mean '" + nearest + "'?";
}

std::string hash_text(u64 hash) {
  std::string digits(16, '0');
  for (std::size_t k = 0; k < digits.size(); ++k) {
    digits[digits.size() - 1 - k] = "0123456789abcdef"[hash >> 4 * k & 15];
  }
  return digits;
}

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string number_or_dash(const char* pattern, double value) {
  return std::isnan(value) ? "-" : formatted(pattern, value);
}

std::string grouped(i64 n) {
  const std::string digits = std::to_string(n);
  const std::size_t sign = n < 0 ? 1 : 0;
  std::string text;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at > sign && (digits.size() - at) % 3 == 0) {
      text += ',';
    }
    text += digits[at];
  }
  return text;
}

std::string short_count(i64 n) {
  const auto scaled = [&](const char* pattern, double by) {
    return formatted(pattern, static_cast<double>(n) * by);
  };
  return n >= 10'000'000  ? scaled("%.1fM", 1e-6)
         : n >= 1'000'000 ? scaled("%.2fM", 1e-6)
         : n >= 10'000    ? scaled("%.0fk", 1e-3)
                          : std::to_string(n);
}

std::string first_characters(const std::string& text, std::size_t characters) {
  std::size_t at = 0;
  for (std::size_t n = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && n++ == characters) {
      break;
    }
  }
  return text.substr(0, at);
}

}  // namespace throng
