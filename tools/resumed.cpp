#include "tools/resumed.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "io/json_text.h"
#include "io/publish.h"
#include "sim/error.h"

namespace throng {

using Json = nlohmann::ordered_json;

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

}  // namespace throng
