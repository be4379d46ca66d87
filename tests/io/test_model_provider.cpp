#include <memory>
#include <numeric>
#include <set>

#include <catch2/catch.hpp>

#include "io/cassette.h"
#include "io/ledger.h"
#include "io/model_provider.h"
#include "io/replay_asker.h"
#include "sim/ask.h"
#include "sim/error.h"
#include "tests/io/scripted_asker.h"

using namespace throng;

namespace {

Feature feature(const std::string& name, std::vector<std::string> labels, Feature::From from) {
  Feature made;
  made.name = name;
  made.from = from;
  made.labels = std::move(labels);
  return made;
}

// The number of years is what the scripted model answers with.
ModelDecision decision(bool both_orders, const std::string& more = "") {
  const std::string lines = "title = 'a'\nyes = 'stay'\nno = 'go'\nsystem = 'JSON.'\n" + more +
                            "user = '''{{age}}{{#if hobby = chess}} plays chess{{/if}}\n"
                            "{{options}}'''";
  ModelDecision about{"stay_home",
                      {feature("age", {"10", "20", "30"}, Feature::From::archetype),
                       feature("hobby", {"chess", "none", "music"}, Feature::From::persona)},
                      PromptTemplate::read(lines, std::make_shared<const Source>())};
  about.model.model = std::string("m");
  about.elicitation.both_orders = both_orders;
  about.deadline_s = 7;
  return about;
}

struct Asked {
  explicit Asked(const ModelDecision& about, std::vector<u16> labels, Step step = 7)
      : values(std::move(labels)), mass(values.size() / 2, 10), answers(mass.size()) {
    questions.decision = about.decision;
    questions.step = step;
    questions.features = about.features;
    questions.values = values;
    questions.mass = mass;
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
  std::vector<u16> values;
  std::vector<u64> mass;
  Questions questions;
  std::vector<Answer> answers;
};

// The age it is asked about; half as many more where options are reversed.
Reply says_age(const ModelQuestion& question) {
  const i64 age = std::stoi(question.user.substr(0, 2));
  return counted_reply(question.option_order == 0 ? age : age + age / 2);
}

}  // namespace

TEST_CASE("a model's answers come back to their questions", "[provider]") {
  const ModelDecision about = decision(true);
  ScriptedAsker asker(says_age);
  ModelProvider provider({}, about, &asker);
  Asked asked(about, {2, 1, 0, 1, 1, 0});

  provider.prepare(asked.questions);
  CHECK(asker.batches.size() == 1);
  CHECK(asker.epochs == std::vector<Step>{7});
  CHECK(asker.deadlines == std::vector<double>{7});
  provider.answer(asked.questions, asked.answers);

  CHECK(asker.batches.size() == 1);
  CHECK(asked.answers[0].share == quantized_share(mean_share(30, 45)));
  CHECK(asked.answers[1].share == quantized_share(mean_share(10, 15)));
  CHECK(asked.answers[2].share == quantized_share(mean_share(20, 30)));
  for (const Answer& answer : asked.answers) {
    CHECK(answer.rung == Rung::live);
    CHECK(answer.why.empty());
  }
  REQUIRE(asker.batches[0].size() == 6);
  CHECK(asker.batches[0][0].user == "30\n- stay\n- go");
  CHECK(asker.batches[0][1].user == "30\n- go\n- stay");
  CHECK(asker.batches[0][4].user == "20 plays chess\n- stay\n- go");
  CHECK(provider.name() == "model");
}

TEST_CASE("questions of equal texts are asked once", "[provider]") {
  const ModelDecision about = decision(false);
  ScriptedAsker asker(says_age);
  ModelProvider provider({}, about, &asker);
  // Music and no hobby read the same.
  Asked asked(about, {1, 1, 1, 2, 1, 0, 1, 1});

  provider.answer(asked.questions, asked.answers);

  REQUIRE(asker.batches.size() == 1);
  CHECK(asker.batches[0].size() == 2);
  for (const Answer& answer : asked.answers) {
    CHECK(answer.share == quantized_share(0.2));
  }
}

TEST_CASE("what was not prepared is asked when it is to be answered", "[provider]") {
  const ModelDecision about = decision(false);
  ScriptedAsker asker(says_age);
  ModelProvider provider({}, about, &asker);
  Asked first(about, {0, 0}, 7), second(about, {1, 0}, 14), third(about, {2, 0}, 21);

  // Two epochs may be under way at a time.
  provider.prepare(first.questions);
  provider.prepare(second.questions);
  provider.answer(first.questions, first.answers);
  provider.answer(third.questions, third.answers);
  provider.answer(second.questions, second.answers);

  CHECK(asker.epochs == std::vector<Step>{7, 14, 21});
  CHECK(first.answers[0].share == quantized_share(0.1));
  CHECK(second.answers[0].share == quantized_share(0.2));
  CHECK(third.answers[0].share == quantized_share(0.3));
}

TEST_CASE("a question that failed has no number, and the others theirs", "[provider]") {
  const ModelDecision about = decision(true);
  ScriptedAsker asker([](const ModelQuestion& question) {
    const bool fails = question.user.starts_with("20") && question.option_order == 1;
    return fails ? failed_reply(OutcomeClass::refusal, "I cannot say") : says_age(question);
  });
  ModelProvider provider({}, about, &asker);
  Asked asked(about, {0, 1, 1, 1});

  provider.answer(asked.questions, asked.answers);

  CHECK(asked.answers[0].rung == Rung::live);
  CHECK(asked.answers[1].rung == Rung::none);
  CHECK(asked.answers[1].share == 0);
  CHECK(asked.answers[1].why == "refusal: I cannot say (options reversed)");
}

TEST_CASE("what a cassette lacks is an error, which no fallback takes for a failed answer",
          "[provider]") {
  const ModelDecision about = decision(false);
  ScriptedAsker asker([](const ModelQuestion& question) {
    return question.user.starts_with("20")
               ? failed_reply(OutcomeClass::missing, "not in the cassette. The nearest is far.")
               : says_age(question);
  });
  ModelProvider provider({}, about, &asker);
  Asked asked(about, {0, 1, 1, 1});

  CHECK_THROWS_WITH(provider.answer(asked.questions, asked.answers),
                    Catch::Contains("decision.stay_home, step 7: 1 of 2 questions have no answer "
                                    "in the cassette") &&
                        Catch::Contains("The nearest is far."));
  CHECK_THROWS_AS(provider.answer(asked.questions, asked.answers), UnansweredError);
}

TEST_CASE("nobody is asked where there is no question", "[provider]") {
  const ModelDecision about = decision(true);
  ScriptedAsker asker(says_age);
  ModelProvider provider({}, about, &asker);
  Asked asked(about, {});

  provider.answer(asked.questions, asked.answers);

  REQUIRE(asker.batches.size() == 1);
  CHECK(asker.batches[0].empty());
}

TEST_CASE("a failure of the machine is thrown, also one of prepare()", "[provider]") {
  struct Broken final : Asker {
    u64 begin(std::vector<ModelQuestion>, double) override { throw IoError("disk full"); }
    std::vector<Reply> finish(u64) override { return {}; }
  } broken;
  const ModelDecision about = decision(false);
  ModelProvider provider({}, about, &broken);
  Asked asked(about, {0, 1});

  CHECK_NOTHROW(provider.prepare(asked.questions));
  CHECK_THROWS_AS(provider.answer(asked.questions, asked.answers), IoError);

  struct Short final : Asker {
    u64 begin(std::vector<ModelQuestion>, double) override { return 0; }
    std::vector<Reply> finish(u64) override { return {}; }
  } few;
  ModelProvider other({}, about, &few);
  CHECK_THROWS_AS(other.answer(asked.questions, asked.answers), ContractError);
}

TEST_CASE("what does not fit is refused before anybody is asked", "[provider]") {
  ScriptedAsker asker(says_age);
  ModelDecision about = decision(true);
  about.features[1].labels = {"cards"};
  CHECK_THROWS_AS(ModelProvider({}, about, &asker), InputError);

  about = decision(true);
  about.elicitation.calibration =
      Calibration::read("id = 'a'\nmodel = 'another'\ntemplate = '" + about.prompt.hash() +
                            "'\nboth_orders = true\nsource = 'b'\nslope = 1\nintercept = 1",
                        std::make_shared<const Source>());
  CHECK_THROWS_AS(ModelProvider({}, about, &asker), InputError);
  about.model.model = "another";
  CHECK_NOTHROW(ModelProvider({}, about, &asker));
  CHECK(asker.batches.empty());
}

TEST_CASE("a calibration map is applied before a share is rounded", "[provider]") {
  ModelDecision about = decision(true);
  about.elicitation.calibration =
      Calibration::read("id = 'a'\nmodel = 'm'\ntemplate = '" + about.prompt.hash() +
                            "'\nboth_orders = true\nsource = 'b'\nslope = 0.5\nintercept = 1",
                        std::make_shared<const Source>());
  ScriptedAsker asker(says_age);
  ModelProvider provider({}, about, &asker);
  Asked asked(about, {2, 1});

  provider.answer(asked.questions, asked.answers);

  CHECK(asked.answers[0].share ==
        quantized_share(about.elicitation.calibration(mean_share(30, 45))));
}

TEST_CASE("what was asked is in the ledger, for each it stands for, and plays again",
          "[provider]") {
  const ModelDecision about = decision(true);
  ScriptedAsker asker([&](const ModelQuestion& question) {
    Reply reply = question.user.starts_with("10") ? failed_reply(OutcomeClass::empty, "nothing")
                                                  : says_age(question);
    reply.key = key_of(about.model, question);
    return reply;
  });
  Ledger ledger;
  ModelProvider provider({}, about, &asker, &ledger);
  // The first two read the same.
  Asked asked(about, {1, 1, 1, 2, 2, 0, 0, 0});
  provider.answer(asked.questions, asked.answers);

  CHECK(ledger.labels().size() == 6);
  CHECK(ledger.subjects() == 4);
  CHECK(ledger.asked().size() == 8);  // in two orders
  CHECK(ledger.questions() == 6);
  CHECK(ledger.attempts().size() == 6);
  CHECK(ledger.features_of(0) == "age=20;hobby=none");
  CHECK(ledger.canonical(0) == canonical_question(about.model, asker.batches[0][0]));
  for (const Ledger::AskedRow& row : ledger.asked()) {
    CHECK(row.step == 7);
    CHECK(row.mass == 10);
  }

  Cassette cassette(ledger);
  ReplayAsker recorded(about.model, cassette);
  ModelProvider again({}, about, &recorded);
  Asked repeated(about, {1, 1, 1, 2, 2, 0, 0, 0});
  again.answer(repeated.questions, repeated.answers);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(repeated.answers[k].share == asked.answers[k].share);
    CHECK(repeated.answers[k].why == asked.answers[k].why);
    CHECK(repeated.answers[k].rung == (k == 3 ? Rung::none : Rung::cassette));
  }
}
