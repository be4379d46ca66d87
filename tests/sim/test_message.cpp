#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/message.h"
#include "sim/population.h"
#include "tests/sim/scripted.h"

namespace throng {
namespace {

struct Note {
  u32 key = 0, text = 0;
  friend auto operator<=>(const Note&, const Note&) = default;
};
constexpr Observation<Note> note{.name = "test.note", .doc = "A note."};
constexpr State<u64> read{.name = "test.read", .unit = "1", .doc = "What was read, in order."};
constexpr State<u32> patience{.name = "test.patience", .unit = "1", .doc = "Keys a row stands."};

using Line = std::vector<std::array<u32, 4>>;  // to (id), key, text, from

Line lines(const Kind& kind, const Mailbox<Note>& box) {
  Line all;
  for (u32 s = 0; s < kind.slices().count(); ++s) {
    for (const Told<Note>& t : box.told(s)) {
      all.push_back({kind.partition().id_of(t.to), t.value.key, t.value.text, t.from});
    }
  }
  return all;
}

// Three thousand notes to three slices of rows, told in an order that depends on `turn`.
Line told_in_turn(u32 turn, u64 shuffle) {
  Population p = test::rows(2500);
  const Kind& kind = p.kind("row");
  Mailbox<Note> box("test.note", kind, {});
  box.open(1);
  box.admit_by([](std::span<const Told<Note>> in, std::vector<Told<Note>>& out) {
    for (const Told<Note>& t : in) {
      if (t.value.key % 3 != 0) {
        out.push_back(t);
      }
    }
  });
  for (u32 k = 0; k < 3000; ++k) {
    const u64 m = mix((k + turn) % 3000);
    box.tell(0, static_cast<AgentId>(m >> 32) % 40, static_cast<AgentId>(m % 2500 / 7 * 7),
             {static_cast<u32>(m >> 20) % 10, static_cast<u32>(m >> 50)});
  }
  box.deliver(Communicator(), shuffle);
  return lines(kind, box);
}

}  // namespace

TEST_CASE("messages come in order of value and sender, however they were told", "[message]") {
  const Line expected = told_in_turn(0, 0);

  REQUIRE(expected.size() > 1500);
  CHECK(std::is_sorted(expected.begin(), expected.end()));
  for (const u32 turn : {1u, 77u, 2999u}) {
    CHECK(told_in_turn(turn, 0) == expected);
  }
}

TEST_CASE("shuffling messages before they are admitted has no effect", "[message]") {
  const Line expected = told_in_turn(0, 0);

  CHECK(told_in_turn(0, 1) == expected);
  CHECK(told_in_turn(0, 0xABCDEF) == expected);
}

TEST_CASE("a target refuses messages one by one, before they are combined", "[message]") {
  // Row 1 stands keys from 5 on. Refused: 3. Kept in order: 5, 8, with what admission made of them.
  Simulation s(Communicator(), test::rows(3), {});
  Tells<Note> tells;
  Hears<Note> hears;
  Reads<u32> stands;
  Writes<u64> writes;
  s.population().kind("row").values(patience)[1] = 5;
  s.add_substep(
      "only", test::behaviors(test::Script{
                  .bind =
                      [&](Binder& b) {
                        stands = b.reads(patience);
                        writes = b.writes(read);
                        tells = b.tells(note, "row");
                        hears = b.hears(note, [&](const SeenRow& me, AgentId from, Note& n) {
                          n.text += from;
                          return n.key >= me[stands];
                        });
                      },
                  .observe =
                      [&](const Observe& o) {
                        o.for_each(all(), [&](const SeenRow& me) {
                          if (me.id() == 0) {
                            o.tell(me, 1, tells, Note{8, 10});
                            o.tell(me, 1, tells, Note{3, 10});
                          } else if (me.id() == 2) {
                            o.tell(me, 1, tells, Note{5, 10});
                          }
                        });
                      },
                  .act =
                      [&](const Act& a) {
                        a.for_each_told(
                            hears, "test.hear",
                            [&](const ActRow& me, std::span<const Told<Note>> told, const Words&) {
                              u64 text = 0;
                              for (const Told<Note>& t : told) {
                                text = text * 100 + t.value.text;
                              }
                              me.set(writes, text);
                            });
                      }}));
  s.start();
  s.step();

  const auto got = s.population().kind("row").values(read);
  CHECK(got[0] == 0);
  CHECK(got[1] == 1210);
  CHECK(got[2] == 0);
  const auto traffic = s.traffic();
  REQUIRE(traffic.size() == 1);
  CHECK(traffic[0].sent == 3);
  CHECK(traffic[0].admitted == 2);
}

TEST_CASE("messages live until a behavior that hears them has acted, over substeps", "[message]") {
  Simulation s(Communicator(), test::rows(2), {});
  Tells<Note> early, late;
  Hears<Note> hears;
  Writes<u64> writes;
  const auto teller = [](std::string name, Tells<Note>& tells, u32 key) {
    return test::Script{.name = name,
                        .bind = [&tells](Binder& b) { tells = b.tells(note, "row"); },
                        .observe =
                            [&tells, key](const Observe& o) {
                              o.for_each(all(), [&](const SeenRow& me) {
                                if (me.id() == 0) {
                                  o.tell(me, 1, tells, Note{key, key});
                                }
                              });
                            }};
  };
  s.add_substep("late words first", test::behaviors(teller("test.late", late, 9)));
  s.add_substep("nothing", test::behaviors(test::Script{}));
  s.add_substep("early words", test::behaviors(teller("test.early", early, 4)));
  s.add_substep(
      "reading",
      test::behaviors(test::Script{
          .name = "test.reader",
          .bind =
              [&](Binder& b) {
                writes = b.writes(read);
                hears = b.hears(note, [](const SeenRow&, AgentId, Note&) { return true; });
              },
          .act =
              [&](const Act& a) {
                a.for_each_told(
                    hears, "test.hear",
                    [&](const ActRow& me, std::span<const Told<Note>> told, const Words&) {
                      u64 text = me[writes];
                      for (const Told<Note>& t : told) {
                        text = text * 10 + t.value.text;
                      }
                      me.set(writes, text);
                    });
              }}));
  s.start();
  s.step();
  CHECK(s.population().kind("row").values(read)[1] == 49);
  s.step();
  CHECK(s.population().kind("row").values(read)[1] ==
        4949);  // consumed: the first day's are not read again
}

TEST_CASE("the hash of queued messages sees every part of them and not their order", "[message]") {
  Population p = test::rows(10);
  const Kind& people = p.kind("row");
  const std::vector<u32> group_of(10, 0);
  Population q;
  const Kind& places =
      q.add_kind("place", Partition::blocks({0, 1, 2}, 0));  // group 1 lives elsewhere
  const Groups g =
      Groups::build(Communicator(), people, places, std::span<const u32>(group_of), {});
  const auto hash_of = [&](auto&& tell) {
    Mailbox<Note> box("test.note", people, {&g});
    box.open(2);
    tell(box);
    return box.queued_hash();
  };
  const Member there{.network = 0, .group = 1, .word = 3, .choose = Choose::any, .slots = 2};
  const auto base = hash_of([&](auto& b) { b.tell(0, 1, 2, {3, 4}), b.tell(0, 1, there, {3, 4}); });

  CHECK(hash_of([&](auto& b) { b.tell(0, 1, there, {3, 4}), b.tell(0, 1, 2, {3, 4}); }) == base);
  CHECK(hash_of([&](auto& b) { b.tell(0, 1, 3, {3, 4}), b.tell(0, 1, there, {3, 4}); }) != base);
  CHECK(hash_of([&](auto& b) { b.tell(0, 0, 2, {3, 4}), b.tell(0, 1, there, {3, 4}); }) != base);
  CHECK(hash_of([&](auto& b) { b.tell(0, 1, 2, {3, 5}), b.tell(0, 1, there, {3, 4}); }) != base);
  for (const int change : {0, 1, 2}) {
    Member m = there;
    m.word += change == 0 ? 1 : 0;
    m.choose = change == 1 ? Choose::other : m.choose;
    m.slots = change == 2 ? 5 : m.slots;
    CHECK(hash_of([&](auto& b) { b.tell(0, 1, 2, {3, 4}), b.tell(0, 1, m, {3, 4}); }) != base);
  }
}

}  // namespace throng
