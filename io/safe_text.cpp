#include "io/safe_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

#include "sim/error.h"

namespace throng {
namespace {

struct Character {
  u32 code = 0;
  std::size_t bytes = 0;  ///< 0: this is no UTF-8
};

// The character that begins at `at`. The smallest code of each length, since a longer form of the
// same character would pass unseen.
Character character(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead < 0x80   ? 1
                            : lead < 0xC2 ? 0
                            : lead < 0xE0 ? 2
                            : lead < 0xF0 ? 3
                                          : 4;
  if (bytes == 0 || lead > 0xF4 || at + bytes > text.size()) {
    return {};
  }
  u32 code = bytes == 1 ? lead : lead & (0x7Fu >> bytes);
  for (std::size_t k = 1; k < bytes; ++k) {
    const auto byte = static_cast<unsigned char>(text[at + k]);
    if ((byte & 0xC0) != 0x80) {
      return {};
    }
    code = code << 6 | (byte & 0x3Fu);
  }
  constexpr std::array<u32, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < smallest[bytes] || code > 0x10FFFF || surrogate ? Character{}
                                                                : Character{code, bytes};
}

bool within(u32 code, u32 first, u32 last) { return code >= first && code <= last; }

bool breaks_line(u32 code) {
  return code == '\n' || code == '\r' || code == 0x85 || within(code, 0x2028, 0x2029);
}

bool is_control(u32 code) { return code < 0x20 || within(code, 0x7F, 0x9F); }

// Marks of direction, characters without width (but the joiners that scripts need), tags:
// what a reader would not see.
bool is_hidden(u32 code) {
  return code == 0xAD || code == 0x61C || code == 0x200B || within(code, 0x200E, 0x200F) ||
         within(code, 0x202A, 0x202E) || within(code, 0x2060, 0x206F) || code == 0xFEFF ||
         within(code, 0xFFF0, 0xFFFF) || within(code, 0xE0000, 0xE0FFF);
}

struct UnitWords {
  std::string_view unit, one, many;
};
constexpr std::array unit_words = {
    UnitWords{"day", "day", "days"},
    UnitWords{"week", "week", "weeks"},
    UnitWords{"month", "month", "months"},
    UnitWords{"year", "year", "years"},
    UnitWords{"hour", "hour", "hours"},
    UnitWords{"minute", "minute", "minutes"},
    UnitWords{"step", "step", "steps"},
    UnitWords{"person", "person", "people"},
    UnitWords{"household", "household", "households"},
    UnitWords{"place", "place", "places"},
    UnitWords{"contact", "contact", "contacts"},
    UnitWords{"message", "message", "messages"},
    UnitWords{"case", "case", "cases"},
    UnitWords{"meter", "meter", "meters"},
    UnitWords{"degree", "degree", "degrees"},
    UnitWords{"USD", "US dollar", "US dollars"},
};
constexpr std::array<std::string_view, 7> without_words = {"",   "1",     "label", "text",
                                                           "id", "class", "date"};

const UnitWords* words_of(std::string_view unit) {
  for (const UnitWords& words : unit_words) {
    if (words.unit == unit) {
      return &words;
    }
  }
  return nullptr;
}

}  // namespace

std::string flaw_of_text(std::string_view text, std::size_t characters, Lines lines) {
  if (text.empty()) {
    return "is empty";
  }
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character next = character(text, at);
    if (next.bytes == 0) {
      return "is not text in UTF-8";
    }
    const bool allowed = lines == Lines::many && next.code == '\n';
    if (!allowed && breaks_line(next.code)) {
      return "has a line break that cannot stand in it";
    }
    if (!allowed && is_control(next.code)) {
      return "has a control character";
    }
    if (is_hidden(next.code)) {
      return "has a character that nobody sees";
    }
    at += next.bytes;
    ++count;
  }
  return count > characters ? "has more than " + std::to_string(characters) + " characters"
                            : std::string();
}

std::string shown_text(std::string_view text) {
  constexpr std::size_t longest = 60;
  const auto escaped = nlohmann::json(std::string(text.substr(0, longest)))
                           .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() > longest ? escaped + "..." : escaped;
}

std::string plain_number(double number) {
  ensures(std::isfinite(number) && std::abs(number) < 1e15, "a number that can be written plainly");
  std::array<char, 400> buffer{};  // the smallest double has 324 digits behind its point
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                 number == 0 ? 0.0 : number, std::chars_format::fixed);
  ensures(end.ec == std::errc(), "a number has room");
  return {buffer.data(), end.ptr};
}

std::optional<std::string> unit_in_words(std::string_view unit, bool one) {
  if (std::find(without_words.begin(), without_words.end(), unit) != without_words.end()) {
    return "";
  }
  std::size_t slash = unit.find('/');
  const UnitWords* above = words_of(unit.substr(0, slash));
  if (above == nullptr && (slash == std::string_view::npos || unit.substr(0, slash) != "1")) {
    return std::nullopt;
  }
  std::string text(above == nullptr ? "" : one ? above->one : above->many);
  while (slash != std::string_view::npos) {
    unit.remove_prefix(slash + 1);
    slash = unit.find('/');
    const std::string_view per = unit.substr(0, slash);
    const UnitWords* below = words_of(per);
    if (below == nullptr && per != "100000 people") {
      return std::nullopt;
    }
    text += text.empty() ? "" : " ";
    text += below == nullptr       ? std::string("per 100,000 people")
            : below->one == "hour" ? "an hour"
                                   : "a " + std::string(below->one);
  }
  return text;
}

}  // namespace throng
