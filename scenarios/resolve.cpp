#include "scenarios/resolve.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "io/checks.h"
#include "scenarios/resolve_words.h"
#include "scenarios/toml_text.h"

namespace throng {
namespace {
class Resolver {
 public:
  Resolver(const Followed& followed, SourcePlace whole, Completeness completeness, DateNames& dates,
           Mistakes& mistakes)
      : schema_(followed.schema),
        all_(followed.all),
        word_(followed.word),
        whole_(std::move(whole)),
        part_(completeness == Completeness::part),
        dates_(dates),
        mistakes_(mistakes),
        keys_(followed.schema.fields()) {}

  Values all(const RawTable& raw) {
    Values values = table(schema_.fields(), raw, "", whole_);
    if (!part_) {
      for (const CrossCheck& cross : schema_.checks()) {
        run(cross, values);
      }
    }
    return values;
  }

  void one(const std::string& key, const RawValue& raw) {
    value(*schema_.fields().find(key), raw, key);
  }

 private:
  Values table(const Fields& fields, const RawTable& raw, const std::string& path,
               const SourcePlace& place) {
    std::set<std::string> meant = refuse_unknown(fields, raw, path);
    Values values;
    values.set_place(place);
    for (const Declaration& d : fields.declarations()) {
      const std::string name = path.empty() ? d.key : path + "." + d.key;
      if (const RawEntry* entry = throng::find(raw, d.key)) {
        if (auto found = value(d, entry->value, name)) {
          values.append(
              {d.key, std::move(*found), true, entry->key_place, std::exchange(by_name_, {})});
        } else if (d.initial) {
          values.append({d.key, *d.initial, false, entry->key_place});
        } else {
          absent(d, name, values);
        }
        continue;
      }
      if (d.initial) {
        values.append({d.key, *d.initial});
      } else if (!d.optional && !absent(d, name, values) && !meant.contains(d.key)) {
        missing(name, path, place);
      }
    }
    return values;
  }

  // What a key without an initial value holds where it is not written: nothing, or for tables and
  // lists what an empty one would hold. False where the key has to be written.
  bool absent(const Declaration& d, const std::string& name, Values& values) {
    switch (d.type) {
      case ValueType::table:
        if (!d.optional) {
          values.append({d.key, {table(d.fields, {}, name, whole_if_section())}});
        }
        return true;
      case ValueType::map:
        values.append({d.key, {Values()}});
        return true;
      case ValueType::records:
        values.append({d.key, {std::vector<Values>()}});
        return d.at_least == 0;
      default:
        return false;
    }
  }

  SourcePlace whole_if_section() const {
    return record_places_.empty() ? whole_ : record_places_.back();
  }

  void missing(const std::string& name, const std::string& path, const SourcePlace& place) {
    if (part_ && record_places_.empty()) {
      return;
    }
    const std::string where =
        record_places_.empty() && !path.empty() ? " in [" + path + "]" : std::string();
    wrong(name, place, check::missing_required, {name, where});
  }

  std::set<std::string> refuse_unknown(const Fields& fields, const RawTable& raw,
                                       const std::string& path) {
    std::vector<std::string> known;
    for (const Declaration& d : fields.declarations()) {
      known.push_back(d.key);
    }
    std::set<std::string> meant;
    for (const RawEntry& entry : raw) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) {
        continue;
      }
      if (refuse_foreign(entry, path)) {
        continue;
      }
      const std::string nearest = nearest_word(entry.key, known);
      meant.insert(nearest);
      const std::string advice = nearest.empty() ? keys_.elsewhere(entry.key, path, known)
                                                 : " Did you mean " + in_quotes(nearest) + "?";
      const std::string key = excerpt(entry.key);
      if (path.empty()) {
        wrong(nearest, entry.key_place, check::unknown_section, {key, advice});
      } else {
        wrong(path + "." + nearest, entry.key_place, check::unknown_key, {path, key, advice});
      }
    }
    return meant;
  }

  // What only scenarios that choose another word may say; false where none of them knows it either.
  bool refuse_foreign(const RawEntry& entry, const std::string& path) {
    const std::string name = path.empty() ? entry.key : path + "." + entry.key;
    std::string words, first;
    for (const Schema::Variant& other : all_.variants()) {
      if (other.schema.fields().find(name) != nullptr) {
        words += (words.empty() ? "" : " or ") + in_quotes(other.word);
        first = first.empty() ? other.word : first;
      }
    }
    if (words.empty()) {
      return false;
    }
    const std::string& key = all_.chosen_by();
    wrong(name, entry.key_place, check::of_another_model,
          {name, key, words, word_, key + " = " + toml_string(first)});
    return true;
  }

  std::optional<Value> value(const Declaration& d, const RawValue& raw, const std::string& name) {
    switch (d.type) {
      case ValueType::boolean:
        return exact<bool>(d, raw, name);
      case ValueType::integer:
        return wrapped(integer(d, raw, name));
      case ValueType::number:
        return wrapped(number(d, raw, name));
      case ValueType::text:
        return exact<std::string>(d, raw, name);
      case ValueType::choice:
        return choice(d, raw, name);
      case ValueType::date:
      case ValueType::date_or_never:
        return date(d, raw, name);
      case ValueType::path:
        return path(d, raw, name);
      case ValueType::integers:
        return list<i64>(d, raw, name);
      case ValueType::numbers:
        return list<double>(d, raw, name);
      case ValueType::texts:
        return list<std::string>(d, raw, name);
      case ValueType::dates:
        return list<Date>(d, raw, name);
      case ValueType::timeline:
        return timeline(d, raw, name);
      case ValueType::table:
        return section(d, raw, name);
      case ValueType::map:
        return map(d, raw, name);
      case ValueType::records:
        return records(d, raw, name);
    }
    return std::nullopt;
  }

  template <class T>
  static std::optional<Value> wrapped(std::optional<T> value) {
    return value ? std::optional(Value{*std::move(value)}) : std::nullopt;
  }

  template <class T>
  std::optional<Value> exact(const Declaration& d, const RawValue& raw, const std::string& name) {
    if (const T* value = raw.as<T>()) {
      return Value{*value};
    }
    return wrong_type(d, raw, name, d.type);
  }

  std::nullopt_t wrong_type(const Declaration& d, const RawValue& raw, const std::string& name,
                            ValueType expected) {
    const TypeWords words = words_of(expected);
    const bool itself = expected == d.type && !d.key.empty();  // and not an entry of it
    std::string example(words.example);
    const std::string* text = raw.as<std::string>();
    if (text != nullptr && expected == ValueType::date && Date::parse(*text)) {
      example = *text;  // it only has quotes too many
    } else if (itself && d.initial && !is_blank(*d.initial)) {
      example = toml_text(*d.initial);
    } else if (!d.choices.empty()) {
      example = toml_string(d.choices.front());
    }
    if (itself) {
      example = name.substr(name.rfind('.') + 1) + " = " + example;
    }
    wrong_type(raw, name, words.expected, example);
    return std::nullopt;
  }

  void wrong_type(const RawValue& raw, const std::string& name, std::string_view expected,
                  std::string_view example) {
    wrong(name, raw.place, check::wrong_type, {name, described(raw), expected, example});
  }

  std::optional<i64> integer(const Declaration& d, const RawValue& raw, const std::string& name) {
    const i64* value = raw.as<i64>();
    if (value == nullptr) {
      return wrong_type(d, raw, name, ValueType::integer);
    }
    const auto* low = std::get_if<i64>(&d.min);
    const auto* high = std::get_if<i64>(&d.max);
    if ((low != nullptr && *value < *low) || (high != nullptr && *value > *high)) {
      wrong(name, raw.place, check::out_of_range, {name, std::to_string(*value), range_text(d)});
      return std::nullopt;
    }
    return *value;
  }

  std::optional<double> number(const Declaration& d, const RawValue& raw, const std::string& name) {
    double value = 0;
    if (const double* real = raw.as<double>()) {
      value = *real;
    } else if (const i64* whole = raw.as<i64>()) {
      value = static_cast<double>(*whole);
    } else {
      return wrong_type(d, raw, name, ValueType::number);
    }
    if (!std::isfinite(value)) {
      wrong(name, raw.place, check::not_finite, {name});
      return std::nullopt;
    }
    const auto* low = std::get_if<double>(&d.min);
    const auto* high = std::get_if<double>(&d.max);
    if ((low != nullptr && value < *low) || (high != nullptr && value > *high)) {
      wrong(name, raw.place, check::out_of_range, {name, toml_number(value), range_text(d)});
      return std::nullopt;
    }
    return value;
  }

  std::optional<Value> choice(const Declaration& d, const RawValue& raw, const std::string& name) {
    const std::string* word = raw.as<std::string>();
    if (word == nullptr) {
      return wrong_type(d, raw, name, d.type);
    }
    const auto found = std::find(d.choices.begin(), d.choices.end(), *word);
    if (found == d.choices.end()) {
      wrong(name, raw.place, check::unknown_choice,
            {name, excerpt(*word), joined(d.choices),
             did_you_mean(*word, d.choices, " Choose one of these.")});
      return std::nullopt;
    }
    return Value{Choice{*word, static_cast<std::size_t>(found - d.choices.begin())}};
  }

  std::optional<Value> path(const Declaration& d, const RawValue& raw, const std::string& name) {
    const std::string* text = raw.as<std::string>();
    if (text == nullptr || text->empty()) {
      return wrong_type(d, raw, name, d.type);
    }
    const std::filesystem::path folder = raw.place.source ? raw.place.source->directory : "";
    const auto full = std::filesystem::absolute(folder / *text).lexically_normal();
    return Value{FilePath{full.string()}};
  }

  template <class T>
  std::optional<T> item(const Declaration& d, const RawValue& raw, const std::string& name) {
    if constexpr (std::is_same_v<T, double>) {
      return number(d, raw, name);
    } else if constexpr (std::is_same_v<T, i64>) {
      return integer(d, raw, name);
    } else {
      if (const T* value = raw.as<T>()) {
        return *value;
      }
      return wrong_type(d, raw, name, std::is_same_v<T, Date> ? ValueType::date : ValueType::text);
    }
  }

  template <class T>
  std::optional<Value> list(const Declaration& d, const RawValue& raw, const std::string& name) {
    const RawArray* array = raw.as<RawArray>();
    if (array == nullptr) {
      return wrong_type(d, raw, name, d.type);
    }
    std::vector<T> values;
    std::set<T> seen;
    for (const RawValue& written : *array) {
      auto value = item<T>(d, written, name);
      if (!value) {
        continue;
      }
      if constexpr (!std::is_same_v<T, double>) {
        if (!seen.insert(*value).second) {
          wrong(name, written.place, check::duplicate_item,
                {name, excerpt(toml_text(Value{*value}))});
        }
      }
      values.push_back(std::move(*value));
    }
    if (d.length != 0 && array->size() != d.length) {
      wrong(name, raw.place, check::wrong_length,
            {name, entries_text(array->size()), std::to_string(d.length)});
      return std::nullopt;
    }
    return values.size() == array->size() ? std::optional(Value{std::move(values)}) : std::nullopt;
  }

  std::optional<Value> timeline(const Declaration& d, const RawValue& raw,
                                const std::string& name) {
    const RawArray* array = raw.as<RawArray>();
    if (array == nullptr) {
      if (raw.as<double>() == nullptr && raw.as<i64>() == nullptr) {
        return wrong_type(d, raw, name, d.type);
      }
      const auto constant = number(d, raw, name);
      return constant ? std::optional(Value{Timeline<double>(*constant)}) : std::nullopt;
    }
    if (array->empty()) {
      wrong(name, raw.place, check::timeline_empty, {name});
      return std::nullopt;
    }
    const std::size_t mistakes_before = mistakes_.size();
    std::optional<double> first;
    if (d.initial) {
      first = std::get<Timeline<double>>(d.initial->content).first();
    }
    std::vector<DatedValue> dated;
    for (std::size_t i = 0; i < array->size(); ++i) {
      timeline_entry(d, (*array)[i], name, i, first, dated);
    }
    if (mistakes_.size() != mistakes_before) {
      return std::nullopt;
    }
    if (!first) {
      wrong(name, raw.place, check::timeline_start, {name, dated.front().written});
      return std::nullopt;
    }
    by_name_ = written_by_name(*first, dated);
    std::vector<Timeline<double>::Change> changes;
    for (const DatedValue& entry : dated) {
      if (stands(entry)) {
        changes.push_back({*entry.from, entry.value});
      }
    }
    return Value{Timeline<double>(*first, std::move(changes))};
  }

  // An entry of a timeline; without a date where it never comes, or another file says when.
  struct DatedValue {
    std::optional<Date> from;
    double value = 0;
    std::string written;  // as TOML has it: a date, or its name in quotes
    bool by_name = false;
  };

  // Whether it has a date that no other file moves.
  bool stands(const DatedValue& entry) const {
    return entry.from.has_value() && !(part_ && entry.by_name);
  }

  // The timeline as it was written, or nothing where it names no date.
  static std::string written_by_name(double first, const std::vector<DatedValue>& dated) {
    std::string text = "[{value = " + toml_number(first) + "}";
    bool by_name = false;
    for (const DatedValue& entry : dated) {
      text += ", {from = " + entry.written + ", value = " + toml_number(entry.value) + "}";
      by_name = by_name || entry.by_name;
    }
    return by_name ? text + "]" : std::string();
  }

  void timeline_entry(const Declaration& d, const RawValue& raw, const std::string& name,
                      std::size_t index, std::optional<double>& first,
                      std::vector<DatedValue>& dated) {
    const RawTable* entry = raw.as<RawTable>();
    if (entry == nullptr) {
      wrong_type(raw, "an entry of " + name, "a value with its date",
                 "{from = 2020-03-22, value = 0.5}");
      return;
    }
    const std::set<std::string> meant = refuse_unknown(timeline_fields(), *entry, name);
    const RawEntry* written = throng::find(*entry, "value");
    std::optional<double> value;
    if (written == nullptr && !meant.contains("value")) {
      wrong(name, raw.place, check::timeline_value, {name});
    } else if (written != nullptr) {
      value = number(d, written->value, name);
    }
    const RawEntry* from = throng::find(*entry, "from");
    if (from == nullptr) {
      if (index != 0 && !meant.contains("from")) {
        wrong(name, raw.place, check::timeline_from, {std::to_string(index + 1), name});
      } else if (index == 0 && value) {
        first = value;
      }
      return;
    }
    const std::optional<FoundDate> found = find_date(Declaration(), from->value, name);
    if (!found) {
      return;
    }
    const DatedValue change{found->date, value.value_or(0), found->written(), found->by_name()};
    if (!refuse_disorder(dated, change, name, from->key_place)) {
      dated.push_back(change);
    }
  }

  bool refuse_disorder(const std::vector<DatedValue>& dated, const DatedValue& entry,
                       const std::string& name, const SourcePlace& place) {
    const auto before =
        std::find_if(dated.rbegin(), dated.rend(), [&](const auto& e) { return stands(e); });
    if (!stands(entry) || before == dated.rend() || *before->from < *entry.from) {
      return false;
    }
    const bool by_name = entry.by_name || before->by_name;
    const auto words = [](const DatedValue& e) {
      return e.from->str() + (e.by_name ? " (" + e.written + ")" : "");
    };
    wrong(name, place, by_name ? check::timeline_names : check::timeline_order,
          {name, words(entry), words(*before)});
    return true;
  }

  // What stands where a date is expected: a date, or the name of one, which may be never.
  struct FoundDate {
    std::optional<Date> date;
    std::string name;  // "pause+14"; empty where the date itself is written

    bool by_name() const { return !name.empty(); }
    std::string written() const { return by_name() ? toml_string(name) : date->str(); }
  };

  std::optional<FoundDate> find_date(const Declaration& d, const RawValue& raw,
                                     const std::string& name) {
    if (const Date* date = raw.as<Date>()) {
      return FoundDate{*date, ""};
    }
    const std::string* text = raw.as<std::string>();
    const auto word = text == nullptr ? std::nullopt : parse_date_word(*text);
    if (!word) {
      wrong_type(d, raw, name, ValueType::date);
      return std::nullopt;
    }
    dates_.use(word->name);
    const std::optional<Date>* named = dates_.find(word->name);
    if (named == nullptr && !part_) {
      wrong(name, raw.place, check::date_unknown,
            {name, excerpt(*text), excerpt(word->name),
             did_you_mean(excerpt(word->name), dates_.known(), " Add it there, or write a date.")});
      return std::nullopt;
    }
    if (named == nullptr || !*named) {
      return FoundDate{std::nullopt, *text};
    }
    const i64 days = i64{(*named)->days_since_1970()} + word->days;
    if (days < Date::from_civil(1, 1, 1)->days_since_1970() ||
        days > Date::from_civil(9999, 12, 31)->days_since_1970()) {
      wrong(name, raw.place, check::date_out_of_range, {name, *text, (*named)->str()});
      return std::nullopt;
    }
    return FoundDate{**named + word->days, *text};
  }

  std::optional<Value> date(const Declaration& d, const RawValue& raw, const std::string& name) {
    const bool may_be_never = d.type == ValueType::date_or_never;
    const std::string* text = raw.as<std::string>();
    if (may_be_never && text != nullptr && *text == "never") {
      return Value{std::optional<Date>()};
    }
    if (in_dates_ && raw.as<Date>() == nullptr) {
      return wrong_type(d, raw, name, d.type);  // no name stands for another
    }
    const std::optional<FoundDate> found = find_date(d, raw, name);
    if (!found) {
      return std::nullopt;
    }
    if (!found->date && !may_be_never) {
      if (!part_) {
        wrong(name, raw.place, check::date_never, {name, found->name});
      }
      return std::nullopt;
    }
    by_name_ = found->by_name() ? found->written() : std::string();
    return may_be_never ? Value{found->date} : Value{*found->date};
  }

  static const Fields& timeline_fields() {
    static const Fields fields = [] {
      Fields f;
      f.add(Parameter<Date>{.name = "from"}).add(Parameter<double>{.name = "value"});
      return f;
    }();
    return fields;
  }

  std::optional<Value> section(const Declaration& d, const RawValue& raw, const std::string& name) {
    if (const RawTable* inner = raw.as<RawTable>()) {
      return Value{table(d.fields, *inner, name, raw.place)};
    }
    return wrong_type(d, raw, name, d.type);
  }

  std::optional<Value> map(const Declaration& d, const RawValue& raw, const std::string& name) {
    const RawTable* inner = raw.as<RawTable>();
    if (inner == nullptr) {
      return wrong_type(d, raw, name, d.type);
    }
    const Declaration& element = d.fields.declarations().front();
    Values values;
    values.set_place(raw.place);
    in_dates_ = name == dates_section;
    for (const RawEntry& entry : *inner) {
      if (in_dates_ && !names_a_date(entry.key)) {
        wrong(name, entry.key_place, check::date_name, {excerpt(entry.key)});
      }
      if (auto found = value(element, entry.value, name + "." + toml_key(entry.key))) {
        values.append(
            {entry.key, std::move(*found), true, entry.key_place, std::exchange(by_name_, {})});
      }
    }
    in_dates_ = false;
    return Value{std::move(values)};
  }

  std::optional<Value> records(const Declaration& d, const RawValue& raw, const std::string& name) {
    const RawArray* array = raw.as<RawArray>();
    if (array == nullptr) {
      return wrong_type(d, raw, name, d.type);
    }
    std::vector<Values> list;
    std::map<std::string, SourcePlace> seen;
    for (const RawValue& item : *array) {
      const std::string item_name = name + "[" + std::to_string(list.size() + 1) + "]";
      if (const RawTable* inner = item.as<RawTable>()) {
        record_places_.push_back(item.place);
        list.push_back(table(d.fields, *inner, item_name, item.place));
        record_places_.pop_back();
        refuse_duplicate(d, list.back(), name, seen);
      } else {
        wrong_type(Declaration(), item, item_name, ValueType::table);
        list.emplace_back();
      }
    }
    if (list.size() < d.at_least) {
      wrong(name, raw.place, check::too_few_records,
            {name, entries_text(list.size()), std::to_string(d.at_least)});
    }
    return Value{std::move(list)};
  }

  // `seen`: the first place of each value that is to differ.
  void refuse_duplicate(const Declaration& d, const Values& record, const std::string& name,
                        std::map<std::string, SourcePlace>& seen) {
    const NamedValue* mine = d.unique.empty() ? nullptr : record.entry(d.unique);
    if (mine == nullptr) {
      return;
    }
    const auto [first, news] = seen.emplace(toml_text(mine->value), mine->place);
    if (!news) {
      const auto* word = std::get_if<std::string>(&mine->value.content);
      wrong(name, mine->place, check::duplicate_record,
            {name, word != nullptr ? *word : first->first, first->second.str()});
    }
  }

  void wrong(const std::string& name, const SourcePlace& place, const Check& check,
             std::initializer_list<std::string_view> arguments) {
    wrong_names_.insert(name);
    report(mistakes_, place, check, arguments);
  }

  void run(const CrossCheck& cross, const Values& values) {
    for (const std::string& read : cross.reads) {
      for (const std::string& name : wrong_names_) {
        if (name.starts_with(read) || read.starts_with(name + ".")) {
          return;
        }
      }
    }
    cross.body(values, [&](std::string_view name, std::string text) {
      SourcePlace place = values.place_of(name);
      mistakes_.add(place.source ? place : whole_, cross.name, std::move(text));
    });
  }

  const Schema& schema_;
  const Schema& all_;
  std::string word_;
  SourcePlace whole_;
  bool part_;
  DateNames& dates_;
  Mistakes& mistakes_;
  std::string by_name_;    // how the value that was read last names dates
  bool in_dates_ = false;  // we are where dates get their names
  std::set<std::string> wrong_names_;
  std::vector<SourcePlace> record_places_;  // of the records we are in
  KeysInFull keys_;                         // of the schema
};
}  // namespace

Values resolve(const Followed& followed, const RawTable& raw, const SourcePlace& place,
               Completeness completeness, DateNames& dates, Mistakes& mistakes) {
  return Resolver(followed, place, completeness, dates, mistakes).all(raw);
}

void refuse_choice(const Followed& followed, const std::string& key, const RawValue& value,
                   Mistakes& mistakes) {
  DateNames none({});
  Resolver(followed, value.place, Completeness::part, none, mistakes).one(key, value);
}

}  // namespace throng
