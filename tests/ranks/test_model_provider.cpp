#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "io/model_provider.h"
#include "sim/communicator.h"
#include "sim/error.h"
#include "tests/io/scripted_asker.h"

namespace throng {
namespace {

Feature numbered(const std::string& name, int labels) {
  Feature made;
  made.name = name;
  for (int k = 0; k < labels; ++k) {
    made.labels.push_back(std::to_string(k));
  }
  return made;
}

ModelDecision decision() {
  const std::string toml =
      "title = 'a'\nyes = 'b'\nno = 'c'\nsystem = 'd'\nuser = '{{x}} {{y}} {{options}}'";
  ModelDecision about{"wait",
                      {numbered("x", 10), numbered("y", 10)},
                      PromptTemplate::read(toml, std::make_shared<const Source>())};
  about.elicitation.both_orders = false;
  return about;
}

// x and y as digits of the count; a y of 9 fails.
Reply digits(const ModelQuestion& question) {
  const i64 x = question.user[0] - '0', y = question.user[2] - '0';
  return y == 9 ? failed_reply(OutcomeClass::retry, "HTTP 503 of " + std::to_string(x))
                : counted_reply(10 * x + y);
}

struct Grid {
  explicit Grid(const ModelDecision& about) {
    for (u16 x = 0; x < 10; ++x) {
      for (u16 y = 0; y < 10; ++y) {
        values.insert(values.end(), {x, y});
      }
    }
    mass.assign(100, 1);
    questions.decision = about.decision;
    questions.step = 3;
    questions.features = about.features;
    questions.values = values;
    questions.mass = mass;
  }
  Grid(const Grid&) = delete;
  Grid& operator=(const Grid&) = delete;
  std::vector<u16> values;
  std::vector<u64> mass;
  Questions questions;
};

}  // namespace

TEST_CASE("every rank gets the answers that the first one was given", "[provider]") {
  const Communicator ranks = Communicator::world();
  const ModelDecision about = decision();
  ScriptedAsker asker(digits);
  ModelProvider provider(ranks, about, ranks.rank() == 0 ? &asker : nullptr);
  const Grid grid(about);

  for (const bool prepared : {true, false}) {
    if (prepared) {
      provider.prepare(grid.questions);
    }
    std::vector<Answer> answers(100);
    provider.answer(grid.questions, answers);

    for (std::size_t k = 0; k < 100; ++k) {
      const bool fails = k % 10 == 9;
      CHECK(answers[k].rung == (fails ? Rung::none : Rung::live));
      CHECK(answers[k].share == (fails ? 0 : quantized_share(static_cast<double>(k) / 100)));
      CHECK(answers[k].why ==
            (fails ? "retry: HTTP 503 of " + std::to_string(k / 10) : std::string()));
    }
  }
  CHECK(asker.batches.size() == (ranks.rank() == 0 ? 2 : 0));
}

TEST_CASE("what the first rank fails at is thrown on every rank, as what it is", "[provider]") {
  struct Broken final : Asker {
    int times = 0;
    u64 begin(std::vector<ModelQuestion>, double) override { return 0; }
    std::vector<Reply> finish(u64) override {
      switch (times++) {
        case 0:
          throw IoError("answers.sqlite: disk full");
        case 1:
          throw InputError("features.toml: no such label");
        default:
          return {};  // too few
      }
    }
  } broken;
  const Communicator ranks = Communicator::world();
  const ModelDecision about = decision();
  ModelProvider provider(ranks, about, ranks.rank() == 0 ? &broken : nullptr);
  const Grid grid(about);
  std::vector<Answer> answers(100);

  CHECK_THROWS_WITH(provider.answer(grid.questions, answers), "answers.sqlite: disk full");
  CHECK_THROWS_AS(provider.answer(grid.questions, answers), InputError);
  CHECK_THROWS_AS(provider.answer(grid.questions, answers), ContractError);
  // All ranks are still in step.
  CHECK(ranks.maximum(ranks.rank()) == ranks.size() - 1);
}

}  // namespace throng
