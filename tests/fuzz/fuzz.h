// What the targets share. A target gives any bytes at all to a reader of what comes from outside,
// who takes them or refuses them with an InputError or an IoError; whatever else happens (another
// exception, a broken contract, what a sanitizer sees, a long wait, much memory) is a finding.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/types.h"

/// A file of its own for each target; libFuzzer calls it, or replay.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace throng::fuzz {

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Several files in one input: a line "-- name --" begins the next. What stands before the first
/// such line is called "". Of two of one name the last counts.
class Parts {
 public:
  Parts(const std::uint8_t* data, std::size_t size);
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Empty where there is none.
  std::string operator[](std::string_view name) const;
  std::vector<std::string> lines(std::string_view name) const;

 private:
  const std::string* find(std::string_view name) const;
  struct Part {
    std::string name, text;
  };
  std::vector<Part> parts_;
};

/// A folder that goes when the process ends.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Makes or replaces a file in it.
  void write(std::string_view name, std::string_view text) const;
  void remove(std::string_view name) const;
  /// Removes all there is in it.
  void clear() const;

 private:
  std::filesystem::path path_;
};

/// Whether f() took its input: false where it refused it as a reader may.
bool takes(const std::function<void()>& f);

}  // namespace throng::fuzz
