#include "tests/sim/busy.h"

namespace throng {

using namespace test;

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

}  // namespace throng
