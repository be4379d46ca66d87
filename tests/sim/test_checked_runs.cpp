#include "tests/sim/busy.h"

namespace throng {

using namespace test;

TEST_CASE("a checked run has the bits of a plain one", "[simulation][checked]") {
  Busy plain, checked;
  auto a = of_rows(3000, {.seed = 9, .check_order = false}, plain.script());
  auto b = of_rows(3000, {.seed = 9, .check_order = true}, checked.script());
  a->start();
  b->start();
  for (int k = 0; k < 10; ++k) {
    a->step();
    b->step();
    REQUIRE(b->content_hash() == a->content_hash());
    REQUIRE(b->counts(mood.name).count == a->counts(mood.name).count);
    REQUIRE(b->counts(mood.name).entries == a->counts(mood.name).entries);
    REQUIRE(b->due_counts(wakes_at.name).entries == a->due_counts(wakes_at.name).entries);
  }
}

TEST_CASE("an act that counts the rows before it is caught by a checked run alone",
          "[simulation][checked]") {
  for (const bool check : {false, true}) {
    static i64 served;
    served = 0;
    Writes<i64> wealths;
    auto s = of_rows(
        100, {.check_order = check},
        Script{.bind = [&](Binder& b) { wealths = b.writes(wealth); },
               .act =
                   [&](const Act& a) {
                     a.for_each(all(), [&](const ActRow& me) { me.set(wealths, ++served % 10); });
                   }});
    s->start();
    CHECK(refusal([&] { s->step(); }).empty() == !check);
  }
}

TEST_CASE("an act that counts what it should not is caught though no state differs",
          "[simulation][checked]") {
  static AgentId last;
  last = 0;
  Tallies tallies;
  auto s = of_rows(100, {.check_order = true},
                   Script{.bind = [&](Binder& b) { tallies = b.tallies(steps_made, 100); },
                          .act =
                              [&](const Act& a) {
                                a.for_each(all(), [&](const ActRow& me) {
                                  me.count(tallies, last);
                                  last = me.id();
                                });
                              }});
  s->start();
  CHECK_THAT(refusal([&] { s->step(); }), says("act acts and counts the same"));
}

TEST_CASE("an observe that tells whom it saw last is caught", "[simulation][checked]") {
  static AgentId last;
  last = 0;
  Tells<u32> tells;
  auto s = of_rows(100, {.check_order = true},
                   Script{.bind =
                              [&](Binder& b) {
                                tells = b.tells(word, "row");
                                b.hears(word, [](const SeenRow&, AgentId, u32&) { return true; });
                              },
                          .observe =
                              [&](const Observe& o) {
                                o.for_each(all(), [&](const SeenRow& me) {
                                  o.tell(me, last, tells, 1u);
                                  last = me.id();
                                });
                              }});
  s->start();
  CHECK_THAT(refusal([&] { s->step(); }), says("observe tells and finds the same"));
}

TEST_CASE("an act that adds what it saw before is caught", "[simulation][checked]") {
  static AgentId last;
  last = 0;
  AddsLater adds;
  auto s = of_rows(100, {.check_order = true},
                   Script{.bind = [&](Binder& b) { adds = b.adds_later(spent, "world"); },
                          .act =
                              [&](const Act& a) {
                                a.for_each(all(), [&](const ActRow& me) {
                                  me.count(adds, 0, i64{last} * me.id());
                                  last = me.id() / 3;
                                });
                              }});
  s->start();
  CHECK_THAT(refusal([&] { s->step(); }), says("act acts and counts the same"));
}

TEST_CASE("an observe that adds what it saw before is caught", "[simulation][checked]") {
  static AgentId last;
  last = 0;
  Adds adds;
  auto s = of_rows(100, {.check_order = true},
                   Script{.bind = [&](Binder& b) { adds = b.adds(spent, "world"); },
                          .observe =
                              [&](const Observe& o) {
                                o.for_each(all(), [&](const SeenRow& me) {
                                  o.add(me, adds, 0, i64{last} * me.id());
                                  last = me.id() / 3;
                                });
                              }});
  s->start();
  CHECK_THAT(refusal([&] { s->step(); }), says("observe tells and finds the same"));
}

TEST_CASE("a decide that follows the row before it is caught", "[simulation][checked]") {
  static AgentId last;
  last = 0;
  Decides<u8> wishes;
  auto s = of_rows(100, {.check_order = true},
                   Script{.bind = [&](Binder& b) { wishes = b.decides(wish); },
                          .decide =
                              [&](const Decide& d) {
                                d.for_each(all(), [&](const DecideRow& me) {
                                  me.set(wishes, static_cast<u8>(last));
                                  last = me.id();
                                });
                              }});
  s->start();
  CHECK_THAT(refusal([&] { s->step(); }), says("decide decides the same"));
}

TEST_CASE("a decide that builds on the row's last decision is lawful", "[simulation][checked]") {
  for (const bool check : {false, true}) {
    Decides<u8> wishes;
    auto s = of_rows(100, {.check_order = check},
                     Script{.bind = [&](Binder& b) { wishes = b.decides(wish); },
                            .decide =
                                [&](const Decide& d) {
                                  d.for_each(all(), [&](const DecideRow& me) {
                                    me.set(wishes, static_cast<u8>(me[wishes] + 1));
                                  });
                                }});
    s->start();
    REQUIRE(refusal([&] { s->step(); }).empty());
    CHECK(s->population().kind("row").values(wish)[7] == 3);
    CHECK(s->content_hash() == s->full_hash());
  }
}

TEST_CASE("an act that reads what another behavior of its substep writes is caught",
          "[simulation][checked]") {
  Writes<i64> wealths;
  Writes<i32> balances;
  Reads<i64> reads;
  auto s = of_rows(
      100, {.check_order = true},
      Script{.name = "test.one",
             .bind = [&](Binder& b) { wealths = b.writes(wealth); },
             .act =
                 [&](const Act& a) {
                   a.for_each(all(), [&](const ActRow& me) { me.set(wealths, i64{a.now()}); });
                 }},
      Script{.name = "test.two",
             .bind =
                 [&](Binder& b) {
                   reads = b.reads(wealth);
                   balances = b.writes(balance);
                 },
             .act =
                 [&](const Act& a) {
                   a.for_each(all(), [&](const ActRow& me) {
                     me.set(balances, static_cast<i32>(me[reads]));
                   });
                 }});
  s->start();
  CHECK_THAT(refusal([&] { s->step(); }), says("act acts and counts the same"));
}

}  // namespace throng
