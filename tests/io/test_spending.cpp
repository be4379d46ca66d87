// What a run has spent on answers, as its folder knows it.
#include <fstream>

#include <catch2/catch.hpp>

#include "io/spending.h"
#include "sim/error.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

Attempt attempt(OutcomeClass outcome, i64 prompt, i64 completion, i64 cost) {
  Attempt a;
  a.outcome = outcome;
  a.prompt_tokens = prompt;
  a.completion_tokens = completion;
  a.cost = cost;
  return a;
}

TEST_CASE("attempts that were sent are counted, failed ones too", "[io][spending]") {
  Reply reply;
  reply.attempts = {attempt(OutcomeClass::retry, 10, 0, 1), attempt(OutcomeClass::budget, 0, 0, 0),
                    attempt(OutcomeClass::ok, 10, 3, 5)};
  const Spending::Sum sum = Spending::of(reply);
  CHECK(sum.calls == 2);
  CHECK(sum.tokens == 23);
  CHECK(sum.cost == 6);
}

TEST_CASE("what was spent is there for who comes after", "[io][spending]") {
  const Scratch scratch;
  const std::string path = scratch / "spent.txt";
  CHECK(Spending(path).sum().calls == 0);
  Spending(path).add({.calls = 2, .tokens = 30, .cost = 4});
  Spending(path).add({.calls = 1, .tokens = 12, .cost = 3});
  CHECK(Spending(path).sum().calls == 3);
  CHECK(Spending(path).sum().tokens == 42);
  CHECK(Spending(path).sum().cost == 7);
}

TEST_CASE("notes of spending that nobody of ours wrote are refused", "[io][spending]") {
  const Scratch scratch;
  const std::string path = scratch / "spent.txt";
  for (const char* const line : {"2 x 4\n", "2 30\n", "2 30 4 5\n", "-1 30 4\n"}) {
    std::ofstream(path) << line;
    CHECK_THROWS_AS(Spending(path).sum(), IoError);
  }
  // What was being written when the run was killed.
  std::ofstream(path) << "2 30 4\n7 1";
  CHECK(Spending(path).sum().calls == 2);
}

}  // namespace
