#include "tools/sweep_design.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <set>

#include <boost/random/sobol.hpp>

#include "io/toml_file.h"
#include "scenarios/checkpoints.h"
#include "scenarios/run.h"
#include "scenarios/toml_text.h"
#include "sim/words.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_runs = 1'000'000;
constexpr std::size_t checked_points = 1'000;
constexpr std::size_t most_dimensions = 1'000;  // Boost's table has 3,667
constexpr std::size_t most_settings = 10'000'000;
constexpr std::size_t most_digits = 5;  // of days after or before a date

/// A place for the value: "{}", "{+7}", "{-7}".
struct Slot {
  std::size_t at = 0, size = 0;
  i32 days = 0;
};

/// Other braces are TOML's own.
std::vector<Slot> slots_of(const std::string& text) {
  std::vector<Slot> all;
  for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) {
      break;
    }
    const std::string inside = text.substr(at + 1, end - at - 1);
    if (inside.empty()) {
      all.push_back({at, 2, 0});
      continue;
    }
    const bool digits =
        std::all_of(inside.begin() + 1, inside.end(), [](char c) { return '0' <= c && c <= '9'; });
    if ((inside[0] == '+' || inside[0] == '-') && digits && inside.size() > 1 &&
        inside.size() <= 1 + most_digits) {
      i32 days = 0;
      std::from_chars(inside.data() + 1, inside.data() + inside.size(), days);
      all.push_back({at, inside.size() + 2, inside[0] == '+' ? days : -days});
    }
  }
  return all;
}

std::string moved(const std::string& value, i32 days) {
  if (const auto date = Date::parse(value); date && days != 0) {
    return (*date + days).str();
  }
  return value;
}

}  // namespace

std::string Setting::with(const std::string& value) const {
  const auto slots = slots_of(text_);
  if (slots.empty()) {
    return text_ + "=" + value;
  }
  std::string all;
  std::size_t from = 0;
  for (const Slot& slot : slots) {
    all += text_.substr(from, slot.at - from) + moved(value, slot.days);
    from = slot.at + slot.size;
  }
  return all + text_.substr(from);
}

std::string Setting::mistake() const {
  const bool has_equals = text_.find('=') != std::string::npos;
  const bool has_slot = !slots_of(text_).empty();
  if (text_.empty()) {
    return "is empty (it says what is varied). Write a parameter of the scenario, "
           "\"epidemic.r0\"";
  }
  if (has_equals && !has_slot) {
    return "has no place for a value ('" + text_ +
           "' sets what it sets). Write {} where the value stands, or only the parameter.";
  }
  if (!has_equals && has_slot) {
    return "has a place for a value and no '=' ('" + text_ +
           "' sets nothing). Write parameter=... with {} in it.";
  }
  return "";
}

std::string value_text(double value) {
  char digits[40];
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return std::to_string(static_cast<i64>(value));
  }
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

// ---- reading ------------------------------------------------------------------------------------

namespace {

using Complain = CrossCheck::Complain;

std::string column_of(const Values& record) {
  const std::string& name = record.get(sweep::vary_name);
  return name.empty() ? record.get(sweep::vary_set) : name;
}

bool has_range(const Values& record) {
  return record.find(sweep::vary_low) != nullptr || record.find(sweep::vary_high) != nullptr ||
         record.find(sweep::vary_from) != nullptr || record.find(sweep::vary_to) != nullptr;
}

std::size_t listed(const Values& record) {
  const auto* values = record.find(sweep::vary_values);
  const auto* texts = record.find(sweep::vary_texts);
  return values != nullptr ? values->size() : texts != nullptr ? texts->size() : 0;
}

void check_range(const Values& record, const std::string& at, const Complain& complain) {
  const auto *low = record.find(sweep::vary_low), *high = record.find(sweep::vary_high);
  const auto *from = record.find(sweep::vary_from), *to = record.find(sweep::vary_to);
  const bool numbers = low != nullptr && high != nullptr && from == nullptr && to == nullptr;
  const bool dates = from != nullptr && to != nullptr && low == nullptr && high == nullptr;
  const auto spacing = record.choice<sweep::Spacing>(sweep::vary_spacing);
  const bool log = spacing == sweep::Spacing::log, whole = spacing == sweep::Spacing::whole;
  if (!numbers && !dates) {
    complain(at, "has half a range (both ends are needed). Write low and high, or from and to.");
  } else if (numbers ? *low >= *high : *from >= *to) {
    complain(at + (numbers ? ".high" : ".to"),
             "is not beyond the other end (nothing lies between them). Exchange or move them.");
  } else if (log && (dates || *low <= 0)) {
    complain(at + ".spacing",
             "cannot be 'log' here (only numbers above 0 have a logarithm). "
             "Choose 'linear', or another range.");
  } else if (numbers && !std::isfinite(log ? *high / *low : *high - *low)) {
    complain(at + ".high", "is too far from low (no number holds how far). Narrow the range.");
  } else if (whole && numbers && std::ceil(*low) > std::floor(*high)) {
    complain(at + ".spacing",
             "cannot be 'whole' here (no whole number lies in the range). "
             "Choose 'linear', or another range.");
  }
}

void check_varied(const Values& values, const Complain& complain) {
  const auto sample = values.choice<sweep::Sample>(sweep::sample);
  const auto& records = values.records("vary");
  std::set<std::string> names;
  std::size_t first_length = 0, runs = static_cast<std::size_t>(values.get(sweep::replicates));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Values& record = records[i];
    const std::string at = "vary[" + std::to_string(i + 1) + "]";
    if (const std::string wrong = Setting(record.get(sweep::vary_set)).mistake(); !wrong.empty()) {
      complain(at + ".set", wrong);
    }
    if (!names.insert(column_of(record)).second) {
      complain(at + ".name", "is that of another column, '" + column_of(record) +
                                 "' (they could not be told apart). Give it another name.");
    }
    const bool lists =
        record.find(sweep::vary_values) != nullptr || record.find(sweep::vary_texts) != nullptr;
    const bool both =
        record.find(sweep::vary_values) != nullptr && record.find(sweep::vary_texts) != nullptr;
    if (both || (lists && has_range(record))) {
      complain(at,
               "says its values more than once (one of values, texts and a range can stand). "
               "Keep one of them.");
    } else if (sample == sweep::Sample::sobol && !has_range(record)) {
      complain(at, "has no range (sobol fills ranges). Write low and high, or from and to.");
    } else if (sample != sweep::Sample::sobol && listed(record) == 0) {
      complain(at, "has no values (a " + values.get(sweep::sample).word +
                       " is made of them). Write values = [1, 2, 3], or texts = [\"a\", \"b\"].");
    } else if (has_range(record)) {
      check_range(record, at, complain);
    }
    first_length = i == 0 ? listed(record) : first_length;
    if (sample == sweep::Sample::list && lists && !both && listed(record) != first_length) {
      complain(at, std::string("has ") + counted(listed(record), "value") + ", and vary[1] has " +
                       std::to_string(first_length) +
                       " (of a list the first ones go together, the second ones, and so on). Give "
                       "all of them equally many.");
    }
    if (sample == sweep::Sample::grid) {
      runs = std::min(most_runs + 1, runs * std::max<std::size_t>(1, listed(record)));
    }
  }
  const auto* points = values.find(sweep::points);
  if ((sample == sweep::Sample::sobol) != (points != nullptr)) {
    complain(points == nullptr ? "sample" : "points",
             points == nullptr
                 ? "is 'sobol', and points is missing (how many there are to be). Set it."
                 : "is of sobol alone (a grid and a list have as many points as their "
                   "values make). Remove it.");
  }
  runs *= points != nullptr ? static_cast<std::size_t>(*points) : 1;
  if (runs > most_runs) {
    complain("vary", "makes more than " + grouped(most_runs) +
                         " runs (each is a folder). Take fewer values, points or replicates.");
  } else if (runs * records.size() > most_settings) {
    complain("vary", "makes runs that set more than " + grouped(most_settings) +
                         " values in all (each is kept). Vary less, or take fewer points.");
  }
  if (sample == sweep::Sample::sobol && records.size() > most_dimensions) {
    complain("vary", "has more than " + grouped(most_dimensions) +
                         " parameters (Sobol points have no more dimensions). Vary fewer.");
  }
}

std::vector<std::string> texts_of(const Values& record) {
  if (const auto* texts = record.find(sweep::vary_texts)) {
    return *texts;
  }
  std::vector<std::string> all;
  for (const double value : *record.find(sweep::vary_values)) {
    all.push_back(value_text(value));
  }
  return all;
}

/// What a point of the unit interval is in a record's range.
std::string in_range(const Values& record, double unit) {
  if (const Date* from = record.find(sweep::vary_from)) {
    const i32 days = *record.find(sweep::vary_to) - *from + 1;
    return (*from + static_cast<i32>(unit * days)).str();
  }
  const double low = *record.find(sweep::vary_low), high = *record.find(sweep::vary_high);
  switch (record.choice<sweep::Spacing>(sweep::vary_spacing)) {
    case sweep::Spacing::log:
      return value_text(low * std::pow(high / low, unit));
    case sweep::Spacing::whole:
      return value_text(
          std::floor(std::ceil(low) + unit * (std::floor(high) - std::ceil(low) + 1)));
    default:
      return value_text(low + unit * (high - low));
  }
}

std::vector<std::vector<std::string>> points_of(const Values& values) {
  const auto& records = values.records("vary");
  std::vector<std::vector<std::string>> all;
  switch (values.choice<sweep::Sample>(sweep::sample)) {
    case sweep::Sample::grid:
      all = {{}};
      for (const Values& record : records) {
        std::vector<std::vector<std::string>> more;
        for (const auto& point : all) {
          for (const std::string& value : texts_of(record)) {
            more.push_back(point);
            more.back().push_back(value);
          }
        }
        all = std::move(more);
      }
      break;
    case sweep::Sample::list:
      all.resize(listed(records.front()));
      for (const Values& record : records) {
        const auto texts = texts_of(record);
        for (std::size_t i = 0; i < all.size(); ++i) {
          all[i].push_back(texts[i]);
        }
      }
      break;
    case sweep::Sample::sobol:
      for (const auto& row :
           sobol_points(static_cast<std::size_t>(*values.find(sweep::points)), records.size())) {
        all.emplace_back();
        for (std::size_t d = 0; d < row.size(); ++d) {
          all.back().push_back(in_range(records[d], row[d]));
        }
      }
      break;
  }
  return all;
}

SweepDesign design_of(ScenarioFile file) {
  SweepDesign design;
  const Values& values = file.values;
  design.scenario = values.get(sweep::scenario).text;
  design.set = values.get(sweep::set);
  design.replicates = values.get(sweep::replicates);
  if (const i64* seed = values.find(sweep::seed)) {
    design.seed = static_cast<u64>(*seed);
  }
  for (const Values& record : values.records("vary")) {
    design.varied.push_back({column_of(record), Setting(record.get(sweep::vary_set))});
  }
  design.points = points_of(values);
  design.resolved = std::move(file.resolved);
  return design;
}

/// "a,[b,c],'d,e'" at its outer commas.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> all(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    quote = quote == 0 && (c == '"' || c == '\'') ? c : quote == c ? char{0} : quote;
    depth += quote != 0 ? 0 : c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (c == ',' && depth == 0 && quote == 0) {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value)
             ? std::optional(value)
             : std::nullopt;
}

/// The record that a --vary stands for, as TOML.
std::string record_of(const std::string& vary) {
  const auto equals = vary.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError("--vary " + vary +
                     ": cannot be read (it has no '=', or nothing before it). Write "
                     "--vary epidemic.r0=2,2.5,3, or with --sample sobol epidemic.r0=2:3.");
  }
  const std::string value = vary.substr(equals + 1);
  std::string record = "[[vary]]\nset = " + toml_string(vary.substr(0, equals)) + "\n";
  if (const auto colon = value.find(':'); colon != std::string::npos) {
    const std::string a = value.substr(0, colon), b = value.substr(colon + 1);
    if (const auto low = number_in(a), high = number_in(b); low && high) {
      return record + "low = " + toml_number(*low) + "\nhigh = " + toml_number(*high) + "\n";
    }
    if (Date::parse(a) && Date::parse(b)) {
      return record + "from = " + a + "\nto = " + b + "\n";
    }
  }
  record += "texts = [";
  for (const std::string& text : split(value)) {
    record += toml_string(text) + ", ";
  }
  return record + "]\n";
}

}  // namespace

Schema sweep_schema() {
  Schema schema;
  schema.add(sweep::title)
      .add(sweep::scenario)
      .add(sweep::set)
      .add(sweep::sample)
      .add(sweep::points)
      .add(sweep::replicates)
      .add(sweep::seed);
  Fields vary;
  vary.add(sweep::vary_set)
      .add(sweep::vary_name)
      .add(sweep::vary_values)
      .add(sweep::vary_texts)
      .add(sweep::vary_low)
      .add(sweep::vary_high)
      .add(sweep::vary_from)
      .add(sweep::vary_to)
      .add(sweep::vary_spacing);
  schema.fields().records(
      "vary", {.doc = "A parameter that differs between points.", .at_least = 1}, std::move(vary));
  schema.check({.name = "sweep.vary",
                .reads = {"sample", "points", "replicates", "vary"},
                .body = check_varied});
  return schema;
}

SweepDesign read_sweep(const std::string& file) {
  return design_of(read_scenario(sweep_schema(), file));
}

SweepDesign sweep_from(const SweepOptions& options) {
  std::string text = "scenario = " + toml_string(options.scenario) +
                     "\nsample = " + toml_string(options.sample) +
                     "\nreplicates = " + std::to_string(options.replicates) + "\nset = [";
  for (const std::string& set : options.set) {
    text += toml_string(set) + ", ";
  }
  text += "]\n";
  if (options.points) {
    text += "points = " + std::to_string(*options.points) + "\n";
  }
  if (options.seed) {
    text += "seed = " + std::to_string(*options.seed) + "\n";
  }
  std::vector<std::string> mistakes;
  for (const std::string& vary : options.vary) {
    try {
      text += record_of(vary);
    } catch (const InputError& error) {
      mistakes.push_back(error.what());
    }
  }
  if (!mistakes.empty()) {
    throw InputError(std::move(mistakes));
  }
  return design_of(
      read_scenario_text(sweep_schema(), text, "the command line", fs::current_path()));
}

std::vector<std::string> SweepDesign::settings_of(std::size_t point) const {
  std::vector<std::string> all;
  for (std::size_t d = 0; d < varied.size(); ++d) {
    all.push_back(varied[d].setting.with(points[point][d]));
  }
  return all;
}

std::vector<std::vector<double>> sobol_points(std::size_t points, std::size_t dimensions) {
  ensures(dimensions > 0 && dimensions <= most_dimensions, "a Sobol sequence has some dimensions");
  boost::random::sobol sequence(dimensions);
  std::vector<std::vector<double>> all(points, std::vector<double>(dimensions));
  for (auto& row : all) {
    for (double& x : row) {
      x = std::ldexp(static_cast<double>(sequence()), -64);
      x = std::min(x, 1 - 0x1p-53);
    }
  }
  return all;
}

void check_points(const std::string& scenario, const std::vector<std::string>& set,
                  const std::vector<std::vector<std::string>>& settings) {
  const Schema schema = full_schema();
  std::vector<std::string> mistakes;
  for (std::size_t p = 0; p < std::min(settings.size(), checked_points); ++p) {
    std::vector<std::string> all = set;
    all.insert(all.end(), settings[p].begin(), settings[p].end());
    try {
      read_scenario(schema, scenario, {.set = all});
    } catch (const InputError& error) {
      for (const std::string& mistake : error.messages()) {
        if (std::find(mistakes.begin(), mistakes.end(), mistake) == mistakes.end()) {
          mistakes.push_back(mistake);
        }
      }
    }
  }
  if (!mistakes.empty()) {
    throw InputError(std::move(mistakes));
  }
}

}  // namespace throng
