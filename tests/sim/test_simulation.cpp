#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "tests/sim/busy.h"

namespace throng {

using namespace test;

TEST_CASE("the content hash kept on change equals the hash of every cell", "[simulation]") {
  Busy busy;
  auto s = of_rows(5000, {.seed = 4}, busy.script());
  s->start();
  CHECK(s->content_hash() == s->full_hash());
  std::vector<u64> seen;
  for (int k = 0; k < 20; ++k) {
    s->step();
    REQUIRE(s->content_hash() == s->full_hash());
    seen.push_back(s->content_hash());
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("counts kept on change equal a scan of the column, in total and by cell",
          "[simulation]") {
  constexpr Fixed<u8> area{.name = "test.area", .unit = "1", .doc = "-"};
  Busy busy;
  Simulation s(Communicator(), test::rows(5000), {.seed = 5});
  Kind& kind = s.population().kind("row");
  const auto area_of = kind.values(area);
  for (Row r = 0; r < 5000; ++r) {
    area_of[r] = static_cast<u8>(r % 4);
  }
  kind.group_counts_by(area.name, 4);
  s.add_substep("only", behaviors(busy.script()));
  s.start();
  for (int k = 0; k < 15; ++k) {
    std::vector<i64> due(4, 0);
    for (Row r = 0; r < 5000; ++r) {
      due[area_of[r]] += kind.values(wakes_at)[r] == s.now() + 1 ? 1 : 0;
    }
    s.step();

    std::vector<i64> expected(12, 0);
    for (Row r = 0; r < 5000; ++r) {
      ++expected[kind.values(mood)[r] * 4u + area_of[r]];
    }
    REQUIRE(s.counts(mood.name).count == expected);
    REQUIRE(s.counts(mood.name).count_of(1) ==
            expected[4] + expected[5] + expected[6] + expected[7]);
    REQUIRE(s.due_counts(wakes_at.name).entries == due);
  }
}

TEST_CASE("a code beyond the number of cells is refused at the start", "[simulation]") {
  constexpr Fixed<u8> area{.name = "test.area", .unit = "1", .doc = "-"};
  Simulation s(Communicator(), test::rows(10), {});
  s.population().kind("row").values(area)[9] = 4;
  s.population().kind("row").group_counts_by(area.name, 4);

  CHECK_THAT(refusal([&] { s.start(); }), says("codes below their number"));
}

TEST_CASE("throwing indexes away between steps changes nothing", "[simulation]") {
  Busy busy, other;
  auto kept = of_rows(4000, {.seed = 6}, busy.script());
  auto made_again = of_rows(4000, {.seed = 6}, other.script());
  kept->start();
  made_again->start();
  for (int k = 0; k < 20; ++k) {
    kept->step();
    made_again->step();
    REQUIRE(made_again->content_hash() == kept->content_hash());
    REQUIRE(made_again->counts(mood.name).count == kept->counts(mood.name).count);
    made_again->population().kind("row").rebuild(made_again->now() + 1);
  }
}

TEST_CASE("a row that leaves its label and returns is visited once by the loop that finds it",
          "[simulation]") {
  Writes<u8> moods;
  Writes<i64> wealths;
  auto s = of_rows(3000, {},
                   Script{.bind =
                              [&](Binder& b) {
                                moods = b.writes(mood);
                                wealths = b.writes(wealth);
                                b.lists(moods, u8{0});
                              },
                          .act =
                              [&](const Act& a) {
                                a.for_each(having(moods, 0), [&](const ActRow& me) {
                                  me.set(moods, u8{2});
                                  me.set(moods, u8{0});
                                  me.set(wealths, me[wealths] + 1);
                                });
                              }});
  s->start();
  s->step();
  s->step();

  const auto got = s->population().kind("row").values(wealth);
  CHECK(std::all_of(got.begin(), got.end(), [](i64 n) { return n == 2; }));
  CHECK(s->counts(mood.name).count == std::vector<i64>{3000, 0, 0});
  CHECK(s->counts(mood.name).entries == std::vector<i64>{3000, 0, 3000});
}

TEST_CASE("rows that entered a label are found on the same day if they still have it",
          "[simulation]") {
  Writes<u8> moods;
  Writes<i64> wealths;
  Simulation s(Communicator(), test::rows(10), {});
  s.add_substep("enter", behaviors(Script{.bind = [&](Binder& b) { moods = b.writes(mood); },
                                          .act =
                                              [&](const Act& a) {
                                                a.for_each(all(), [&](const ActRow& me) {
                                                  if (a.now() == 1 && me.id() < 4) {
                                                    me.set(moods, u8{1});
                                                    me.set(moods, me.id() == 2 ? u8{2} : u8{1});
                                                  }
                                                });
                                              }}));
  s.add_substep("see", behaviors(Script{.name = "test.see",
                                        .bind =
                                            [&](Binder& b) {
                                              b.reads(mood);
                                              wealths = b.writes(wealth);
                                            },
                                        .act =
                                            [&](const Act& a) {
                                              a.for_each(entered(moods, 1), [&](const ActRow& me) {
                                                me.set(wealths, me[wealths] + 1);
                                              });
                                            }}));
  s.start();
  s.step();
  CHECK(s.counts(mood.name).entries_of(1) == 4);
  s.step();
  CHECK(s.counts(mood.name).entries_of(1) == 0);

  const auto got = s.population().kind("row").values(wealth);
  CHECK(std::vector<i64>(got.begin(), got.end()) == std::vector<i64>{1, 1, 0, 1, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("replicated rows read in later substeps what all rows added in act", "[simulation]") {
  AddsLater by_row, by_block;
  ReadsSum at_once, later;
  Writes<i64> wealths;
  std::vector<i64> read_at_once;
  Simulation s(Communicator(), test::rows(2000, 3), {.check_order = true});
  s.add_substep("spend",
                behaviors(Script{.name = "test.spender",
                                 .bind =
                                     [&](Binder& b) {
                                       by_row = b.adds_later(spent, "world");
                                       by_block = b.adds_later(spent, "world");
                                     },
                                 .act =
                                     [&](const Act& a) {
                                       a.for_each(all(), [&](const ActRow& me) {
                                         me.count(by_row, me.id() % 3, me.id() + a.now());
                                       });
                                       a.for_each_block(all(), [&](const Block<ActRow>& some) {
                                         some.count(by_block, 0, static_cast<i64>(some.size()));
                                       });
                                     }},
                          Script{.name = "test.early",
                                 .kind = "world",
                                 .bind = [&](Binder& b) { at_once = b.sums(spent); },
                                 .act =
                                     [&](const Act& a) {
                                       if (a.now() == 1) {
                                         read_at_once = {at_once.at(0), at_once.at(1)};
                                       }
                                     }}));
  s.add_substep("book", behaviors(Script{.name = "test.world",
                                         .kind = "world",
                                         .bind =
                                             [&](Binder& b) {
                                               later = b.sums(spent);
                                               wealths = b.writes(wealth);
                                             },
                                         .act =
                                             [&](const Act& a) {
                                               a.for_each(all(), [&](const ActRow& me) {
                                                 me.set(wealths, me[wealths] + later.at(me.row()));
                                               });
                                             }}));
  s.start();
  s.step();
  s.step();

  std::vector<i64> expected = {2 * 2000, 0, 0};
  for (i64 id = 0; id < 2000; ++id) {
    expected[static_cast<std::size_t>(id % 3)] += 2 * id + 3;  // now is 1, then 2
  }
  const auto got = s.population().kind("world").values(wealth);
  CHECK(std::vector<i64>(got.begin(), got.end()) == expected);
  CHECK(read_at_once == std::vector<i64>{0, 0});  // nothing was delivered before
}

TEST_CASE("replicated rows read the sum of what all rows added this substep", "[simulation]") {
  Adds adds;
  ReadsSum sums;
  Writes<i64> wealths;
  auto s = of_rows(2000, {},
                   Script{.name = "test.spender",
                          .bind = [&](Binder& b) { adds = b.adds(spent, "world"); },
                          .observe =
                              [&](const Observe& o) {
                                o.for_each(all(), [&](const SeenRow& me) {
                                  o.add(me, adds, me.id() % 3, me.id() + o.now());
                                });
                              }},
                   Script{.name = "test.world",
                          .kind = "world",
                          .bind =
                              [&](Binder& b) {
                                sums = b.sums(spent);
                                wealths = b.writes(wealth);
                              },
                          .act =
                              [&](const Act& a) {
                                a.for_each(all(), [&](const ActRow& me) {
                                  me.set(wealths, me[wealths] + sums.at(me.row()));
                                });
                              }});
  s->start();
  s->step();
  s->step();

  std::vector<i64> expected(3, 0);
  for (i64 id = 0; id < 2000; ++id) {
    expected[static_cast<std::size_t>(id % 3)] += 2 * id + 3;  // now is 1, then 2
  }
  const auto got = s->population().kind("world").values(wealth);
  CHECK(std::vector<i64>(got.begin(), got.end()) == expected);
}

TEST_CASE("tallies add up over the run and events are kept for who wants them", "[simulation]") {
  for (const bool check : {false, true}) {
    Tallies tallies;
    Logs<Meeting> logs;
    auto s = of_rows(2000, {.check_order = check},
                     Script{.bind =
                                [&](Binder& b) {
                                  tallies = b.tallies(steps_made, 2);
                                  logs = b.logs(meeting);
                                },
                            .act =
                                [&](const Act& a) {
                                  a.for_each(all(), [&](const ActRow& me) {
                                    me.count(tallies, me.id() % 2, me.id());
                                    if (me.id() % 1000 == 0) {
                                      me.log(logs, Meeting{me.id(), a.now()});
                                    }
                                  });
                                }});
    s->start();
    CHECK(s->has_tally("test.steps_made"));
    CHECK_FALSE(s->has_tally("test.else"));
    CHECK(s->tally("test.steps_made") == std::vector<i64>{0, 0});
    s->step();  // nobody wants events yet
    auto* store = dynamic_cast<EventStore<Meeting>*>(s->events("test.meeting"));
    REQUIRE(store != nullptr);
    CHECK(store->take().empty());
    store->want(true);
    s->step();

    auto events = store->take();
    std::sort(events.begin(), events.end());
    CHECK(events == std::vector<Meeting>{{0, 2}, {1000, 2}});
    CHECK(store->take().empty());
    // 0 + 2 + ... + 1998 = 999000; 1 + 3 + ... + 1999 = 1000000; two steps
    CHECK(s->tally("test.steps_made") == std::vector<i64>{1'998'000, 2'000'000});
    CHECK(s->events("test.else") == nullptr);
  }
}

TEST_CASE("repeated draws number themselves from 1 and give the words of their numbers",
          "[simulation]") {
  std::mutex guard;
  std::map<std::pair<AgentId, u32>, u32> drawn;
  auto s = of_rows(300, {.seed = 8, .check_order = false}, Script{.observe = [&](const Observe& o) {
                     o.for_each_repeated(
                         all(), "test.times",
                         [](const SeenRow& me, const Words&) { return me.id() % 5; }, "test.each",
                         [&](const SeenRow& me, u32 k, const Words& w) {
                           const std::lock_guard lock(guard);
                           drawn[{me.id(), k}] += w[0];
                         });
                   }});
  s->start();
  s->step();

  std::map<std::pair<AgentId, u32>, u32> expected;
  const KindTag tag = s->population().kind("row").tag();
  for (AgentId id = 0; id < 300; ++id) {
    for (u32 k = 1; k <= id % 5; ++k) {
      expected[{id, k}] = Chance(8).words(tag, id, 1, "test.each", k)[0];
    }
  }
  CHECK(drawn == expected);
}

TEST_CASE("a block of rows changes them as each of them would", "[simulation]") {
  constexpr AgentId n = 5000;
  const auto ends_in = [](std::vector<Partition> partitions, bool in_blocks, bool checked) {
    std::vector<u64> hashes;
    for (Partition& partition : partitions) {
      Population p;
      p.add_kind("row", std::move(partition));
      Writes<u8> moods;
      Writes<StoredStep> wakes;
      Writes<i64> wealths;
      Tallies made;
      Script script{.bind =
                        [&](Binder& b) {
                          moods = b.writes(mood);
                          wakes = b.writes(wakes_at);
                          b.follows(wakes);
                          wealths = b.writes(wealth);
                          made = b.tallies(steps_made, 1);
                        },
                    .act =
                        [&, in_blocks](const Act& a) {
                          const auto richer = [&](AgentId id, i64 has) {
                            return id % 3 == 0 ? has : has * 3 + i64{id} - 7'000;
                          };
                          const auto feels = [&](AgentId id) {
                            return static_cast<u8>((id + a.now()) % 3);
                          };
                          const auto date = [&](AgentId id) {
                            return static_cast<StoredStep>(a.now() + 1 + id % 5);
                          };
                          if (!in_blocks) {
                            a.for_each(all(), [&](const ActRow& me) {
                              me.set(wealths, richer(me.id(), me[wealths]));
                              me.set(moods, feels(me.id()));
                              me.set(wakes, date(me.id()));
                              me.count(made, 0);
                            });
                            return;
                          }
                          a.for_each_block(all(), [&](const Block<ActRow>& some) {
                            std::vector<i64> has(some[wealths].begin(), some[wealths].end());
                            std::vector<u8> mood_of(some.size());
                            std::vector<StoredStep> date_of(some.size());
                            for (std::size_t k = 0; k < some.size(); ++k) {
                              const AgentId id = some.row(k).id();
                              has[k] = richer(id, has[k]);
                              mood_of[k] = feels(id);
                              date_of[k] = date(id);
                            }
                            some.set(wealths, has);
                            some.set(moods, mood_of);
                            some.set(wakes, date_of);
                            some.count(made, 0, static_cast<i64>(some.size()));
                          });
                        }};
      Simulation s(Communicator(), std::move(p), {.seed = 4, .check_order = checked});
      s.add_substep("only", behaviors(std::move(script)));
      s.start();
      for (int k = 0; k < 4; ++k) {
        s.step();
        CHECK(s.content_hash() == s.full_hash());
        hashes.push_back(s.content_hash());
      }
      CHECK(s.tally("test.steps_made") == std::vector<i64>{i64{4} * n});
      CHECK(s.counts("test.mood").count_of(0) > i64{n} / 4);
    }
    return hashes;
  };
  const auto partitions = [] {
    return std::vector<Partition>{Partition::blocks({0, n}, 0), Partition::scatter(n, 1, 0)};
  };

  CHECK(ends_in(partitions(), true, false) == ends_in(partitions(), false, false));
  CHECK(ends_in(partitions(), true, true) == ends_in(partitions(), false, true));
}

TEST_CASE("rows that are chosen by their words get these words", "[simulation]") {
  std::mutex guard;
  std::map<AgentId, u32> seen;
  const auto wanted = [](AgentId id, const Words& w) { return w[1] % 4 == 0 && id % 7 != 0; };
  const auto when = [&](const SeenRow& me, const Words& w) { return wanted(me.id(), w); };
  auto s =
      of_rows(3000, {.seed = 9, .check_order = false}, Script{.observe = [&](const Observe& o) {
                o.for_each(all(), "test.some", when, [&](const SeenRow& me, const Words& w) {
                  const std::lock_guard lock(guard);
                  seen[me.id()] += w[0];
                });
              }});
  s->start();
  s->step();

  std::map<AgentId, u32> expected;
  const KindTag tag = s->population().kind("row").tag();
  for (AgentId id = 0; id < 3000; ++id) {
    const Words w = Chance(9).words(tag, id, 1, "test.some");
    if (wanted(id, w)) {
      expected[id] = w[0];
    }
  }
  CHECK(expected.size() > 500);
  CHECK(seen == expected);
}

TEST_CASE("rows that are chosen by their columns are those a full loop would choose",
          "[simulation]") {
  constexpr AgentId n = 4000;
  const auto ends_in = [](bool chosen) {
    Writes<u8> moods;
    Writes<i64> wealths;
    auto s = of_rows(
        n, {.seed = 6},
        Script{.bind =
                   [&](Binder& b) {
                     moods = b.writes(mood);
                     b.lists(moods, u8{1});
                     wealths = b.writes(wealth);
                     b.draws("test.mood");
                   },
               .act =
                   [&, chosen](const Act& a) {
                     a.for_each(all(), "test.mood", [&](const ActRow& me, const Words& w) {
                       me.set(moods, static_cast<u8>(w[0] % 3));
                     });
                     const auto poor = [&](const SeenRow& me) {
                       return me[wealths] < i64{me.id() % 3};
                     };
                     const auto earn = [&](const ActRow& me) { me.set(wealths, me[wealths] + 1); };
                     if (chosen) {
                       a.for_each_if(having(moods, 1), poor, earn);
                       a.for_each_if(entered(moods, 2), poor, earn);
                       return;
                     }
                     a.for_each(all(), [&](const ActRow& me) {
                       if (me[moods] != 0 && poor(me)) {
                         me.set(wealths, me[wealths] + 1);
                       }
                     });
                   }});
    s->start();
    s->step();
    return s->content_hash();
  };

  CHECK(ends_in(true) == ends_in(false));
}

}  // namespace throng
