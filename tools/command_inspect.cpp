// What a run directory, or a file of one, holds.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "sim/error.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/run_files.h"

namespace throng {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// "a, b, c" of a list.
std::string listed(const Json& all) {
  std::string text;
  for (const Json& one : all) {
    text += (text.empty() ? "" : ", ") + text_of(one);
  }
  return text;
}

void line(const std::string& name, const std::string& text, int width = 20) {
  if (!text.empty()) {
    std::printf("%s\n", printable(formatted("%-*s %s", width, name.c_str(), text.c_str())).c_str());
  }
}

/// The plain values of an object under their names.
void lines(const Json& object) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_primitive()) {
      line(name, text_of(value));
    } else if (value.is_array() && !value.empty() && value.front().is_primitive()) {
      line(name, listed(value));
    }
  }
}

void title(const std::string& text) { std::printf("\n%s\n", printable(text).c_str()); }

std::string bytes_in_words(const Json& bytes) { return grouped(bytes.get<i64>()) + " bytes"; }

/// A column or a series in one line: name, type, unit, and what else there is to say.
void entry(const Json& one, const std::string& more) {
  std::string text = formatted("  %-34s %-8s [%s]", one.value("name", "").c_str(),
                               one.value("type", "").c_str(), one.value("unit", "1").c_str());
  if (one.contains("labels")) {
    text += "  " + listed(one["labels"]);
  }
  std::printf("%s%s%s\n", printable(text).c_str(), more.empty() ? "" : "  ",
              printable(more).c_str());
}

void columns(const Json& all, bool stored) {
  for (const Json& column : all) {
    std::string more;
    if (stored) {
      more = bytes_in_words(column.at("stored_bytes")) +
             (column.contains("hash") ? ", hash " + column.value("hash", "") : "");
    }
    entry(column, more);
  }
}

void results(const Json& content) {
  for (const char* const group : {"series", "quantiles"}) {
    if (!content.at(group).empty()) {
      title(group);
    }
    for (const Json& series : content.at(group)) {
      std::string shape;
      for (std::size_t k = 0; k < series.at("shape").size(); ++k) {
        shape += (k == 0 ? "by " : ", ") + text_of(series["dimensions"][k]) + " " +
                 text_of(series["shape"][k]);
      }
      entry(series, shape);
    }
  }
  for (const char* const group : {"tables", "events"}) {
    for (const Json& table : content.at(group)) {
      title(std::string(group) + " " + table.value("name", "") + ": " +
            counted(table.at("rows").get<std::size_t>(), "row"));
      columns(table.at("columns"), false);
    }
  }
  for (const Json& agents : content.at("agents")) {
    std::string steps;
    for (const Json& snapshot : agents.at("snapshots")) {
      steps += (steps.empty() ? "" : ", ") + text_of(snapshot["step"]) + " (" +
               counted(snapshot.at("rows").get<std::size_t>(), "row") + ")";
    }
    title("agents " + agents.value("kind", "") +
          (agents.contains("replicate") ? " of replicate " + text_of(agents["replicate"]) : "") +
          (agents.contains("space") ? " on a " + agents["space"].value("space", "") : "") +
          ": step " + steps);
    if (agents.contains("columns")) {
      columns(agents["columns"], false);
    }
  }
}

void checkpoint(const Json& content) {
  for (const Json& kind : content.at("kinds")) {
    const auto rows = kind.at("rows").get<std::size_t>();
    title("kind " + kind.value("kind", "") + ": " + counted(rows, "row") +
          (kind.contains("rows_changed") ? ", of which " + text_of(kind["rows_changed"]) +
                                               " are stored: the others are as "
                                               "they began"
                                         : "") +
          (kind.contains("next_id") ? ", next id " + text_of(kind["next_id"]) : ""));
    columns(kind.at("columns"), true);
  }
  if (!content.at("columns_elsewhere").empty()) {
    title("columns in fixed.h5, by hash");
    for (const auto& [name, hash] : content["columns_elsewhere"].items()) {
      line("  " + name, text_of(hash), 40);
    }
  }
  if (!content.at("networks").empty()) {
    title("networks, by hash");
    for (const auto& [name, hash] : content["networks"].items()) {
      line("  " + name, text_of(hash), 40);
    }
  }
  if (!content.at("numbers").empty()) {
    title("numbers");
    for (const Json& numbers : content["numbers"]) {
      line("  " + numbers.value("name", ""),
           counted(numbers.at("count").get<std::size_t>(), "value"), 40);
    }
  }
}

void segment(const Json& content) {
  title("arrays");
  for (const Json& array : content.at("arrays")) {
    const auto width = array.at("width").get<std::size_t>();
    std::printf("%s\n",
                printable(formatted("  %-34s %-8s %s%s, %s", array.value("name", "").c_str(),
                                    array.value("type", "").c_str(),
                                    counted(array.at("rows").get<std::size_t>(), "row").c_str(),
                                    width == 0   ? ", for those of earlier segments"
                                    : width == 1 ? ""
                                                 : (" of " + std::to_string(width)).c_str(),
                                    bytes_in_words(array.at("stored_bytes")).c_str()))
                    .c_str());
  }
}

Json header_of(const Examined& file) {
  return {{"path", file.path.string()},
          {"sort", name_of(file.sort)},
          {"bytes", file.bytes},
          {"whole", file.whole()}};
}

int inspect_file(const fs::path& path, bool as_json) {
  const Examined file = examine_apart(path);
  Json json = header_of(file);
  if (!file.whole()) {
    json["problem"] = file.problem;
  }
  json.update(file.content);
  if (as_json) {
    std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  } else if (file.whole()) {
    std::printf("%s: %s\n", printable(path.string()).c_str(), in_words(file).c_str());
    lines(file.content);
    switch (file.sort) {
      case FileSort::results:
        results(file.content);
        break;
      case FileSort::checkpoint:
      case FileSort::fixed:
        checkpoint(file.content);
        break;
      case FileSort::segment:
        segment(file.content);
        break;
      default:
        break;
    }
  }
  if (!file.whole()) {
    std::fprintf(stderr, "throng: %s\n", printable(file.problem).c_str());
    return exit_code_of(file.sort);
  }
  return exit_done;
}

/// Of a file among others, what fits beside them.
Json in_brief(const Examined& file, const fs::path& folder) {
  Json json = header_of(file);
  json["path"] = fs::relative(file.path, folder).string();
  if (!file.whole()) {
    json["problem"] = file.problem;
  }
  for (const auto& [name, value] : file.content.items()) {
    if (value.is_primitive()) {
      json[name] = value;
    } else if (file.sort == FileSort::results && value.is_array() && !value.empty() &&
               value.front().is_object()) {
      json[name] = Json::array();
      for (const Json& one : value) {
        json[name].push_back(one.contains("name") ? one["name"] : one["kind"]);
      }
    }
  }
  return json;
}

int inspect_run(const fs::path& folder, bool as_json) {
  const RunFiles run = files_of_run(folder);
  std::vector<Examined> files;
  for (const fs::path& path : run.files) {
    files.push_back(examine_apart(path));
    std::error_code error;
    if (!files.back().whole() && !fs::exists(path, error)) {
      files.pop_back();  // a run that is alive has removed it meanwhile
    }
  }
  ExitCode code = exit_done;
  Json json = {{"path", folder.string()},    {"sort", "run directory"},
               {"run", Json::object()},      {"files", Json::array()},
               {"left_over", Json::array()}, {"problems", Json::array()}};
  for (const Examined& file : files) {
    if (file.sort == FileSort::run) {
      json["run"] = file.content;
    }
    json["files"].push_back(in_brief(file, folder));
    if (!file.whole()) {
      code = worse(code, exit_code_of(file.sort));
      json["problems"].push_back(file.problem);
    }
  }
  for (const fs::path& path : run.left_over) {
    json["left_over"].push_back(fs::relative(path, folder).string());
  }
  for (const RunProblem& problem : problems_between(run, files)) {
    code = worse(code, problem.code);
    json["problems"].push_back(problem.words);
  }
  if (as_json) {
    std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    const Json& about = json["run"];
    std::printf("%s\n", printable(folder.string() + ": run of " + about.value("scenario", "?") +
                                  ", " + about.value("status", "?"))
                            .c_str());
    for (const auto& [name, value] : about.items()) {
      if (value.is_primitive() || name == "command_line" || name == "hosts" ||
          name == "restart_chain") {
        line(name, value.is_primitive() ? text_of(value) : listed(value));
      }
    }
    if (about.contains("summary") && !about["summary"].empty()) {
      title("summary");
      lines(about["summary"]);
    }
    title("files");
    for (const Examined& file : files) {
      line("  " + fs::relative(file.path, folder).string(),
           file.whole() ? in_words(file) : "damaged", 40);
    }
    for (const Json& path : json["left_over"]) {
      line("  " + text_of(path), "left over", 40);
    }
  }
  for (const Json& problem : json["problems"]) {
    std::fprintf(stderr, "throng: %s\n", printable(text_of(problem)).c_str());
  }
  return code;
}

}  // namespace

int inspect_command(const std::string& path, bool json) {
  std::error_code error;
  return fs::is_directory(path, error) ? inspect_run(path, json) : inspect_file(path, json);
}

}  // namespace throng
