// What a file says before anyone knows what it means: a tree of plain values that remember where
// they were written. Readers of file formats produce it; schemas give it types.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/calendar.h"
#include "sim/types.h"

namespace throng {

/// A file, or another thing that text came from: a command line, a test.
struct Source {
  std::string name;       ///< as messages print it
  std::string directory;  ///< relative paths written in this source start here
  u32 order = 0;          ///< sources are reported in the order they were read
};

/// Where something is written. Lines and columns count from 1; line 0 is the source as a whole.
struct SourcePlace {
  std::shared_ptr<const Source> source;
  u32 line = 0;
  u32 column = 0;

  /// "nyc.toml:23:1"
  std::string str() const {
    const std::string name = source ? source->name : std::string("defaults");
    return line == 0 ? name : name + ":" + std::to_string(line) + ":" + std::to_string(column);
  }
  auto order() const { return std::tuple(source ? source->order : 0, line, column); }
};

struct RawValue;
struct RawEntry;
using RawArray = std::vector<RawValue>;
using RawTable = std::vector<RawEntry>;  ///< in the order of the source, keys differ
/// A kind of value that no parameter has, such as a time of day.
struct RawOther {
  std::string kind;
};

struct RawValue {
  std::variant<RawTable, RawArray, bool, i64, double, std::string, Date, RawOther> content;
  SourcePlace place;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&content);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&content);
  }
};

struct RawEntry {
  std::string key;
  SourcePlace key_place;
  RawValue value;
};

inline const RawEntry* find(const RawTable& table, std::string_view key) {
  for (const auto& entry : table) {
    if (entry.key == key) {
      return &entry;
    }
  }
  return nullptr;
}

inline RawEntry* find(RawTable& table, std::string_view key) {
  return const_cast<RawEntry*>(find(std::as_const(table), key));
}

}  // namespace throng
