#include "io/chat.h"

#include <algorithm>
#include <array>

#include "io/json_text.h"
#include "sim/error.h"

namespace throng {
namespace {

using Json = nlohmann::ordered_json;
using Outcome = OutcomeClass;

constexpr std::array<Dialect, 6> all_dialects = {{
    {"openai", "hosted models, and most servers that imitate them", "max_tokens", true, true,
     Dialect::Schema::strict},
    {"vllm", "vLLM", "max_tokens", true, true, Dialect::Schema::lenient},
    {"llama.cpp", "llama-server of llama.cpp", "max_tokens", true, true, Dialect::Schema::object},
    {"ollama", "Ollama 0.5 and later", "max_tokens", true, true, Dialect::Schema::lenient},
    {"reasoning",
     "hosted models that think first: they refuse temperature, top_p and seed, and what they think "
     "counts toward max_tokens",
     "max_completion_tokens", false, false, Dialect::Schema::strict},
    {"plain", "servers that know no response_format: the schema is told in words", "max_tokens",
     true, false, Dialect::Schema::told},
}};

Json parsed_schema(const std::string& text) {
  Json schema = Json::parse(text, nullptr, false);
  if (!schema.is_object()) {
    throw InputError(
        "question: its schema is no JSON object (servers are given it). Write a JSON Schema.");
  }
  return schema;
}

void ask_for_schema(Json& body, Dialect::Schema how, const std::string& text) {
  const Json schema = parsed_schema(text);
  switch (how) {
    case Dialect::Schema::strict:
    case Dialect::Schema::lenient: {
      Json named = {{"name", "answer"}, {"schema", schema}};
      if (how == Dialect::Schema::strict) {
        named["strict"] = true;
      }
      body["response_format"] = {{"type", "json_schema"}, {"json_schema", std::move(named)}};
      return;
    }
    case Dialect::Schema::object:
      body["response_format"] = {{"type", "json_object"}, {"schema", schema}};
      return;
    case Dialect::Schema::told:
      return;
  }
}

std::string system_text(const Dialect& dialect, const ModelQuestion& question) {
  if (dialect.schema != Dialect::Schema::told) {
    return question.system;
  }
  return question.system + (question.system.empty() ? "" : "\n\n") +
         "Answer with one JSON object and nothing else, under this JSON Schema:\n" +
         parsed_schema(question.schema).dump();
}

Json messages(const Dialect& dialect, const ModelQuestion& question, const Correction* correction) {
  Json all = Json::array();
  const auto add = [&all](const char* role, const std::string& content) {
    all.push_back({{"role", role}, {"content", content}});
  };
  if (const auto text = system_text(dialect, question); !text.empty()) {
    add("system", text);
  }
  add("user", question.user);
  if (correction != nullptr && !correction->answer.empty()) {
    add("assistant", correction->answer);
    add("user", "This answer cannot be used: " + correction->why +
                    ". Answer the question again, with one JSON object under the schema and "
                    "nothing else.");
  }
  return all;
}

// --- what came back -----------------------------------------------------------------------------

struct StatusRule {
  i32 first, last;
  Outcome outcome;
};
/// The first that fits; what fits none is a request that no repeating mends.
constexpr StatusRule status_rules[] = {
    {200, 299, Outcome::ok},    {401, 401, Outcome::auth},  {402, 402, Outcome::quota},
    {403, 403, Outcome::auth},  {408, 409, Outcome::retry}, {425, 425, Outcome::retry},
    {429, 429, Outcome::retry}, {500, 599, Outcome::retry},
};

struct WordRule {
  std::string_view word;
  Outcome outcome;
};
/// `code` or `type` of an error; they say more than the status.
constexpr WordRule error_rules[] = {
    {"insufficient_quota", Outcome::quota}, {"billing_hard_limit_reached", Outcome::quota},
    {"billing_not_active", Outcome::quota}, {"invalid_api_key", Outcome::auth},
    {"content_filter", Outcome::refusal},   {"content_policy_violation", Outcome::refusal},
};
/// finish_reason. A call of a tool, and what is not known, is no answer.
constexpr WordRule finish_rules[] = {
    {"stop", Outcome::ok},
    {"eos", Outcome::ok},
    {"eos_token", Outcome::ok},
    {"end_turn", Outcome::ok},
    {"stop_sequence", Outcome::ok},
    {"length", Outcome::truncated},
    {"max_tokens", Outcome::truncated},
    {"content_filter", Outcome::refusal},
};
/// How servers that answer 500 say that it was the request: all words of one line stand there.
constexpr std::array<std::string_view, 2> malformed_rules[] = {
    {"json", "malformed"},       {"json", "parse_error"},        {"json", "invalid json"},
    {"json", "failed to parse"}, {"json", "could not parse"},    {"json", "cannot unmarshal"},
    {"json", "jsondecodeerror"}, {"grammar", "failed to parse"},
};

struct FailureRule {
  HttpFailure failure;
  Outcome outcome;
  std::string_view words;
};
constexpr FailureRule failure_rules[] = {
    {HttpFailure::connect, Outcome::retry, "no connection"},
    {HttpFailure::untrusted, Outcome::auth, "the server's certificate is not trusted"},
    {HttpFailure::reset, Outcome::retry, "the connection broke before an answer"},
    {HttpFailure::cut, Outcome::retry, "the connection broke within the answer"},
    {HttpFailure::time_out, Outcome::retry, "time-out"},
    {HttpFailure::too_large, Outcome::invalid, "the answer is too large"},
    {HttpFailure::garbled, Outcome::retry, "the answer is no HTTP"},
};

Outcome outcome_of_status(i32 status) {
  for (const auto& rule : status_rules) {
    if (status >= rule.first && status <= rule.last) {
      return rule.outcome;
    }
  }
  return Outcome::request;
}

std::optional<Outcome> look_up(std::span<const WordRule> rules, std::string_view word) {
  for (const auto& rule : rules) {
    if (rule.word == word) {
      return rule.outcome;
    }
  }
  return std::nullopt;
}

bool says_malformed(const std::string& body) {
  std::string text = body.substr(0, most_raw);
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return std::any_of(std::begin(malformed_rules), std::end(malformed_rules),
                     [&](const auto& words) {
                       return std::all_of(words.begin(), words.end(), [&](std::string_view word) {
                         return text.find(word) != std::string::npos;
                       });
                     });
}

/// A text of an object; empty where there is none.
std::string text_at(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string()
             ? found->get<std::string>()
             : std::string();
}

/// What is behind a key, null where nothing is.
Json at(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) ? object.at(key) : Json();
}

/// What a server says went wrong, in any of the forms they use.
struct ErrorWords {
  std::string code, message;
  i32 status = 0;  ///< told inside the body
  explicit ErrorWords(const Json& body) {
    const Json error = body.is_object() && body.contains("error") ? body.at("error") : body;
    code = text_at(error, "code");
    code = code.empty() ? text_at(error, "type") : code;
    message = error.is_string() ? error.get<std::string>() : text_at(error, "message");
    message = message.empty() ? text_at(body, "detail") : message;
    status = whole_number<i32>(at(error, "code")).value_or(0);
  }
};

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

void conclude(Attempt& attempt, Outcome outcome, std::string_view why) {
  attempt.outcome = outcome;
  attempt.why = readable(why, 300);
}

/// A status that is no success.
void read_error(const HttpResponse& response, i32 status, const Json& body, Attempt& attempt) {
  const ErrorWords error(body);
  const auto by_word = look_up(error_rules, error.code);
  const bool malformed = status == 500 && says_malformed(response.body);
  conclude(attempt,
           by_word     ? *by_word
           : malformed ? Outcome::request
                       : outcome_of_status(status),
           "HTTP " + std::to_string(status) + (error.code.empty() ? "" : " " + error.code) +
               (error.message.empty() ? "" : ": " + error.message));
}

void read_usage(const Json& body, std::size_t prompt_bytes, std::size_t answer_bytes,
                Attempt& attempt) {
  constexpr i64 most = i64{1} << 30;  // what is beyond is no count
  const Json usage = at(body, "usage");
  const auto counted = [&usage](const char* key) -> std::optional<i64> {
    const auto tokens = whole_number<i64>(at(usage, key));
    return tokens && *tokens >= 0 && *tokens <= most ? tokens : std::nullopt;
  };
  attempt.prompt_tokens = counted("prompt_tokens").value_or(estimated_tokens(prompt_bytes));
  attempt.completion_tokens = counted("completion_tokens").value_or(estimated_tokens(answer_bytes));
}

void read_content(const Json& choice, const AnswerSchema& schema, Attempt& attempt) {
  const Json message = at(choice, "message"), content = at(message, "content");
  const std::string text = text_at(message, "content");
  const std::string refusal = text_at(message, "refusal"),
                    reason = text_at(choice, "finish_reason");
  attempt.raw = readable(refusal.empty() ? text : refusal, most_raw);
  if (!refusal.empty()) {
    return conclude(attempt, Outcome::refusal, "the model declines");
  }
  const Outcome finish =
      reason.empty() ? Outcome::ok : look_up(finish_rules, reason).value_or(Outcome::invalid);
  if (finish != Outcome::ok) {
    return conclude(attempt, finish, "finish_reason is '" + reason + "'");
  }
  if (!content.is_string() && !content.is_null()) {
    return conclude(attempt, Outcome::invalid, "the answer is no text");
  }
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return conclude(attempt, Outcome::empty, "the answer is empty");
  }
  const AnswerReading reading = schema.read(text);
  attempt.count = reading.count;
  conclude(attempt, reading.count >= 0 ? Outcome::ok : Outcome::invalid, reading.why);
}

/// A whole response that says it is a success.
void read_answer(const HttpResponse& response, const Json& body, const AnswerSchema& schema,
                 std::size_t prompt_bytes, Classified& result) {
  Attempt& attempt = result.attempt;
  read_usage(body, prompt_bytes, response.body.size(), attempt);
  if (!is_utf8(response.body)) {
    return conclude(attempt, Outcome::invalid, "the response is no UTF-8");
  }
  if (!body.is_object()) {
    const bool page = response.body.find_first_not_of(" \t\r\n") != std::string::npos &&
                      response.body[response.body.find_first_not_of(" \t\r\n")] == '<';
    return conclude(attempt, Outcome::invalid,
                    page ? "the response is a page of HTML" : "the response is no JSON object");
  }
  if (const Json error = at(body, "error"); !error.is_null()) {
    const ErrorWords words(body);
    read_error(response, words.status, body, attempt);
    if (words.status < 300 && !look_up(error_rules, words.code)) {
      attempt.outcome = Outcome::invalid;
    }
    return;
  }
  const Json choices = at(body, "choices");
  if (!choices.is_array()) {
    return conclude(attempt, Outcome::invalid, "the response has no choices");
  }
  if (choices.empty()) {
    return conclude(attempt, Outcome::empty, "the response has no choice");
  }
  result.said = true;
  read_content(choices[0], schema, attempt);
  if (at(at(body, "usage"), "completion_tokens").is_null()) {
    attempt.completion_tokens =
        estimated_tokens(text_at(at(choices[0], "message"), "content").size());
  }
}

}  // namespace

std::span<const Dialect> dialects() { return all_dialects; }

const Dialect& dialect_named(const std::string& name) {
  std::string known;
  for (const Dialect& dialect : all_dialects) {
    if (dialect.name == name) {
      return dialect;
    }
    known += (known.empty() ? "" : ", ") + std::string(dialect.name);
  }
  throw InputError("model: there is no dialect '" + name + "' (there are " + known +
                   "). Name one of them.");
}

std::string request_body(const ModelSettings& settings, const ModelQuestion& question,
                         const Correction* correction) {
  const Dialect& dialect = dialect_named(settings.dialect);
  Json body = {{"model", settings.model}, {"messages", messages(dialect, question, correction)}};
  if (dialect.sampling) {
    body["temperature"] = settings.temperature;
    body["top_p"] = settings.top_p;
  }
  body[std::string(dialect.max_tokens)] = settings.max_tokens;
  if (dialect.seed && settings.seed) {
    body["seed"] = static_cast<i64>(static_cast<u64>(*settings.seed) + question.sample);
  }
  ask_for_schema(body, dialect.schema, question.schema);
  try {
    return body.dump();
  } catch (const Json::type_error&) {
    throw InputError(
        "question: its text is no UTF-8 (JSON is). Save what it was made from as UTF-8.");
  }
}

std::string readable(std::string_view bytes, std::size_t most) {
  std::string text(bytes.substr(0, most));
  std::erase(text, '\0');
  const std::string quoted =
      Json(std::move(text)).dump(-1, ' ', false, Json::error_handler_t::ignore);
  return Json::parse(quoted).get<std::string>();
}

Classified classify(const HttpResponse& response, const AnswerSchema& schema,
                    std::size_t prompt_bytes, i64 now) {
  Classified result;
  Attempt& attempt = result.attempt;
  attempt.status = response.status;
  attempt.latency_us = response.latency_us;
  attempt.raw = readable(response.body, most_raw);
  result.retry_after_s = seconds_to_wait(response.header("retry-after"), now);
  for (const auto& rule : failure_rules) {
    // A refusal counts as one, however little of its text came.
    if (rule.failure == response.failure && response.status < 400) {
      result.usage_unknown = response.sent;
      conclude(attempt, rule.outcome,
               std::string(rule.words) + (response.why.empty() ? "" : " (" + response.why + ")"));
      return result;
    }
  }
  const Json body = parse_json(response.body);
  if (outcome_of_status(response.status) == Outcome::ok) {
    read_answer(response, body, schema, prompt_bytes, result);
  } else {
    read_error(response, response.status, body, attempt);
  }
  return result;
}

}  // namespace throng
