// A small TOML file of single values: every key is asked for by name, and those that nobody asked
// for are mistakes.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/checks.h"
#include "sim/raw_value.h"

namespace throng {

class PlainTable {
 public:
  /// `what` it is, as messages say it: "a template". Throws ReadError where it is not TOML.
  PlainTable(std::string_view toml, std::shared_ptr<const Source> source, std::string what,
             Mistakes& mistakes);

  enum class IfMissing : u8 { mistake, nothing };
  /// Nothing, and a mistake, where it is missing or of another type.
  const std::string* text(std::string_view key, IfMissing then = IfMissing::mistake);
  std::optional<bool> flag(std::string_view key);
  std::optional<double> number(std::string_view key);  ///< finite; whole ones too
  /// Nothing, and no mistake, where it is missing.
  const RawArray* list(std::string_view key);
  bool has(std::string_view key) const { return find(table_, key) != nullptr; }

  /// Where the value of a key stands; the file as a whole where it is missing.
  SourcePlace place_of(std::string_view key) const;
  SourcePlace place() const { return {source_, 0, 0}; }
  void wrong_type(const RawValue& value, std::string_view name, std::string_view expected,
                  std::string_view example);
  /// When all keys were asked for: the others are mistakes.
  void refuse_others();

 private:
  const RawValue* ask(std::string_view key, IfMissing then);
  std::shared_ptr<const Source> source_;
  std::string what_;
  Mistakes& mistakes_;
  RawTable table_;
  std::vector<std::string> known_;
};

/// The text of such a file. Throws ReadError where it cannot be read or has more than 64 KiB. Line
/// ends \r\n become \n.
std::pair<std::string, std::shared_ptr<const Source>> read_small_file(const std::string& path);
std::string with_plain_line_ends(std::string_view text);

}  // namespace throng
