// Commands that explain and check: check, describe, schema, fit-report.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "io/toml_file.h"
#include "scenarios/city/city.h"
#include "scenarios/city/fit.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "scenarios/schema_json.h"
#include "sim/words.h"
#include "tools/commands.h"

namespace throng {
namespace {

bool matches(const std::string& name, const std::string& what) {
  return name.find(what) != std::string::npos;
}

std::string text_of(const std::optional<Value>& value) {
  if (!value) {
    return "none";
  }
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        const auto number = [](double d) {
          char t[40];
          std::snprintf(t, sizeof t, "%g", d);
          return std::string(t);
        };
        if constexpr (std::is_same_v<T, bool>) {
          return v ? "true" : "false";
        } else if constexpr (std::is_same_v<T, i64>) {
          return std::to_string(v);
        } else if constexpr (std::is_same_v<T, double>) {
          return number(v);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return "\"" + v + "\"";
        } else if constexpr (std::is_same_v<T, Choice>) {
          return v.word;
        } else if constexpr (std::is_same_v<T, Date>) {
          return v.str();
        } else if constexpr (std::is_same_v<T, std::optional<Date>>) {
          return v ? v->str() : "never";
        } else if constexpr (std::is_same_v<T, FilePath>) {
          return v.text;
        } else if constexpr (std::is_same_v<T, std::vector<i64>> ||
                             std::is_same_v<T, std::vector<double>>) {
          std::string all;
          for (const auto d : v) {
            all += (all.empty() ? "" : ", ") + number(static_cast<double>(d));
          }
          return "[" + all + "]";
        } else if constexpr (std::is_same_v<T, Timeline<double>>) {
          return number(v.first());
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          std::string all;
          for (const auto& d : v) {
            all += (all.empty() ? "" : ", ") + d;
          }
          return "[" + all + "]";
        } else {
          return "[]";
        }
      },
      value->content);
}

std::string bound(const Declaration::Bound& b) {
  if (const auto* i = std::get_if<i64>(&b)) {
    return std::to_string(*i);
  }
  if (const auto* d = std::get_if<double>(&b)) {
    char t[40];
    std::snprintf(t, sizeof t, "%g", *d);
    return t;
  }
  return "";
}

struct Described {
  std::string name, type, unit, initial, range, doc, source;
};

std::string_view type_name(ValueType t) {
  static constexpr std::string_view names[] = {
      "true or false", "whole number", "number",         "text",    "word",  "date",
      "date or never", "path",         "whole numbers",  "numbers", "texts", "dates",
      "timeline",      "table",        "list of tables", "map"};
  return names[static_cast<int>(t)];
}

void collect(const Fields& fields, const std::string& prefix, std::vector<Described>& out) {
  for (const Declaration& d : fields.declarations()) {
    const std::string name = prefix.empty() ? d.key : prefix + "." + d.key;
    if (d.type == ValueType::map) {
      // Free keys: what one of them may say.
      const std::size_t first = out.size();
      collect(d.fields, name, out);
      out[first].name = name + ".KEY";
      continue;
    }
    if (d.type != ValueType::table) {
      std::string range = bound(d.min) +
                          (bound(d.min).empty() && bound(d.max).empty() ? "" : " to ") +
                          bound(d.max);
      for (const auto& c : d.choices) {
        range += (range.empty() ? "" : ", ") + c;
      }
      out.push_back({name, std::string(type_name(d.type)), d.unit,
                     d.initial                      ? text_of(d.initial)
                     : d.type == ValueType::records ? "[]"
                     : d.optional                   ? "absent"
                                                    : "required",
                     range, d.doc, d.source});
    }
    collect(d.fields, d.type == ValueType::records ? name + "[]" : name, out);
  }
}

std::string initial_of(const ColumnInfo& c, const std::vector<std::string>& labels) {
  if (c.initial < labels.size()) {
    return labels[c.initial];
  }
  return value_text(c.type, c.initial);
}

/// Every value a column can hold.
std::string range_of(DataType type) {
  switch (type) {
    case DataType::u8_:
      return "0 to 255";
    case DataType::u16_:
      return "0 to 65535";
    case DataType::u32_:
      return "0 to 4294967295";
    case DataType::u64_:
      return "0 to 18446744073709551615";
    case DataType::i32_:
      return "-2147483648 to 2147483647";
    case DataType::i64_:
      return "-9223372036854775808 to 9223372036854775807";
    case DataType::f64_:
      return "any number";
  }
  return "";
}

}  // namespace

int check_command(const std::string& scenario, const std::vector<std::string>& set) {
  const ScenarioFile file = read_scenario(full_schema(), scenario, {.set = set});
  const auto model = check_scenario(file);
  const Calendar* calendar = model->calendar();
  std::printf("%s: good: %s %s, %lld steps%s\n", scenario.c_str(), grouped(model->agents()).c_str(),
              model->words().many.c_str(),
              static_cast<long long>(file.values.get(scenario::run_steps)),
              calendar == nullptr ? "" : (" from " + calendar->start.str()).c_str());
  for (const Override& o : file.overrides) {
    std::printf("  %s = %s%s\n", o.key.c_str(), o.after.c_str(),
                o.before.empty() ? "" : ("  (was " + o.before + ")").c_str());
  }
  return exit_done;
}

int schema_command() {
  std::printf("%s\n", json_schema(full_schema()).c_str());
  return exit_done;
}

int fit_command(const std::string& scenario, const std::vector<std::string>& set) {
  const ScenarioFile file = read_scenario(full_schema(), scenario, {.set = set});
  const bool people = file.values.find_table("population") != nullptr;
  const auto source = people ? source_of(file.values) : nullptr;
  const auto* city = dynamic_cast<const City*>(source.get());
  if (city == nullptr) {
    throw InputError(
        scenario +
        ": its population has no margins to compare with (it is not synthesized from tables). "
        "Give a scenario with population.kind = \"city\".");
  }
  const FitReport report = check_fit(*city);
  std::printf("%s", report.text(FitReport::Detail::all).c_str());
  return report.pass() ? exit_done : exit_model_error;
}

namespace {

/// A small scenario of a model, so that every behavior binds and says what it touches.
std::string smallest_scenario(const ModelEntry& model) {
  return "[run]\nmodel = \"" + model.name + "\"\nsteps = 7\n" + model.example;
}

using Json = nlohmann::ordered_json;

/// What is described, as text and as JSON.
class Description {
 public:
  explicit Description(std::string what) : what_(std::move(what)) {}

  void model(const ModelEntry& m) {
    if (matches(m.name, what_)) {
      text_ += "model " + m.name + "\n  " + m.doc + "\n\n";
      json_["models"].push_back({{"name", m.name}, {"doc", m.doc}});
    }
  }

  void behaviors(const Simulation& simulation) {
    for (const auto& [name, doc, kind, substep] : simulation.behaviors()) {
      if (!matches(name, what_)) {
        continue;
      }
      std::map<std::string, std::set<std::string>> access;
      for (const auto& a : simulation.access()) {
        if (a.behavior == name) {
          access[a.how].insert(a.column);
        }
      }
      text_ += "behavior " + name + "  (of each " + kind + ", in substep " + substep + ")\n  " +
               doc + "\n";
      Json b = {{"name", name}, {"kind", kind}, {"substep", substep}, {"doc", doc}};
      for (const auto& [how, columns] : access) {
        text_ += "  " + how + ":";
        for (const auto& c : columns) {
          text_ += " " + c;
          b[how].push_back(c);
        }
        text_ += "\n";
      }
      text_ += "\n";
      json_["behaviors"].push_back(b);
    }
  }

  void columns(const Population& population) {
    for (const auto& kind : population.kinds()) {
      for (const auto& e : kind->columns()) {
        if (matches(std::string(e->store->info().name), what_)) {
          column(kind->name(), *e);
        }
      }
    }
  }

  /// `models`: those that know it, empty where all do.
  void parameter(const Described& d, const std::string& models) {
    if (!matches(d.name, what_)) {
      return;
    }
    text_ += "parameter " + d.name + "  (" + d.type + ", unit " + (d.unit.empty() ? "1" : d.unit) +
             ", default " + d.initial + (d.range.empty() ? "" : ", " + d.range) + ")\n  " + d.doc +
             "\n" + (d.source.empty() ? "" : "  source: " + d.source + "\n") +
             (models.empty() ? "" : "  of model: " + models + "\n") + "\n";
    json_["parameters"].push_back({{"name", d.name},
                                   {"type", d.type},
                                   {"unit", d.unit},
                                   {"default", d.initial},
                                   {"range", d.range},
                                   {"doc", d.doc},
                                   {"source", d.source},
                                   {"models", models}});
  }

  const std::string& text() const { return text_; }
  std::string json() const { return json_.dump(2) + "\n"; }

 private:
  void column(const std::string& kind, const Kind::Entry& e) {
    const ColumnInfo& c = e.store->info();
    static constexpr std::string_view roles[] = {"fixed", "state", "decision", "finding"};
    const auto role = std::string(roles[static_cast<int>(c.role)]);
    // Labels that the column does not declare are those of the scenario, here a made-up one.
    const std::vector<std::string> names =
        c.labels.empty() ? std::vector<std::string>{} : e.label_names;
    std::string labels;
    for (const auto& l : names) {
      labels += (labels.empty() ? "" : ", ") + l;
    }
    const std::string initial =
        c.role == Role::fixed ? "set by the population" : initial_of(c, names);
    text_ += "column " + std::string(c.name) + "  (" + kind + ", " + role + ", " +
             std::string(name_of(c.type)) + ", unit " + std::string(c.unit) + ", default " +
             initial + ", " + range_of(c.type) + ")\n  " + std::string(c.doc) +
             (labels.empty() ? "" : "\n  labels: " + labels) +
             (c.source.empty() ? "" : "\n  source: " + std::string(c.source)) + "\n\n";
    json_["columns"].push_back({{"name", c.name},
                                {"kind", kind},
                                {"role", role},
                                {"type", name_of(c.type)},
                                {"unit", c.unit},
                                {"default", initial},
                                {"range", range_of(c.type)},
                                {"doc", c.doc},
                                {"labels", names},
                                {"source", c.source}});
  }

  std::string what_, text_;
  Json json_;
};

/// Parameters of all models, each once, with the models that know it.
std::vector<std::pair<Described, std::vector<std::string>>> parameters_of(const Schema& schema) {
  std::vector<std::pair<Described, std::vector<std::string>>> all;
  for (const Schema::Variant& variant : schema.variants()) {
    std::vector<Described> parameters;
    collect(variant.schema.fields(), "", parameters);
    for (Described& d : parameters) {
      const auto known = std::find_if(all.begin(), all.end(),
                                      [&](const auto& p) { return p.first.name == d.name; });
      if (known != all.end()) {
        known->second.push_back(variant.word);
      } else {
        all.push_back({std::move(d), {variant.word}});
      }
    }
  }
  return all;
}

}  // namespace

int describe_command(const std::string& what, bool json) {
  const Catalog catalog = builtin_catalog();
  const Schema schema = catalog.schema();
  Description description(what);
  for (const ModelEntry& model : catalog.models()) {
    description.model(model);
  }
  std::vector<ScenarioFile> files;
  std::vector<std::unique_ptr<Run>> runs;
  files.reserve(catalog.models().size());
  for (const ModelEntry& model : catalog.models()) {
    files.push_back(read_scenario_text(schema, smallest_scenario(model), "description", "."));
    runs.push_back(std::make_unique<Run>(Communicator(), files.back(), RunOptions{}));
    description.behaviors(runs.back()->simulation());
  }
  for (const auto& run : runs) {
    description.columns(run->simulation().population());
  }
  for (const auto& [parameter, models] : parameters_of(schema)) {
    std::string words;
    for (const std::string& word : models) {
      words += (words.empty() ? "" : ", ") + word;
    }
    description.parameter(parameter,
                          models.size() == schema.variants().size() ? std::string() : words);
  }
  if (description.text().empty()) {
    throw InputError("describe: nothing has '" + what +
                     "' in its name (models, behaviors, columns and parameters were searched). "
                     "Run 'throng describe' for all of them.");
  }
  std::printf("%s", json ? description.json().c_str() : description.text().c_str());
  return exit_done;
}

}  // namespace throng
