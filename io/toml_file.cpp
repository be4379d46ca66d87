#include "io/toml_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
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

// Keys nest tables, and tables are walked by recursion: the library bounds brackets, but not dots.
constexpr int most_parts = 8;

// The end of a string or comment that begins at `at`, or `at` itself.
std::size_t skip_text(std::string_view text, std::size_t at) {
  if (text[at] == '#') {
    return std::min(text.find('\n', at), text.size());
  }
  const char quote = text[at];
  if (quote != '"' && quote != '\'') {
    return at;
  }
  const std::string three(3, quote);
  const bool lines = text.substr(at, 3) == three;
  std::size_t i = at + (lines ? 3 : 1);
  while (i < text.size()) {
    if (text[i] == '\\' && quote == '"') {
      i += 2;
    } else if (lines ? text.substr(i, 3) == three : (text[i] == quote || text[i] == '\n')) {
      return std::min(i + (lines ? 3 : 1), text.size());
    } else {
      ++i;
    }
  }
  return text.size();
}

void refuse_depth(std::string_view text, const std::shared_ptr<const Source>& source) {
  int dots = 0;
  u32 line = 1;
  std::size_t line_begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = skip_text(text, i);
    if (end == i) {
      dots = text[i] == '.'                                                         ? dots + 1
             : std::string_view(",=[]{}\n").find(text[i]) != std::string_view::npos ? 0
                                                                                    : dots;
    }
    if (dots >= most_parts) {
      Mistakes mistakes;
      report(mistakes, {source, line, static_cast<u32>(i - line_begin) + 1}, check::toml_depth,
             {std::to_string(most_parts)});
      mistakes.throw_if_any();
    }
    const std::size_t next = std::max(end, i + 1);
    for (std::size_t k = i; k < next && k < text.size(); ++k) {
      if (text[k] == '\n') {
        ++line;
        line_begin = k + 1;
      }
    }
    i = next;
  }
}

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

// "Error while parsing decimal integer: '9223372036854775808' is not representable in 64 bits" ->
// the number
std::string number_too_large(std::string_view words) {
  const auto end = words.find("' is not representable in 64 bits");
  const auto begin = end == std::string_view::npos ? end : words.rfind('\'', end - 1);
  return begin == std::string_view::npos ? std::string()
                                         : std::string(words.substr(begin + 1, end - begin - 1));
}

ReadError refusal(const toml::parse_error& error, const std::shared_ptr<const Source>& source) {
  const auto begin = error.source().begin;
  const SourcePlace place{source, begin.line, begin.column};
  const auto told = [&](const Check& found, std::string_view words) {
    return ReadError({{place, std::string(found.id), message(found, {words})}});
  };
  if (const std::string key = redefined_key(error.description()); !key.empty()) {
    return told(check::duplicate_key, key);
  }
  if (const std::string number = number_too_large(error.description()); !number.empty()) {
    return told(check::integer_too_large, number);
  }
  return told(check::toml_syntax, error.description());
}
}  // namespace

std::string read_text_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) {
    throw IoError(path.string() + ": " + std::generic_category().message(EISDIR));
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    // A pipe may never come, a device never end.
    throw IoError(path.string() + ": it is a pipe or a device, not a file");
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) {
    throw IoError(path.string() + ": " + std::generic_category().message(errno));
  }
  const auto expected = std::filesystem::file_size(path, error);
  std::string text;
  text.resize(error ? 0 : expected);
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  // A file may grow while it is read.
  char more[4096];
  for (std::size_t n = 1; n != 0;) {
    n = std::fread(more, 1, sizeof more, file.get());
    text.append(more, n);
  }
  if (std::ferror(file.get()) != 0) {
    throw IoError(path.string() + ": " + std::generic_category().message(EIO));
  }
  return text;
}

std::string reason(const IoError& error) {
  const std::string_view words = error.what();
  const auto colon = words.rfind(": ");
  return std::string(colon == std::string_view::npos ? words : words.substr(colon + 2));
}

RawTable parse_toml(std::string_view text, std::shared_ptr<const Source> source) {
  refuse_depth(text, source);
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
