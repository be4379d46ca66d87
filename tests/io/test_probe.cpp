#include <cstdlib>
#include <string>

#include <catch2/catch.hpp>

#include "io/chat.h"
#include "io/probe.h"
#include "sim/error.h"
#include "tests/io/fault_server.h"

using namespace throng;

namespace {

constexpr char secret[] = "sk-test-0123456789abcdefABCDEF";

Endpoint endpoint_of(const FaultServer& server) {
  ::setenv("THRONG_TEST_KEY", secret, 1);
  return {server.url(), "THRONG_TEST_KEY", {}};
}

ModelSettings model() {
  ModelSettings settings;
  settings.model = "fixed";
  return settings;
}

}  // namespace

TEST_CASE("a probe finds the dialect that a server takes", "[io][probe]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  const auto dialect_without = [&](const std::string& refused) {
    server.told(R"({"clear": true, "refuse": [)" + refused + "]}");
    const Probe found = probe(endpoint_of(server), model(), {1'000'000, 1'000'000});
    INFO(probe_record(found));
    CHECK(found.why.empty());
    CHECK(found.models == std::vector<std::string>{"fixed"});
    CHECK(found.steps.front().what == "models");
    CHECK(found.steps.back().what == found.dialect);
    CHECK(found.steps.back().attempt.outcome == OutcomeClass::ok);
    CHECK(found.spent.calls == static_cast<i64>(found.steps.size()));
    CHECK(server.stats().at("requests") == found.spent.calls - 1);  // those that are no list
    CHECK(found.spent.tokens > 7);
    CHECK(found.spent.cost == found.spent.tokens);
    return found.dialect;
  };

  CHECK(dialect_without("") == "openai");
  CHECK(dialect_without("\"json_schema\"") == "llama.cpp");
  CHECK(dialect_without("\"temperature\", \"max_tokens\"") == "reasoning");
  CHECK(dialect_without("\"response_format\"") == "plain");
}

TEST_CASE("a probe that finds nothing says why, and keeps the key to itself", "[io][probe]") {
  if (!can_serve()) {
    return;
  }
  const FaultServer server;
  const auto probed = [&](const std::string& fault) {
    server.told(R"({"clear": true, "faults": {")" + fault + R"(": 1}})");
    const Probe found = probe(endpoint_of(server), model());
    CHECK(found.dialect.empty());
    CHECK(probe_record(found).find("0123456789") == std::string::npos);
    for (const ProbeStep& step : found.steps) {
      CHECK(step.attempt.raw.find("0123456789") == std::string::npos);
    }
    return found;
  };

  const Probe refused = probed("echo_key");
  CHECK(refused.steps.size() == 2);
  CHECK(refused.why ==
        "openai: HTTP 401 invalid_api_key: Incorrect API key provided: Bearer [key]");
  CHECK(probed("unavailable").steps.size() == 3);
  CHECK(probed("prose").steps.size() == 1 + dialects().size());
  CHECK(probed("prose").why == "plain: it is no JSON");
}

TEST_CASE("what a probe found is recorded", "[io][probe]") {
  Probe found;
  found.dialect = "plain";
  found.models = {"a", "b"};
  Attempt refused;
  refused.outcome = OutcomeClass::request;
  refused.status = 400;
  refused.why = "HTTP 400";
  refused.raw = "not recorded";
  refused.latency_us = 5;
  found.steps = {{"openai", refused}, {"plain", {}}};
  found.spent.calls = 2;

  CHECK(
      probe_record(found) ==
      R"({"dialect":"plain","why":"","models":["a","b"],"steps":[{"tried":"openai",)"
      R"("outcome":"request","status":400,"why":"HTTP 400","latency_us":5},{"tried":"plain",)"
      R"("outcome":"missing","status":0,"why":"","latency_us":0}],"calls":2,"tokens":0,"cost":0})");
}

TEST_CASE("a probe of nobody is short", "[io][probe]") {
  const Probe found = probe({"http://127.0.0.1:1/v1", "", {}}, model());

  CHECK(found.dialect.empty());
  CHECK(found.steps.size() == 3);
  CHECK(found.models.empty());
  CHECK_THROWS_AS(probe({"http://example.org/v1", "", {}}, model()), InputError);
}
