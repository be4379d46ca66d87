#include <catch2/catch.hpp>

#include "io/cassette.h"
#include "io/ledger.h"
#include "io/replay_asker.h"
#include "sim/error.h"
#include "tests/io/scripted_asker.h"

using namespace throng;

namespace {

const ModelSettings settings = [] {
  ModelSettings made;
  made.model = "m";
  return made;
}();

ModelQuestion question(const std::string& user) {
  ModelQuestion made;
  made.system = "Answer in JSON.";
  made.user = user;
  made.schema = "{}";
  return made;
}

// Records a reply at an epoch.
void record(Ledger& ledger, Step step, const std::string& user, Reply reply) {
  Subject subject;
  subject.decision = "wait";
  subject.step = step;
  subject.features = "age=" + user;
  reply.key = key_of(settings, question(user));
  ledger.asked(subject, settings, question(user), reply);
}

Ledger recorded() {
  Ledger ledger;
  record(ledger, 7, "of the young", counted_reply(10));
  record(ledger, 7, "of the old", failed_reply(OutcomeClass::refusal, "I cannot say"));
  record(ledger, 14, "of the young", counted_reply(20));
  return ledger;
}

}  // namespace

TEST_CASE("a replay gives what was recorded at the epoch, failures too", "[replay]") {
  Cassette cassette(recorded());
  ReplayAsker asker(settings, cassette);

  asker.at(7);
  const u64 first = asker.begin({question("of the young"), question("of the old")}, 1);
  asker.at(14);
  const u64 second = asker.begin({question("of the young")}, 1);
  const auto later = asker.finish(second), earlier = asker.finish(first);

  REQUIRE(earlier.size() == 2);
  CHECK(earlier[0].attempts.back().count == 10);
  CHECK(earlier[0].from == Reply::From::cassette);
  CHECK(earlier[0].key == key_of(settings, question("of the young")));
  CHECK(earlier[1].attempts.back().outcome == OutcomeClass::refusal);
  CHECK(earlier[1].attempts.back().why == "I cannot say");
  REQUIRE(later.size() == 1);
  CHECK(later[0].attempts.back().count == 20);
  CHECK_THROWS_AS(asker.finish(first), ContractError);
}

TEST_CASE("what was not recorded is missing, and the nearest that was is shown", "[replay]") {
  Cassette cassette(recorded());
  ReplayAsker asker(settings, cassette);

  asker.at(7);
  const auto replies =
      asker.finish(asker.begin({question("of the rich"), question("of the young"), question("of b"),
                                question("of c"), question("of d")},
                               1));

  REQUIRE(replies.size() == 5);
  REQUIRE(replies[0].attempts.size() == 1);
  CHECK(replies[0].attempts[0].outcome == OutcomeClass::missing);
  CHECK_FALSE(replies[0].ok());
  CHECK(replies[0].key == key_of(settings, question("of the rich")));
  const std::string why = replies[0].attempts[0].why;
  CHECK(why.starts_with("not in the cassette. The nearest of 2 recorded questions ("));
  CHECK(why.find("rich'") != std::string::npos);
  CHECK(replies[1].ok());
  // Each is compared with all that was recorded: the first three.
  CHECK(replies[3].attempts[0].why.size() > 30);
  CHECK(replies[4].attempts[0].why == "not in the cassette");
}

TEST_CASE("a refresh asks anew for what is missing or failed, and for nothing else", "[replay]") {
  Cassette cassette(recorded());
  ScriptedAsker live([](const ModelQuestion& asked) {
    return asked.user == "of the old" ? counted_reply(70) : counted_reply(80);
  });
  RefreshAsker asker(settings, cassette, live);

  asker.at(7);
  const u64 batch =
      asker.begin({question("of the rich"), question("of the young"), question("of the old")}, 5);
  REQUIRE(live.batches.size() == 1);
  CHECK(live.batches[0].size() == 2);
  CHECK(live.deadlines == std::vector<double>{5});
  CHECK(live.epochs == std::vector<Step>{7});
  const auto replies = asker.finish(batch);

  REQUIRE(replies.size() == 3);
  CHECK(replies[0].attempts.back().count == 80);
  CHECK(replies[0].from == Reply::From::live);
  CHECK(replies[1].attempts.back().count == 10);
  CHECK(replies[1].from == Reply::From::cassette);
  CHECK(replies[2].attempts.back().count == 70);

  // All there: nobody is asked.
  asker.at(14);
  CHECK(asker.finish(asker.begin({question("of the young")}, 5))[0].attempts.back().count == 20);
  CHECK(live.batches.size() == 1);
}
