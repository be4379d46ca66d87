#include "tools/point_outcome.h"

#include <cstring>
#include <optional>
#include <sstream>

#include "io/json_text.h"
#include "io/publish.h"
#include "io/run_directory.h"
#include "sim/words.h"
#include "tools/commands.h"

namespace throng {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Longer messages stand in the run's .err.
constexpr std::size_t most_of_a_message = 500;

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::string text_of(const fs::path& path) {
  return is_there(path) ? read_file(path.string()) : std::string();
}

/// An entry of an object; null where there is none.
const Json& entry(const Json& of, const char* name) {
  static const Json none;
  return of.is_object() && of.contains(name) ? of.at(name) : none;
}

/// The closing JSON line of what a run printed; null where there is none.
Json closing_line(const fs::path& printed) {
  std::istringstream lines(text_of(printed));
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    last = line.empty() ? last : line;
  }
  const Json line = parse_json(last);
  return line.is_object() && line.contains("content_hash") ? line : Json();
}

/// What a run said of its end: from its last "throng: " on, in one line; but what only counts
/// mistakes.
std::string message_in(const std::string& errors) {
  std::vector<std::string> said;
  std::istringstream lines(errors);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("throng: ")) {
      said.clear();
    }
    const bool counts = line.starts_with("throng: ") && line.ends_with(" in the input");
    if (!line.empty() && !counts) {
      said.push_back(line.starts_with("throng: ") ? line.substr(8) : line);
    }
  }
  std::string all;
  for (const std::string& line : said) {
    all += (all.empty() ? "" : " ") + line;
  }
  return first_characters(all, most_of_a_message);
}

std::string reason_of(int exit_code, const std::string& errors) {
  const std::string said = message_in(errors);
  if (exit_code > 128) {
    const int signal = exit_code - 128;
    const char* name = strsignal(signal);
    return "killed by signal " + std::to_string(signal) + " (" + (name == nullptr ? "?" : name) +
           ")" + (said.empty() ? "" : ": " + said);
  }
  return said.empty() ? "exit code " + std::to_string(exit_code) + " without a word" : said;
}

/// Of a run that its own files say was completed.
std::optional<PointOutcome> completed_by_itself(const fs::path& root, const PointRun& run) {
  const fs::path record = root / run.name / "run.json";
  if (!is_there(record)) {
    return std::nullopt;
  }
  const Json told = parse_json(text_of(record));
  const Json& status = entry(told, "status");
  if (!status.is_string() || status.get<std::string>() != name_of(RunStatus::completed) ||
      !is_there(root / run.name / "results.h5")) {
    return std::nullopt;
  }
  PointOutcome outcome{.over = true};
  outcome.figures = closing_line(point_file(root, run, ".out"));
  if (outcome.figures.is_null() && entry(told, "summary").is_object()) {
    outcome.figures = entry(told, "summary");  // it was killed before it printed them
  }
  return outcome;
}

}  // namespace

fs::path point_file(const fs::path& root, const PointRun& run, const char* ending) {
  return root / (run.name + ending);
}

PointOutcome outcome_of(const fs::path& root, const PointRun& run) {
  const fs::path noted = point_file(root, run, ".json");
  if (!is_there(noted)) {
    if (auto completed = completed_by_itself(root, run)) {
      write_outcome(root, run, *completed);
      return std::move(*completed);
    }
    return {};
  }
  const Json told = parse_json(text_of(noted));
  const auto code = whole_number<int>(entry(told, "exit_code"));
  const Json &message = entry(told, "message"), &figures = entry(told, "figures");
  if (!code || !message.is_string() || !told.contains("figures") ||
      !(figures.is_object() || figures.is_null())) {
    return {};  // not ours: the run is looked at again
  }
  return {
      .over = true, .exit_code = *code, .message = message.get<std::string>(), .figures = figures};
}

PointOutcome outcome_after(const fs::path& root, const PointRun& run, int exit_code) {
  PointOutcome outcome{.over = true, .exit_code = exit_code};
  const fs::path said = point_file(root, run, ".err");
  const std::string errors = text_of(said);
  if (exit_code != exit_done) {
    outcome.message = reason_of(exit_code, errors);
    return outcome;
  }
  if (errors.empty()) {
    remove_quietly(said.string());
  }
  if (auto completed = completed_by_itself(root, run)) {
    return std::move(*completed);
  }
  outcome.exit_code = exit_io;
  outcome.message = "it ended well, but run.json does not say that it was completed";
  return outcome;
}

void write_outcome(const fs::path& root, const PointRun& run, const PointOutcome& outcome) {
  const Json all = {
      {"exit_code", outcome.exit_code}, {"message", outcome.message}, {"figures", outcome.figures}};
  replace_file(point_file(root, run, ".json").string(),
               all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace throng
