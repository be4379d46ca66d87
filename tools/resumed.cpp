#include "tools/resumed.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "io/json_text.h"
#include "io/publish.h"
#include "io/together.h"
#include "io/toml_file.h"
#include "scenarios/engine_parameters.h"
#include "sim/error.h"
#include "tools/commands.h"

namespace throng {

using Json = nlohmann::ordered_json;

std::string finished_file(const std::string& run, int replicate) {
  return run + "/replicates/" + snapshot_name(static_cast<Step>(replicate)) + ".h5";
}

void write_outcome(const std::string& path, const Outcome& outcome) {
  Json figures = Json::array();
  for (const Figure& f : outcome.figures) {
    // A number that is not there is null.
    figures.push_back({{"name", f.name},
                       {"type", static_cast<int>(f.type)},
                       {"value", f.value},
                       {"text", f.text},
                       {"headline", f.headline},
                       {"in_json", f.in_json}});
  }
  const Json all = {
      {"seed", outcome.seed}, {"content_hash", outcome.content_hash}, {"figures", figures}};
  replace_file(path, all.dump(1) + "\n");
}

Outcome outcome_from(const std::string& path) {
  try {
    const Json all = parse_json(read_file(path));
    const auto seed = whole_number<u64>(all.at("seed"));
    bool sound = seed && all.at("figures").is_array();
    Outcome outcome{
        .seed = seed.value_or(0), .content_hash = all.at("content_hash"), .figures = {}};
    for (const Json& f : all.at("figures")) {
      const auto type = whole_number<u8>(f.at("type"));
      sound = sound && type && *type <= static_cast<u8>(Figure::Type::text);
      outcome.figures.push_back({.name = f.at("name"),
                                 .type = static_cast<Figure::Type>(type.value_or(0)),
                                 .text = f.at("text"),
                                 .headline = f.at("headline"),
                                 .in_json = f.at("in_json")});
      if (!f.at("value").is_null()) {
        outcome.figures.back().value = f.at("value");
      }
    }
    if (sound) {
      return outcome;
    }
  } catch (const Json::exception&) {
  }
  throw IoError(path + ": does not say what became of a seed (it is damaged). Remove the folder " +
                std::filesystem::path(path).parent_path().string() + ", and run its seeds again.");
}

std::vector<std::string> changes_between(const std::string& before, const std::string& now) {
  using Lines = std::map<std::string, std::string>;
  const auto lines_of = [](const std::string& text) {
    Lines lines;
    std::istringstream in(text);
    std::map<std::string, int> tables;
    std::string section;
    for (std::string line; std::getline(in, line);) {
      const auto equals = line.find(" = ");
      if (line.starts_with("[")) {
        const auto begin = std::min(line.find_first_not_of('['), line.size());
        section = line.substr(begin, line.find(']') - begin);
        if (begin == 2) {
          section.append("[").append(std::to_string(++tables[section])).append("]");
        }
        section.append(".");
      } else if (equals != std::string::npos && !line.starts_with("#")) {
        lines[section + line.substr(0, equals)] = line.substr(equals + 3);
      }
    }
    std::erase_if(lines, [](const auto& line) {
      return line.first.starts_with("checkpoint.") || line.first.starts_with("partition.");
    });
    return lines;
  };
  Lines was = lines_of(before), is = lines_of(now);
  std::vector<std::string> changes;
  for (const auto& [key, value] : was) {
    if (!is.contains(key)) {
      changes.push_back(key + " was " + value + " and is not there");
    } else if (is[key] != value) {
      changes.push_back(key + " was " + value + " and is " + is[key]);
    }
  }
  for (const auto& [key, value] : is) {
    if (!was.contains(key)) {
      changes.push_back(key + " was not there and is " + value);
    }
  }
  return changes;
}

std::optional<ResultsReader> results_of(const std::filesystem::path& run,
                                        const std::string& scenario) {
  const std::filesystem::path file = run / "results.h5";
  if (!std::filesystem::exists(file)) {
    return std::nullopt;
  }
  ResultsReader results(file.string());
  const bool own = changes_between(results.provenance().scenario_text, scenario).empty();
  return own ? std::optional(std::move(results)) : std::nullopt;
}

RunRecord shared_record(const Communicator& world, const std::string& run) {
  RunRecord record;
  try {
    // What rank 0 reads counts: another machine may see a file as it was.
    together(world, [&] { record = world.rank() == 0 ? read_run_record(run) : record; });
  } catch (const IoError& error) {
    throw AgreedError(exit_io, error.what());
  }
  const auto of_root = [&](auto value) {
    return world.maximum(world.rank() == 0 ? i64{value} : 0);
  };
  record.status = static_cast<RunStatus>(of_root(static_cast<u8>(record.status)));
  record.replicates = static_cast<int>(of_root(record.replicates));
  return record;
}

std::string shared_text(const Communicator& world, const std::filesystem::path& path) {
  std::string text;
  if (world.rank() == 0) {
    try {
      text = read_text_file(path);
      text.insert(text.begin(), 't');
    } catch (const IoError& e) {
      text = std::string("e") + e.what();
    }
  }
  text = world.broadcast(std::move(text));
  if (text[0] == 'e') {
    throw IoError(text.substr(1));
  }
  return text.substr(1);
}

void refuse_changed_inputs(const RunRecord& record) {
  std::vector<std::string> mistakes;
  for (const InputFile& input : record.inputs) {
    // Scenario files are in the resolved one, whatever became of them.
    const bool is_data = std::filesystem::path(input.path).extension() != ".toml";
    try {
      if (is_data && input_file(input.path).sha256 != input.sha256) {
        mistakes.push_back(input.path +
                           ": is not the file that the run began with (its SHA-256 is another). "
                           "Restore it, or begin a new run.");
      }
    } catch (const IoError& error) {
      mistakes.push_back(error.what() + std::string(" Restore it, or begin a new run."));
    }
  }
  if (!mistakes.empty()) {
    throw InputError(std::move(mistakes));
  }
}

void refuse_changed_scenario(const std::string& run, const std::string& before,
                             const ScenarioFile& scenario) {
  std::vector<std::string> mistakes;
  for (const std::string& change : changes_between(before, scenario.resolved)) {
    mistakes.push_back((std::filesystem::path(run) / "scenario.toml").string() + ": " + change +
                       " (a run goes on as it began). Restore it, or branch from the checkpoint: "
                       "'throng branch'.");
  }
  if (!mistakes.empty()) {
    throw InputError(std::move(mistakes));
  }
}

Restart restart_of(const Communicator& world, const std::string& run, const ScenarioFile& scenario,
                   int finished) {
  Restart restart;
  try {
    restart = CheckpointFolder{run}.newest(world);
  } catch (const NoCheckpoint& error) {
    if (finished == 0) {
      throw AgreedError(exit_no_checkpoint, error.what());
    }
    return restart;
  } catch (const IoError& error) {
    throw AgreedError(exit_io, error.what());
  }
  refuse_changed_scenario(run, restart.past->scenario(), scenario);
  const i64 seed = scenario.values.get(scenario::run_seed) + finished;
  if (restart.past->info().seed != static_cast<u64>(seed)) {
    return {};  // of the seed before, which is finished
  }
  return restart;
}

}  // namespace throng
