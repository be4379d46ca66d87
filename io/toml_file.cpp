#include "io/toml_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <toml++/toml.h>

#include "io/checks.h"
#include "sim/error.h"

namespace throng {
namespace {
class Converter {
 public:
  explicit Converter(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

  RawTable table(const toml::table& from) const {
    RawTable entries;
    for (const auto& [key, node] : from) {
      RawEntry entry{std::string(key.str()), place(key.source()), value(node)};
      // A table of a header [a.b] begins at its header; of a value at the value.
      if (entry.value.place.line == 0) {
        entry.value.place = entry.key_place;
      }
      entries.push_back(std::move(entry));
    }
    // The library sorts by name; people read by line.
    std::stable_sort(entries.begin(), entries.end(), [](const RawEntry& a, const RawEntry& b) {
      return a.key_place.order() < b.key_place.order();
    });
    return entries;
  }

 private:
  SourcePlace place(const toml::source_region& region) const {
    return {source_, region.begin.line, region.begin.column};
  }

  RawValue value(const toml::node& node) const {
    RawValue result;
    result.place = place(node.source());
    if (const auto* inner = node.as_table()) {
      result.content = table(*inner);
    } else if (const auto* array = node.as_array()) {
      RawArray items;
      for (const toml::node& item : *array) {
        items.push_back(value(item));
      }
      result.content = std::move(items);
    } else {
      scalar(node, result);
    }
    return result;
  }

  static void scalar(const toml::node& node, RawValue& result) {
    if (const auto* flag = node.as_boolean()) {
      result.content = flag->get();
    } else if (const auto* integer = node.as_integer()) {
      result.content = i64{integer->get()};
    } else if (const auto* number = node.as_floating_point()) {
      result.content = number->get();
    } else if (const auto* text = node.as_string()) {
      result.content = text->get();
    } else if (const auto* day = node.as_date()) {
      const auto date = Date::from_civil(day->get().year, day->get().month, day->get().day);
      if (date) {
        result.content = *date;
      } else {
        result.content = RawOther{"a date before the year 1"};
      }
    } else {
      result.content = RawOther{node.is_time() ? "a time of day" : "a date with a time"};
    }
  }

  std::shared_ptr<const Source> source_;
};

// "Error while parsing key-value pair: cannot redefine existing integer 'a'" -> "a"
std::string redefined_key(std::string_view words) {
  if (words.find("redefine existing") == std::string_view::npos &&
      words.find("already") == std::string_view::npos) {
    return {};
  }
  const auto begin = words.find('\'');
  const auto end = words.rfind('\'');
  return begin == end ? std::string() : std::string(words.substr(begin + 1, end - begin - 1));
}

ReadError refusal(const toml::parse_error& error, const std::shared_ptr<const Source>& source) {
  const auto begin = error.source().begin;
  const SourcePlace place{source, begin.line, begin.column};
  const std::string key = redefined_key(error.description());
  const Check& found = key.empty() ? check::toml_syntax : check::duplicate_key;
  const std::string_view words = key.empty() ? error.description() : std::string_view(key);
  return ReadError({{place, std::string(found.id), message(found, {words})}});
}
}  // namespace

std::string read_text_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw IoError(path.string() + ": " + std::generic_category().message(EISDIR));
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file && file.peek() != std::ifstream::traits_type::eof()) {
    text << file.rdbuf();
  }
  if (!file.is_open() || file.bad() || text.bad()) {
    throw IoError(path.string() + ": " + std::generic_category().message(errno != 0 ? errno : EIO));
  }
  return std::move(text).str();
}

RawTable parse_toml(std::string_view text, std::shared_ptr<const Source> source) {
  try {
    const toml::table parsed = toml::parse(text, source->name);
    return Converter(source).table(parsed);
  } catch (const toml::parse_error& error) {
    throw refusal(error, source);
  }
}

RawValue parse_toml_value(std::string_view text, std::shared_ptr<const Source> source) {
  RawTable table = parse_toml("value = " + std::string(text) + "\n", source);
  const bool one_line = text.find_first_of("\n\r") == std::string_view::npos;
  if (table.size() != 1 || !one_line) {
    Mistakes mistakes;
    report(mistakes, {source, 0, 0}, check::toml_syntax, {"one value is expected"});
    mistakes.throw_if_any();
  }
  return std::move(table.front().value);
}

}  // namespace throng
