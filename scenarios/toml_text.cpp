#include "scenarios/toml_text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <type_traits>

namespace throng {
namespace {
std::string inline_table(const Values& values) {
  std::string text;
  for (const NamedValue& item : values.entries()) {
    text += (text.empty() ? "" : ", ") + toml_key(item.name) + " = " + toml_text(item);
  }
  return "{" + text + "}";
}

std::string timeline_text(const Timeline<double>& timeline) {
  if (timeline.constant()) {
    return toml_number(timeline.first());
  }
  std::string text = "[{value = " + toml_number(timeline.first()) + "}";
  for (const auto& change : timeline.changes()) {
    text += ", {from = " + change.from.str() + ", value = " + toml_number(change.value) + "}";
  }
  return text + "]";
}

template <class T>
std::string list_text(const std::vector<T>& list) {
  std::string text;
  for (const T& item : list) {
    text += text.empty() ? "" : ", ";
    if constexpr (std::is_same_v<T, double>) {
      text += toml_number(item);
    } else if constexpr (std::is_same_v<T, i64>) {
      text += std::to_string(item);
    } else if constexpr (std::is_same_v<T, std::string>) {
      text += toml_string(item);
    } else if constexpr (std::is_same_v<T, Date>) {
      text += item.str();
    } else {
      text += inline_table(item);
    }
  }
  return "[" + text + "]";
}

struct Writer {
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(i64 integer) const { return std::to_string(integer); }
  std::string operator()(double number) const { return toml_number(number); }
  std::string operator()(const std::string& text) const { return toml_string(text); }
  std::string operator()(const Choice& choice) const { return toml_string(choice.word); }
  std::string operator()(const FilePath& path) const { return toml_string(path.text); }
  std::string operator()(Date date) const { return date.str(); }
  std::string operator()(const std::optional<Date>& date) const {
    return date ? date->str() : toml_string("never");
  }
  std::string operator()(const Timeline<double>& timeline) const { return timeline_text(timeline); }
  std::string operator()(const Values& table) const { return inline_table(table); }
  template <class T>
  std::string operator()(const std::vector<T>& list) const {
    return list_text(list);
  }
};

bool has_header(const NamedValue& item) {
  return std::holds_alternative<Values>(item.value.content) ||
         std::holds_alternative<std::vector<Values>>(item.value.content);
}

// A value that names dates is followed by those it has now.
void write_key(const NamedValue& item, std::string& text) {
  text += toml_key(item.name) + " = " + toml_text(item) + "\n";
  if (!item.by_name.empty()) {
    text += "# that is " + toml_text(item.value) + "\n";
  }
}

// Keys come before headers, since a header ends the table above it.
void write_keys(const Values& values, std::string& text) {
  for (const NamedValue& item : values.entries()) {
    if (!has_header(item)) {
      write_key(item, text);
    }
  }
}

void write_sections(const Values& values, const std::string& prefix, std::string& text) {
  for (const NamedValue& item : values.entries()) {
    const std::string name = prefix + toml_key(item.name);
    if (const auto* section = std::get_if<Values>(&item.value.content)) {
      text += "\n[" + name + "]\n";
      write_keys(*section, text);
      write_sections(*section, name + ".", text);
    } else if (const auto* records = std::get_if<std::vector<Values>>(&item.value.content)) {
      for (const Values& record : *records) {
        text += "\n[[" + name + "]]\n";
        for (const NamedValue& field : record.entries()) {
          write_key(field, text);
        }
      }
    }
  }
}
}  // namespace

std::string toml_number(double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".en") == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (code < 0x20 || code == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", code);
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string toml_key(std::string_view key) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !key.empty() && std::all_of(key.begin(), key.end(), bare) ? std::string(key)
                                                                   : toml_string(key);
}

std::string toml_text(const Value& value) { return std::visit(Writer(), value.content); }

std::string toml_text(const NamedValue& item) {
  return item.by_name.empty() ? toml_text(item.value) : item.by_name;
}

std::string toml_file_text(const Values& values) {
  std::string text;
  write_keys(values, text);
  write_sections(values, "", text);
  return text;
}

}  // namespace throng
