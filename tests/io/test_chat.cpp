#include <string>

#include <catch2/catch.hpp>

#include "io/account_key.h"
#include "io/chat.h"
#include "io/json_text.h"
#include "sim/error.h"

using namespace throng;
using Outcome = OutcomeClass;

namespace {

const std::string schema_text =
    R"({"type": "object", "properties": {"share": {"type": "integer", "minimum": 0, "maximum": 100}},)"
    R"( "required": ["share"], "additionalProperties": false})";

ModelQuestion question() {
  return {"You estimate.", "Of 100 people, how many?", schema_text, 0, 0};
}

ModelSettings settings_in(const std::string& dialect) {
  ModelSettings settings;
  settings.dialect = dialect;
  settings.model = "m";
  settings.seed = 7;
  return settings;
}

nlohmann::ordered_json body_in(const std::string& dialect, const Correction* correction = nullptr) {
  return nlohmann::ordered_json::parse(request_body(settings_in(dialect), question(), correction));
}

Classified classified(i32 status, const std::string& body) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  response.sent = true;
  return classify(response, AnswerSchema(schema_text), 400, 0);
}

std::string answer_of(const std::string& message, const std::string& finish = "\"stop\"") {
  return R"({"choices": [{"message": )" + message + R"(, "finish_reason": )" + finish +
         R"(}], "usage": {"prompt_tokens": 90, "completion_tokens": 5}})";
}

std::string saying(const std::string& content) {
  return answer_of(nlohmann::json{{"content", content}}.dump());
}

/// The outcome of a response, and that nothing but `ok` comes with a number.
Outcome outcome(i32 status, const std::string& body) {
  const Attempt attempt = classified(status, body).attempt;
  INFO(attempt.why);
  CHECK((attempt.outcome == Outcome::ok) == (attempt.count >= 0));
  CHECK((attempt.outcome == Outcome::ok) == attempt.why.empty());
  return attempt.outcome;
}

std::string error_of(const std::string& code) {
  return R"({"error": {"message": "words", "code": ")" + code + R"("}})";
}

}  // namespace

TEST_CASE("a request is written as each kind of server takes it", "[io][chat]") {
  const auto openai = body_in("openai");
  CHECK(openai.at("model") == "m");
  CHECK(openai.at("messages").size() == 2);
  CHECK(openai.at("messages")[0].at("role") == "system");
  CHECK(openai.at("messages")[1].at("content") == "Of 100 people, how many?");
  CHECK(openai.at("temperature") == 0);
  CHECK(openai.at("top_p") == 1);
  CHECK(openai.at("max_tokens") == 64);
  CHECK(openai.at("seed") == 7);
  CHECK(openai.at("response_format").at("json_schema").at("strict") == true);
  CHECK(openai.at("response_format").at("json_schema").at("schema") ==
        nlohmann::ordered_json::parse(schema_text));

  const auto reasoning = body_in("reasoning");
  CHECK_FALSE(reasoning.contains("temperature"));
  CHECK_FALSE(reasoning.contains("top_p"));
  CHECK_FALSE(reasoning.contains("logprobs"));
  CHECK_FALSE(reasoning.contains("seed"));
  CHECK_FALSE(reasoning.contains("max_tokens"));
  CHECK(reasoning.at("max_completion_tokens") == 64);

  CHECK_FALSE(body_in("vllm").at("response_format").at("json_schema").contains("strict"));
  CHECK(body_in("ollama").at("response_format").at("type") == "json_schema");
  CHECK(body_in("llama.cpp").at("response_format").at("schema").at("required")[0] == "share");
  const auto plain = body_in("plain");
  CHECK_FALSE(plain.contains("response_format"));
  const auto told = plain.at("messages")[0].at("content").get<std::string>();
  CHECK(told.find("\"required\":[\"share\"]") != std::string::npos);
}

TEST_CASE("several samples of a question have seeds of their own", "[io][chat]") {
  ModelQuestion third = question();
  third.sample = 2;

  CHECK(nlohmann::json::parse(request_body(settings_in("openai"), third)).at("seed") == 9);
}

TEST_CASE("a model is told what was wrong with its answer", "[io][chat]") {
  const Correction correction{"{\"share\": 137}", "'share' is 137, outside 0 to 100"};
  const auto messages = body_in("openai", &correction).at("messages");

  REQUIRE(messages.size() == 4);
  CHECK(messages[2].at("role") == "assistant");
  CHECK(messages[2].at("content") == "{\"share\": 137}");
  CHECK(messages[3].at("content").get<std::string>().find("outside 0 to 100") != std::string::npos);
  const Correction silent{"", "the response is a page of HTML"};
  CHECK(body_in("openai", &silent).at("messages").size() == 2);
}

TEST_CASE("what cannot be asked at all is an input error", "[io][chat]") {
  CHECK_THROWS_WITH(dialect_named("opnai"),
                    "model: there is no dialect 'opnai' (there are openai, vllm, llama.cpp, "
                    "ollama, reasoning, plain). Name one of them.");
  ModelQuestion latin1 = question();
  latin1.user = "caf\xe9";
  CHECK_THROWS_AS(request_body(settings_in("openai"), latin1), InputError);
  const auto refused = [](const std::string& text) {
    CHECK_THROWS_AS(AnswerSchema(text), InputError);
  };
  refused("");
  refused("[]");
  refused(R"({"type": "object"})");
  refused(R"({"properties": {"share": {"type": "string"}}, "required": ["share"]})");
  refused(R"({"properties": {"share": {"type": "integer"}}, "required": []})");
  refused(R"({"properties": {}, "required": ["share"]})");
  refused(R"({"properties": {"share": {"type": "integer"}}, "required": [1]})");
  refused(R"({"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},)"
          R"( "required": ["a", "b"]})");
  refused(R"({"properties": {"share": {"type": "integer", "$ref": "http://example.org/s"}},)"
          R"( "required": ["share"]})");
}

TEST_CASE("an answer is read strictly", "[io][chat]") {
  const AnswerSchema schema(schema_text);
  const auto why = [&](const std::string& text) {
    const AnswerReading reading = schema.read(text);
    CHECK((reading.count < 0) == !reading.why.empty());
    return reading.why;
  };

  CHECK(schema.field() == "share");
  CHECK(schema.read("{\"share\": 37}").count == 37);
  CHECK(schema.read(" {\"share\":0}\n").count == 0);
  CHECK(schema.read("{\"share\": 100}").count == 100);
  CHECK(why("{\"share\": 37, \"share\": 38}") == "a key stands there twice");
  CHECK(why("{\"share\": 37, \"note\": \"\"}") == "it has a key that the schema does not name");
  CHECK(why("{\"share\": 37} and more") == "it is no JSON");
  CHECK(why("```json\n{\"share\": 37}\n```") == "it is no JSON");
  CHECK(why("37") == "it is no JSON object");
  CHECK(why("{\"share\": " + std::string(9, '[') + std::string(9, ']') + "}") ==
        "it is nested too deep");
  CHECK(why("{\"share\": 37}" + std::string(20'000, ' ')) == "it is too long");
  for (const char* bad :
       {"{}", "{\"share\": 101}", "{\"share\": -1}", "{\"share\": 36.6}", "{\"share\": \"37\"}",
        "{\"share\": true}", "{\"share\": null}", "{\"share\": 1e400}",
        "{\"share\": 18446744073709551616}", "{\"share\": 3", "{\"Share\": 37}", "", "NaN"}) {
    INFO(bad);
    CHECK_FALSE(why(bad).empty());
  }
}

TEST_CASE("a schema that allows any number still means one of 100", "[io][chat]") {
  const AnswerSchema loose(
      R"({"properties": {"why": {"type": "string"}, "n": {"type": "integer"}}, "required": ["n"]})");

  CHECK(loose.field() == "n");
  CHECK(loose.read(R"({"why": "since", "n": 12})").count == 12);
  CHECK(loose.read(R"({"n": 101})").why == "'n' is 101, outside 0 to 100");
  CHECK(loose.read(R"({"n": -1})").why == "'n' is -1, outside 0 to 100");
  CHECK(loose.read(R"({"n": 12.0})").count == -1);
  CHECK(loose.read(R"({"n": 18446744073709551615})").count == -1);
  CHECK(loose.read(R"({"why": 3, "n": 12})").count == -1);
}

TEST_CASE("each status has its outcome", "[io][chat]") {
  const struct {
    i32 status;
    Outcome expected;
  } table[] = {
      {408, Outcome::retry},   {409, Outcome::retry},   {425, Outcome::retry},
      {429, Outcome::retry},   {500, Outcome::retry},   {502, Outcome::retry},
      {503, Outcome::retry},   {504, Outcome::retry},   {529, Outcome::retry},
      {400, Outcome::request}, {404, Outcome::request}, {405, Outcome::request},
      {413, Outcome::request}, {422, Outcome::request}, {302, Outcome::request},
      {401, Outcome::auth},    {403, Outcome::auth},    {402, Outcome::quota},
  };
  for (const auto& row : table) {
    INFO(row.status);
    CHECK(outcome(row.status, "") == row.expected);
    CHECK(outcome(row.status, "<html>") == row.expected);
    CHECK(outcome(row.status, error_of("other")) == row.expected);
  }
}

TEST_CASE("what an error says counts more than its status", "[io][chat]") {
  CHECK(outcome(429, error_of("insufficient_quota")) == Outcome::quota);
  CHECK(outcome(429, R"({"error": {"type": "insufficient_quota", "code": null}})") ==
        Outcome::quota);
  CHECK(outcome(429, error_of("rate_limit_exceeded")) == Outcome::retry);
  CHECK(outcome(400, error_of("content_filter")) == Outcome::refusal);
  CHECK(outcome(400, error_of("invalid_api_key")) == Outcome::auth);
  CHECK(outcome(500, R"({"error": {"message": "Malformed JSON in request"}})") == Outcome::request);
  CHECK(outcome(500, R"({"error": {"message": "[json.exception.parse_error.101] ..."}})") ==
        Outcome::request);
  CHECK(outcome(500, R"({"error": {"message": "out of memory"}})") == Outcome::retry);
  CHECK(outcome(502, R"({"error": {"message": "Malformed JSON from upstream"}})") ==
        Outcome::retry);
  CHECK(outcome(200, R"({"error": {"message": "upstream", "code": 502}})") == Outcome::retry);
  CHECK(outcome(200, R"({"error": "upstream"})") == Outcome::invalid);

  CHECK(classified(429, error_of("insufficient_quota")).attempt.why ==
        "HTTP 429 insufficient_quota: words");
}

TEST_CASE("each way of not answering has its outcome", "[io][chat]") {
  const auto finished = [](const char* reason) {
    return answer_of(R"({"content": "{\"share\": 37}"})", reason);
  };

  CHECK(outcome(200, saying("{\"share\": 37}")) == Outcome::ok);
  CHECK(outcome(201, saying("{\"share\": 37}")) == Outcome::ok);
  CHECK(outcome(200, finished("null")) == Outcome::ok);
  CHECK(outcome(200, saying("Yes")) == Outcome::invalid);
  CHECK(outcome(200, saying("{\"share\": 137}")) == Outcome::invalid);
  CHECK(outcome(200, saying("{\"share\": 37, \"share\": 37}")) == Outcome::invalid);
  CHECK(outcome(200, finished("\"length\"")) == Outcome::truncated);
  CHECK(outcome(200, finished("\"content_filter\"")) == Outcome::refusal);
  CHECK(outcome(200, finished("\"tool_calls\"")) == Outcome::invalid);
  CHECK(outcome(200, answer_of(R"({"content": null, "refusal": "No."})")) == Outcome::refusal);
  CHECK(outcome(200, answer_of(R"({"content": null})")) == Outcome::empty);
  CHECK(outcome(200, answer_of("{}")) == Outcome::empty);
  CHECK(outcome(200, saying(" \n")) == Outcome::empty);
  CHECK(outcome(200, R"({"choices": []})") == Outcome::empty);
  CHECK(outcome(200, answer_of(R"({"content": [{"text": "37"}]})")) == Outcome::invalid);
  CHECK(outcome(200, answer_of("3")) == Outcome::empty);
  CHECK(outcome(200, R"({"choices": {"message": 1}})") == Outcome::invalid);
  CHECK(outcome(200, R"({"choices": [3]})") == Outcome::empty);
  CHECK(outcome(200, "{}") == Outcome::invalid);
  CHECK(outcome(200, "") == Outcome::invalid);
  CHECK(outcome(204, "") == Outcome::invalid);
  CHECK(outcome(200, "<html></html>") == Outcome::invalid);
  CHECK(outcome(200, std::string(100'000, '[')) == Outcome::invalid);
  CHECK(outcome(200, answer_of("{\"content\": \"\xff\xfe\"}")) == Outcome::invalid);
}

TEST_CASE("each way of not being reached has its outcome", "[io][chat]") {
  const struct {
    HttpFailure failure;
    Outcome expected;
  } table[] = {
      {HttpFailure::connect, Outcome::retry},     {HttpFailure::reset, Outcome::retry},
      {HttpFailure::cut, Outcome::retry},         {HttpFailure::time_out, Outcome::retry},
      {HttpFailure::garbled, Outcome::retry},     {HttpFailure::untrusted, Outcome::auth},
      {HttpFailure::too_large, Outcome::invalid},
  };
  for (const auto& row : table) {
    HttpResponse response;
    response.failure = row.failure;
    response.sent = row.failure != HttpFailure::connect;
    response.why = "words of the library";
    const Classified result = classify(response, AnswerSchema(schema_text), 400, 0);
    CHECK(result.attempt.outcome == row.expected);
    CHECK(result.usage_unknown == response.sent);
    CHECK(result.attempt.why.find("words of the library") != std::string::npos);
  }
}

TEST_CASE("tokens are the server's, or estimated, or none", "[io][chat]") {
  CHECK(classified(200, saying("{\"share\": 37}")).attempt.prompt_tokens == 90);
  CHECK(classified(200, saying("{\"share\": 37}")).attempt.completion_tokens == 5);

  // 400 bytes of the question, 13 of the answer, 4 each.
  const auto uncounted =
      classified(200, R"({"choices": [{"message": {"content": )"
                      R"("{\"share\": 37}"}}], "usage": {"prompt_tokens": -3}})");
  CHECK(uncounted.attempt.outcome == Outcome::ok);
  CHECK(uncounted.attempt.prompt_tokens == 100);
  CHECK(uncounted.attempt.completion_tokens == 4);

  CHECK(classified(503, "").attempt.prompt_tokens == 0);
  CHECK(classified(503, "").attempt.completion_tokens == 0);
}

TEST_CASE("what is kept of a response is UTF-8 of at most 4 KiB", "[io][chat]") {
  const std::string long_answer = saying(std::string(5000, 'x') + "\xc3\xa4");
  CHECK(classified(200, long_answer).attempt.raw == std::string(4096, 'x'));
  CHECK(readable("a\xff"
                 "b\0c"
                 "\xc3",
                 100) == "ab");  // a literal ends at its zero
  CHECK(readable(std::string("a\0b", 3), 100) == "ab");
  CHECK(readable("1234\xc3\xa4", 5) == "1234");
}

TEST_CASE("a key comes from the environment, and leaves no trace in a text", "[io][chat]") {
  const std::string secret = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWx";
  ::setenv("THRONG_TEST_KEY", secret.c_str(), 1);
  const AccountKey key("THRONG_TEST_KEY");

  CHECK(key.header() == "Authorization: Bearer " + secret);
  CHECK(key.scrub("Bearer " + secret + ", twice " + secret) == "Bearer [key], twice [key]");
  CHECK(key.scrub("provided: sk-proj-*****UvWx.") == "provided: [key]");
  CHECK(key.scrub("ends in OpQrStUvWx!") == "ends in [key]!");
  CHECK(key.scrub("{\"share\": 37}") == "{\"share\": 37}");
  CHECK(key.scrub(R"("sk-pr\u006fj-\u0041bCd")") == R"("[key]")");
  CHECK(key.scrub("key=%73k-proj%2DAbCd&x") == "key=[key]&x");
  CHECK(key.scrub("c2stcHJvai1BYkNkRWZHaElqS2xNbk9wUXJTdFV2V3g=") == "[key]g=");
  // "Bearer " and "key: " before it, in base 64.
  CHECK(key.scrub("QmVhcmVyIHNrLXByb2otQWJDZEVmR2hJaktsTW5PcFFyU3RVdld4") == "QmVhcmVyIH[key]");
  CHECK(key.scrub("a2V5OiBzay1wcm9qLUFiQ2RFZkdoSWpLbE1uT3BRclN0VXZXeA==") == "a2V5OiB[key]A==");
  CHECK(key.scrub("736b2d70726f6a2d") == "[key]");
  CHECK(key.scrub("4F7051725374557657 78") == "[key] 78");
  CHECK(key.scrub(R"(100 % and \u00 and \)") == R"(100 % and \u00 and \)");
  CHECK(AccountKey().header().empty());
  CHECK(AccountKey().scrub("text") == "text");

  ::setenv("THRONG_TEST_KEY", "two\nlines", 1);
  CHECK_THROWS_WITH(AccountKey("THRONG_TEST_KEY"), Catch::Matchers::Contains("THRONG_TEST_KEY") &&
                                                       !Catch::Matchers::Contains("lines"));
  ::unsetenv("THRONG_TEST_KEY");
  CHECK_THROWS_WITH(AccountKey("THRONG_TEST_KEY"),
                    "environment: 'THRONG_TEST_KEY' is not set (the model's server is to be given "
                    "the key it holds). Set it, or name no variable.");
  // Who writes the key where its variable's name belongs does not read it in a message.
  for (const auto* mistaken : {"sk-proj-AbCdEf", "hf_AbCdEfGhIj", "0123456789"}) {
    CHECK_THROWS_WITH(AccountKey(mistaken), Catch::Matchers::Contains("is no name of one") &&
                                                !Catch::Matchers::Contains(mistaken));
  }
}
