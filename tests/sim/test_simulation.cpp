#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/sim/scripted.h"

namespace throng {
namespace {

using test::behaviors;
using test::Script;

constexpr Fixed<u32> height{.name = "test.height", .unit = "1", .doc = "-"};
constexpr State<u8> mood{
    .name = "test.mood", .unit = "label", .doc = "-", .indexed = true, .labels = "calm,loud,tired"};
constexpr State<StoredStep> wakes_at{
    .name = "test.wakes_at", .unit = "step", .doc = "-", .initial = never, .timer = true};
constexpr State<i32> balance{.name = "test.balance", .unit = "1", .doc = "-", .initial = -3};
constexpr State<i64> wealth{.name = "test.wealth", .unit = "1", .doc = "-"};
constexpr State<double> speed{.name = "test.speed", .unit = "1", .doc = "-", .initial = 1.5};
constexpr Decision<u8> wish{.name = "test.wish", .unit = "1", .doc = "-", .initial = 2};
constexpr Sum spent{.name = "test.spent", .unit = "1", .doc = "-"};
constexpr Tally steps_made{.name = "test.steps_made", .unit = "1", .doc = "-"};
struct Meeting {
  AgentId who = 0;
  Step when = 0;
  friend auto operator<=>(const Meeting&, const Meeting&) = default;
};
constexpr Event<Meeting> meeting{.name = "test.meeting", .doc = "-"};
constexpr Observation<u32> word{.name = "test.word", .doc = "A word."};
constexpr Observation<u32> unheard{.name = "test.unheard", .doc = "A word."};

// A simulation of `n` rows with one substep.
template <class... Scripts>
std::unique_ptr<Simulation> of_rows(AgentId n, SimulationOptions options, Scripts... scripts) {
  auto s = std::make_unique<Simulation>(Communicator(), test::rows(n, 3), options);
  s->add_substep("only", behaviors(std::move(scripts)...));
  return s;
}

// Rows that draw, change every sort of column, and decide.
struct Busy {
  Writes<u8> moods;
  Writes<StoredStep> wakes;
  Writes<i32> balances;
  Writes<i64> wealths;
  Writes<double> speeds;
  Decides<u8> wishes;
  Script script() {
    return {
        .name = "test.busy",
        .bind =
            [this](Binder& b) {
              moods = b.writes(mood);
              wakes = b.writes(wakes_at);
              balances = b.writes(balance);
              wealths = b.writes(wealth);
              speeds = b.writes(speed);
              wishes = b.decides(wish);
              b.follows(wakes);
              b.lists(moods, u8{1});
              b.draws("test.busy");
            },
        .decide =
            [this](const Decide& d) {
              d.for_each(all(), "test.busy.decide", [&](const DecideRow& me, const Words& w) {
                me.set(wishes, static_cast<u8>((me[wishes] + w[0]) % 7));
              });
            },
        .act =
            [this](const Act& a) {
              a.for_each(all(), "test.busy", [&](const ActRow& me, const Words& w) {
                if (w[0] % 3 == 0) {
                  me.set(moods, static_cast<u8>(w[1] % 3));
                  me.set(wakes,
                         w[2] % 5 == 0 ? never : static_cast<StoredStep>(a.now() + 1 + w[2] % 9));
                  me.set(balances, static_cast<i32>(w[3]));
                  me.set(wealths, -static_cast<i64>(w[1]));
                  me.set(speeds, 0.5 * w[0]);
                }
              });
              a.for_each(due(wakes), [&](const ActRow& me) { me.set(wealths, me[wealths] + 1); });
              a.for_each(having(moods, 1),
                         [&](const ActRow& me) { me.set(balances, me[balances] / 2); });
            }};
  }
};

std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const ContractError& e) {
    return e.what();
  }
  return "";
}

template <class... Scripts>
std::string refusal_of(Scripts... scripts) {
  auto s = of_rows(10, {}, std::move(scripts)...);
  return refusal([&] { s->start(); });
}

Script binding(std::string name, std::function<void(Binder&)> bind, std::string kind = "row") {
  return {.name = std::move(name), .kind = std::move(kind), .bind = std::move(bind)};
}

Catch::Matchers::StdString::ContainsMatcher says(const char* part) {
  return Catch::Matchers::Contains(part);
}

}  // namespace

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

// ---- what is refused ----------------------------------------------------------------------------

TEST_CASE("two writers of one column in one substep are refused", "[simulation]") {
  const auto write = [](Binder& b) { b.writes(wealth); };
  const auto decide = [](Binder& b) { b.decides(wish); };

  CHECK_THAT(refusal_of(binding("test.one", write), binding("test.two", write)),
             says("both write column 'test.wealth'"));
  CHECK_THAT(refusal_of(binding("test.one", decide), binding("test.two", decide)),
             says("both write column 'test.wish'"));
}

TEST_CASE("two writers of one name are two writers all the same", "[simulation]") {
  const auto write = [](Binder& b) { b.writes(wealth); };

  CHECK_THAT(refusal_of(binding("test.same", write), binding("test.same", write)),
             says("both write column"));
}

TEST_CASE("writers of one column in two substeps, or in two kinds, are welcome", "[simulation]") {
  const auto write = [](Binder& b) {
    b.writes(wealth);
    b.writes(wealth);
  };
  Simulation s(Communicator(), test::rows(10, 3), {});
  s.add_substep("same name", behaviors(binding("test.one", write)));
  s.add_substep("same name",
                behaviors(binding("test.two", write), binding("test.world", write, "world")));

  s.start();

  CHECK(s.access().size() == 6);
}

TEST_CASE("a fixed column that the population lacks is refused", "[simulation]") {
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.reads(height); })),
             says("no column 'test.height'"));
}

TEST_CASE("two draws whose names collide are refused", "[simulation]") {
  // A known pair of words with one FNV-1a hash.
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.draws("costarring"); }),
                        binding("test.two", [](Binder& b) { b.draws("liquid"); })),
             says("hash"));
}

TEST_CASE("two behaviors that draw under one name say that they share it", "[simulation]") {
  const auto draws = [](Binder& b) { b.draws("test.coin"); };
  const auto shares = [](Binder& b) { b.shares_draw("test.coin"); };
  CHECK_THAT(refusal_of(binding("test.one", draws), binding("test.two", draws)),
             says("draw 'test.coin': is drawn by behavior 'test.one'"));
  // One class twice in a day would have the same luck both times.
  auto twice = of_rows(10, {}, binding("test.one", draws));
  twice->add_substep("evening", behaviors(binding("test.one", draws)));
  CHECK_THAT(refusal([&] { twice->start(); }), says("share their luck"));
  CHECK(refusal_of(binding("test.one", shares), binding("test.two", shares)).empty());
}

TEST_CASE("a loop that nobody prepared is refused instead of visiting nobody", "[simulation]") {
  Reads<u8> moods;
  Reads<StoredStep> wakes;
  const auto step_of = [&](std::function<void(const Act&)> act) {
    auto s = of_rows(10, {},
                     Script{.bind =
                                [&](Binder& b) {
                                  moods = b.reads(mood);
                                  wakes = b.reads(wakes_at);
                                },
                            .act = std::move(act)});
    s->start();
    return refusal([&] { s->step(); });
  };
  const auto nothing = [](const ActRow&) {};
  CHECK_THAT(step_of([&](const Act& a) { a.for_each(having(moods, 1), nothing); }),
             says("Binder::lists"));
  CHECK_THAT(step_of([&](const Act& a) { a.for_each(due(wakes), nothing); }),
             says("Binder::follows"));
}

TEST_CASE("a date of today that nobody will look at any more is refused", "[simulation]") {
  Writes<StoredStep> wakes;
  auto s = of_rows(10, {},
                   Script{.bind =
                              [&](Binder& b) {
                                wakes = b.writes(wakes_at);
                                b.follows(wakes);
                              },
                          .act =
                              [&](const Act& a) {
                                a.for_each(all(), [&](const ActRow& me) {
                                  me.set(wakes, static_cast<StoredStep>(a.now()));
                                });
                              }});
  s->start();

  CHECK_THAT(refusal([&] { s->step(); }), says("a date of today is set"));
}

TEST_CASE("what is found and claimed is read and granted in the same substep", "[simulation]") {
  static constexpr Finding<u8> glimpse{.name = "test.glimpse", .unit = "1", .doc = "-"};
  static constexpr State<u32> beds{.name = "test.beds", .unit = "1", .doc = "-"};
  const auto finds = [](Binder& b) { b.finds(glimpse); };
  const auto reads = [](Binder& b) { b.reads(glimpse); };
  const auto claims = [](Binder& b) { b.claims(beds, "row"); };
  const auto grants = [](Binder& b) { b.grants(beds); };
  CHECK(refusal_of(binding("test.one", finds), binding("test.two", reads)).empty());
  CHECK_THAT(refusal_of(binding("test.two", reads)), says("reads the finding 'test.glimpse'"));
  CHECK_THAT(refusal_of(binding("test.one", finds), binding("test.two", finds)),
             says("both write"));
  CHECK(refusal_of(binding("test.one", claims), binding("test.two", grants)).empty());
  CHECK_THAT(refusal_of(binding("test.one", claims)), says("no other behavior"));
  CHECK_THAT(refusal_of(binding("test.two", grants)), says("no other behavior"));
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.looks("nowhere"); })),
             says("edges or a grid"));
}

TEST_CASE("two declarations of one column that disagree are refused", "[simulation]") {
  const auto with = [](auto changed) {
    return refusal_of(binding("test.one", [](Binder& b) { b.reads(mood); }),
                      binding("test.two", [changed](Binder& b) { b.reads(changed); }));
  };
  constexpr State<u16> wide{.name = "test.mood", .unit = "label", .doc = "-"};
  constexpr Decision<u8> decided{
      .name = "test.mood", .unit = "label", .doc = "-", .labels = "calm,loud,tired"};
  State<u8> unit = mood, initial = mood, labels = mood, plain = mood, equal = mood;
  unit.unit = "1";
  initial.initial = 1;
  labels.labels = "calm,loud,weary";
  plain.indexed = false;
  equal.doc = "Told otherwise.";

  CHECK_THAT(with(wide), says("declared differently"));
  CHECK_THAT(with(decided), says("declared differently"));
  CHECK_THAT(with(unit), says("declared differently"));
  CHECK_THAT(with(initial), says("declared differently"));
  CHECK_THAT(with(labels), says("declared differently"));
  CHECK_THAT(with(plain), says("declared differently"));
  CHECK(with(equal).empty());
}

TEST_CASE("indexes of columns that cannot have them are refused", "[simulation]") {
  constexpr State<u32> label{
      .name = "test.label", .unit = "label", .doc = "-", .indexed = true, .labels = "a,b"};
  constexpr State<u32> time{.name = "test.time", .unit = "step", .doc = "-", .timer = true};
  constexpr State<u8> bare{.name = "test.bare", .unit = "label", .doc = "-", .indexed = true};

  CHECK_THAT(refusal_of(binding("test.one", [=](Binder& b) { b.reads(label); })), says("one byte"));
  CHECK_THAT(refusal_of(binding("test.one", [=](Binder& b) { b.reads(time); })),
             says("holds dates"));
  CHECK_THAT(refusal_of(binding("test.one", [=](Binder& b) { b.reads(bare); })),
             says("1 to 32 labels"));
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.lists(b.reads(wealth), i64{0}); })),
             says("indexed"));
}

TEST_CASE("labels named after their column is bound are refused", "[simulation]") {
  Population p = test::rows(3);
  p.kind("row").values(mood);

  CHECK_THROWS_AS(p.kind("row").name_labels(mood.name, {"a", "b", "c"}), ContractError);
}

TEST_CASE("one column indexed in two owned kinds is refused", "[simulation]") {
  Population p = test::rows(3);
  p.add_kind("wolf", Partition::blocks({0, 4}, 0));
  Simulation s(Communicator(), std::move(p), {});
  s.add_substep("only", behaviors(binding("test.one", [](Binder& b) { b.reads(mood); }),
                                  binding(
                                      "test.two", [](Binder& b) { b.reads(mood); }, "wolf")));

  CHECK_THAT(refusal([&] { s.start(); }), says("indexed in two kinds"));
}

TEST_CASE("counts of a column that is not indexed are refused", "[simulation]") {
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.counts("test.wealth"); })),
             says("Index the column"));
  CHECK(refusal_of(binding("test.one", [](Binder& b) {
          b.reads(mood), b.counts(mood.name);
        })).empty());
}

TEST_CASE("an observation that nobody hears is refused", "[simulation]") {
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.tells(unheard, "row"); })),
             says("no behavior hears it"));
}

TEST_CASE("a second admission of one observation is refused", "[simulation]") {
  const auto hear = [](Binder& b) {
    b.hears(word, [](const SeenRow&, AgentId, u32&) { return true; });
  };

  CHECK_THAT(refusal_of(binding("test.one", hear), binding("test.two", hear)),
             says("second admission"));
}

TEST_CASE("one observation told to two kinds is refused", "[simulation]") {
  const auto hear = [](Binder& b) {
    b.hears(word, [](const SeenRow&, AgentId, u32&) { return true; });
  };

  CHECK_THAT(refusal_of(binding("test.one", hear),
                        binding(
                            "test.two", [](Binder& b) { b.tells(word, "world"); }, "world")),
             says("told to one kind"));
}

TEST_CASE("owned rows that tell replicated ones are refused, and so are replicated rows that add",
          "[simulation]") {
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.tells(word, "world"); })),
             says("by sums"));
  CHECK_THAT(refusal_of(binding(
                 "test.one", [](Binder& b) { b.adds(spent, "world"); }, "world")),
             says("once per rank"));
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.adds(spent, "row"); })),
             says("replicated"));
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.sums(spent); })), says("replicated"));
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.sees("row", mood); })),
             says("everybody's sight"));
}

TEST_CASE("one event with two records, one tally with two sizes are refused", "[simulation]") {
  constexpr Event<u32> other{.name = "test.meeting", .doc = "-"};

  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.logs(meeting); }),
                        binding("test.two", [=](Binder& b) { b.logs(other); })),
             says("different records"));
  CHECK_THAT(refusal_of(binding("test.one", [](Binder& b) { b.tallies(steps_made, 2); }),
                        binding("test.two", [](Binder& b) { b.tallies(steps_made, 3); })),
             says("different sizes"));
}

TEST_CASE("a behavior of a kind that is not there is refused", "[simulation]") {
  CHECK_THAT(refusal_of(binding(
                 "test.one", [](Binder&) {}, "wolf")),
             says("'wolf' is not in the population"));
}

// ---- phases run twice ---------------------------------------------------------------------------

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

// ---- watching -----------------------------------------------------------------------------------

namespace {

// Watches row 5.
class Watch final : public Tracer {
 public:
  std::vector<std::string> phases, lines;
  void begin(Step now, std::string_view substep, std::string_view behavior,
             std::string_view phase) override {
    phases.push_back(std::to_string(now) + " " + std::string(substep) + " " +
                     std::string(behavior) + " " + std::string(phase));
  }
  void drew(const Kind&, const Counter& c, std::string_view draw, const Words& w) override {
    note(c.id, "drew " + std::string(draw) + " " + std::to_string(w[0]));
  }
  void changed(const Kind&, AgentId id, const ColumnInfo& column, u64 before, u64 after) override {
    note(id,
         std::string(column.name) + " " + std::to_string(before) + " -> " + std::to_string(after));
  }
  void told(const Kind&, AgentId from, const Kind&, AgentId to,
            std::string_view observation) override {
    note(from, "told " + std::to_string(to) + " " + std::string(observation));
  }
  void told_group(const Kind&, AgentId from, const Member& to,
                  std::string_view observation) override {
    note(from, "told one of " + std::to_string(to.group) + " " + std::string(observation));
  }
  void born(const Kind&, AgentId id, KindTag, AgentId parent) override {
    note(id, "born to " + std::to_string(parent));
  }
  void died(const Kind&, AgentId id) override { note(id, "died"); }

 private:
  void note(AgentId id, std::string what) {
    const std::lock_guard lock(guard_);
    if (id == 5) {
      lines.push_back(std::move(what));
    }
  }
  std::mutex guard_;
};

struct Watched {
  Tells<u32> tells;
  Hears<u32> hears;
  Writes<i64> wealths;
  Decides<u8> wishes;
  u32 network = 0;
  Script script() {
    return {.name = "test.watched",
            .bind =
                [this](Binder& b) {
                  tells = b.tells(word, "row");
                  hears = b.hears(word, [](const SeenRow&, AgentId, u32&) { return true; });
                  wealths = b.writes(wealth);
                  wishes = b.decides(wish);
                  network = b.network("all");
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each(all(), "test.talk", [&](const SeenRow& me, const Words& w) {
                    o.tell(me, (me.id() + 1) % 2000, tells, w[0]);
                    o.tell(me, Member{.network = network, .group = 0, .word = w[1]}, tells, w[2]);
                  });
                },
            .decide =
                [this](const Decide& d) {
                  d.for_each(all(), [&](const DecideRow& me) { me.set(wishes, u8{4}); });
                },
            .act =
                [this](const Act& a) {
                  a.for_each_told(
                      hears, "test.hear",
                      [&](const ActRow& me, std::span<const Told<u32>> told, const Words& w) {
                        me.set(wealths, static_cast<i64>(told.size() + (w[0] & 0xFF)));
                      });
                }};
  }
};

std::unique_ptr<Simulation> watched(Watched& w, Tracer* tracer, bool check) {
  Population p = test::rows(2000);
  const Kind& groups = p.add_kind("group", Partition::blocks({0, 1}, 0));
  const std::vector<u32> group_of(2000, 0);
  p.add_groups("all", Groups::build(Communicator(), p.kind("row"), groups,
                                    std::span<const u32>(group_of), {}));
  auto s = std::make_unique<Simulation>(
      Communicator(), std::move(p),
      SimulationOptions{.seed = 3, .check_order = check, .tracer = tracer});
  s->add_substep("day", behaviors(w.script()));
  s->start();
  return s;
}

}  // namespace

TEST_CASE(
    "a tracer reports what the watched row drew, told, decided and changed, and changes no bit",
    "[tracer]") {
  for (const bool check : {false, true}) {
    Watch watch;
    Watched with, without;
    auto traced = watched(with, &watch, check);
    auto plain = watched(without, nullptr, check);
    for (int k = 0; k < 3; ++k) {
      traced->step();
      plain->step();
      REQUIRE(traced->content_hash() == plain->content_hash());
    }

    const KindTag tag = traced->population().kind("row").tag();
    const u32 talk = Chance(3).words(tag, 5, 1, "test.talk")[0],
              hear = Chance(3).words(tag, 5, 1, "test.hear")[0];
    REQUIRE(watch.phases.size() == 9);
    CHECK(watch.phases[0] == "1 day test.watched observe");
    CHECK(watch.phases[4] == "2 day test.watched decide");
    REQUIRE(watch.lines.size() >= 7);
    CHECK(watch.lines[0] == "drew test.talk " + std::to_string(talk));
    CHECK(watch.lines[1] == "told 6 test.word");
    CHECK(watch.lines[2] == "told one of 0 test.word");
    CHECK_THAT(watch.lines[3], says("told "));  // whom the group's owner chose
    CHECK(watch.lines[4] == "test.wish 2 -> 4");
    CHECK(watch.lines[5] == "drew test.hear " + std::to_string(hear));
    CHECK_THAT(watch.lines[6], says("test.wealth 0 -> "));
  }
}

}  // namespace throng
