#include "io/plain_table.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "io/safe_text.h"
#include "io/toml_file.h"
#include "sim/words.h"

namespace throng {
namespace {

struct Describe {
  std::string operator()(const RawTable&) const { return "a table"; }
  std::string operator()(const RawArray&) const { return "a list"; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(i64 integer) const {
    return "the whole number " + std::to_string(integer);
  }
  std::string operator()(double) const { return "a number"; }
  std::string operator()(const std::string& text) const { return "the text " + shown_text(text); }
  std::string operator()(Date date) const { return "the date " + date.str(); }
  std::string operator()(const RawOther& other) const { return other.kind; }
};

constexpr std::size_t most_bytes = 65'536;

}  // namespace

PlainTable::PlainTable(std::string_view toml, std::shared_ptr<const Source> source,
                       std::string what, Mistakes& mistakes)
    : source_(source),
      what_(std::move(what)),
      mistakes_(mistakes),
      table_(parse_toml(toml, std::move(source))) {}

const RawValue* PlainTable::ask(std::string_view key, IfMissing then) {
  known_.emplace_back(key);
  const RawEntry* entry = find(table_, key);
  if (entry == nullptr && then == IfMissing::mistake) {
    report(mistakes_, place(), check::missing_required, {key, ""});
  }
  return entry == nullptr ? nullptr : &entry->value;
}

const std::string* PlainTable::text(std::string_view key, IfMissing then) {
  const RawValue* value = ask(key, then);
  if (value != nullptr && value->as<std::string>() == nullptr) {
    wrong_type(*value, key, "a text", std::string(key) + " = \"words\"");
  }
  return value == nullptr ? nullptr : value->as<std::string>();
}

std::optional<bool> PlainTable::flag(std::string_view key) {
  const RawValue* value = ask(key, IfMissing::mistake);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->as<bool>() == nullptr) {
    wrong_type(*value, key, "true or false", std::string(key) + " = true");
    return std::nullopt;
  }
  return *value->as<bool>();
}

std::optional<double> PlainTable::number(std::string_view key) {
  const RawValue* value = ask(key, IfMissing::mistake);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (const i64* whole = value->as<i64>()) {
    return static_cast<double>(*whole);
  }
  const double* number = value->as<double>();
  if (number == nullptr) {
    wrong_type(*value, key, "a number", std::string(key) + " = 1.0");
    return std::nullopt;
  }
  if (!std::isfinite(*number)) {
    report(mistakes_, value->place, check::not_finite, {key});
    return std::nullopt;
  }
  return *number;
}

const RawArray* PlainTable::list(std::string_view key) {
  const RawValue* value = ask(key, IfMissing::nothing);
  if (value != nullptr && value->as<RawArray>() == nullptr) {
    wrong_type(*value, key, "a list", std::string(key) + " = []");
  }
  return value == nullptr ? nullptr : value->as<RawArray>();
}

SourcePlace PlainTable::place_of(std::string_view key) const {
  const RawEntry* entry = find(table_, key);
  return entry == nullptr ? place() : entry->value.place;
}

void PlainTable::wrong_type(const RawValue& value, std::string_view name, std::string_view expected,
                            std::string_view example) {
  report(mistakes_, value.place, check::wrong_type,
         {name, std::visit(Describe(), value.content), expected, example});
}

void PlainTable::refuse_others() {
  std::string all;
  for (const std::string& key : known_) {
    all += (all.empty() ? "" : ", ") + key;
  }
  for (const RawEntry& entry : table_) {
    if (std::find(known_.begin(), known_.end(), entry.key) == known_.end()) {
      report(mistakes_, entry.key_place, check::unknown_key,
             {what_, first_characters(entry.key, 60),
              did_you_mean(entry.key, known_, " There are " + all + ".")});
    }
  }
}

std::string with_plain_line_ends(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\r' || at + 1 == text.size() || text[at + 1] != '\n') {
      plain += text[at];
    }
  }
  return plain;
}

std::pair<std::string, std::shared_ptr<const Source>> read_small_file(const std::string& path) {
  const auto source = std::make_shared<const Source>(Source{path, {}, 0});
  const auto refuse = [&](const std::string& why) {
    Mistakes mistakes;
    report(mistakes, {source, 0, 0}, check::file_unreadable, {why});
    mistakes.throw_if_any();
  };
  std::string text;
  try {
    std::error_code ignored;
    const auto size = std::filesystem::file_size(path, ignored);
    if (!ignored && size > most_bytes) {
      refuse("it has more than " + std::to_string(most_bytes) + " bytes");
    }
    text = read_text_file(path);
  } catch (const IoError& error) {
    refuse(reason(error));
  }
  return {with_plain_line_ends(text), source};
}

}  // namespace throng
