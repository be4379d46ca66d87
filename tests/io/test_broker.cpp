#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include "io/broker.h"
#include "io/hash.h"
#include "io/ledger.h"
#include "sim/error.h"
#include "tests/io/fault_server.h"
#include "tests/io/scratch.h"

using namespace throng;
using Outcome = OutcomeClass;

namespace {

constexpr char secret[] = "sk-test-0123456789abcdefABCDEF";

const std::string schema_text =
    R"({"type": "object", "properties": {"share": {"type": "integer", "minimum": 0, "maximum": 100}},)"
    R"( "required": ["share"], "additionalProperties": false})";

double seconds_of(const std::chrono::steady_clock::time_point& from) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

std::vector<ModelQuestion> questions(int count, const std::string& text = "Question ") {
  std::vector<ModelQuestion> all;
  for (int k = 0; k < count; ++k) {
    all.push_back({"You estimate.", text + std::to_string(k), schema_text, 0, 0});
  }
  return all;
}

/// The rule of fault_server.py.
i64 expected_count(const ModelQuestion& question) {
  return std::stoll(sha256(question.user).substr(0, 8), nullptr, 16) % 101;
}

ModelSettings model() {
  ModelSettings settings;
  settings.model = "fixed";
  return settings;
}

/// Short pauses, so that tests are.
BrokerSettings settings_for(const FaultServer& server) {
  ::setenv("THRONG_TEST_KEY", secret, 1);
  BrokerSettings settings;
  settings.endpoint.url = server.url();
  settings.endpoint.key_variable = "THRONG_TEST_KEY";
  settings.max_attempts = 3;
  settings.backoff_s = 0.02;
  settings.longest_backoff_s = 0.1;
  return settings;
}

std::vector<Reply> asked(const BrokerSettings& settings, std::vector<ModelQuestion> all,
                         double deadline_s = 10, KnownAnswers* known = nullptr) {
  Broker broker(settings, model(), known);
  return broker.finish(broker.begin(std::move(all), deadline_s));
}

/// What counts toward a budget.
Spent paid(const std::vector<Reply>& replies) {
  Spent sum;
  for (const Reply& reply : replies) {
    for (const Attempt& attempt : reply.attempts) {
      const bool live = reply.from == Reply::From::live;
      sum.tokens += live ? attempt.prompt_tokens + attempt.completion_tokens : 0;
      sum.cost += live ? attempt.cost : 0;
    }
  }
  return sum;
}

std::string all_text(const std::vector<Reply>& replies) {
  std::string text;
  for (const Reply& reply : replies) {
    text += reply.key;
    for (const Attempt& attempt : reply.attempts) {
      text += "\n" + attempt.why + "\n" + attempt.raw;
    }
  }
  return text;
}

/// Answers in memory.
class Remembered : public KnownAnswers {
 public:
  std::optional<Reply> find(const std::string& key) override {
    ++looks;
    const auto found = answers.find(key);
    return found == answers.end() ? std::nullopt : std::optional(found->second);
  }
  void put(const std::string& canonical, const Reply& reply) override {
    CHECK(sha256(canonical) == reply.key);
    answers.emplace(reply.key, reply);
  }
  std::map<std::string, Reply> answers;
  int looks = 0;
};

class FullDisk : public KnownAnswers {
 public:
  std::optional<Reply> find(const std::string&) override { return std::nullopt; }
  void put(const std::string&, const Reply&) override {
    throw IoError("answers: the disk is full");
  }
};

}  // namespace

TEST_CASE("questions are answered in their order", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--require-key", secret});
  BrokerSettings settings = settings_for(server);
  settings.prices = {1'000'000, 2'000'000};
  const auto all = questions(100);
  Broker broker(settings, model(), nullptr);

  const auto replies = broker.finish(broker.begin(all, 20));

  REQUIRE(replies.size() == all.size());
  for (std::size_t k = 0; k < all.size(); ++k) {
    INFO(replies[k].attempts.back().why);
    REQUIRE(replies[k].ok());
    CHECK(replies[k].key == key_of(model(), all[k]));
    CHECK(replies[k].from == Reply::From::live);
    REQUIRE(replies[k].attempts.size() == 1);
    const Attempt& attempt = replies[k].attempts[0];
    CHECK(attempt.count == expected_count(all[k]));
    CHECK(attempt.status == 200);
    CHECK(attempt.completion_tokens == 7);
    CHECK(attempt.cost == attempt.prompt_tokens + 14);
    CHECK(attempt.raw == "{\"share\": " + std::to_string(attempt.count) + "}");
  }
  const Spent spent = broker.spent();
  CHECK(spent.calls == 100);
  CHECK(spent.tokens == paid(replies).tokens);
  CHECK(spent.cost == paid(replies).cost);
  CHECK(spent.reserved_tokens == 0);
  CHECK(spent.reserved_cost == 0);
  CHECK(server.stats().at("billed") == 100);
}

TEST_CASE("each fault ends in its outcome, in time, after few tries and without the key",
          "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const struct {
    const char* fault;
    Outcome outcome;
    std::size_t attempts;
  } table[] = {
      {"rate", Outcome::retry, 3},
      {"rate_seconds", Outcome::retry, 3},
      {"rate_date", Outcome::retry, 3},
      {"quota", Outcome::quota, 1},
      {"payment", Outcome::quota, 1},
      {"bad_request", Outcome::request, 1},
      {"filtered_request", Outcome::refusal, 1},
      {"unauthorized", Outcome::auth, 1},
      {"forbidden", Outcome::auth, 1},
      {"not_found", Outcome::request, 1},
      {"too_long", Outcome::request, 1},
      {"unprocessable", Outcome::request, 1},
      {"request_timeout", Outcome::retry, 3},
      {"conflict", Outcome::retry, 3},
      {"too_early", Outcome::retry, 3},
      {"server_error", Outcome::retry, 3},
      {"malformed", Outcome::request, 1},
      {"bad_gateway", Outcome::retry, 3},
      {"unavailable", Outcome::retry, 3},
      {"html_503", Outcome::retry, 3},
      {"redirect", Outcome::request, 1},
      {"echo_key", Outcome::auth, 1},
      {"echo_masked", Outcome::request, 1},
      {"cut", Outcome::retry, 3},
      {"wrong_length", Outcome::invalid, 2},
      {"drip", Outcome::retry, 3},
      {"reset", Outcome::retry, 3},
      {"hang_up", Outcome::retry, 3},
      {"silent", Outcome::retry, 3},
      {"no_http", Outcome::retry, 3},
      {"huge", Outcome::invalid, 2},
      {"huge_headers", Outcome::invalid, 2},
      {"bad_utf8", Outcome::invalid, 2},
      {"html", Outcome::invalid, 2},
      {"no_json", Outcome::invalid, 2},
      {"no_choices", Outcome::invalid, 2},
      {"error_inside", Outcome::retry, 3},
      {"wrong_schema", Outcome::invalid, 2},
      {"wrong_type", Outcome::invalid, 2},
      {"fraction", Outcome::invalid, 2},
      {"out_of_range", Outcome::invalid, 2},
      {"below_range", Outcome::invalid, 2},
      {"extra_key", Outcome::invalid, 2},
      {"duplicate_key", Outcome::invalid, 2},
      {"deep", Outcome::invalid, 2},
      {"prose", Outcome::invalid, 2},
      {"fenced", Outcome::invalid, 2},
      {"yes", Outcome::invalid, 2},
      {"refusal", Outcome::refusal, 1},
      {"filtered", Outcome::refusal, 1},
      {"empty", Outcome::empty, 1},
      {"no_content", Outcome::empty, 1},
      {"truncated", Outcome::truncated, 1},
      {"tool_call", Outcome::invalid, 2},
      {"no_usage", Outcome::ok, 1},
  };
  const FaultServer server({"--retry-after", "0"});
  BrokerSettings settings = settings_for(server);
  settings.endpoint.http.first_byte_s = 0.5;
  settings.endpoint.http.total_s = 0.8;
  settings.prices = {1'000'000, 1'000'000};
  constexpr double deadline_s = 8;
  for (const auto& row : table) {
    INFO(row.fault);
    server.told(R"({"clear": true, "faults": {")" + std::string(row.fault) + R"(": 1}})");
    Broker broker(settings, model(), nullptr);

    const auto began = std::chrono::steady_clock::now();
    const auto replies = broker.finish(broker.begin(questions(1), deadline_s));

    CHECK(seconds_of(began) < deadline_s + 2);
    REQUIRE(replies.size() == 1);
    const auto& attempts = replies[0].attempts;
    REQUIRE_FALSE(attempts.empty());
    INFO(attempts.back().why);
    CHECK(attempts.back().outcome == row.outcome);
    CHECK(attempts.size() == row.attempts);
    CHECK((attempts.back().count >= 0) == (row.outcome == Outcome::ok));
    CHECK(attempts.back().why.empty() == (row.outcome == Outcome::ok));
    for (std::size_t k = 0; k < attempts.size(); ++k) {
      CHECK(attempts[k].number == k);
      CHECK(attempts[k].raw.size() <= 4096);
    }
    const std::string text = all_text(replies);
    CHECK(text.find(secret) == std::string::npos);
    CHECK(text.find(std::string(secret).substr(0, 8)) == std::string::npos);
    CHECK(text.find("abcdefABCDEF") == std::string::npos);
    // As often as the server says; what is counted is what the attempts say.
    const auto stats = server.stats();
    CHECK(stats.at("requests") == attempts.size());
    CHECK(broker.spent().calls == static_cast<i64>(attempts.size()));
    CHECK(broker.spent().tokens == paid(replies).tokens);
    CHECK(broker.spent().cost == paid(replies).cost);
    CHECK(broker.spent().reserved_tokens == 0);
  }
}

TEST_CASE("questions that fail at first are answered when the server is well again",
          "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--retry-after", "1"});
  const auto with = [&](const std::string& faults) {
    server.told(R"({"clear": true, "plan": [{"faults": [)" + faults + "]}]}");
    const auto replies = asked(settings_for(server), questions(1));
    INFO(replies[0].attempts.back().why);
    CHECK(replies[0].ok());
    CHECK(replies[0].attempts.back().count == expected_count(questions(1)[0]));
    return replies[0].attempts;
  };

  CHECK(with(R"("unavailable", "reset")").size() == 3);
  CHECK(with(R"("cut")").size() == 2);
  const auto corrected = with(R"("prose")");
  REQUIRE(corrected.size() == 2);
  CHECK(corrected[0].outcome == Outcome::invalid);
  CHECK(server.stats().at("by_key").size() == 2);  // a new question to the server

  for (const char* asks_to_wait : {R"("rate_seconds")", R"("rate_date")"}) {
    const auto began = std::chrono::steady_clock::now();
    CHECK(with(asks_to_wait).size() == 2);
    // A date has whole seconds: the wait may be cut by almost one.
    CHECK(seconds_of(began) > (asks_to_wait[6] == 's' ? 0.99 : 0.0));
    CHECK(server.stats().at("by_key").size() == 1);  // the same question
  }
}

TEST_CASE("at the deadline it is over, whatever the server does", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  for (const char* fault : {"silent", "drip", "rate_seconds"}) {
    const FaultServer server({"--fault", fault, "--retry-after", "3600"});
    Broker broker(settings_for(server), model(), nullptr);

    const auto began = std::chrono::steady_clock::now();
    const auto replies = broker.finish(broker.begin(questions(50), 0.7));

    CHECK(seconds_of(began) < 2.0);
    for (const Reply& reply : replies) {
      REQUIRE_FALSE(reply.attempts.empty());
      INFO(reply.attempts.back().why);
      CHECK(reply.attempts.back().outcome == Outcome::deadline);
    }
    CHECK(broker.spent().reserved_tokens == 0);
    CHECK(broker.spent().tokens == paid(replies).tokens);
  }
}

TEST_CASE("who is asked to wait beyond the deadline does not wait for it", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "rate_seconds", "--retry-after", "3600"});
  const auto began = std::chrono::steady_clock::now();

  const auto replies = asked(settings_for(server), questions(50), 30);

  CHECK(seconds_of(began) < 5);
  CHECK(server.stats().at("requests").get<int>() <= 4);  // those at once in the beginning
  for (const Reply& reply : replies) {
    CHECK(reply.attempts.back().outcome == Outcome::deadline);
  }
  CHECK_THAT(replies.back().attempts.back().why,
             Catch::Matchers::StartsWith("not sent: the server asks to be left alone for 3"));
}

TEST_CASE("a broker that is not needed any more goes away at once", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "silent"});
  const auto began = std::chrono::steady_clock::now();
  {
    Broker broker(settings_for(server), model(), nullptr);
    broker.begin(questions(50), 60);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  CHECK(seconds_of(began) < 1.5);
}

TEST_CASE("a key that is refused, or a quota that is used up, ends the batch", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--latency", "0.05"});
  for (const auto& [fault, outcome] :
       {std::pair{"echo_key", Outcome::auth}, std::pair{"quota", Outcome::quota}}) {
    server.told(R"({"clear": true, "faults": {")" + std::string(fault) + R"(": 1}})");
    Broker broker(settings_for(server), model(), nullptr);

    const auto replies = broker.finish(broker.begin(questions(40), 10));

    for (const Reply& reply : replies) {
      REQUIRE(reply.attempts.size() == 1);
      CHECK(reply.attempts[0].outcome == outcome);
    }
    CHECK(replies.back().attempts[0].why.rfind("not sent: HTTP 4", 0) == 0);
    CHECK(replies.back().attempts[0].status == 0);
    CHECK(server.stats().at("requests").get<int>() <= 4);  // those at once in the beginning
    Ledger ledger;
    for (std::size_t k = 0; k < replies.size(); ++k) {
      ledger.asked({.decision = "d", .step = 1, .features = "a=b"}, model(), questions(40)[k],
                   replies[k]);
    }
    CHECK(server.stats().at("requests") == ledger.totals().calls);
    CHECK(broker.spent().calls == static_cast<i64>(ledger.totals().calls));
    CHECK(all_text(replies).find("0123456789") == std::string::npos);
    // The next batch tries again: quotas are filled up.
    server.told(R"({"faults": {}})");
    CHECK(broker.finish(broker.begin(questions(1), 10))[0].ok());
  }
}

TEST_CASE("a budget of calls is kept to the call, and what it does not allow says so",
          "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "unavailable:0.3"});
  BrokerSettings settings = settings_for(server);
  settings.budget.calls = 25;
  Broker broker(settings, model(), nullptr);
  broker.restore({5, 0, 0, 0, 0});

  const auto replies = broker.finish(broker.begin(questions(60), 10));

  CHECK(broker.spent().calls == 25);
  CHECK(server.stats().at("requests") == 20);
  int answered = 0, refused = 0;
  for (const Reply& reply : replies) {
    answered += reply.ok() ? 1 : 0;
    refused += reply.attempts.back().outcome == Outcome::budget ? 1 : 0;
  }
  CHECK(answered > 5);
  CHECK(answered + refused == 60);
  CHECK(replies.back().attempts.back().why == "not sent: the budget of calls is used up");
}

TEST_CASE("budgets of tokens and money are never exceeded", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--latency", "0.02"});
  const auto with = [&](const Budget& budget) {
    BrokerSettings settings = settings_for(server);
    settings.prices = {1'000'000, 3'000'000};
    settings.budget = budget;
    Broker broker(settings, model(), nullptr);
    const auto replies = broker.finish(broker.begin(questions(60), 10));
    const Spent spent = broker.spent();
    CHECK(spent.tokens <= budget.tokens);
    CHECK(spent.cost <= budget.cost);
    CHECK(spent.tokens == paid(replies).tokens);
    CHECK(spent.calls > 1);
    CHECK(spent.calls < 60);
    CHECK(replies.back().attempts.back().outcome == Outcome::budget);
    return spent;
  };

  // A question may count to 786 bytes and 64 tokens of an answer; it does count about 20.
  CHECK(with({no_limit, 1200, no_limit}).tokens > 300);
  CHECK(with({no_limit, no_limit, 1500}).cost > 450);
}

TEST_CASE("equal questions are asked once, in one batch and in several", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--latency", "0.2"});
  auto all = questions(3);
  all.push_back(all[0]);
  Broker broker(settings_for(server), model(), nullptr);

  const u64 first = broker.begin(all, 10), second = broker.begin(all, 10);
  const auto of_second = broker.finish(second), of_first = broker.finish(first);

  CHECK(server.stats().at("requests") == 3);
  CHECK(broker.spent().calls == 3);
  CHECK(of_first[0].from == Reply::From::live);
  CHECK(of_first[3].from == Reply::From::cache);
  CHECK(of_second[0].from == Reply::From::cache);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(of_first[k].attempts.back().count == expected_count(all[k]));
    CHECK(of_second[k].attempts.back().count == expected_count(all[k]));
  }
  CHECK(broker.spent().tokens == paid(of_first).tokens);
}

TEST_CASE("a batch whose time is up does not stop another that asks the same", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--latency", "0.25"});
  Broker broker(settings_for(server), model(), nullptr);

  const u64 hasty = broker.begin(questions(2), 0.1), patient = broker.begin(questions(2), 10);
  const auto cut_off = broker.finish(hasty), answered = broker.finish(patient);

  CHECK(cut_off[0].attempts.back().outcome == Outcome::deadline);
  CHECK(answered[0].ok());
  CHECK(answered[1].ok());
  CHECK(server.stats().at("requests") == 2);
  CHECK(broker.spent().tokens == paid(answered).tokens + paid(cut_off).tokens);
}

TEST_CASE("what is known is not asked, and what was answered is known", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  server.told(R"({"plan": [{"match": "Question 3", "faults": ["refusal"]}]})");
  Remembered known;

  const auto first = asked(settings_for(server), questions(4), 10, &known);
  CHECK(known.answers.size() == 3);  // a refusal is no answer
  CHECK(known.looks == 4);
  const auto second = asked(settings_for(server), questions(4), 10, &known);

  CHECK(server.stats().at("requests") == 5);
  CHECK(second[0].from == Reply::From::cache);
  CHECK(second[0].attempts.back().count == first[0].attempts.back().count);
  CHECK(second[3].from == Reply::From::live);
}

TEST_CASE("an answer that cannot be kept is an error of who waits for it", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  FullDisk known;

  CHECK_THROWS_WITH(asked(settings_for(server), questions(4), 10, &known),
                    "answers: the disk is full");
}

TEST_CASE("a server that keeps answers bills a question once, also when it is asked anew",
          "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  server.told(R"({"plan": [{"match": "Question 1", "faults": ["prose", null]}]})");

  const auto first = asked(settings_for(server), questions(3));
  const auto again = asked(settings_for(server), questions(3));  // as after a kill

  const auto stats = server.stats();
  CHECK(stats.at("billed") == 4);  // three, and one that had to be corrected
  CHECK(stats.at("billed_twice") == 0);
  CHECK(stats.at("replayed") == 4);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(again[k].attempts.back().count == first[k].attempts.back().count);
    CHECK(again[k].attempts.size() == first[k].attempts.size());
  }
}

TEST_CASE("who is killed while questions are open, and asks anew, pays nothing twice",
          "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--latency", "0.2"});
  const Ending ending = in_child([&] {
    Broker broker(settings_for(server), model(), nullptr);
    broker.begin(questions(50), 30);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    ::kill(::getpid(), SIGKILL);
    return std::string();
  });
  CHECK(ending.code == SIGKILL);
  const auto before = server.stats();
  CHECK(before.at("requests").get<int>() > 4);

  const auto replies = asked(settings_for(server), questions(50), 30);

  CHECK(std::all_of(replies.begin(), replies.end(), [](const Reply& r) { return r.ok(); }));
  const auto after = server.stats();
  CHECK(after.at("billed") == 50);
  CHECK(after.at("billed_twice") == 0);
  CHECK(after.at("replayed") == before.at("billed"));
}

TEST_CASE("a server that is away is left alone", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "unavailable"});
  BrokerSettings settings = settings_for(server);
  settings.circuit_failures = 6;
  settings.circuit_pause_s = 0.3;
  settings.most_at_once = 2;
  Broker broker(settings, model(), nullptr);

  const auto began = std::chrono::steady_clock::now();
  const auto replies = broker.finish(broker.begin(questions(200), 30));

  CHECK(seconds_of(began) < 5);
  CHECK(server.stats().at("requests").get<int>() <= 9);  // six, one on its way, one that tried
  const auto circuit = std::count_if(replies.begin(), replies.end(), [](const Reply& reply) {
    return reply.attempts.back().outcome == Outcome::circuit;
  });
  CHECK(circuit >= 190);

  server.told(R"({"faults": {}})");  // it comes back
  for (const Reply& reply : broker.finish(broker.begin(questions(20), 30))) {
    CHECK(reply.ok());
  }
}

TEST_CASE("retries stop when too many questions need them", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "server_error"});
  BrokerSettings settings = settings_for(server);
  settings.circuit_failures = 1000;
  settings.retry_share = 0.1;
  settings.free_retries = 5;
  Broker broker(settings, model(), nullptr);

  const auto replies = broker.finish(broker.begin(questions(40), 20));

  CHECK(broker.spent().calls <= 40 + 5 + 4);
  CHECK(broker.spent().calls >= 40 + 5);
  CHECK(all_text(replies).find("not sent again: too many questions were") != std::string::npos);
}

TEST_CASE("rates are kept", "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  BrokerSettings settings = settings_for(server);
  settings.requests_per_minute = 600;  // 100 in store, then 10 a second

  const auto began = std::chrono::steady_clock::now();
  const auto replies = asked(settings, questions(110));

  CHECK(seconds_of(began) > 0.9);
  CHECK(replies.back().ok());
}

TEST_CASE("through drops, refusals, garbage and slow answers each question ends, at most once paid",
          "[io][broker]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "reset:0.04", "--fault", "rate_seconds:0.04", "--fault",
                            "server_error:0.04", "--fault", "html:0.04", "--fault", "cut:0.04",
                            "--fault", "prose:0.04", "--fault", "silent:0.01", "--retry-after",
                            "0.05"});
  BrokerSettings settings = settings_for(server);
  settings.endpoint.http.first_byte_s = 1;
  settings.max_attempts = 8;
  const auto all = questions(300);
  Broker broker(settings, model(), nullptr);

  const auto replies = broker.finish(broker.begin(all, 30));

  for (std::size_t k = 0; k < all.size(); ++k) {
    INFO(replies[k].attempts.back().why);
    const bool corrected_in_vain =
        replies[k].attempts.back().outcome == Outcome::invalid && replies[k].attempts.size() > 1;
    CHECK((replies[k].ok() || corrected_in_vain));
    CHECK((!replies[k].ok() || replies[k].attempts.back().count == expected_count(all[k])));
  }
  CHECK(server.stats().at("billed_twice") == 0);
  CHECK(broker.spent().tokens == paid(replies).tokens);
  CHECK(server.stats().at("requests") == broker.spent().calls);
}

TEST_CASE("what cannot be asked at all is said before anything is sent", "[io][broker]") {
  ::setenv("THRONG_TEST_KEY", secret, 1);
  BrokerSettings settings;
  settings.endpoint.url = "http://127.0.0.1:9/v1";
  const auto refused = [&](auto change) {
    BrokerSettings wrong = settings;
    change(wrong);
    CHECK_THROWS_AS(Broker(wrong, model(), nullptr), InputError);
  };
  refused([](BrokerSettings& s) { s.endpoint.url = "http://example.org/v1"; });
  refused([](BrokerSettings& s) { s.endpoint.key_variable = "THRONG_TEST_NO_SUCH_KEY"; });
  refused([](BrokerSettings& s) { s.prices.prompt = -1; });
  refused([](BrokerSettings& s) { s.most_at_once = 0; });
  refused([](BrokerSettings& s) { s.budget.cost = -1; });

  Broker broker(settings, model(), nullptr);
  auto latin1 = questions(1);
  latin1[0].user = "caf\xe9";
  CHECK_THROWS_AS(broker.begin(latin1, 1), InputError);
  auto no_schema = questions(1);
  no_schema[0].schema = "{}";
  CHECK_THROWS_AS(broker.begin(no_schema, 1), InputError);
  CHECK(broker.finish(broker.begin({}, 1)).empty());
}

TEST_CASE("how fast a broker is", "[.][io][broker][measure]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  Broker broker(settings_for(server), model(), nullptr);
  constexpr int count = 5000;

  const auto began = std::chrono::steady_clock::now();
  const auto replies = broker.finish(broker.begin(questions(count), 300));

  const double seconds = seconds_of(began);
  CHECK(std::all_of(replies.begin(), replies.end(), [](const Reply& r) { return r.ok(); }));
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  WARN(count / seconds << " questions per second, " << server.stats().at("most_at_once")
                       << " at once; this process used "
                       << static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                              static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) *
                                  1e-6
                       << " s of a core and at most " << usage.ru_maxrss << " kB");
}

TEST_CASE("what a gigabyte for each question costs", "[.][io][broker][measure]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server({"--fault", "huge"});
  const auto replies = asked(settings_for(server), questions(64), 60);

  CHECK(replies.back().attempts.back().outcome == Outcome::invalid);
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  WARN("at most " << usage.ru_maxrss << " kB, with 32 at once");
}
