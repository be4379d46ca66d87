#include "io/probe.h"

#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "io/account_key.h"
#include "io/asking_json.h"
#include "io/chat.h"
#include "io/json_text.h"
#include "sim/error.h"

namespace throng {
namespace {

using Outcome = OutcomeClass;

constexpr char schema_text[] =
    R"({"type":"object","properties":{"share":{"type":"integer","minimum":0,"maximum":100}},)"
    R"("required":["share"],"additionalProperties":false})";
constexpr std::size_t most_models = 100, longest_name = 200;

ModelQuestion small_question() {
  return {{}, "One hundred fair coins are thrown. How many show heads?", schema_text, 0, 0};
}

HttpResponse asked(Http& http, HttpRequest request) {
  const u64 id = http.begin(std::move(request));
  while (true) {
    for (auto& done : http.wait(60)) {
      if (done.first == id) {
        return std::move(done.second);
      }
    }
  }
}

/// One after the other, and nothing at once.
class Prober {
 public:
  Prober(const Endpoint& endpoint, const ModelSettings& model, const Prices& prices)
      : endpoint_(endpoint),
        model_(model),
        prices_(prices),
        key_(endpoint.key_variable),
        http_(endpoint.http),
        schema_(schema_text) {
    while (endpoint_.url.ends_with('/')) {
      endpoint_.url.pop_back();
    }
  }
  void list_models(Probe& probe);
  Attempt try_dialect(const std::string& name, Probe& probe);

 private:
  std::vector<std::string> headers() const;
  const Attempt& note(const std::string& what, Attempt attempt, Probe& probe) const;

  Endpoint endpoint_;
  ModelSettings model_;
  Prices prices_;
  AccountKey key_;
  Http http_;
  AnswerSchema schema_;
};

std::vector<std::string> Prober::headers() const {
  std::vector<std::string> all = {"Content-Type: application/json", "Accept: application/json",
                                  "User-Agent: throng"};
  if (auto header = key_.header(); !header.empty()) {
    all.push_back(std::move(header));
  }
  return all;
}

const Attempt& Prober::note(const std::string& what, Attempt attempt, Probe& probe) const {
  attempt.number = static_cast<u32>(probe.steps.size());
  attempt.raw = readable(key_.scrub(attempt.raw), most_raw);
  attempt.why = readable(key_.scrub(attempt.why), most_raw);
  attempt.cost = prices_.cost(attempt.prompt_tokens, attempt.completion_tokens);
  probe.spent.tokens += attempt.prompt_tokens + attempt.completion_tokens;
  probe.spent.cost += attempt.cost;
  ++probe.spent.calls;
  probe.steps.push_back({what, std::move(attempt)});
  return probe.steps.back().attempt;
}

void Prober::list_models(Probe& probe) {
  const HttpResponse response =
      asked(http_, {HttpRequest::Method::get, endpoint_.url + "/models", headers(), {}});
  Attempt attempt = classify(response, schema_, 0, std::time(nullptr)).attempt;
  attempt.prompt_tokens = attempt.completion_tokens = 0;
  attempt.raw.clear();
  const auto body = parse_json(response.body);
  if (response.failure == HttpFailure::none && response.status == 200 && body.is_object() &&
      body.contains("data") && body.at("data").is_array()) {
    for (const auto& entry : body.at("data")) {
      if (entry.is_object() && entry.contains("id") && entry.at("id").is_string() &&
          probe.models.size() < most_models) {
        probe.models.push_back(
            readable(key_.scrub(entry.at("id").get<std::string>()), longest_name));
      }
    }
    attempt.outcome = Outcome::ok;
    attempt.why.clear();
  }
  note("models", std::move(attempt), probe);
}

Attempt Prober::try_dialect(const std::string& name, Probe& probe) {
  const ModelQuestion question = small_question();
  model_.dialect = name;
  const HttpResponse response =
      asked(http_, {HttpRequest::Method::post, endpoint_.url + "/chat/completions", headers(),
                    request_body(model_, question)});
  const std::size_t bytes = question.user.size() + question.schema.size();
  Classified result = classify(response, schema_, bytes, std::time(nullptr));
  if (result.usage_unknown) {
    result.attempt.prompt_tokens = estimated_tokens(bytes);
    result.attempt.completion_tokens = model_.max_tokens;
  }
  return note(name, std::move(result.attempt), probe);
}

/// The dialect that is asked for, and then the others.
std::vector<std::string> order_of(const std::string& first) {
  std::vector<std::string> names = {first};
  for (const Dialect& dialect : dialects()) {
    if (dialect.name != first) {
      names.emplace_back(dialect.name);
    }
  }
  return names;
}

}  // namespace

Probe probe(const Endpoint& endpoint, const ModelSettings& model, const Prices& prices) {
  static_cast<void>(dialect_named(model.dialect));
  if (const auto problem = problem_of_url(endpoint.url, endpoint.http.allow_http)) {
    throw InputError("model: the server's address " + *problem + ". Correct it.");
  }
  Probe result;
  Prober prober(endpoint, model, prices);
  prober.list_models(result);
  for (const std::string& name : order_of(model.dialect)) {
    Attempt attempt = prober.try_dialect(name, result);
    if (attempt.outcome == Outcome::retry) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      attempt = prober.try_dialect(name, result);
    }
    if (attempt.outcome == Outcome::ok) {
      result.dialect = name;
      result.why.clear();
      return result;
    }
    result.why = name + ": " + attempt.why;
    if (attempt.outcome == Outcome::retry || attempt.outcome == Outcome::auth ||
        attempt.outcome == Outcome::quota) {
      return result;  // no dialect changes that
    }
  }
  return result;
}

std::string probe_record(const Probe& probe) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const auto& [what, attempt] : probe.steps) {
    steps.push_back(
        {{"tried", what},
         {"outcome", word_of(outcome_labels, static_cast<std::size_t>(attempt.outcome))},
         {"status", attempt.status},
         {"why", attempt.why},
         {"latency_us", attempt.latency_us}});
  }
  const nlohmann::ordered_json record = {
      {"dialect", probe.dialect}, {"why", probe.why},           {"models", probe.models},
      {"steps", steps},           {"calls", probe.spent.calls}, {"tokens", probe.spent.tokens},
      {"cost", probe.spent.cost}};
  return record.dump();
}

}  // namespace throng
