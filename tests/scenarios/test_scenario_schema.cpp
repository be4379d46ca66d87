#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "io/toml_file.h"
#include "scenarios/run.h"
#include "scenarios/schema_json.h"
#include "tests/scenarios/scenario_example.h"

using namespace throng;

namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

Json schema_of(const Schema& schema) { return Json::parse(json_schema(schema)); }

// Raw values as JSON, with dates as texts: what an editor's plug-in sees.
Json to_json(const RawValue& value);

Json to_json(const RawTable& table) {
  Json json = Json::object();
  for (const RawEntry& entry : table) {
    json[entry.key] = to_json(entry.value);
  }
  return json;
}

struct Converter {
  Json operator()(const RawTable& table) const { return to_json(table); }
  Json operator()(const RawArray& array) const {
    Json json = Json::array();
    for (const RawValue& item : array) {
      json.push_back(to_json(item));
    }
    return json;
  }
  Json operator()(Date date) const { return date.str(); }
  Json operator()(const RawOther& other) const { return other.kind; }
  template <class T>
  Json operator()(const T& value) const {
    return value;
  }
};

Json to_json(const RawValue& value) { return std::visit(Converter(), value.content); }

Json parsed(const std::string& text) {
  return to_json(parse_toml(text, std::make_shared<Source>(Source{"a.toml", "", 1})));
}

bool has_type(const Json& value, const std::string& type) {
  return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
         (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
         (type == "integer" && value.is_number_integer()) ||
         (type == "number" && value.is_number());
}

bool conforms(const Json& value, const Json& schema);

bool object_conforms(const Json& value, const Json& schema) {
  for (const auto& key : schema.value("required", Json::array())) {
    if (!value.contains(key.get<std::string>())) {
      return false;
    }
  }
  for (const auto& [key, item] : value.items()) {
    if (schema.contains("properties") && schema["properties"].contains(key)) {
      if (!conforms(item, schema["properties"][key])) {
        return false;
      }
    } else if (schema.contains("additionalProperties")) {
      const Json& others = schema["additionalProperties"];
      if (others.is_boolean() ? !others.get<bool>() : !conforms(item, others)) {
        return false;
      }
    }
  }
  return true;
}

bool array_conforms(const Json& value, const Json& schema) {
  if (value.size() < schema.value("minItems", std::size_t{0}) ||
      value.size() > schema.value("maxItems", value.size())) {
    return false;
  }
  for (const Json& item : value) {
    if (schema.contains("items") && !conforms(item, schema["items"])) {
      return false;
    }
  }
  return true;
}

// The part of JSON Schema that ours uses, so that the test needs no other program.
bool conforms(const Json& value, const Json& schema) {
  if (schema.is_boolean()) {
    return schema.get<bool>();
  }
  if (schema.contains("const") && schema["const"] != value) {
    return false;
  }
  for (const Json& rule : schema.value("allOf", Json::array())) {
    if (conforms(value, rule["if"]) && !conforms(value, rule["then"])) {
      return false;
    }
  }
  if (schema.contains("anyOf")) {
    bool any = false;
    for (const Json& one : schema["anyOf"]) {
      any = any || conforms(value, one);
    }
    return any;
  }
  if (schema.contains("enum")) {
    return std::find(schema["enum"].begin(), schema["enum"].end(), value) != schema["enum"].end();
  }
  if (schema.contains("type") && !has_type(value, schema["type"])) {
    return false;
  }
  if ((schema.contains("minimum") && value < schema["minimum"]) ||
      (schema.contains("maximum") && value > schema["maximum"])) {
    return false;
  }
  return (!value.is_object() || object_conforms(value, schema)) &&
         (!value.is_array() || array_conforms(value, schema));
}
}  // namespace

TEST_CASE("the JSON schema says what the declarations say", "[schema]") {
  const Json schema = schema_of(example::schema());

  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  const Json& run = schema["properties"]["run"]["properties"];
  CHECK(run["steps"]["type"] == "integer");
  CHECK(run["steps"]["minimum"] == 1);
  CHECK(run["steps"]["maximum"] == last_step);
  CHECK(run["seed"]["default"] == 1);
  REQUIRE(run["start"]["anyOf"].size() == 2);  // or the name of one
  CHECK(run["start"]["anyOf"][0]["format"] == "date");
  const Json& population = schema["properties"]["population"]["properties"];
  CHECK(population["kind"]["enum"] == Json::array({"city", "town", "files"}));
  CHECK(population["kind"]["default"] == "town");
  const Json& stage = schema["properties"]["epidemic"]["properties"]["stage"];
  CHECK(stage["minItems"] == 2);
  CHECK(stage["items"]["required"] == Json::array({"name"}));
  CHECK(stage["items"]["properties"]["next"]["items"]["required"] == Json::array({"to", "dwell"}));
}

TEST_CASE("good files conform to the JSON schema and bad ones do not", "[schema]") {
  const Json schema = schema_of(example::schema());

  CHECK(conforms(parsed(example::text), schema));
  CHECK(conforms(parsed("base = [\"a.toml\", \"b.toml\"]\n[run]\nseed = 2"), schema));
  for (const char* bad : {"run.sed = 1", "run.seed = \"1\"", "run.steps = 0",
                          "population.kind = \"twon\"", "epidemic.by_age = [1.0]",
                          "epidemic.stage = [{name = \"a\"}]", "epidemic.closures.retail = 2",
                          "epidemic.closures.retail = [{form = 2020-01-01, value = 1}]",
                          "epidemic.stage = [{}, {name = \"b\"}]", "base = 3", "weather = 1"}) {
    INFO(bad);
    CHECK_FALSE(conforms(parsed(bad), schema));
  }
}

TEST_CASE("every shipped scenario conforms to the JSON schema", "[schema]") {
  const Json schema = schema_of(full_schema());
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(THRONG_SOURCE_DIR) / "scenarios")) {
    const bool scenario =
        entry.path().parent_path().filename() != "decisions" &&  // templates there
        entry.path().filename() != "fit.toml";                   // what is fitted to what
    if (entry.path().extension() == ".toml" && scenario) {
      INFO(entry.path());
      CHECK(conforms(parsed(read_text_file(entry.path())), schema));
    }
  }
  CHECK(schema["additionalProperties"] == false);
}

TEST_CASE("the JSON schema of several models refuses what another one says", "[schema]") {
  const Json schema = schema_of(example::models());

  CHECK(schema["properties"]["run"]["properties"]["model"]["enum"] ==
        Json::array({"epidemic", "rumor"}));
  CHECK(conforms(parsed("run.model = \"rumor\"\nrumor.tellers = 4"), schema));
  CHECK(conforms(parsed("base = \"a.toml\"\nrumor.tellers = 4"), schema));
  CHECK(conforms(parsed("run.model = \"epidemic\"\nepidemic.r0 = 4"), schema));
  CHECK_FALSE(conforms(parsed("run.model = \"rumor\"\nepidemic.r0 = 4"), schema));
  CHECK_FALSE(conforms(parsed("run.model = \"epidemic\"\nrumor.tellers = 4"), schema));
  CHECK_FALSE(conforms(parsed("run.model = \"rumour\""), schema));
}

TEST_CASE("a JSON schema validator agrees", "[schema]") {
  if (std::system("python3 -c 'import jsonschema' 2> /dev/null") != 0) {
    WARN("SKIPPED: python3 has no module jsonschema, so no second opinion on the JSON schema");
    return;
  }
  const fs::path folder =
      fs::temp_directory_path() / ("throng_schema_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "schema.json") << json_schema(example::schema());
  std::ofstream(folder / "good.json") << parsed(example::text).dump();
  std::ofstream(folder / "bad.json") << R"({"run": {"sed": 1}})";
  const std::string program =
      "python3 -c \"import json, sys, jsonschema as j; s = json.load(open('schema.json')); "
      "j.Draft202012Validator.check_schema(s); "
      "sys.exit(not j.Draft202012Validator(s).is_valid(json.load(open(sys.argv[1]))))\" ";

  const int good = std::system(("cd " + folder.string() + " && " + program + "good.json").c_str());
  const int bad = std::system(("cd " + folder.string() + " && " + program + "bad.json").c_str());

  fs::remove_all(folder);
  CHECK(good == 0);
  CHECK(bad != 0);
}
