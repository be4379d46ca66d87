#include "scenarios/date_names.h"

#include <algorithm>
#include <charconv>

namespace throng {
namespace {
bool small(char c) { return c >= 'a' && c <= 'z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }
}  // namespace

std::optional<DateWord> parse_date_word(std::string_view text) {
  const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
  const std::string_view name = text.substr(0, end);
  std::string_view rest = text.substr(name.size());
  if (name.empty() || !small(name.front())) {
    return std::nullopt;
  }
  DateWord word{std::string(name)};
  if (rest.empty()) {
    return word;
  }
  const char sign = rest.front();
  rest.remove_prefix(1);
  constexpr std::size_t most_digits = 5;
  if ((sign != '+' && sign != '-') || rest.empty() || rest.size() > most_digits ||
      !std::all_of(rest.begin(), rest.end(), digit)) {
    return std::nullopt;
  }
  std::from_chars(rest.data(), rest.data() + rest.size(), word.days);
  word.days = sign == '-' ? -word.days : word.days;
  return word;
}

bool names_a_date(std::string_view text) {
  const auto word = parse_date_word(text);
  return word && word->name == text && text != "never";
}

DateNames::DateNames(const RawTable& scenario) {
  const RawEntry* section = throng::find(scenario, dates_section);
  const RawTable* entries = section == nullptr ? nullptr : section->value.as<RawTable>();
  if (entries == nullptr) {
    return;
  }
  for (const RawEntry& entry : *entries) {
    const Date* date = entry.value.as<Date>();
    dates_.emplace(entry.key, date == nullptr ? std::nullopt : std::optional(*date));
  }
}

const std::optional<Date>* DateNames::find(const std::string& name) const {
  const auto found = dates_.find(name);
  return found == dates_.end() ? nullptr : &found->second;
}

std::vector<std::string> DateNames::known() const {
  std::vector<std::string> names;
  for (const auto& [name, date] : dates_) {
    names.push_back(name);
  }
  return names;
}

}  // namespace throng
