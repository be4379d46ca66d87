// The file of a surrogate: read strictly, written so that it reads back as the same.
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "io/asking_json.h"
#include "io/csv_file.h"
#include "io/publish.h"
#include "io/surrogate.h"
#include "sim/error.h"
#include "sim/mistakes.h"

namespace throng {
namespace {

constexpr std::string_view part_labels = "about,coefficient,region,inverse,limit";
enum class Part : u8 { about, coefficient, region, inverse, limit };
constexpr std::array needed = {"decision", "title", "stands_for", "source"};
constexpr std::size_t most_coefficients = 1000;
/// Beyond, sums of log-odds would be no numbers.
constexpr double largest_coefficient = 1e6;

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> all;
  for (std::size_t k = 0; !word_of(list, k).empty(); ++k) {
    all.emplace_back(word_of(list, k));
  }
  return all;
}

std::vector<CsvColumn> columns() {
  return {{.name = "part",
           .type = CsvType::choice,
           .doc = "what a row is about",
           .required = true,
           .choices = words(part_labels)},
          {.name = "feature", .type = CsvType::text, .doc = "feature", .required = true},
          {.name = "label", .type = CsvType::text, .doc = "label", .required = true},
          {.name = "form", .type = CsvType::text, .doc = "form", .required = true},
          {.name = "value", .type = CsvType::text, .doc = "number", .required = true},
          {.name = "error", .type = CsvType::text, .doc = "standard error", .required = true},
          {.name = "n", .doc = "questions", .required = true, .if_empty = 0},
          {.name = "note", .type = CsvType::text, .doc = "text", .required = true}};
}

std::string in_quotes(std::string_view text) {
  std::string quoted(1, '\'');
  return quoted.append(text).append("'");
}

class Reader {
 public:
  Reader(CsvTable table, Mistakes& mistakes) : table_(std::move(table)), mistakes_(mistakes) {}

  Surrogate read() {
    for (row_ = 0; row_ < table_.rows(); ++row_) {
      switch (static_cast<Part>(table_.integers("part")[row_])) {
        case Part::about:
          about();
          break;
        case Part::coefficient:
          coefficient();
          break;
        case Part::region:
          region();
          break;
        case Part::inverse:
          inverse_.push_back(row_);
          break;
        case Part::limit:
          limit();
          break;
      }
    }
    fill_inverse();
    for (const char* name : needed) {
      if (surrogate_.text(name).empty()) {
        refuse(table_.place(), std::string("says nothing of '") + name +
                                   "' (who reads its numbers must know). Add a row 'about'.");
      }
    }
    if (surrogate_.coefficients.empty()) {
      refuse(table_.place(), "has no coefficients (nothing can be told by it). Add some.");
    }
    return std::move(surrogate_);
  }

 private:
  const std::string& text(const char* column) const { return table_.texts(column)[row_]; }

  void refuse(const SourcePlace& place, const std::string& problem) {
    if (mistakes_.size() < told_mistakes) {
      mistakes_.add(place, "surrogate", problem);
    }
  }
  void refuse(const char* column, const std::string& problem) {
    refuse(table_.place_of(row_, column), problem);
  }

  std::optional<double> number(const char* column) {
    const std::string& written = text(column);
    double value = 0;
    const auto [end, error] =
        std::from_chars(written.data(), written.data() + written.size(), value);
    if (error != std::errc() || end != written.data() + written.size() || !std::isfinite(value)) {
      refuse(column, in_quotes(written) + " is no finite number (the row needs one). Write one.");
      return std::nullopt;
    }
    return value;
  }

  void about() {
    if (text("feature").empty() || !surrogate_.text(text("feature")).empty()) {
      refuse("feature", "what is told has no name, or one that is there. Name each once.");
    }
    surrogate_.about.emplace_back(text("feature"), text("note"));
  }

  void coefficient() {
    const auto form = place_in(form_labels, text("form"));
    if (!form) {
      refuse("form", in_quotes(text("form")) + " is none of " + std::string(form_labels) + ".");
      return;
    }
    Coefficient c{.form = static_cast<Coefficient::Form>(*form),
                  .feature = text("feature"),
                  .label = text("label"),
                  .value = number("value").value_or(0),
                  .error = text("error").empty() ? std::nullopt : number("error"),
                  .questions = static_cast<u64>(table_.integers("n")[row_]),
                  .note = text("note")};
    if (std::abs(c.value) > largest_coefficient) {
      refuse("value", in_quotes(text("value")) + " is beyond a million (log-odds are far below).");
    }
    const bool has_feature = c.form != Coefficient::Form::intercept;
    const bool has_label = c.form == Coefficient::Form::label;
    if (c.feature.empty() == has_feature || c.label.empty() == has_label) {
      refuse("feature", "a coefficient of the form " + text("form") + " has " +
                            (has_feature ? "a" : "no") + " feature and " +
                            (has_label ? "a" : "no") + " label.");
    } else if (surrogate_.coefficients.size() == most_coefficients ||
               !position_.emplace(name_of(c), surrogate_.coefficients.size()).second) {
      refuse("feature",
             in_quotes(name_of(c)) + " is there already, or is one too many. Remove it.");
    } else {
      surrogate_.coefficients.push_back(std::move(c));
    }
  }

  void region() {
    CertifiedRegion r{.feature = text("feature"),
                      .label = text("label"),
                      .error = number("value").value_or(0),
                      .questions = static_cast<u64>(table_.integers("n")[row_])};
    if (r.feature.empty() || r.label.empty() || r.error < 0 ||
        !regions_.emplace(r.feature, r.label).second) {
      refuse("feature", "a region has a feature and a label, each once, and no error below 0.");
    }
    surrogate_.regions.push_back(std::move(r));
  }

  void limit() {
    const std::string& what = text("feature");
    const double value = number("value").value_or(0);
    if (what == "error") {
      surrogate_.largest_error = value;
    } else if (what == "leverage") {
      surrogate_.largest_leverage = value;
    } else {
      refuse("feature", in_quotes(what) + " has no limit (error and leverage have).");
    }
  }

  void fill_inverse() {
    const std::size_t n = surrogate_.coefficients.size();
    if (inverse_.empty()) {
      return;
    }
    surrogate_.inverse.assign(n * n, std::nan(""));
    for (const std::size_t row : inverse_) {
      row_ = row;
      const auto i = position_.find(text("feature")), j = position_.find(text("label"));
      if (i == position_.end() || j == position_.end()) {
        refuse("feature", "an entry of the inverse is about a coefficient that is not there.");
        continue;
      }
      double& entry = surrogate_.inverse[i->second * n + j->second];
      if (!std::isnan(entry)) {
        refuse("feature", "an entry of the inverse is there already. Remove it.");
      }
      entry = surrogate_.inverse[j->second * n + i->second] = number("value").value_or(0);
    }
    for (const double entry : surrogate_.inverse) {
      if (std::isnan(entry)) {
        refuse(table_.place(),
               "lacks entries of its inverse (every pair of coefficients has one).");
        return;
      }
    }
  }

  CsvTable table_;
  Mistakes& mistakes_;
  Surrogate surrogate_;
  std::size_t row_ = 0;
  std::map<std::string, std::size_t> position_;
  std::set<std::pair<std::string, std::string>> regions_;
  std::vector<std::size_t> inverse_;
};

Surrogate read(CsvTable table, Mistakes& mistakes) {
  mistakes.throw_if_any();
  Surrogate surrogate = Reader(std::move(table), mistakes).read();
  mistakes.throw_if_any();
  return surrogate;
}

std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) {
    return std::string(text);
  }
  std::string quoted(1, '"');
  for (const char c : text) {
    quoted.append(c == '"' ? 2 : 1, c);
  }
  return quoted.append(1, '"');
}

/// The shortest text that reads back.
std::string digits(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// A line: part, feature, label, form, value, error, n, note.
std::string line(const std::array<std::string, 8>& fields) {
  std::string text;
  for (std::size_t k = 0; k < fields.size(); ++k) {
    text.append(k == 0 ? "" : ",").append(field(fields[k]));
  }
  return text.append("\n");
}

}  // namespace

Surrogate read_surrogate(const std::filesystem::path& path) {
  Mistakes mistakes;
  const auto declared = columns();
  return read(read_csv(path, 1, declared, mistakes), mistakes);
}

Surrogate parse_surrogate(std::string text, const std::string& named) {
  Mistakes mistakes;
  const auto declared = columns();
  return read(parse_csv(std::move(text), std::make_shared<Source>(Source{named, "", 1}), declared,
                        mistakes),
              mistakes);
}

std::string surrogate_text(const Surrogate& s) {
  std::string text = "part,feature,label,form,value,error,n,note\n";
  for (const auto& [name, value] : s.about) {
    text += line({"about", name, "", "", "", "", "", value});
  }
  for (const Coefficient& c : s.coefficients) {
    text += line({"coefficient", c.feature, c.label,
                  std::string(word_of(form_labels, static_cast<std::size_t>(c.form))),
                  digits(c.value), c.error ? digits(*c.error) : "",
                  c.questions > 0 ? std::to_string(c.questions) : "", c.note});
  }
  for (const CertifiedRegion& r : s.regions) {
    text += line(
        {"region", r.feature, r.label, "", digits(r.error), "", std::to_string(r.questions), ""});
  }
  const std::size_t n = s.coefficients.size();
  for (std::size_t i = 0; i < n && !s.inverse.empty(); ++i) {
    for (std::size_t j = i; j < n; ++j) {
      text += line({"inverse", name_of(s.coefficients[i]), name_of(s.coefficients[j]), "",
                    digits(s.inverse[i * n + j]), "", "", ""});
    }
  }
  if (!s.inverse.empty()) {
    text += line({"limit", "error", "", "", digits(s.largest_error), "", "", ""});
    text += line({"limit", "leverage", "", "", digits(s.largest_leverage), "", "", ""});
  }
  return text;
}

}  // namespace throng
