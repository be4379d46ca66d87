// Strict CSV in: a header that names declared columns, then one row per line; typed columns out.
// Comma-separated, UTF-8 (with or without byte order mark), lines end with \n or \r\n, fields may
// be quoted as in RFC 4180. Numbers are written plainly: no spaces, no thousands separators.
#pragma once
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/mistakes.h"
#include "sim/raw_value.h"
#include "sim/types.h"
#include "sim/units.h"

namespace throng {

enum class CsvType : u8 { integer, number, text, choice, boolean };

/// Declaration of a column a file may have.
struct CsvColumn {
  std::string name;
  CsvType type = CsvType::integer;
  Unit unit = {};
  std::string doc;
  bool required = false;
  i64 least = 0;  ///< bounds of an integer, both allowed
  i64 most = std::numeric_limits<i64>::max();
  double min = 0;  ///< bounds of a number, both allowed
  double max = std::numeric_limits<double>::max();
  std::vector<std::string> choices = {};
  std::optional<i64> if_empty = std::nullopt;  ///< what an empty integer field stands for
};

class CsvReader;

class CsvTable {
 public:
  std::size_t rows() const { return rows_; }
  bool has(std::string_view column) const;
  /// Integers, choices (their position among the words) and booleans (0, 1); empty if not there.
  std::span<const i64> integers(std::string_view column) const;
  std::span<const double> numbers(std::string_view column) const;
  std::span<const std::string> texts(std::string_view column) const;

  /// Where a field stands in the file; row 0 is the first after the header. Searches the text.
  SourcePlace place_of(std::size_t row, std::string_view column) const;
  SourcePlace place() const { return {source_, 0, 0}; }

 private:
  friend class CsvReader;
  friend CsvTable parse_csv(std::string, std::shared_ptr<const Source>, std::span<const CsvColumn>,
                            Mistakes&);
  friend CsvTable read_csv(const std::filesystem::path&, u32, std::span<const CsvColumn>,
                           Mistakes&);
  struct Column {
    std::string name;
    std::size_t position = 0;  ///< in the file
    std::variant<std::vector<i64>, std::vector<double>, std::vector<std::string>> values;
  };
  const Column* find(std::string_view name) const;

  std::shared_ptr<const Source> source_;
  std::string text_;
  std::vector<Column> columns_;
  std::size_t rows_ = 0;
};

/// How many mistakes of one file are told; the others are counted.
inline constexpr std::size_t told_mistakes = 20;

/// Mistakes go to `mistakes`; where there are any, the table's rows are not to be used.
CsvTable parse_csv(std::string text, std::shared_ptr<const Source> source,
                   std::span<const CsvColumn> columns, Mistakes& mistakes);
CsvTable read_csv(const std::filesystem::path& path, u32 order, std::span<const CsvColumn> columns,
                  Mistakes& mistakes);

/// Mistakes of one file, of which the first `told_mistakes` are passed on, and then their number.
class LimitedMistakes {
 public:
  LimitedMistakes(Mistakes& all, SourcePlace file) : all_(all), file_(std::move(file)) {}
  LimitedMistakes(const LimitedMistakes&) = delete;
  LimitedMistakes& operator=(const LimitedMistakes&) = delete;
  ~LimitedMistakes();

  /// Whether the next one is told: only then is it worth to find its place and words.
  bool next_is_told() const { return count_ < told_mistakes; }
  void count() { ++count_; }
  std::size_t size() const { return count_; }
  Mistakes& all() { return all_; }

 private:
  Mistakes& all_;
  SourcePlace file_;
  std::size_t count_ = 0;
};

}  // namespace throng
