#include "io/asking_json.h"

#include <cmath>
#include <limits>

#include "io/json_text.h"
#include "sim/error.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;

std::string in_quotes(std::string_view name) {
  std::string text = "'";
  return text.append(name).append("'");
}

constexpr i64 any_number = std::numeric_limits<i64>::max();

ModelQuestion messages_of(const Json& messages, JsonFields& question) {
  if (!messages.is_array() || messages.size() != 2) {
    question.refuse("'messages' are not two (one of the system, one of the user)");
  }
  ModelQuestion asked;
  const char* const roles[] = {"system", "user"};
  std::string* const texts[] = {&asked.system, &asked.user};
  for (std::size_t k = 0; k < 2; ++k) {
    JsonFields message(messages[k], std::string(roles[k]) + " message");
    if (message.text("role", 16) != roles[k]) {
      question.refuse("'messages' are not those of the system and then of the user");
    }
    *texts[k] = message.text("content", most_question_text);
    message.done();
  }
  return asked;
}

std::pair<ModelSettings, ModelQuestion> question_of(const Json& json, const std::string& place) {
  JsonFields fields(json, place);
  ModelQuestion question = messages_of(fields.at("messages"), fields);
  ModelSettings settings;
  settings.dialect = fields.text("dialect", 256);
  settings.model = fields.text("model", 1024);
  settings.temperature = fields.number("temperature");
  settings.top_p = fields.number("top_p");
  settings.max_tokens = fields.whole<i64>("max_tokens", -any_number, any_number);
  if (!fields.takes_null("seed")) {
    settings.seed = fields.whole<i64>("seed", -any_number - 1, any_number);
  }
  question.schema = fields.text("schema", most_question_text);
  question.sample = fields.whole<u32>("sample", 0, std::numeric_limits<u32>::max());
  question.option_order = fields.whole<u32>("option_order", 0, std::numeric_limits<u32>::max());
  fields.done();
  return {settings, question};
}

}  // namespace

std::string clean_text(std::string_view text) {
  const std::string quoted = nlohmann::json(text.substr(0, 2 * most_answer_text))
                                 .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string clean = nlohmann::json::parse(quoted).get<std::string>();
  if (clean.size() > most_answer_text) {
    std::size_t end = most_answer_text;
    while (end > 0 && (static_cast<unsigned char>(clean[end]) & 0xC0) == 0x80) {
      --end;
    }
    clean.resize(end);
  }
  for (char& c : clean) {
    c = c == '\0' ? ' ' : c;
  }
  return clean;
}

std::string_view word_of(std::string_view words, std::size_t k) {
  for (; k > 0 && !words.empty(); --k) {
    const auto comma = words.find(',');
    words = comma == words.npos ? std::string_view() : words.substr(comma + 1);
  }
  return words.substr(0, words.find(','));
}

std::optional<u8> place_in(std::string_view words, std::string_view word) {
  for (u8 k = 0; !words.empty(); ++k) {
    const auto comma = words.find(',');
    if (words.substr(0, comma) == word) {
      return k;
    }
    words = comma == words.npos ? std::string_view() : words.substr(comma + 1);
  }
  return std::nullopt;
}

JsonFields::JsonFields(const Json& json, std::string place)
    : json_(json), place_(std::move(place)) {
  if (!json.is_object()) {
    refuse("is no JSON object");
  }
}

const Json& JsonFields::at(const char* name) {
  const auto found = json_.find(name);
  if (found == json_.end()) {
    refuse("has no " + in_quotes(name));
  }
  ++asked_for_;
  return *found;
}

template <class T>
T JsonFields::whole(const char* name, T least, T most) {
  const auto value = whole_number<T>(at(name));
  if (!value || *value < least || *value > most) {
    refuse(in_quotes(name) + " is no whole number from " + std::to_string(least) + " to " +
           std::to_string(most));
  }
  return *value;
}
template u32 JsonFields::whole<u32>(const char*, u32, u32);
template i32 JsonFields::whole<i32>(const char*, i32, i32);
template i64 JsonFields::whole<i64>(const char*, i64, i64);
template u64 JsonFields::whole<u64>(const char*, u64, u64);

std::string JsonFields::text(const char* name, std::size_t most_bytes) {
  const Json& value = at(name);
  if (!value.is_string() || value.get_ref<const std::string&>().size() > most_bytes) {
    refuse(in_quotes(name) + " is no text of at most " + std::to_string(most_bytes) + " bytes");
  }
  return value.get<std::string>();
}

double JsonFields::number(const char* name) {
  const Json& value = at(name);
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    refuse(in_quotes(name) + " is no finite number");
  }
  return value.get<double>();
}

double JsonFields::number_or_nan(const char* name) {
  return takes_null(name) ? std::nan("") : number(name);
}

bool JsonFields::takes_null(const char* name) {
  const auto found = json_.find(name);
  const bool is_null = found != json_.end() && found->is_null();
  asked_for_ += is_null ? 1 : 0;
  return is_null;
}

u8 JsonFields::word(const char* name, std::string_view words) {
  const Json& value = at(name);
  const auto found =
      value.is_string() ? place_in(words, value.get_ref<const std::string&>()) : std::nullopt;
  if (!found) {
    refuse(in_quotes(name) + " is none of " + std::string(words));
  }
  return *found;
}

void JsonFields::done() const {
  if (json_.size() != asked_for_) {
    refuse("has a field that is not known");
  }
}

void JsonFields::refuse(const std::string& problem) const {
  throw InputError(place_ + ": " + problem +
                   " (it was changed, or is not one of ours). Use the original.");
}

Json json_of(const Attempt& attempt) {
  return {{"attempt", attempt.number},
          {"outcome", word_of(outcome_labels, static_cast<std::size_t>(attempt.outcome))},
          {"status", attempt.status},
          {"why", clean_text(attempt.why)},
          {"answer", clean_text(attempt.raw)},
          {"count", attempt.count},
          {"prompt_tokens", attempt.prompt_tokens},
          {"completion_tokens", attempt.completion_tokens},
          {"cost", attempt.cost},
          {"latency_us", attempt.latency_us}};
}

Attempt attempt_of(const Json& json, const std::string& place) {
  JsonFields fields(json, place);
  Attempt attempt;
  attempt.number = fields.whole<u32>("attempt", 0, std::numeric_limits<u32>::max());
  attempt.outcome = static_cast<OutcomeClass>(fields.word("outcome", outcome_labels));
  attempt.status = fields.whole<i32>("status", 0, 999);
  attempt.why = fields.text("why", most_answer_text);
  attempt.raw = fields.text("answer", most_answer_text);
  attempt.count = fields.whole<i64>("count", -1, any_number);
  attempt.prompt_tokens = fields.whole<i64>("prompt_tokens", 0, most_tokens);
  attempt.completion_tokens = fields.whole<i64>("completion_tokens", 0, most_tokens);
  attempt.cost = fields.whole<i64>("cost", 0, most_attempt_cost);
  attempt.latency_us = fields.whole<i64>("latency_us", 0, any_number);
  fields.done();
  return attempt;
}

std::string canonical_of(const Json& question, const std::string& place) {
  const auto [settings, asked] = question_of(question, place);
  return canonical_question(settings, asked);
}

std::pair<ModelSettings, ModelQuestion> read_canonical(std::string_view canonical,
                                                       const std::string& place) {
  const Json json = parse_json(canonical);
  if (json.is_discarded()) {
    throw InputError(place +
                     ": is no JSON (it was changed, or is not one of ours). Use the "
                     "original.");
  }
  auto read = question_of(json, place);
  if (canonical_question(read.first, read.second) != canonical) {
    throw InputError(place +
                     ": is not written as a question's canonical text (it was changed, or "
                     "is not one of ours). Use the original.");
  }
  return read;
}

}  // namespace throng
