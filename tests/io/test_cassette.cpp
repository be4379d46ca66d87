#include <catch2/catch.hpp>

#include "io/asking_json.h"
#include "io/cassette.h"
#include "io/results.h"
#include "sim/error.h"
#include "tests/io/sample_ledger.h"
#include "tests/io/sample_results.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

std::string text_of(const std::vector<Attempt>& attempts) {
  std::string text;
  for (const Attempt& attempt : attempts) {
    text += json_of(attempt).dump() + "\n";
  }
  return text;
}

std::string key(const std::string& user) {
  return key_of(sample_settings(), sample_question(user));
}

}  // namespace

TEST_CASE("a cassette gives what was recorded, failures included, and says where it is from",
          "[io]") {
  const Scratch scratch;
  Results results = sample_results();
  sample_ledger().write(results);
  write_results(scratch / "results.h5", results);
  sample_ledger().write_json_lines(scratch / "ledger.jsonl");

  for (const char* file : {"results.h5", "ledger.jsonl"}) {
    Cassette cassette(Ledger::open(scratch / file));
    const auto young = cassette.find(key("Aged 18-64.")), old = cassette.find(key("Aged 65+."));
    REQUIRE(young);
    REQUIRE(old);
    CHECK(young->ok());
    CHECK(young->from == Reply::From::cassette);
    CHECK(text_of(young->attempts) == text_of({sample_failure(0), sample_success(1, 30)}));
    CHECK_FALSE(old->ok());
    CHECK(text_of(old->attempts) == text_of({sample_failure(0)}));
    CHECK_FALSE(cassette.find(key("Aged 80+.")));
  }
}

TEST_CASE("a question that failed at one epoch and not at another does so again", "[io]") {
  Ledger ledger;
  const ModelQuestion question = sample_question("?");
  const auto ask = [&](Step step, std::vector<Attempt> attempts) {
    ledger.asked({.decision = "d", .step = step, .features = "a=b"}, sample_settings(), question,
                 sample_reply(question, std::move(attempts)));
  };
  ask(7, {sample_failure(0)});
  ask(14, {sample_success(0, 20)});
  ask(21, {sample_success(0, 90)});
  Cassette cassette(std::move(ledger));
  const auto count_at = [&](Step step) {
    cassette.at(step);
    return cassette.find(key("?"))->attempts.back().count;
  };

  CHECK(cassette.find(key("?"))->attempts.back().count == 90);
  CHECK(count_at(7) == -1);
  CHECK(count_at(14) == 20);
  CHECK(count_at(15) == 20);
  CHECK(count_at(21) == 90);
  CHECK(count_at(100) == 90);
  CHECK(count_at(0) == -1);
  CHECK(count_at(7) == -1);
}

TEST_CASE("of several seeds a question of one epoch has the attempts of the first", "[io]") {
  const Scratch scratch;
  Ledger other;
  const ModelQuestion young = sample_question("Aged 18-64.");
  other.declare("stay_home", sample_features());
  other.asked({.decision = "stay_home", .step = 0, .features = "age=18-64"}, sample_settings(),
              young, sample_reply(young, {sample_success(0, 77)}));
  std::vector<Results> runs{sample_results(1), sample_results(2)};
  sample_ledger().write(runs[0]);
  other.write(runs[1]);
  write_results(scratch / "results.h5", combine_replicates(std::move(runs)));

  Cassette cassette(Ledger::open(scratch / "results.h5"));
  cassette.at(0);

  CHECK(text_of(cassette.find(key("Aged 18-64."))->attempts) ==
        text_of({sample_failure(0), sample_success(1, 30)}));
}

TEST_CASE("a miss tells the nearest recorded question and the words that differ", "[io]") {
  Ledger ledger;
  for (const char* user : {"Aged 18-64 in the Bronx; cases are under 50 a week.",
                           "Aged 65+ in the Bronx; cases are under 50 a week."}) {
    const ModelQuestion question = sample_question(user);
    ledger.asked({.decision = "d", .step = 0, .features = "a=b"}, sample_settings(), question,
                 sample_reply(question, {sample_success(0, 1)}));
  }
  const Cassette cassette(std::move(ledger));
  const auto nearest = [&](const ModelSettings& settings, const std::string& user) {
    return cassette.nearest(canonical_question(settings, sample_question(user)));
  };
  ModelSettings settings = sample_settings();

  CHECK(nearest(settings, "Aged 65+ in the Bronx; cases are 50-99 a week.") ==
        "The nearest of 2 recorded questions (" +
            key("Aged 65+ in the Bronx; cases are under 50 a week.").substr(0, 12) +
            "...): the user's message has, from word 8 on, '... are 50-99 ...', recorded is '... "
            "are under 50 ...'.");
  settings.model = "b-model";
  settings.seed = 3;
  CHECK_THAT(nearest(settings, "Aged 65+ in the Bronx; cases are under 50 a week."),
             Catch::EndsWith("model is 'b-model', recorded is 'a-model'; seed is 3, recorded is "
                             "none."));
  CHECK_THAT(nearest(sample_settings(), "Aged 65+ in the  Bronx; cases are under 50 a week."),
             Catch::EndsWith("the user's message has other blanks."));
  CHECK(Cassette(Ledger()).nearest(canonical_question(settings, sample_question("?"))) ==
        "Nothing was recorded.");
}

TEST_CASE("nothing is put into a cassette", "[io]") {
  Cassette cassette(sample_ledger());
  const ModelQuestion question = sample_question("?");
  CHECK_THROWS_AS(
      cassette.put(canonical_question(sample_settings(), question), sample_reply(question, {})),
      ContractError);
}
