#include "io/answer_schema.h"

// GCC 12 sees overlaps where there are none (its bug 105329), within the validator's own header.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wrestrict"
#endif

#include <exception>
#include <set>
#include <vector>

// Without it the validator prints and aborts.
#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "io/json_text.h"
#include "sim/error.h"

namespace throng {
namespace {

constexpr std::size_t longest_answer = 16 << 10;
constexpr int most_answer_levels = 8;

/// Why a text is no strict JSON.
struct NotStrict {
  std::string why;
};

/// nlohmann's own reading lets the last of equal keys win: here the keys of every open object are
/// kept.
class StrictReading {
 public:
  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > most_answer_levels) {
      throw NotStrict{"it is nested too deep"};
    }
    if (event == Event::object_start) {
      keys_.emplace_back();
    } else if (event == Event::object_end) {
      keys_.pop_back();
    } else if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second) {
      throw NotStrict{"a key stands there twice"};
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

nlohmann::json strictly(std::string_view text) {
  if (text.size() > longest_answer) {
    throw NotStrict{"it is too long"};
  }
  auto tree = nlohmann::json::parse(text, StrictReading(), false);
  if (tree.is_discarded()) {
    throw NotStrict{"it is no JSON"};
  }
  if (!tree.is_object()) {
    throw NotStrict{"it is no JSON object"};
  }
  return tree;
}

[[noreturn]] void refuse(const std::string& problem, const std::string& why) {
  throw InputError("schema of the answer: " + problem + " (" + why +
                   R"(). An example: {"type": "object", "properties": {"share": {"type": )"
                   R"("integer"}}, "required": ["share"], "additionalProperties": false})");
}

/// Of the required properties, the one whole number.
std::string number_of(const nlohmann::json& schema) {
  std::string found;
  for (const auto& name : schema.value("required", nlohmann::json::array())) {
    const auto& properties = schema.at("properties");
    if (!name.is_string() || !properties.contains(name.get<std::string>())) {
      refuse("requires what is no property", "each name of 'required' stands in 'properties'");
    }
    const auto& property = properties.at(name.get<std::string>());
    if (property.is_object() && property.value("type", nlohmann::json()) == "integer") {
      if (!found.empty()) {
        refuse("requires two whole numbers", "one of them would have to be guessed");
      }
      found = name.get<std::string>();
    }
  }
  if (found.empty()) {
    refuse("requires no whole number", "the answer is one");
  }
  return found;
}

}  // namespace

struct AnswerSchema::Compiled {
  nlohmann::json tree;
  std::string field;
  valijson::Schema schema;

  explicit Compiled(const std::string& text) : tree(nlohmann::json::parse(text, nullptr, false)) {
    if (!tree.is_object() || !tree.contains("properties") || !tree.at("properties").is_object() ||
        !tree.value("required", nlohmann::json::array()).is_array()) {
      refuse("is none", "it is no JSON object with 'properties' and 'required'");
    }
    field = number_of(tree);
    try {
      valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(tree),
                                              schema);
    } catch (const std::exception& error) {
      refuse("is none", error.what());
    }
  }
  /// What of the schema an answer breaks; empty where nothing.
  std::string mismatch(const nlohmann::json& answer) const try {
    valijson::ValidationResults results;
    valijson::Validator validator;
    valijson::ValidationResults::Error first;
    return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(answer), &results) ||
                   !results.popError(first)
               ? std::string()
               : first.description;
  } catch (const std::exception& error) {
    return error.what();
  }
};

AnswerSchema::AnswerSchema(const std::string& text)
    : compiled_(std::make_unique<const Compiled>(text)) {}

AnswerSchema::~AnswerSchema() = default;

const std::string& AnswerSchema::field() const { return compiled_->field; }

AnswerReading AnswerSchema::read(std::string_view content) const {
  const auto none = [](const std::string& why) { return AnswerReading{-1, why}; };
  nlohmann::json answer;
  try {
    answer = strictly(content);
  } catch (const NotStrict& problem) {
    return none(problem.why);
  }
  for (const auto& item : answer.items()) {
    if (!compiled_->tree.at("properties").contains(item.key())) {
      return none("it has a key that the schema does not name");
    }
  }
  if (const auto mismatch = compiled_->mismatch(answer); !mismatch.empty()) {
    return none("it does not match the schema: " + mismatch);
  }
  // Of the same document type that the rest of io reads numbers from.
  const auto count = whole_number<i64>(nlohmann::ordered_json(answer.at(compiled_->field)));
  if (!count) {
    return none("'" + compiled_->field + "' is no whole number");
  }
  if (*count < 0 || *count > 100) {
    return none("'" + compiled_->field + "' is " + std::to_string(*count) + ", outside 0 to 100");
  }
  return {*count, {}};
}

}  // namespace throng
