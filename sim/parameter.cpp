#include "sim/parameter.h"

#include <algorithm>
#include <utility>

namespace throng {
namespace {
// "run.seed" -> "run" and "seed"; the second is empty for a name without a dot.
std::pair<std::string_view, std::string_view> split(std::string_view dotted) {
  const auto dot = dotted.find('.');
  if (dot == std::string_view::npos) {
    return {dotted, {}};
  }
  return {dotted.substr(0, dot), dotted.substr(dot + 1)};
}

// "stage[2]" -> "stage" and 2; 0 for a name without a number.
std::pair<std::string_view, std::size_t> split_number(std::string_view name) {
  const auto bracket = name.find('[');
  if (bracket == std::string_view::npos) {
    return {name, 0};
  }
  std::size_t number = 0;
  for (const char c : name.substr(bracket + 1)) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<std::size_t>(c - '0');
    }
  }
  return {name.substr(0, bracket), number};
}

void collect_undocumented(const Fields& fields, const std::string& prefix,
                          std::vector<std::string>& names) {
  for (const Declaration& d : fields.declarations()) {
    const std::string name = prefix + d.key;
    const bool parameter = d.type != ValueType::table && d.type != ValueType::records;
    if (d.doc.empty() || (parameter && d.source.empty())) {
      names.push_back(name);
    }
    if (d.type != ValueType::map) {
      collect_undocumented(d.fields, name + ".", names);
    }
  }
}
}  // namespace

const NamedValue* Values::entry(std::string_view name) const {
  const auto [first, rest] = split(name);
  for (const NamedValue& item : entries_) {
    if (item.name != first) {
      continue;
    }
    if (rest.empty()) {
      return &item;
    }
    const Values* inner = std::get_if<Values>(&item.value.content);
    return inner == nullptr ? nullptr : inner->entry(rest);
  }
  return nullptr;
}

NamedValue* Values::entry(std::string_view name) {
  return const_cast<NamedValue*>(std::as_const(*this).entry(name));
}

void Values::append(NamedValue value) { entries_.push_back(std::move(value)); }

bool Values::given(std::string_view name) const {
  const NamedValue* found = entry(name);
  return found != nullptr && found->given;
}

const std::vector<Values>& Values::records(std::string_view name) const {
  const NamedValue* found = entry(name);
  ensures(found != nullptr && std::holds_alternative<std::vector<Values>>(found->value.content),
          "records that are read were declared in the schema");
  return std::get<std::vector<Values>>(found->value.content);
}

const Values* Values::find_table(std::string_view name) const {
  const NamedValue* found = entry(name);
  return found == nullptr ? nullptr : std::get_if<Values>(&found->value.content);
}

const Values& Values::table(std::string_view name) const {
  const Values* found = find_table(name);
  ensures(found != nullptr, "a table that is read was declared in the schema and is present");
  return *found;
}

SourcePlace Values::place_of(std::string_view name) const {
  if (name.empty()) {
    return place_;
  }
  const auto [first, rest] = split(name);
  const auto [key, number] = split_number(first);
  const NamedValue* found = entry(key);
  if (found == nullptr) {
    return place_;
  }
  SourcePlace place;
  const Values* inner = std::get_if<Values>(&found->value.content);
  const auto* list = std::get_if<std::vector<Values>>(&found->value.content);
  if (list != nullptr && number >= 1 && number <= list->size()) {
    inner = &(*list)[number - 1];
  }
  if (inner != nullptr && (number != 0 || !rest.empty())) {
    place = inner->place_of(rest);
  }
  if (place.source == nullptr) {
    place = found->place;
  }
  return place.source == nullptr ? place_ : place;
}

void Values::compile_timelines(const Calendar& calendar, Step steps) {
  for (NamedValue& item : entries_) {
    if (auto* timeline = std::get_if<Timeline<double>>(&item.value.content)) {
      timeline->compile(calendar, steps);
    } else if (auto* inner = std::get_if<Values>(&item.value.content)) {
      inner->compile_timelines(calendar, steps);
    } else if (auto* list = std::get_if<std::vector<Values>>(&item.value.content)) {
      for (Values& record : *list) {
        record.compile_timelines(calendar, steps);
      }
    }
  }
}

bool operator==(const Values& a, const Values& b) {
  const auto same = [](const NamedValue& x, const NamedValue& y) {
    return x.name == y.name && x.value == y.value;
  };
  return std::equal(a.entries_.begin(), a.entries_.end(), b.entries_.begin(), b.entries_.end(),
                    same);
}

const Declaration* Fields::find(std::string_view name) const {
  const auto [first, rest] = split(name);
  for (const Declaration& d : declarations_) {
    if (d.key == first) {
      return rest.empty() ? &d : d.fields.find(rest);
    }
  }
  return nullptr;
}

Fields& Fields::insert(std::string_view dotted, Declaration declaration) {
  const auto [first, rest] = split(dotted);
  auto found = std::find_if(declarations_.begin(), declarations_.end(),
                            [name = first](const Declaration& d) { return d.key == name; });
  if (rest.empty()) {
    ensures(found == declarations_.end(), "a parameter is declared once");
    declaration.key = first;
    declarations_.push_back(std::move(declaration));
    return *this;
  }
  if (found == declarations_.end()) {
    Declaration section;
    section.key = first;
    section.type = ValueType::table;
    declarations_.push_back(std::move(section));
    found = std::prev(declarations_.end());
  }
  ensures(found->type == ValueType::table, "a name before a dot is a section");
  found->fields.insert(rest, std::move(declaration));
  return *this;
}

Fields& Fields::section(std::string_view name, std::string_view doc) {
  if (const Declaration* known = find(name)) {
    ensures(known->type == ValueType::table, "a section is a table");
    const_cast<Declaration*>(known)->doc = doc;
    return *this;
  }
  return table(name, doc, {});
}

Fields& Fields::table(std::string_view name, std::string_view doc, Fields fields) {
  Declaration d;
  d.type = ValueType::table;
  d.doc = doc;
  d.fields = std::move(fields);
  return insert(name, std::move(d));
}

Fields& Fields::optional_table(std::string_view name, std::string_view doc, Fields fields) {
  Declaration d;
  d.type = ValueType::table;
  d.doc = doc;
  d.optional = true;
  d.fields = std::move(fields);
  return insert(name, std::move(d));
}

Fields& Fields::records(std::string_view name, RecordsInfo info, Fields fields) {
  Declaration d;
  d.type = ValueType::records;
  d.doc = info.doc;
  d.unique = info.unique;
  d.at_least = info.at_least;
  d.fields = std::move(fields);
  return insert(name, std::move(d));
}

Values initial_values(const Fields& fields) {
  Values values;
  for (const Declaration& d : fields.declarations()) {
    switch (d.type) {
      case ValueType::table:
        if (!d.optional) {
          values.append({d.key, {initial_values(d.fields)}});
        }
        break;
      case ValueType::map:
        values.append({d.key, {Values()}});
        break;
      case ValueType::records:
        values.append({d.key, {std::vector<Values>()}});
        break;
      default:
        if (d.initial) {
          values.append({d.key, *d.initial});
        }
    }
  }
  return values;
}

Schema& Schema::choose_by(std::string key, std::vector<Variant> variants) {
  ensures(!variants.empty(), "there is a schema to choose");
  for (const Variant& v : variants) {
    const Declaration* choice = v.schema.fields().find(key);
    ensures(choice != nullptr && choice->type == ValueType::choice &&
                std::count(choice->choices.begin(), choice->choices.end(), v.word) == 1,
            "every schema that is chosen declares the choice, with its own word in it");
  }
  key_ = std::move(key);
  variants_ = std::move(variants);
  return *this;
}

const Schema* Schema::variant(std::string_view word) const {
  if (variants_.empty()) {
    return this;
  }
  const auto found = std::find_if(variants_.begin(), variants_.end(),
                                  [&](const Variant& v) { return v.word == word; });
  return found == variants_.end() ? nullptr : &found->schema;
}

Values Schema::initial_values() const { return throng::initial_values(fields_); }

std::vector<std::string> undocumented(const Fields& fields) {
  std::vector<std::string> names;
  collect_undocumented(fields, "", names);
  return names;
}

}  // namespace throng
