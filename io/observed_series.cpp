#include "io/observed_series.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "io/csv_file.h"
#include "io/gzip.h"
#include "io/observed_checks.h"
#include "io/toml_file.h"
#include "sim/error.h"

namespace throng {
namespace {

bool holds(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// The names in the first line. What is wrong with it, the reader of CSV will say.
std::vector<std::string> header_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  text = text.substr(0, text.find_first_of("\r\n"));
  std::vector<std::string> names;
  while (true) {
    const auto comma = text.find(',');
    std::string_view name = text.substr(0, comma);
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    if (!holds(names, name)) {
      names.emplace_back(name);
    }
    if (comma == std::string_view::npos) {
      return names;
    }
    text.remove_prefix(comma + 1);
  }
}

bool says_when(std::string_view name) {
  return name == "date" || name == "week_ending" || name == "year" || name == "month";
}
bool says_where(std::string_view name) { return name == "area" || name == "borough"; }

CsvColumn declared(const std::string& name) {
  if (name == "year") {
    return {.name = name, .doc = "the year of the month", .least = 1, .most = 9999};
  }
  if (name == "month") {
    return {.name = name, .doc = "the month, from 1 to 12", .least = 1, .most = 12};
  }
  return {.name = name, .type = CsvType::text, .doc = "a value"};
}

Date last_of_month(i64 year, i64 month) {
  using namespace std::chrono;
  const year_month_day last(std::chrono::year(static_cast<int>(year)) /
                            std::chrono::month(static_cast<unsigned>(month)) / std::chrono::last);
  return Date::from_days(static_cast<i32>(sys_days(last).time_since_epoch().count()));
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return stop == end && error == std::errc() && std::isfinite(value) ? std::optional(value)
                                                                     : std::nullopt;
}

class ObservationsReader {
 public:
  Observations read(const std::filesystem::path& path, const std::vector<std::string>& wanted) {
    found_.path = path.string();
    const auto source =
        std::make_shared<Source>(Source{path.string(), path.parent_path().string(), 1});
    std::string text;
    try {
      text = read_packed_text(path);
    } catch (const IoError& error) {
      report(mistakes_, {source, 0, 0}, check::csv_unreadable, {reason(error)});
      mistakes_.throw_if_any();
    }
    if (!text.empty()) {
      names_ = header_of(text);
    }
    std::vector<CsvColumn> columns;
    for (const std::string& name : names_) {
      columns.push_back(declared(name));
    }
    require_both_of_a_month(columns);
    if (columns.empty()) {
      columns.push_back(declared("date"));  // what an empty file is told to have
    }
    table_ = parse_csv(std::move(text), source, columns, mistakes_);
    mistakes_.throw_if_any();
    check_header(wanted);
    mistakes_.throw_if_any();
    read_rows();
    mistakes_.throw_if_any();
    return std::move(found_);
  }

 private:
  void require_both_of_a_month(std::vector<CsvColumn>& columns) const {
    for (const auto& [one, other] : {std::pair{"year", "month"}, std::pair{"month", "year"}}) {
      if (holds(names_, one) && !holds(names_, other)) {
        columns.push_back(declared(other));
        columns.back().required = true;
      }
    }
  }

  void check_header(const std::vector<std::string>& wanted) {
    std::vector<std::string> times;
    for (const char* const name : {"date", "week_ending", "month"}) {
      if (holds(names_, name)) {
        times.emplace_back(name);
      }
    }
    if (times.empty()) {
      report(mistakes_, table_.place(), check::observed_when, {});
    } else if (times.size() > 1) {
      report(mistakes_, table_.place(), check::observed_two_times, {times[0], times[1]});
    } else {
      when_ = times.front();
      found_.period = when_ == "date"          ? Period::day
                      : when_ == "week_ending" ? Period::week
                                               : Period::month;
    }
    for (const char* const name : {"area", "borough"}) {
      if (holds(names_, name)) {
        if (!where_.empty()) {
          report(mistakes_, table_.place(), check::observed_two_areas, {});
        }
        where_ = name;
      }
    }
    choose_columns(wanted);
    if (table_.rows() == 0) {
      report(mistakes_, table_.place(), check::observed_no_rows, {});
    }
  }

  void choose_columns(const std::vector<std::string>& wanted) {
    std::vector<std::string> values;
    for (const std::string& name : names_) {
      if (!name.empty() && !says_when(name) && !says_where(name)) {
        values.push_back(name);
      }
    }
    if (values.empty()) {
      report(mistakes_, table_.place(), check::observed_nothing, {});
      return;
    }
    std::string known;
    for (const std::string& name : values) {
      known += (known.empty() ? "" : ", ") + name;
    }
    for (const std::string& name : wanted) {
      if (!holds(values, name)) {
        report(mistakes_, table_.place(), check::observed_column,
               {name, did_you_mean(name, values, " There are: " + known + ".")});
      }
    }
    for (const std::string& name : values) {
      if (wanted.empty() || holds(wanted, name)) {
        found_.columns.push_back(name);
      }
    }
  }

  // ---- rows ----

  void read_rows() {
    LimitedMistakes limited(mistakes_, table_.place());
    for (std::size_t row = 0; row < table_.rows(); ++row) {
      last_days_.push_back(last_day_of(row, limited));
    }
    for (std::size_t row = 0; row < table_.rows(); ++row) {
      refuse_repeated(row, limited);
    }
    for (const std::string& column : found_.columns) {
      for (const std::string& area : found_.areas) {
        found_.series.push_back({.column = column, .area = area, .period = found_.period});
      }
    }
    std::vector<std::size_t> order(table_.rows());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return last_days_[a] < last_days_[b]; });
    for (std::size_t c = 0; c < found_.columns.size(); ++c) {
      for (const std::size_t row : order) {
        take_value(row, c, limited);
      }
    }
  }

  void refuse(std::size_t row, std::string_view column, const Check& check,
              std::initializer_list<std::string_view> arguments, LimitedMistakes& limited) const {
    if (limited.next_is_told()) {
      report(limited.all(), table_.place_of(row, column), check, arguments);
    }
    limited.count();
  }

  Date last_day_of(std::size_t row, LimitedMistakes& limited) {
    if (found_.period == Period::month) {
      return last_of_month(table_.integers("year")[row], table_.integers("month")[row]);
    }
    const std::string& text = table_.texts(when_)[row];
    const auto date = Date::parse(text);
    if (!date) {
      refuse(row, when_, check::csv_bad_value, {when_, text, "a day such as 2020-03-01"}, limited);
      return {};
    }
    if (found_.period == Period::week) {
      if (!first_week_) {
        first_week_ = *date;
      } else if ((*date - *first_week_) % 7 != 0) {
        refuse(row, when_, check::observed_week, {text, first_week_->str()}, limited);
      }
    }
    return *date;
  }

  void refuse_repeated(std::size_t row, LimitedMistakes& limited) {
    const std::string area = where_.empty() ? "" : table_.texts(where_)[row];
    const auto known = std::find(found_.areas.begin(), found_.areas.end(), area);
    area_of_.push_back(static_cast<std::size_t>(known - found_.areas.begin()));
    if (known == found_.areas.end()) {
      found_.areas.push_back(area);
    }
    const auto [first, is_new] = rows_.try_emplace({area_of_.back(), last_days_[row]}, row);
    if (!is_new && last_days_[row] != Date()) {
      const std::string when = found_.period == Period::month ? last_days_[row].str().substr(0, 7)
                                                              : last_days_[row].str();
      refuse(row, when_, check::observed_twice,
             {when, where_.empty() ? "" : " for '" + area + "'",
              std::to_string(table_.place_of(first->second, when_).line)},
             limited);
    }
  }

  void take_value(std::size_t row, std::size_t column, LimitedMistakes& limited) {
    ObservedSeries& series = found_.series[column * found_.areas.size() + area_of_[row]];
    const std::string& text = table_.texts(series.column)[row];
    if (text.empty()) {
      ++series.empty;
      return;
    }
    const auto value = number_in(text);
    if (!value) {
      refuse(row, series.column, check::csv_bad_value, {series.column, text, "a number"}, limited);
      return;
    }
    series.last_days.push_back(last_days_[row]);
    series.values.push_back(*value);
  }

  Observations found_;
  Mistakes mistakes_;
  CsvTable table_;
  std::vector<std::string> names_;
  std::string when_, where_;
  std::vector<Date> last_days_;       // per row; the first of days where it is none
  std::vector<std::size_t> area_of_;  // per row
  std::map<std::pair<std::size_t, Date>, std::size_t> rows_;
  std::optional<Date> first_week_;
};

}  // namespace

std::string_view name_of(Period period) {
  switch (period) {
    case Period::day:
      return "day";
    case Period::week:
      return "week";
    case Period::month:
      return "month";
  }
  return "period";
}

Date ObservedSeries::first_day(std::size_t k) const {
  const Date last = last_days[k];
  switch (period) {
    case Period::week:
      return last - 6;
    case Period::month:
      return last - static_cast<i32>(static_cast<unsigned>(last.civil().day()) - 1);
    case Period::day:
      break;
  }
  return last;
}

const ObservedSeries* Observations::find(std::string_view column, std::string_view area) const {
  const auto at = std::find_if(series.begin(), series.end(), [&](const ObservedSeries& s) {
    return s.column == column && s.area == area;
  });
  return at == series.end() ? nullptr : &*at;
}

std::vector<std::string> observed_columns(const std::filesystem::path& path) {
  std::vector<std::string> names = header_of(read_packed_text(path));
  std::erase_if(names, [](const std::string& name) {
    return name.empty() || says_when(name) || says_where(name);
  });
  return names;
}

Observations read_observations(const std::filesystem::path& path,
                               const std::vector<std::string>& columns) {
  return ObservationsReader().read(path, columns);
}

}  // namespace throng
