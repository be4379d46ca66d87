#include "tools/points_table.h"

#include <algorithm>
#include <map>

#include "tools/csv_output.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& figure) {
  if (figure.is_string()) {
    return csv_field(figure.get<std::string>());
  }
  if (figure.is_number_float()) {
    return csv_number(figure.get<double>());
  }
  return figure.is_null() ? "" : figure.dump();
}

std::string status_of(const PointOutcome& outcome) {
  return !outcome.over ? "unfinished" : outcome.exit_code == 0 ? "completed" : "failed";
}

}  // namespace

std::string table_of(const std::vector<std::string>& columns, const std::vector<PointRow>& rows) {
  std::vector<std::string> header;
  for (const std::string& column : columns) {
    header.push_back(csv_field(column));
  }
  header.insert(header.end(), {"status", "exit_code", "message"});
  std::vector<std::string> figures;
  std::map<std::string, std::size_t> place;
  for (const PointRow& row : rows) {
    for (const auto& [name, value] : row.outcome->figures.items()) {
      if (!value.is_structured() && place.emplace(name, figures.size()).second) {
        const bool taken = std::find(columns.begin(), columns.end(), name) != columns.end();
        figures.push_back(name);
        header.push_back(csv_field((taken ? "result." : "") + name));
      }
    }
  }
  std::string text = csv_line(header);
  for (const PointRow& row : rows) {
    std::vector<std::string> fields;
    for (const std::string& field : row.first) {
      fields.push_back(csv_field(field));
    }
    const PointOutcome& outcome = *row.outcome;
    fields.insert(fields.end(),
                  {status_of(outcome), outcome.over ? std::to_string(outcome.exit_code) : "",
                   csv_field(outcome.message)});
    std::vector<std::string> values(figures.size());
    for (const auto& [name, value] : outcome.figures.items()) {
      if (const auto at = place.find(name); at != place.end()) {
        values[at->second] = text_of(value);
      }
    }
    fields.insert(fields.end(), values.begin(), values.end());
    text += csv_line(fields);
  }
  return text;
}

std::string failures_of(const std::vector<PointRun>& runs, const PointsDone& done) {
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const PointOutcome& outcome = done.outcomes[i];
    if (outcome.over && outcome.exit_code != 0) {
      text += "  " + runs[i].name + ": exit code " + std::to_string(outcome.exit_code) + ": " +
              outcome.message + "\n";
    }
  }
  return text;
}

}  // namespace throng
