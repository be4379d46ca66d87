#include <mutex>
#include <vector>

#include "tests/sim/busy.h"

namespace throng {

using namespace test;

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
