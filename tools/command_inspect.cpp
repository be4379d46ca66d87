// Commands that explain and check: check, describe, schema, fit-report.
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "behaviors/person/columns.h"
#include "io/toml_file.h"
#include "scenarios/city/fit.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/run.h"
#include "scenarios/schema_json.h"
#include "tools/commands.h"
#include "tools/terminal.h"

namespace throng {
namespace {

/// A few people, so that every behavior binds and says what it touches.
constexpr std::string_view smallest_scenario = R"(
title = "every behavior, for description"
[run]
steps = 7
[population]
kind = "town"
[population.town]
people = 200
neighborhoods = 1
[epidemic]
beta = 0.05
[[epidemic.stage]]
name = "susceptible"
[[epidemic.stage]]
name = "infectious"
infectiousness = 1.0
next = [{to = "recovered", dwell = {kind = "geometric", mean = 5.0}}]
[[epidemic.stage]]
name = "recovered"
[epidemic.stay_home]
provider = "rule"
intercept = -4.0
order = 1.0
cases = 0.1
)";

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
        } else if constexpr (std::is_same_v<T, FilePath>) {
          return v.text;
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          std::string all;
          for (const double d : v) {
            all += (all.empty() ? "" : ", ") + number(d);
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
      "true or false", "whole number", "number", "text",     "word",  "date",           "path",
      "numbers",       "texts",        "dates",  "timeline", "table", "list of tables", "map"};
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
  if (c.type == DataType::f64_) {
    return text_of(Value{__builtin_bit_cast(double, c.initial)});
  }
  return std::to_string(static_cast<i64>(c.initial));
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
  const AgentId people = check_scenario(file);
  std::printf("%s: good: %s people, %lld steps from %s\n", scenario.c_str(),
              grouped(people).c_str(), static_cast<long long>(file.values.get(scenario::run_steps)),
              file.values.get(scenario::run_start).str().c_str());
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
  const auto source = source_of(file.values);
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

int describe_command(const std::string& what, bool json) {
  const Schema schema = full_schema();
  std::vector<Described> parameters;
  collect(schema.fields(), "", parameters);
  const ScenarioFile tiny = read_scenario_text(schema, smallest_scenario, "description", ".");
  Run run(Communicator(), tiny, {});
  const Simulation& simulation = run.simulation();

  nlohmann::ordered_json j;
  std::string t;
  for (const auto& [name, doc, kind, substep] : simulation.behaviors()) {
    std::map<std::string, std::set<std::string>> access;
    for (const auto& a : simulation.access()) {
      if (a.behavior == name) {
        access[a.how].insert(a.column);
      }
    }
    if (!matches(name, what)) {
      continue;
    }
    t += "behavior " + name + "  (of each " + kind + ", in substep " + substep + ")\n  " + doc +
         "\n";
    nlohmann::ordered_json b = {{"name", name}, {"kind", kind}, {"substep", substep}, {"doc", doc}};
    for (const auto& [how, columns] : access) {
      t += "  " + how + ":";
      for (const auto& c : columns) {
        t += " " + c;
        b[how].push_back(c);
      }
      t += "\n";
    }
    t += "\n";
    j["behaviors"].push_back(b);
  }
  for (const auto& kind : run.simulation().population().kinds()) {
    for (const auto& e : kind->columns()) {
      const ColumnInfo& c = e->store->info();
      if (!matches(std::string(c.name), what)) {
        continue;
      }
      static constexpr std::string_view roles[] = {"fixed", "state", "decision"};
      const auto role = std::string(roles[static_cast<int>(c.role)]);
      // Labels that the column does not declare are those of the scenario, here a made-up one.
      const std::vector<std::string> names =
          c.labels.empty() ? std::vector<std::string>{} : e->label_names;
      std::string labels;
      for (const auto& l : names) {
        labels += (labels.empty() ? "" : ", ") + l;
      }
      const std::string initial =
          c.role == Role::fixed ? "set by the population" : initial_of(c, names);
      t += "column " + std::string(c.name) + "  (" + kind->name() + ", " + role + ", " +
           std::string(name_of(c.type)) + ", unit " + std::string(c.unit) + ", default " + initial +
           ", " + range_of(c.type) + ")\n  " + std::string(c.doc) +
           (labels.empty() ? "" : "\n  labels: " + labels) +
           (c.source.empty() ? "" : "\n  source: " + std::string(c.source)) + "\n\n";
      j["columns"].push_back({{"name", c.name},
                              {"kind", kind->name()},
                              {"role", role},
                              {"type", name_of(c.type)},
                              {"unit", c.unit},
                              {"default", initial},
                              {"range", range_of(c.type)},
                              {"doc", c.doc},
                              {"labels", names},
                              {"source", c.source}});
    }
  }
  for (const Described& d : parameters) {
    if (!matches(d.name, what)) {
      continue;
    }
    t += "parameter " + d.name + "  (" + d.type + ", unit " + (d.unit.empty() ? "1" : d.unit) +
         ", default " + d.initial + (d.range.empty() ? "" : ", " + d.range) + ")\n  " + d.doc +
         "\n" + (d.source.empty() ? "" : "  source: " + d.source + "\n") + "\n";
    j["parameters"].push_back({{"name", d.name},
                               {"type", d.type},
                               {"unit", d.unit},
                               {"default", d.initial},
                               {"range", d.range},
                               {"doc", d.doc},
                               {"source", d.source}});
  }
  if (t.empty()) {
    throw InputError("describe: nothing has '" + what +
                     "' in its name (behaviors, columns and parameters were searched). "
                     "Run 'throng describe' for all of them.");
  }
  std::printf("%s", json ? (j.dump(2) + "\n").c_str() : t.c_str());
  return exit_done;
}

}  // namespace throng
