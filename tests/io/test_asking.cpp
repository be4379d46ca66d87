#include <functional>
#include <limits>
#include <set>

#include <catch2/catch.hpp>

#include "io/asking.h"
#include "io/asking_json.h"
#include "io/hash.h"
#include "io/json_text.h"
#include "sim/error.h"

using namespace throng;

namespace {

struct Asked {
  ModelSettings settings;
  ModelQuestion question;
};

Asked sample() {
  Asked asked;
  asked.settings.model = "a-model";
  asked.settings.temperature = 0.7;
  asked.settings.seed = 12;
  asked.question.system = "You estimate.";
  asked.question.user = "Of 100 people \"like this\",\nhow many?";
  asked.question.schema = R"({"type":"object"})";
  return asked;
}

}  // namespace

TEST_CASE("the canonical form of a question is the text written here", "[io]") {
  const auto [settings, question] = sample();

  CHECK(canonical_question(settings, question) ==
        R"({"dialect":"openai","max_tokens":64,"messages":[)"
        R"({"content":"You estimate.","role":"system"},)"
        R"({"content":"Of 100 people \"like this\",\nhow many?","role":"user"}],)"
        R"("model":"a-model","option_order":0,"sample":0,"schema":"{\"type\":\"object\"}",)"
        R"("seed":12,"temperature":0.7,"top_p":1})");
  CHECK(key_of(settings, question) ==
        "f2b81d4127103b2dcbde895b39941ce94b363e5fb04fac75a23a9e7287eba2c5");
}

TEST_CASE("keys of canonical questions are sorted at every level, however a reader holds them",
          "[io]") {
  const auto [settings, question] = sample();
  const std::string text = canonical_question(settings, question);

  // nlohmann::json sorts the keys of what it reads, ordered_json leaves them as they came.
  CHECK(nlohmann::ordered_json::parse(text).dump() == nlohmann::json::parse(text).dump());
  CHECK(nlohmann::ordered_json::parse(text)["messages"][1]["content"] == question.user);
}

TEST_CASE("a question's key differs when any single field does", "[io]") {
  const std::vector<std::function<void(Asked&)>> changes{
      [](Asked&) {},
      [](Asked& a) { a.settings.dialect = "ollama"; },
      [](Asked& a) { a.settings.model = "b-model"; },
      [](Asked& a) { a.settings.temperature = 0.70000000000000007; },
      [](Asked& a) { a.settings.top_p = 0.5; },
      [](Asked& a) { a.settings.max_tokens = 65; },
      [](Asked& a) { a.settings.seed = 13; },
      [](Asked& a) { a.settings.seed = std::nullopt; },
      [](Asked& a) { a.question.system += " "; },
      [](Asked& a) { a.question.user += " "; },
      [](Asked& a) { std::swap(a.question.system, a.question.user); },
      [](Asked& a) { a.question.schema += " "; },
      [](Asked& a) { a.question.sample = 1; },
      [](Asked& a) { a.question.option_order = 1; },
  };
  std::set<std::string> keys;
  for (const auto& change : changes) {
    Asked asked = sample();
    change(asked);
    keys.insert(key_of(asked.settings, asked.question));
  }
  CHECK(keys.size() == changes.size());
}

TEST_CASE("what a canonical question was made from is read from it", "[io]") {
  for (const bool has_seed : {true, false}) {
    Asked asked = sample();
    asked.settings.seed = has_seed ? std::optional<i64>(-5) : std::nullopt;
    const std::string text = canonical_question(asked.settings, asked.question);
    const auto [settings, question] = read_canonical(text, "here");
    CHECK(settings.seed == asked.settings.seed);
    CHECK(question.user == asked.question.user);
    CHECK(canonical_question(settings, question) == text);
    CHECK_THROWS_WITH(read_canonical(text + " ", "here"),
                      Catch::StartsWith("here: is not written"));
    CHECK_THROWS_WITH(read_canonical(text.substr(1), "here"),
                      Catch::StartsWith("here: is no JSON"));
    CHECK_THROWS_AS(read_canonical("{}", "here"), InputError);
  }
}

TEST_CASE("numbers of a canonical question are the shortest that read back", "[io]") {
  const auto written = [](double temperature) {
    Asked asked = sample();
    asked.settings.temperature = temperature;
    const std::string text = canonical_question(asked.settings, asked.question);
    CHECK(nlohmann::json::parse(text)["temperature"].get<double>() == temperature);
    const auto from = text.find("\"temperature\":") + 14;
    return text.substr(from, text.find(',', from) - from);
  };
  CHECK(written(0) == "0");
  CHECK(written(-0.0) == "0");
  CHECK(written(1) == "1");
  CHECK(written(0.1) == "0.1");
  CHECK(written(0.1 + 0.2) == "0.30000000000000004");
}

TEST_CASE("a question that JSON cannot hold is an error that says what of it", "[io]") {
  Asked latin = sample();
  latin.question.user = "caf\xe9";
  CHECK_THROWS_WITH(key_of(latin.settings, latin.question),
                    "question: the user's message is no UTF-8 (JSON is). Save what it was made "
                    "from as UTF-8.");
  Asked endless = sample();
  endless.settings.temperature = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(key_of(endless.settings, endless.question), InputError);
}
