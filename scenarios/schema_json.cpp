#include "scenarios/schema_json.h"

#include <type_traits>
#include <variant>

#include <nlohmann/json.hpp>

namespace throng {
namespace {
using Json = nlohmann::ordered_json;

Json of_fields(const Fields& fields, bool whole);

template <class T>
Json list_of(const std::vector<T>& list);

// Initial values as editors show them; dates and paths are texts in JSON.
struct ToJson {
  Json operator()(bool flag) const { return flag; }
  Json operator()(i64 integer) const { return integer; }
  Json operator()(double number) const { return number; }
  Json operator()(const std::string& text) const { return text; }
  Json operator()(const Choice& choice) const { return choice.word; }
  Json operator()(Date date) const { return date.str(); }
  Json operator()(const std::optional<Date>& date) const { return date ? date->str() : "never"; }
  Json operator()(const FilePath& path) const { return path.text; }
  Json operator()(const Timeline<double>& timeline) const { return timeline.first(); }
  Json operator()(const Values&) const { return Json::object(); }
  template <class T>
  Json operator()(const std::vector<T>& list) const {
    return list_of(list);
  }
};

template <class T>
Json list_of(const std::vector<T>& list) {
  Json items = Json::array();
  for (const T& item : list) {
    items.push_back(ToJson()(item));
  }
  return items;
}

void add_bounds(const Declaration& d, Json& json) {
  const auto bound = [&](const char* name, const Declaration::Bound& value) {
    if (const auto* integer = std::get_if<i64>(&value)) {
      json[name] = *integer;
    } else if (const auto* number = std::get_if<double>(&value)) {
      json[name] = *number;
    }
  };
  bound("minimum", d.min);
  bound("maximum", d.max);
}

Json number(const Declaration& d) {
  Json json = {{"type", "number"}};
  add_bounds(d, json);
  return json;
}

Json integer(const Declaration& d) {
  Json json = {{"type", "integer"}};
  add_bounds(d, json);
  return json;
}

Json date() { return {{"type", "string"}, {"format", "date"}}; }

// A date, or one by its name in [dates]: "pause+14".
Json named_date() {
  const Json name = {{"type", "string"}, {"pattern", "^[a-z][a-z0-9_]*([+-][0-9]{1,5})?$"}};
  return {{"anyOf", {date(), name}}};
}

Json timeline(const Declaration& d) {
  const Json entry = {{"type", "object"},
                      {"properties", {{"from", named_date()}, {"value", number(d)}}},
                      {"required", {"value"}},
                      {"additionalProperties", false}};
  const Json list = {{"type", "array"}, {"items", entry}, {"minItems", 1}};
  return {{"anyOf", {number(d), list}}};
}

Json array_of(Json items, std::size_t length) {
  Json json = {{"type", "array"}, {"items", std::move(items)}};
  if (length != 0) {
    json["minItems"] = length;
    json["maxItems"] = length;
  }
  return json;
}

Json unique_array_of(Json items, std::size_t length) {
  Json json = array_of(std::move(items), length);
  json["uniqueItems"] = true;
  return json;
}

Json of_declaration(const Declaration& d, bool whole);

// What the value may be, without its description.
Json of_type(const Declaration& d, bool whole) {
  switch (d.type) {
    case ValueType::boolean:
      return {{"type", "boolean"}};
    case ValueType::integer:
      return integer(d);
    case ValueType::number:
      return number(d);
    case ValueType::text:
      return {{"type", "string"}};
    case ValueType::path:
      return {{"type", "string"}, {"minLength", 1}};
    case ValueType::choice:
      return {{"enum", d.choices}};
    case ValueType::date:
    case ValueType::date_or_never:
      return named_date();
    case ValueType::integers:
      return unique_array_of(integer(d), d.length);
    case ValueType::numbers:
      return array_of(number(d), d.length);
    case ValueType::texts:
      return unique_array_of({{"type", "string"}}, d.length);
    case ValueType::dates:
      return unique_array_of(date(), d.length);
    case ValueType::timeline:
      return timeline(d);
    case ValueType::table:
      return of_fields(d.fields, whole);
    case ValueType::map:
      return {{"type", "object"},
              {"additionalProperties", of_declaration(d.fields.declarations().front(), true)}};
    case ValueType::records: {
      // A record is whole wherever it stands: lists are replaced, never merged.
      Json json = {{"type", "array"}, {"items", of_fields(d.fields, true)}};
      if (d.at_least != 0) {
        json["minItems"] = d.at_least;
      }
      return json;
    }
  }
  return Json::object();
}

Json of_declaration(const Declaration& d, bool whole) {
  Json json = of_type(d, whole);
  const std::string unit = unit_text(d.unit);
  if (!d.doc.empty()) {
    json["description"] = d.doc + unit;
  }
  if (d.initial) {
    json["default"] = std::visit(ToJson(), d.initial->content);
  }
  return json;
}

bool needs_writing(const Declaration& d) {
  if (d.optional || d.initial || d.type == ValueType::map) {
    return false;
  }
  if (d.type == ValueType::records) {
    return d.at_least != 0;
  }
  if (d.type != ValueType::table) {
    return true;
  }
  for (const Declaration& inner : d.fields.declarations()) {
    if (needs_writing(inner)) {
      return true;
    }
  }
  return false;
}

// `whole` tables have all that is required; sections of a file may leave it to its bases.
Json of_fields(const Fields& fields, bool whole) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Declaration& d : fields.declarations()) {
    properties[d.key] = of_declaration(d, whole);
    if (whole && needs_writing(d)) {
      required.push_back(d.key);
    }
  }
  Json json = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) {
    json["required"] = required;
  }
  return json;
}

// What one key may be in several schemas: sections are joined key by key, other differences stand
// side by side.
void join(Json& into, const Json& other) {
  if (!into.contains("properties") || !other.contains("properties")) {
    if (into == other) {
      return;
    }
    Json any = into.contains("anyOf") ? into["anyOf"] : Json::array({into});
    any.push_back(other);
    into = {{"anyOf", std::move(any)}};
    return;
  }
  for (const auto& [key, value] : other["properties"].items()) {
    Json& mine = into["properties"];
    if (mine.contains(key)) {
      join(mine[key], value);
    } else {
      mine[key] = value;
    }
  }
}

// Where a file itself makes the choice by which schemas differ (a dotted key), what it may not say
// then: sections that other words alone have.
Json refusals(const Schema& schema, const Json& all) {
  Json rules = Json::array();
  const std::string& key = schema.chosen_by();
  const auto dot = key.find('.');
  const std::string section = key.substr(0, dot), last = key.substr(dot + 1);
  for (const Schema::Variant& variant : schema.variants()) {
    Json refused = Json::object();
    for (const auto& [name, value] : all["properties"].items()) {
      if (variant.schema.fields().find(name) == nullptr) {
        refused[name] = false;
      }
    }
    const Json chosen = {{"properties", {{last, {{"const", variant.word}}}}}, {"required", {last}}};
    if (!refused.empty()) {
      rules.push_back({{"if", {{"properties", {{section, chosen}}}, {"required", {section}}}},
                       {"then", {{"properties", refused}}}});
    }
  }
  return rules;
}
}  // namespace

std::string json_schema(const Schema& schema) {
  Json json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
               {"title", "Throng scenario"}};
  if (schema.variants().empty()) {
    json.update(of_fields(schema.fields(), false));
  } else {
    Json all = of_fields(schema.variants().front().schema.fields(), false);
    for (const Schema::Variant& variant : schema.variants()) {
      join(all, of_fields(variant.schema.fields(), false));
    }
    const Json rules = refusals(schema, all);
    json.update(all);
    if (!rules.empty()) {
      json["allOf"] = rules;
    }
  }
  const Json name = {{"type", "string"}, {"minLength", 1}};
  Json base = {{"anyOf", {name, array_of(name, 0)}}};
  base["description"] = "The scenarios this one builds on; later ones win, and this file over all.";
  json["properties"]["base"] = base;
  return json.dump(2) + "\n";
}

}  // namespace throng
