// The text of a question with places for what it mentions, read strictly: what a template cannot
// say is an error with line and column before any question is asked. The same features give the
// same bytes everywhere.
//
//   {{age}}                     its label: 18-29
//   {{age|band}}                its label with the unit in words: 18-29 years
//   {{age|number}}              its number, plainly: 24
//   {{data}}, {{data|band}}     all features as one line of JSON: {"age": "18-29", "sex": "female"}
//   {{yes}}, {{no}}             words of the option that is counted, and of the other
//   {{options}}                 both, a line each, in the order asked
//   {{#if age = 18-29}}...{{/if}}  the text between where that is its label; 4 deep at most
//   {{#if cases}}...{{/if}}        the text between where its number is not 0
//
// A line of nothing but {{#if}} or {{/if}} leaves no line behind.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/asking.h"
#include "sim/decision.h"
#include "sim/mistakes.h"
#include "sim/raw_value.h"

namespace throng {

class PromptTemplate {
 public:
  /// Line ends may be \r\n: they count as \n. Throws ReadError with all mistakes at once.
  static PromptTemplate read(std::string_view toml, std::shared_ptr<const Source> source);
  static PromptTemplate read_file(const std::filesystem::path& path);

  /// Whether it fits these features: every place names one of them, every one is mentioned (else
  /// questions that differ in nothing would be counted as several) or listed in `not_mentioned`,
  /// and every label may stand in a text: one line of at most 100 characters, without control
  /// characters, braces, or marks that turn the direction of writing. Labels from people one does
  /// not trust belong into {{data}}, where they are strings of JSON. `both_orders`: the text has to
  /// show the options. Throws ReadError with all mistakes at once.
  void check(std::span<const Feature> features, bool both_orders) const;

  /// Of features that were checked, and one label of each. Order 0: the option that is counted
  /// comes first; 1: the other does.
  ModelQuestion render(std::span<const Feature> features, std::span<const u16> values,
                       u32 option_order) const;

  const std::string& title() const { return title_; }
  const std::string& yes() const { return yes_; }
  const std::string& no() const { return no_; }
  /// Key of the answer's number in its JSON.
  const std::string& field() const { return field_; }
  const std::vector<std::string>& not_mentioned() const { return not_mentioned_; }
  /// What an answer has to be: JSON Schema of an object of one whole number, 0 to 100.
  const std::string& schema() const { return schema_; }
  /// SHA-256 of all that questions depend on: not of title, comments and order of keys.
  const std::string& hash() const { return hash_; }

 private:
  friend class TemplateReader;
  friend class TemplateCheck;
  struct Part {
    enum class Kind : u8 { text, feature, data, yes, no, options, condition };
    enum class Filter : u8 { label, band, number };
    Kind kind = Kind::text;
    Filter filter = Filter::label;
    std::string words;                      ///< the text, or name of a feature
    std::optional<std::string> label = {};  ///< of a condition: the one that is asked for
    SourcePlace place = {};
    std::vector<Part> inside = {};  ///< of a condition
  };
  struct Values;
  PromptTemplate() = default;
  void append(std::string& text, const std::vector<Part>& parts, const Values& values) const;
  std::string data_text(Part::Filter filter, const Values& values) const;
  bool is_left_out(const Feature& feature) const;

  std::string title_, yes_, no_, field_, schema_, hash_;
  std::vector<std::string> not_mentioned_;
  std::vector<Part> system_, user_;
  SourcePlace place_, not_mentioned_place_;
};

/// "18-29 years": a label and its unit in words; the label alone where the unit says nothing.
std::string label_with_unit(std::string_view label, std::string_view unit);

}  // namespace throng
