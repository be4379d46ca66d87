// Dates that have a name, [dates] of a scenario, and how values name them: "pause", "pause+14".
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/calendar.h"
#include "sim/raw_value.h"

namespace throng {

/// The section in which dates get their names.
inline constexpr std::string_view dates_section = "dates";

/// "pause-2": so many days after a date that has a name.
struct DateWord {
  std::string name;
  i32 days = 0;
};

/// Nothing where the text is no such word: a name begins with a small letter and goes on with
/// these, digits and '_'; after it may stand + or - and one to five digits.
std::optional<DateWord> parse_date_word(std::string_view text);
/// Whether [dates] may have it: a name alone, and not "never".
bool names_a_date(std::string_view text);

class DateNames {
 public:
  /// [dates] of a scenario with all its bases and overrides. What is no date is "never", or refused
  /// where it is read.
  explicit DateNames(const RawTable& scenario);

  /// The date of a name; null where there is none, and without a value where it is never.
  const std::optional<Date>* find(const std::string& name) const;
  std::vector<std::string> known() const;

  void use(const std::string& name) { used_.insert(name); }
  bool used(const std::string& name) const { return used_.contains(name); }

 private:
  std::map<std::string, std::optional<Date>> dates_;
  std::set<std::string> used_;
};

}  // namespace throng
