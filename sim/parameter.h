// Parameters: what a scenario may set, each declared once as a constant with unit, doc, source,
// initial value and range. Reading, checking, printing and documentation are loops over these.
//
//   inline constexpr Parameter<double> r0{.name = "epidemic.r0", .unit = "1", .doc = "...",
//                                         .source = "...", .initial = 2.5, .min = 0, .max = 20};
//   schema.add(r0);                     // a domain is known by its declarations
//   const double mean = values.get(r0); // typed, checked, with every default filled in
#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "sim/calendar.h"
#include "sim/error.h"
#include "sim/mistakes.h"
#include "sim/raw_value.h"
#include "sim/types.h"
#include "sim/units.h"

namespace throng {

/// One word of a parameter's closed list. `index` is its position there: an enum's value.
struct Choice {
  std::string word;
  std::size_t index = 0;
  friend bool operator==(const Choice&, const Choice&) = default;
};

/// A file or folder; absolute once read, relative to the file it was written in before.
struct FilePath {
  std::string text;
  friend bool operator==(const FilePath&, const FilePath&) = default;
};

/// A short list that can stand in a constant.
template <class T>
struct Listed {
  static constexpr std::size_t capacity = 24;
  std::array<T, capacity> items{};
  std::size_t size = 0;

  constexpr Listed() = default;
  constexpr Listed(std::initializer_list<T> list) {
    for (const T& item : list) {
      items.at(size++) = item;
    }
  }
};

enum class ValueType : u8 {
  boolean,
  integer,
  number,
  text,
  choice,
  date,
  date_or_never,
  path,
  integers,
  numbers,
  texts,
  dates,
  timeline,
  table,    ///< declared keys: a section, or a table inside a record
  records,  ///< an array of tables with declared keys
  map,      ///< free keys, values of one declared type
};

namespace detail {
template <class T>
struct TypeOf;
// `Written` is how a constant holds an initial value, `Bound` what limits it.
template <ValueType kind, class WrittenAs, class BoundAs>
struct TypeIs {
  static constexpr ValueType type = kind;
  using Written = WrittenAs;
  using Bound = BoundAs;
};
struct Unbounded {};
// clang-format off
template <> struct TypeOf<bool> : TypeIs<ValueType::boolean, bool, Unbounded> {};
template <> struct TypeOf<i64> : TypeIs<ValueType::integer, i64, i64> {};
template <> struct TypeOf<double> : TypeIs<ValueType::number, double, double> {};
template <> struct TypeOf<std::string> : TypeIs<ValueType::text, std::string_view, Unbounded> {};
template <> struct TypeOf<Choice> : TypeIs<ValueType::choice, std::string_view, Unbounded> {};
template <> struct TypeOf<Date> : TypeIs<ValueType::date, Date, Unbounded> {};
template <> struct TypeOf<std::optional<Date>> : TypeIs<ValueType::date_or_never, Date, Unbounded> {};
template <> struct TypeOf<FilePath> : TypeIs<ValueType::path, std::string_view, Unbounded> {};
template <> struct TypeOf<std::vector<i64>> : TypeIs<ValueType::integers, Listed<i64>, i64> {};
template <> struct TypeOf<std::vector<double>> : TypeIs<ValueType::numbers, Listed<double>, double> {};
template <> struct TypeOf<std::vector<std::string>> : TypeIs<ValueType::texts, Listed<std::string_view>, Unbounded> {};
template <> struct TypeOf<std::vector<Date>> : TypeIs<ValueType::dates, Listed<Date>, Unbounded> {};
template <> struct TypeOf<Timeline<double>> : TypeIs<ValueType::timeline, double, double> {};
// clang-format on
}  // namespace detail

/// Declaration of one parameter. `T` is bool, i64, double, std::string, Choice, Date, an optional
/// Date (none: never), FilePath, a vector of i64, double, std::string or Date, or Timeline<double>.
template <class T>
struct Parameter {
  using Type = T;
  using Written = typename detail::TypeOf<T>::Written;
  using Bound = typename detail::TypeOf<T>::Bound;

  std::string_view name;  ///< "section.key"; inside a record only "key"
  Unit unit = {};
  std::string_view doc = {};
  std::string_view source = {};  ///< where the initial value, or the quantity, comes from
  std::optional<Written> initial = std::nullopt;  ///< none: required, unless `optional`
  bool optional = false;                          ///< may be absent: ask with `find`
  std::optional<Bound> min = std::nullopt;        ///< both bounds are allowed values
  std::optional<Bound> max = std::nullopt;
  Listed<std::string_view> choices = {};  ///< the closed list of a Choice
  std::size_t length = 0;                 ///< of a list; 0: any
};

struct NamedValue;

/// Resolved values: the scenario, one of its sections, one record of a list, or a map.
class Values {
 public:
  /// The value of a parameter that is required or has an initial value.
  template <class T>
  const T& get(const Parameter<T>& parameter) const;
  /// Null where an optional parameter is absent.
  template <class T>
  const T* find(const Parameter<T>& parameter) const;
  /// A choice as the enum whose enumerators stand in the order of the declared words.
  template <class Enum>
  Enum choice(const Parameter<Choice>& parameter) const {
    return static_cast<Enum>(get(parameter).index);
  }
  /// Whether a source wrote it; false where the initial value stands or nothing does.
  /// Files of resolved scenarios write every initial value: declare either-or pairs as optional.
  bool given(std::string_view name) const;

  const std::vector<Values>& records(std::string_view name) const;
  const Values& table(std::string_view name) const;
  /// Null where an optional table is absent.
  const Values* find_table(std::string_view name) const;
  /// Keys and values of a map, in the order they were written.
  template <class T>
  std::vector<std::pair<std::string, T>> map(const Parameter<T>& parameter) const;

  /// Where `name` was written, or else where the nearest thing that holds it was. Records are
  /// numbered from 1: "stage[2].name".
  SourcePlace place_of(std::string_view name = {}) const;

  /// For models and tests put together in code, where no source is read.
  template <class T>
  void set(const Parameter<T>& parameter, T value);

  const std::vector<NamedValue>& entries() const { return entries_; }
  const NamedValue* entry(std::string_view name) const;
  NamedValue* entry(std::string_view name);
  void append(NamedValue value);
  void set_place(SourcePlace place) { place_ = std::move(place); }

  /// Prepare every timeline for steps 0 to `steps`. Call once, before the first step.
  void compile_timelines(const Calendar& calendar, Step steps);

  /// Equal contents; places and who gave them do not matter.
  friend bool operator==(const Values& a, const Values& b);

 private:
  std::vector<NamedValue> entries_;  // in the order of the declarations
  SourcePlace place_;
};

struct Value {
  std::variant<bool, i64, double, std::string, Choice, Date, std::optional<Date>, FilePath,
               std::vector<i64>, std::vector<double>, std::vector<std::string>, std::vector<Date>,
               Timeline<double>, Values, std::vector<Values>>
      content;
  friend bool operator==(const Value&, const Value&) = default;
};

struct NamedValue {
  std::string name;
  Value value;
  bool given = false;
  SourcePlace place = {};
  /// TOML text of a value that names dates, as it was written; empty for every other.
  std::string by_name = {};
};

struct Declaration;

/// The keys a table may have, in the order they were declared.
class Fields {
 public:
  /// Dotted names make sections: "run.seed" stands in [run].
  template <class T>
  Fields& add(const Parameter<T>& parameter);
  Fields& section(std::string_view name, std::string_view doc);

  struct RecordsInfo {
    std::string_view doc;
    std::string_view unique = {};  ///< key that no two records of the list share
    std::size_t at_least = 0;
  };
  /// [[name]], or inside a record name = [{...}, ...].
  Fields& records(std::string_view name, RecordsInfo info, Fields fields);
  /// A table inside a record: dwell = {mean = 2.0, sd = 1.0}.
  Fields& table(std::string_view name, std::string_view doc, Fields fields);
  /// The same, but it may be absent: ask with `find_table`.
  Fields& optional_table(std::string_view name, std::string_view doc, Fields fields);
  /// Free keys: the parameter's name is the table's, each of its entries is declared by the rest.
  template <class T>
  Fields& map(const Parameter<T>& parameter);

  const std::vector<Declaration>& declarations() const { return declarations_; }
  const Declaration* find(std::string_view name) const;

 private:
  Fields& insert(std::string_view dotted, Declaration declaration);

  std::vector<Declaration> declarations_;
};

/// What a Parameter says, without its type: what loops over declarations see.
struct Declaration {
  using Bound = std::variant<std::monostate, i64, double>;

  std::string key;
  ValueType type = ValueType::table;
  std::string unit, doc, source;
  std::optional<Value> initial;
  bool optional = false;
  Bound min, max;
  std::vector<std::string> choices;
  std::size_t length = 0;
  Fields fields;  ///< of a table or records; of a map the one declaration of its values
  std::string unique;
  std::size_t at_least = 0;
};

/// A rule between several parameters, told by the domain that owns them.
struct CrossCheck {
  std::string name;                ///< identifier, "epidemic.r0_or_beta"
  std::vector<std::string> reads;  ///< runs only where none of these has a mistake of its own
  /// Calls `complain(name of the parameter to point at, "problem (why). what to do")`.
  using Complain = std::function<void(std::string_view, std::string)>;
  std::function<void(const Values&, const Complain&)> body;
};

/// Everything a scenario may say. Domains add their declarations to it.
class Schema {
 public:
  Fields& fields() { return fields_; }
  const Fields& fields() const { return fields_; }
  template <class T>
  Schema& add(const Parameter<T>& parameter) {
    fields_.add(parameter);
    return *this;
  }
  Schema& check(CrossCheck check) {
    checks_.push_back(std::move(check));
    return *this;
  }
  const std::vector<CrossCheck>& checks() const { return checks_; }
  /// Keys of which one is given: where a file gives one of them, what it is built upon says nothing
  /// of the others any more.
  Schema& either(std::vector<std::string> keys) {
    either_.push_back(std::move(keys));
    return *this;
  }
  const std::vector<std::vector<std::string>>& alternatives() const { return either_; }

  /// Makes this several schemas in one: a scenario follows the one of the word it gives to `key`, a
  /// choice that all of them declare alike, or the first. What else is declared here does not
  /// count.
  struct Variant;
  Schema& choose_by(std::string key, std::vector<Variant> variants);
  /// The key that chooses; empty where the schema is one.
  const std::string& chosen_by() const { return key_; }
  const std::vector<Variant>& variants() const { return variants_; }
  /// The schema of a word, or null; of a schema that is one, itself.
  const Schema* variant(std::string_view word) const;

  /// Every initial value; parameters without one are absent.
  Values initial_values() const;

 private:
  Fields fields_;
  std::vector<CrossCheck> checks_;
  std::vector<std::vector<std::string>> either_;
  std::string key_;
  std::vector<Variant> variants_;
};

struct Schema::Variant {
  std::string word;
  Schema schema;
};

/// Initial values of one table's keys: what a record starts from.
Values initial_values(const Fields& fields);

/// Names of declared parameters that lack a doc or a source, dotted. Conformance tests want none.
std::vector<std::string> undocumented(const Fields& fields);

namespace detail {
template <class T>
Value written_value(const Parameter<T>& p) {
  const auto& initial = *p.initial;
  if constexpr (std::is_same_v<T, std::string>) {
    return {std::string(initial)};
  } else if constexpr (std::is_same_v<T, FilePath>) {
    return {FilePath{std::string(initial)}};
  } else if constexpr (std::is_same_v<T, Choice>) {
    for (std::size_t i = 0; i < p.choices.size; ++i) {
      if (p.choices.items[i] == initial) {
        return {Choice{std::string(initial), i}};
      }
    }
    ensures(false, "the initial word of a choice is one of its words");
    return {};
  } else if constexpr (requires { initial.items; }) {
    T list;
    for (std::size_t i = 0; i < initial.size; ++i) {
      list.emplace_back(initial.items[i]);
    }
    return {std::move(list)};
  } else {
    return {T(initial)};
  }
}

template <class T>
Declaration declare(const Parameter<T>& p) {
  Declaration d;
  d.type = TypeOf<T>::type;
  d.unit = p.unit.name;
  d.doc = p.doc;
  d.source = p.source;
  d.optional = p.optional;
  d.length = p.length;
  d.choices.assign(p.choices.items.begin(), p.choices.items.begin() + p.choices.size);
  if (p.initial) {
    d.initial = written_value(p);
  }
  if constexpr (!std::is_same_v<typename Parameter<T>::Bound, Unbounded>) {
    if (p.min) {
      d.min = *p.min;
    }
    if (p.max) {
      d.max = *p.max;
    }
  }
  return d;
}
}  // namespace detail

template <class T>
Fields& Fields::add(const Parameter<T>& parameter) {
  return insert(parameter.name, detail::declare(parameter));
}

template <class T>
Fields& Fields::map(const Parameter<T>& parameter) {
  Declaration element = detail::declare(parameter);
  Declaration map;
  map.type = ValueType::map;
  map.doc = element.doc;
  map.source = element.source;
  map.fields.insert("value", std::move(element));
  return insert(parameter.name, std::move(map));
}

template <class T>
const T* Values::find(const Parameter<T>& parameter) const {
  const NamedValue* found = entry(parameter.name);
  if (found == nullptr) {
    return nullptr;
  }
  const T* value = std::get_if<T>(&found->value.content);
  ensures(value != nullptr, "a parameter is read with the type it was declared with");
  return value;
}

template <class T>
const T& Values::get(const Parameter<T>& parameter) const {
  const T* value = find(parameter);
  ensures(value != nullptr, "a parameter that is read was declared in the schema and has a value");
  return *value;
}

template <class T>
std::vector<std::pair<std::string, T>> Values::map(const Parameter<T>& parameter) const {
  std::vector<std::pair<std::string, T>> all;
  for (const NamedValue& item : table(parameter.name).entries()) {
    all.emplace_back(item.name, std::get<T>(item.value.content));
  }
  return all;
}

template <class T>
void Values::set(const Parameter<T>& parameter, T value) {
  if (NamedValue* found = entry(parameter.name)) {
    found->value.content = std::move(value);
    found->given = true;
    found->by_name.clear();
    return;
  }
  const auto dot = parameter.name.rfind('.');
  Values* home = this;
  if (dot != std::string_view::npos) {
    NamedValue* section = entry(parameter.name.substr(0, dot));
    ensures(section != nullptr, "a parameter is set in a section of the schema");
    home = &std::get<Values>(section->value.content);
  }
  home->append({std::string(parameter.name.substr(dot + 1)), {std::move(value)}, true});
}

}  // namespace throng
