// What a run has spent on answers, as its folder knows it.
#include <fstream>
#include <set>
#include <string>

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

TEST_CASE("what was spent is there for who comes after, by decision", "[io][spending]") {
  const Scratch scratch;
  const std::string path = scratch / "spent.txt";
  const Spending first(path, "stay_home", 1), second(path, "stay_home", 2), other(path, "works", 1);
  CHECK(first.sum().calls == 0);
  CHECK(first.answered().empty());
  first.add({.calls = 2, .tokens = 30, .cost = 4}, "aa");
  first.add({.calls = 1, .tokens = 12, .cost = 3}, "");
  second.add({.calls = 1, .tokens = 5, .cost = 1}, "bb");
  other.add({.calls = 4, .tokens = 7, .cost = 9}, "cc");
  // Seeds share a budget, decisions have each their own.
  for (const Spending* one : {&first, &second}) {
    CHECK(one->sum().calls == 4);
    CHECK(one->sum().tokens == 47);
    CHECK(one->sum().cost == 8);
  }
  CHECK(other.sum().calls == 4);
  CHECK(Spending::of_all(path).cost == 17);
  CHECK(first.answered() == std::set<std::string>{"aa"});
  CHECK(second.answered() == std::set<std::string>{"bb"});
  CHECK(other.answered() == std::set<std::string>{"cc"});
}

TEST_CASE("notes of spending that nobody of ours wrote are refused", "[io][spending]") {
  const Scratch scratch;
  const std::string path = scratch / "spent.txt";
  const Spending spending(path, "stay_home", 1);
  for (const char* const line : {"2 x 4 stay_home 1 aa\n", "2 30 4\n", "2 30 4 stay_home 1 aa 5\n",
                                 "-1 30 4 stay_home 1 aa\n", "2 30 4 stay_home x aa\n"}) {
    std::ofstream(path) << line;
    CHECK_THROWS_AS(spending.sum(), IoError);
    CHECK_THROWS_AS(Spending::of_all(path), IoError);
  }
  // Sums do not wrap.
  std::ofstream(path) << "1 9223372036854775807 0 stay_home 1 -\n1 5 0 stay_home 1 -\n";
  CHECK(spending.sum().tokens == 9223372036854775807);
  // What was being written when the run was killed.
  std::ofstream(path) << "2 30 4 stay_home 1 -\n7 1";
  CHECK(spending.sum().calls == 2);
}

}  // namespace
