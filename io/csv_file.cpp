#include "io/csv_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>

#include "io/checks.h"
#include "io/toml_file.h"
#include "sim/error.h"

namespace throng {
namespace {
bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || i + length > text.size() ||
        (lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r')) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

// For messages: short, and readable whatever the bytes are.
std::string shown(std::string_view field) {
  constexpr std::size_t longest = 40;
  const bool whole = field.size() <= longest && valid_utf8(field);
  std::string text(field.substr(0, longest));
  for (char& c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f || (code > 0x7f && !whole)) {
      c = '?';
    }
  }
  return field.size() > longest ? text + "..." : text;
}

std::string plain(double value) {
  char buffer[40];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

std::string count_of(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string range_text(const CsvColumn& column) {
  std::string text;
  if (column.type == CsvType::integer) {
    text = std::to_string(column.least) + " to " + std::to_string(column.most);
  } else {
    text = plain(column.min) + " to " + plain(column.max);
  }
  return text + unit_text(column.unit.name);
}

std::string_view expected(CsvType type) {
  switch (type) {
    case CsvType::integer:
      return "a whole number";
    case CsvType::number:
      return "a number";
    case CsvType::boolean:
      return "true, false, 1 or 0";
    case CsvType::text:
    case CsvType::choice:
      return "a word";
  }
  return "a value";
}

struct Field {
  std::string_view text;
  bool closed = true;  ///< false: quotes that do not belong there, or that never end
};
}  // namespace

// One pass over the text: a cursor, its line, and the columns that its fields go to.
class CsvReader {
 public:
  CsvReader(CsvTable& table, std::span<const CsvColumn> declared, Mistakes& mistakes)
      : table_(table),
        declared_(declared),
        at_(table.text_.data()),
        end_(at_ + table.text_.size()),
        line_begin_(at_),
        mistakes_(mistakes, {table.source_, 0, 0}) {}

  void read() {
    if (!read_start() || !read_header()) {
      return;
    }
    reserve();
    while (at_ != end_) {
      read_row();
    }
  }

 private:
  bool read_start() {
    const std::string_view text(at_, static_cast<std::size_t>(end_ - at_));
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
      wrong(at_, check::csv_encoding, {"it begins like UTF-16"});
      return false;
    }
    if (text.starts_with("\xEF\xBB\xBF")) {
      at_ += 3;
      line_begin_ = at_;
    }
    if (at_ == end_) {
      std::string names;
      for (const CsvColumn& column : declared_) {
        names += names.empty() ? column.name : "," + column.name;
      }
      report(mistakes_.all(), {table_.source_, 0, 0}, check::csv_empty, {names});
      mistakes_.count();
      return false;
    }
    return true;
  }

  bool read_header() {
    const char* start = at_;
    std::set<std::string, std::less<>> seen;
    bool more = true;
    while (more) {
      const char* begin = at_;
      const Field field = next_field();
      more = field.closed && at_ != end_ && *at_ == ',';
      at_ += more ? 1 : 0;
      if (!valid_header(field, begin, seen)) {
        return false;
      }
      seen.emplace(field.text);
    }
    end_line();
    for (const CsvColumn& column : declared_) {
      if (column.required && !seen.contains(column.name) &&
          std::find(meant_.begin(), meant_.end(), column.name) == meant_.end()) {
        wrong(start, check::csv_missing_column, {column.name, column.doc}, 1);
      }
    }
    return true;
  }

  bool valid_header(const Field& field, const char* begin,
                    const std::set<std::string, std::less<>>& seen) {
    targets_.push_back(nullptr);
    stores_.push_back(0);
    const std::string name(field.text);
    if (!field.closed) {
      wrong(begin, check::csv_quote, {});
      return false;
    }
    if (!valid_utf8(name)) {
      wrong(begin, check::csv_encoding, {"the name of a column is none"});
      return false;
    }
    const auto delimiter = name.find_first_of(";\t|");
    if (seen.empty() && delimiter != std::string::npos && (at_ == end_ || *at_ != ',')) {
      wrong(begin, check::csv_delimiter,
            {name[delimiter] == '\t' ? "a tab" : name.substr(delimiter, 1)});
      return false;
    }
    if (seen.contains(name)) {
      wrong(begin, check::csv_duplicate_column, {shown(name)});
      return true;
    }
    const auto found = std::find_if(declared_.begin(), declared_.end(),
                                    [&](const CsvColumn& column) { return column.name == name; });
    if (found == declared_.end()) {
      refuse_unknown(name, begin);
      return true;
    }
    targets_.back() = &*found;
    stores_.back() = table_.columns_.size();
    add_column(*found, targets_.size() - 1);
    return true;
  }

  void refuse_unknown(const std::string& name, const char* begin) {
    std::vector<std::string> known;
    std::string names;
    for (const CsvColumn& column : declared_) {
      known.push_back(column.name);
      names += (names.empty() ? "" : ", ") + column.name;
    }
    meant_.push_back(nearest_word(name, known));
    wrong(begin, check::csv_unknown_column,
          {shown(name), did_you_mean(name, known, " Known are: " + names + ".")});
  }

  void add_column(const CsvColumn& column, std::size_t position) {
    CsvTable::Column store{column.name, position, {}};
    if (column.type == CsvType::number) {
      store.values = std::vector<double>();
    } else if (column.type == CsvType::text) {
      store.values = std::vector<std::string>();
    }
    table_.columns_.push_back(std::move(store));
  }

  void read_row() {
    if (*at_ != ',' && field_ends(at_)) {
      end_line();  // an empty line is no row
      return;
    }
    const u32 row_line = line_;
    std::size_t count = 0;
    for (bool more = true; more; ++count) {
      const CsvColumn* column = count < targets_.size() ? targets_[count] : nullptr;
      if (column == nullptr || !fast_integer(*column, count)) {
        if (!slow_field(column, count)) {
          skip_line();
          ++table_.rows_;
          return;
        }
      }
      more = at_ != end_ && *at_ == ',';
      at_ += more ? 1 : 0;
    }
    if (count != targets_.size()) {
      wrong_at({table_.source_, row_line, 1}, check::csv_ragged,
               {count_of(count, "field"), count_of(targets_.size(), "column")});
    }
    ++table_.rows_;
    end_line();
  }

  // Room for as many rows as there would be if all were as long as the first.
  void reserve() {
    const char* stop = std::find(at_, end_, '\n');
    const auto rows = static_cast<std::size_t>((end_ - at_) / (stop - at_ + 1)) + 1;
    integers_.assign(targets_.size(), nullptr);
    for (std::size_t position = 0; position < targets_.size(); ++position) {
      if (targets_[position] != nullptr) {
        auto& values = table_.columns_[stores_[position]].values;
        std::visit([&](auto& list) { list.reserve(std::min(rows, rows_to_reserve)); }, values);
        integers_[position] = std::get_if<std::vector<i64>>(&values);
      }
    }
  }

  // Nearly all fields of big files: digits up to a comma or the end of the line.
  bool fast_integer(const CsvColumn& column, std::size_t position) {
    if (column.type != CsvType::integer) {
      return false;
    }
    i64 value = 0;
    const auto [stop, error] = std::from_chars(at_, end_, value);
    if (error != std::errc() || !field_ends(stop) || value < column.least || value > column.most) {
      return false;
    }
    integers_[position]->push_back(value);
    at_ = stop;
    return true;
  }

  // False where the rest of the line cannot be understood.
  bool slow_field(const CsvColumn* column, std::size_t position) {
    const SourcePlace place = place_at(at_);
    const Field field = next_field();
    if (!field.closed) {
      wrong_at(place, check::csv_quote, {});
      return false;
    }
    if (column != nullptr) {
      store(*column, field.text, place, table_.columns_[stores_[position]]);
    }
    return true;
  }

  void store(const CsvColumn& column, std::string_view field, const SourcePlace& place,
             CsvTable::Column& target) {
    switch (column.type) {
      case CsvType::integer:
        std::get<0>(target.values).push_back(integer(column, field, place));
        return;
      case CsvType::number:
        std::get<1>(target.values).push_back(number(column, field, place));
        return;
      case CsvType::boolean:
        std::get<0>(target.values).push_back(boolean(column, field, place));
        return;
      case CsvType::choice:
        std::get<0>(target.values).push_back(choice(column, field, place));
        return;
      case CsvType::text:
        if (!valid_utf8(field)) {
          wrong_at(place, check::csv_encoding, {column.name + " is '" + shown(field) + "'"});
        }
        std::get<2>(target.values).emplace_back(field);
        return;
    }
  }

  bool empty(const CsvColumn& column, std::string_view field, const SourcePlace& place) {
    if (field.empty()) {
      wrong_at(place, check::csv_empty_field, {column.name, expected(column.type)});
    }
    return field.empty();
  }

  i64 integer(const CsvColumn& column, std::string_view field, const SourcePlace& place) {
    if (field.empty() && column.if_empty) {
      return *column.if_empty;
    }
    if (empty(column, field, place)) {
      return 0;
    }
    i64 value = 0;
    const char* last = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), last, value);
    if (stop != last || error == std::errc::invalid_argument) {
      wrong_at(place, check::csv_bad_value, {column.name, shown(field), "a whole number"});
    } else if (error != std::errc() || value < column.least || value > column.most) {
      wrong_at(place, check::csv_out_of_range, {column.name, shown(field), range_text(column)});
    }
    return value;
  }

  double number(const CsvColumn& column, std::string_view field, const SourcePlace& place) {
    if (empty(column, field, place)) {
      return 0;
    }
    double value = 0;
    const char* last = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), last, value);
    if (stop != last || error == std::errc::invalid_argument || std::isnan(value)) {
      wrong_at(place, check::csv_bad_value, {column.name, shown(field), "a number"});
    } else if (error != std::errc() || !(value >= column.min && value <= column.max)) {
      wrong_at(place, check::csv_out_of_range, {column.name, shown(field), range_text(column)});
    }
    return value;
  }

  i64 boolean(const CsvColumn& column, std::string_view field, const SourcePlace& place) {
    if (field == "true" || field == "1") {
      return 1;
    }
    if (field != "false" && field != "0" && !empty(column, field, place)) {
      wrong_at(place, check::csv_bad_value, {column.name, shown(field), expected(column.type)});
    }
    return 0;
  }

  i64 choice(const CsvColumn& column, std::string_view field, const SourcePlace& place) {
    const auto found = std::find(column.choices.begin(), column.choices.end(), field);
    if (found != column.choices.end()) {
      return found - column.choices.begin();
    }
    if (empty(column, field, place)) {
      return 0;
    }
    std::string words;
    for (const std::string& word : column.choices) {
      words += (words.empty() ? "" : ", ") + word;
    }
    wrong_at(place, check::csv_unknown_word,
             {column.name, shown(field), words,
              did_you_mean(field, column.choices, " Choose one of these.")});
    return 0;
  }

  bool field_ends(const char* at) const {
    return at == end_ || *at == ',' || *at == '\n' ||
           (*at == '\r' && (at + 1 == end_ || at[1] == '\n'));
  }

  // The field at the cursor; the cursor then stands on what ends it.
  Field next_field() {
    if (at_ != end_ && *at_ == '"') {
      return quoted_field();
    }
    const char* begin = at_;
    while (!field_ends(at_) && *at_ != '"') {
      ++at_;
    }
    return {std::string_view(begin, static_cast<std::size_t>(at_ - begin)), field_ends(at_)};
  }

  Field quoted_field() {
    unquoted_.clear();
    for (++at_; at_ != end_; ++at_) {
      if (*at_ == '"') {
        ++at_;
        if (at_ == end_ || *at_ != '"') {
          return {unquoted_, field_ends(at_)};
        }
      } else if (*at_ == '\n') {
        ++line_;
        line_begin_ = at_ + 1;
      }
      unquoted_ += *at_;
    }
    return {unquoted_, false};
  }

  void end_line() {
    if (at_ != end_ && *at_ == '\r') {
      ++at_;
    }
    if (at_ != end_ && *at_ == '\n') {
      ++at_;
    }
    ++line_;
    line_begin_ = at_;
  }

  void skip_line() {
    while (at_ != end_ && *at_ != '\n') {
      ++at_;
    }
    end_line();
  }

  // Columns count bytes, as compilers do.
  SourcePlace place_at(const char* at) const {
    return {table_.source_, line_, static_cast<u32>(at - line_begin_) + 1};
  }

  void wrong(const char* at, const Check& check, std::initializer_list<std::string_view> arguments,
             u32 line = 0) {
    SourcePlace place = place_at(at);
    if (line != 0) {
      place = {table_.source_, line, 1};
    }
    wrong_at(place, check, arguments);
  }

  void wrong_at(const SourcePlace& place, const Check& check,
                std::initializer_list<std::string_view> arguments) {
    if (mistakes_.next_is_told()) {
      report(mistakes_.all(), place, check, arguments);
    }
    mistakes_.count();
  }

  // A first row of one byte may promise a million times too many.
  static constexpr std::size_t rows_to_reserve = 16'000'000;

  CsvTable& table_;
  std::span<const CsvColumn> declared_;
  const char* at_;
  const char* end_;
  const char* line_begin_;
  u32 line_ = 1;
  std::vector<const CsvColumn*> targets_;    // per position in the file; null: a mistake
  std::vector<std::size_t> stores_;          // per position in the file: the column of the table
  std::vector<std::vector<i64>*> integers_;  // per position in the file; null: another type
  std::vector<std::string> meant_;           // declared columns that unknown ones probably mean
  std::string unquoted_;
  LimitedMistakes mistakes_;
};

LimitedMistakes::~LimitedMistakes() {
  if (count_ > told_mistakes) {
    report(all_, file_, check::csv_more, {std::to_string(count_), std::to_string(told_mistakes)});
  }
}

const CsvTable::Column* CsvTable::find(std::string_view name) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& column) { return column.name == name; });
  return found == columns_.end() ? nullptr : &*found;
}

bool CsvTable::has(std::string_view column) const { return find(column) != nullptr; }

std::span<const i64> CsvTable::integers(std::string_view column) const {
  const Column* found = find(column);
  return found == nullptr ? std::span<const i64>() : std::get<0>(found->values);
}

std::span<const double> CsvTable::numbers(std::string_view column) const {
  const Column* found = find(column);
  return found == nullptr ? std::span<const double>() : std::get<1>(found->values);
}

std::span<const std::string> CsvTable::texts(std::string_view column) const {
  const Column* found = find(column);
  return found == nullptr ? std::span<const std::string>() : std::get<2>(found->values);
}

SourcePlace CsvTable::place_of(std::size_t row, std::string_view column) const {
  const Column* wanted = find(column);
  std::size_t position = 0;
  std::size_t records = 0;  // the header is the first
  u32 line = 1;
  bool quoted = false, blank = true;
  std::size_t line_begin = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  std::size_t field_begin = line_begin;
  for (std::size_t i = line_begin; i <= text_.size(); ++i) {
    const char c = i < text_.size() ? text_[i] : '\n';
    quoted = (c == '"') != quoted;
    const bool ends_record = c == '\n' && !quoted;
    const bool ends_field = ends_record || (c == ',' && !quoted);
    blank = blank && (c == '\n' || c == '\r');
    if (ends_field && !blank) {
      if (records == row + 1 && wanted != nullptr && position == wanted->position) {
        return {source_, line, static_cast<u32>(field_begin - line_begin) + 1};
      }
      ++position;
      field_begin = i + 1;
    }
    if (c == '\n') {
      ++line;
      line_begin = i + 1;
    }
    if (ends_record) {
      records += blank ? 0 : 1;
      position = 0;
      blank = true;
      field_begin = i + 1;
    }
  }
  return {source_, 0, 0};
}

CsvTable parse_csv(std::string text, std::shared_ptr<const Source> source,
                   std::span<const CsvColumn> columns, Mistakes& mistakes) {
  CsvTable table;
  table.source_ = std::move(source);
  table.text_ = std::move(text);
  CsvReader(table, columns, mistakes).read();
  return table;
}

CsvTable read_csv(const std::filesystem::path& path, u32 order, std::span<const CsvColumn> columns,
                  Mistakes& mistakes) {
  const auto source =
      std::make_shared<Source>(Source{path.string(), path.parent_path().string(), order});
  try {
    return parse_csv(read_text_file(path), source, columns, mistakes);
  } catch (const IoError& error) {
    report(mistakes, {source, 0, 0}, check::csv_unreadable, {reason(error)});
    CsvTable nothing;
    nothing.source_ = source;
    return nothing;
  }
}

}  // namespace throng
