#include "scenarios/resolve_words.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "scenarios/toml_text.h"
#include "sim/error.h"
#include "sim/units.h"
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
  std::string operator()(double number) const { return "the number " + toml_number(number); }
  std::string operator()(const std::string& text) const {
    return "the text " + in_quotes(excerpt(text));
  }
  std::string operator()(Date date) const { return "the date " + date.str(); }
  std::string operator()(const RawOther& other) const { return other.kind; }
};

std::string bound_text(const Declaration::Bound& bound) {
  const auto* integer = std::get_if<i64>(&bound);
  return integer != nullptr ? std::to_string(*integer) : toml_number(std::get<double>(bound));
}

}  // namespace

std::string in_quotes(std::string_view text) { return std::string("'").append(text) + "'"; }

std::string joined(const std::vector<std::string>& list) {
  std::string all;
  for (const std::string& item : list) {
    all += (all.empty() ? "" : ", ") + item;
  }
  return all;
}

std::string excerpt(const std::string& text) {
  constexpr std::size_t longest = 60;
  if (text.size() <= longest) {
    return text;
  }
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;  // not inside a character of several bytes
  }
  return text.substr(0, end) + "...";
}

std::string described(const RawValue& raw) { return std::visit(Describe(), raw.content); }

TypeWords words_of(ValueType type) {
  switch (type) {
    case ValueType::boolean:
      return {"true or false", "true"};
    case ValueType::integer:
      return {"a whole number", "10"};
    case ValueType::number:
      return {"a number", "0.5"};
    case ValueType::text:
      return {"a text", "\"words\""};
    case ValueType::choice:
      return {"a word", "\"word\""};
    case ValueType::date:
      return {"a date", "2020-03-01"};
    case ValueType::date_or_never:
      return {"a date or \"never\"", "2020-03-01"};
    case ValueType::path:
      return {"a path", "\"folder/file\""};
    case ValueType::integers:
      return {"a list of whole numbers", "[0, 10]"};
    case ValueType::numbers:
      return {"a list of numbers", "[0.5, 1.0]"};
    case ValueType::texts:
      return {"a list of texts", "[\"one\", \"two\"]"};
    case ValueType::dates:
      return {"a list of dates", "[2020-03-01, 2020-06-01]"};
    case ValueType::timeline:
      return {"a number or a list of values by date",
              "[{value = 1.0}, {from = 2020-03-22, value = 0.25}]"};
    case ValueType::table:
    case ValueType::map:
      return {"a table", "{key = value}"};
    case ValueType::records:
      return {"a list of tables", "[{key = value}]"};
  }
  ensures(false, "every type of value has its words");
  return {};
}

bool is_blank(const Value& value) {
  const std::string text = toml_text(value);
  return text == "\"\"" || text == "[]";
}

std::string range_text(const Declaration& d) {
  const bool low = d.min.index() != 0;
  const bool high = d.max.index() != 0;
  std::string text;
  if (low && high) {
    text = bound_text(d.min) + " to " + bound_text(d.max);
  } else {
    text = low ? "at least " + bound_text(d.min) : "at most " + bound_text(d.max);
  }
  return text + unit_text(d.unit);
}

void KeysInFull::collect(const Fields& fields, const std::string& prefix,
                         std::vector<Candidate>& sections) {
  for (const Declaration& d : fields.declarations()) {
    const std::string name = prefix + d.key;
    if (d.type != ValueType::table) {
      candidates_.push_back({d.key, {name}});
      continue;
    }
    Candidate section{d.key, {}};
    for (const Declaration& inner : d.fields.declarations()) {
      section.names.push_back(name + "." + inner.key);
    }
    sections.push_back(std::move(section));
    collect(d.fields, name + ".", sections);
  }
}

std::string KeysInFull::elsewhere(const std::string& key, const std::string& path,
                                  const std::vector<std::string>& known) {
  if (candidates_.empty()) {
    std::vector<Candidate> sections;
    collect(fields_, "", sections);
    candidates_.insert(candidates_.end(), sections.begin(), sections.end());
    for (const Candidate& candidate : candidates_) {
      keys_.push_back(candidate.key);
    }
  }
  const std::string nearest = nearest_word(key, keys_);
  if (!nearest.empty()) {
    const auto at = std::find(keys_.begin(), keys_.end(), nearest) - keys_.begin();
    const std::vector<std::string>& names = candidates_[static_cast<std::size_t>(at)].names;
    return names.size() == 1 ? " Did you mean " + in_quotes(names.front()) + "?"
                             : " Did you mean one of " + joined(names) + "?";
  }
  return (path.empty() ? " Known are: " : " It has: ") + joined(known) + ".";
}

}  // namespace throng
