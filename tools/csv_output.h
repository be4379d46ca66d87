// Tables as CSV (RFC 4180): fields, and the file they go to.
#pragma once
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "io/publish.h"

namespace throng {

/// Quoted where it has to be.
void add_csv_text(std::string& out, const std::string& text);

/// The shortest text that reads back as the same number; nothing where there is none.
void add_csv_number(std::string& out, auto value) {
  if constexpr (std::is_floating_point_v<decltype(value)>) {
    if (std::isnan(value)) {
      return;
    }
  }
  char digits[40];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// The same as fields of their own, and a line of such fields.
std::string csv_field(const std::string& text);
std::string csv_number(double value);
std::string csv_line(const std::vector<std::string>& fields);

/// What is written, under its name once it is whole: a file, or where that is empty standard
/// output. Throws IoError.
class TextOutput {
 public:
  explicit TextOutput(const std::string& file);
  TextOutput(const TextOutput&) = delete;
  TextOutput& operator=(const TextOutput&) = delete;
  ~TextOutput();
  void write(const std::string& text);
  void finish();

 private:
  std::unique_ptr<PendingFile> pending_;
  std::FILE* stream_ = stdout;
};

}  // namespace throng
