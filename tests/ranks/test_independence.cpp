// One synthetic model on every partition, against a twin that uses no engine: plain arrays, every
// row looked at every step, only the draws (pure functions) shared.
#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/parallel.h"
#include "sim/simulation.h"
#include "tests/sim/scripted.h"

namespace throng {
namespace {

using test::Script;

constexpr AgentId people = 6000, clubs = 150, areas = 5;
constexpr u64 seed = 31;
constexpr u8 calm = 0, loud = 1, tired = 2;

constexpr Fixed<u32> club{.name = "test.club", .unit = "id", .doc = "-"};
constexpr Fixed<u8> area{.name = "test.area", .unit = "1", .doc = "-"};
constexpr Fixed<u8> charm{.name = "test.charm", .unit = "1", .doc = "-"};
constexpr State<u8> mood{
    .name = "test.mood", .unit = "label", .doc = "-", .indexed = true, .labels = "calm,loud,tired"};
constexpr State<StoredStep> wakes_at{
    .name = "test.wakes_at", .unit = "step", .doc = "-", .initial = never, .timer = true};
constexpr State<u32> memory{.name = "test.memory", .unit = "1", .doc = "-"};
constexpr State<i64> noise{.name = "test.noise", .unit = "1", .doc = "-", .initial = -5};
constexpr State<u32> met{.name = "test.met", .unit = "1", .doc = "-"};
constexpr Decision<u8> wish{.name = "test.wish", .unit = "1", .doc = "-", .initial = 1};
constexpr Sum shouts{.name = "test.shouts", .unit = "1", .doc = "-"};
constexpr Sum murmurs{.name = "test.murmurs", .unit = "1", .doc = "-"};
constexpr Tally heard_keys{.name = "test.heard_keys", .unit = "1", .doc = "-"};
constexpr Tally loud_areas{.name = "test.loud_areas", .unit = "1", .doc = "-"};

struct Word {
  u32 key = 0, source = 0;
  friend auto operator<=>(const Word&, const Word&) = default;
};
constexpr Observation<Word> word{.name = "test.word", .doc = "A word."};
constexpr Observation<u32> visit{.name = "test.visit", .doc = "A visit to a club."};

// ---- who they are: functions of the id ----------------------------------------------------------

u32 club_of(AgentId id) {
  return mix(id + 1) % 10 == 0 ? no_group : static_cast<u32>(mix(id * 3 + 7) % clubs);
}
u8 area_of(AgentId id) { return static_cast<u8>(id * areas / people); }
u8 charm_of(AgentId id) { return static_cast<u8>(mix(id + 99) % 6 * 20); }
u8 first_mood(AgentId id) { return id % 50 == 0 ? loud : calm; }

std::vector<Edges::Edge> friendships() {
  std::vector<Edges::Edge> all;
  for (u32 k = 0; k < people * 2; ++k) {
    all.push_back({static_cast<AgentId>(mix(k) % people),
                   static_cast<AgentId>(mix(k + 1'000'000) % people), 0.25 * (1 + k % 5)});
  }
  return all;
}

// ---- the rules, shared as formulas only ---------------------------------------------------------

bool admits(u8 in_mood, u8 charm_here, u32 key) {
  return in_mood != tired && key % 5 != charm_here % 5;
}
u8 wish_of(u8 before, u8 in_mood, u32 random) {
  return static_cast<u8>((before + in_mood + random) % 3);
}
StoredStep wake_time(Step now, u32 random) {
  return static_cast<StoredStep>(now + 1 + (random % 40 == 0 ? 290 : random % 6));
}

i64 louder(i64 before, i64 shouted) {  // it may wrap around
  return static_cast<i64>(static_cast<u64>(before) * 3 + static_cast<u64>(shouted));
}

// ---- the engine's form --------------------------------------------------------------------------

struct Model {
  Reads<u32> clubs_of;
  Reads<u8> areas_of, charms, wishes_seen;
  Sees<i64> noises_seen;
  Writes<u8> moods;
  Writes<StoredStep> wakes;
  Writes<u32> memories, mets;
  Writes<i64> noises;
  Decides<u8> wishes;
  Tells<Word> tells, world_tells;
  Tells<u32> visits;
  Hears<Word> hears;
  Hears<u32> hears_visits;
  Adds adds;
  AddsLater adds_later;
  ReadsSum sums, later_sums;
  Tallies keys, loudness;
  const Edges* friends = nullptr;
  u32 network = 0;

  Script talk() {
    return {.name = "test.talk",
            .bind =
                [this](Binder& b) {
                  clubs_of = b.reads(club);
                  areas_of = b.reads(area);
                  charms = b.reads(charm);
                  moods = b.writes(mood);
                  wakes = b.writes(wakes_at);
                  memories = b.writes(memory);
                  wishes = b.decides(wish);
                  noises_seen = b.sees("area", noise);
                  b.lists(moods, loud);
                  tells = b.tells(word, "row");
                  visits = b.tells(visit, "club");
                  adds = b.adds(shouts, "area");
                  adds_later = b.adds_later(murmurs, "area");
                  keys = b.tallies(heard_keys, 4);
                  friends = b.edges("friends");
                  network = b.network("clubs");
                  hears = b.hears(word, [this](const SeenRow& me, AgentId, Word& w) {
                    const bool in = admits(me[moods], me[charms], w.key);
                    w.key >>= 1;
                    return in;
                  });
                },
            .observe = [this](const Observe& o) { say(o); },
            .decide =
                [this](const Decide& d) {
                  d.for_each(all(), "test.wish", [&](const DecideRow& me, const Words& w) {
                    me.set(wishes, wish_of(me[wishes], me[moods], w[0]));
                  });
                },
            .act = [this](const Act& a) { listen(a); }};
  }
  void say(const Observe& o) const {
    o.for_each(having(moods, loud), "test.say", [&](const SeenRow& me, const Words& w) {
      const u32 at = me[areas_of];
      const u32 key = w[1] ^ static_cast<u32>(noises_seen.at(at));
      if (me[clubs_of] != no_group) {
        o.tell(me, Member{network, me[clubs_of], w[0], Choose::other, 3}, tells, Word{key, 0});
        o.tell(me, Member{network, me[clubs_of], w[2], Choose::weighted}, tells, Word{key + 1, 1});
        o.tell(me, me[clubs_of], visits, w[3] % 100);
      }
      o.tell(me, Member{network, w[3] % clubs, w[0] ^ w[2], Choose::any}, tells, Word{key + 2, 2});
      if (friends->degree(me.row()) > 0) {
        o.tell(me, friends->choose(me.row(), unit(w[3])), tells, Word{key + 3, 3});
      }
      o.add(me, adds, at, 1 + w[0] % 7);
    });
  }
  void listen(const Act& a) const {
    a.for_each_told(hears, "test.listen",
                    [&](const ActRow& me, std::span<const Told<Word>> told, const Words& w) {
                      u32 text = me[memories] + me[wishes];
                      for (const Told<Word>& t : told) {
                        text = text * 31 + t.value.key + t.value.source * 7 + t.from;
                        me.count(keys, t.value.source % 4, t.value.key % 10);
                      }
                      me.set(memories, text);
                      me.count(adds_later, me[areas_of], text % 11);
                      if (me[moods] == calm && w[0] % 4 != 0) {
                        me.set(moods, loud);
                        me.set(wakes, wake_time(a.now(), w[1]));
                      }
                    });
  }
  Script area_in_talk() {
    return {.name = "test.area",
            .kind = "area",
            .bind =
                [this](Binder& b) {
                  sums = b.sums(shouts);
                  noises = b.writes(noise);
                  world_tells = b.tells(word, "row");
                  loudness = b.tallies(loud_areas, areas);
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each(all(), "test.broadcast", [&](const SeenRow& me, const Words& w) {
                    o.tell(me, below(w[0], people), world_tells, Word{w[1], 5});
                    o.tell(me, Member{network, w[2] % clubs, w[3], Choose::any}, world_tells,
                           Word{w[1], 6});
                  });
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) {
                    me.set(noises, louder(me[noises], sums.at(me.row())));
                    me.count(loudness, me.id(), sums.at(me.row()));
                  });
                }};
  }
  Script club_in_talk() {
    return {
        .name = "test.club",
        .kind = "club",
        .bind =
            [this](Binder& b) {
              mets = b.writes(met);
              hears_visits = b.hears(
                  visit, [](const SeenRow&, AgentId from, u32& v) { return (v + from) % 3 != 0; });
            },
        .act =
            [this](const Act& a) {
              a.for_each_told(hears_visits, "test.visited",
                              [&](const ActRow& me, std::span<const Told<u32>> told, const Words&) {
                                u32 sum = me[mets];
                                for (const Told<u32>& t : told) {
                                  sum = sum * 5 + t.value + t.from;
                                }
                                me.set(mets, sum);
                              });
            }};
  }
  Script area_in_wake() {
    return {.name = "test.area_hears",
            .kind = "area",
            .bind =
                [this](Binder& b) {
                  later_sums = b.sums(murmurs);
                  b.writes(noise);
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) {
                    me.set(noises, louder(me[noises], later_sums.at(me.row())));
                  });
                }};
  }
  Script wake() {
    return {.name = "test.wake",
            .bind =
                [this](Binder& b) {
                  b.writes(mood);
                  b.follows(b.writes(wakes_at));
                },
            .act =
                [this](const Act& a) {
                  a.for_each(due(wakes), "test.wake", [&](const ActRow& me, const Words& w) {
                    const bool was_loud = me[moods] == loud;
                    me.set(moods, was_loud ? tired : calm);
                    me.set(wakes, was_loud ? wake_time(a.now(), w[0]) : never);
                  });
                }};
  }
};

enum class Cut : u8 { blocks, scatter };
struct Variant {
  int threads;
  Cut cut;
  u64 rows, messages;
  bool check;
};

Partition partition(const Variant& v, const Communicator& world, AgentId n) {
  const auto ranks = static_cast<u32>(world.size());
  std::vector<AgentId> bounds;
  for (u32 r = 0; r <= ranks; ++r) {
    bounds.push_back(static_cast<AgentId>(u64{n} * r * r / (ranks * ranks)));  // of unequal size
  }
  const Partition p = v.cut == Cut::blocks ? Partition::blocks(bounds, world.rank())
                                           : Partition::scatter(n, world.size(), world.rank());
  return v.rows != 0 ? p.shuffled(v.rows) : p;
}

Population populate(const Variant& v, const Communicator& world) {
  Population p;
  Kind& row = p.add_kind("row", partition(v, world, people));
  Kind& clubs_kind = p.add_kind("club", partition(v, world, clubs));
  p.add_kind("area", Partition::replicated(areas));
  const auto club_column = row.values(club);
  const auto area_column = row.values(area), charm_column = row.values(charm),
             mood_column = row.values(mood);
  for (Row r = 0; r < row.rows(); ++r) {
    const AgentId id = row.partition().id_of(r);
    club_column[r] = club_of(id);
    area_column[r] = area_of(id);
    charm_column[r] = charm_of(id);
    mood_column[r] = first_mood(id);
  }
  row.group_counts_by(area.name, areas);
  p.add_groups("clubs", Groups::build(world, row, clubs_kind, std::span<const u32>(club_column),
                                      charm_column));
  const auto edges = friendships();
  p.add_edges("friends", Edges(row, edges));
  return p;
}

// ---- the twin -----------------------------------------------------------------------------------

// The hash of a column's cells, as the engine defines it.
class Cells64 {
 public:
  Cells64(std::string_view name, KindTag tag) {
    u64 key = 1469598103934665603ull;
    for (const char c : name) {
      key = (key ^ static_cast<u8>(c)) * 1099511628211ull;
    }
    id_ = mix(key + (u64{tag} << 32)) | 1ull << 63;
    value_ = mix(id_) | 1ull << 63;
  }
  template <class T>
  u64 sum(const std::vector<T>& of) const {
    u64 total = 0;
    for (AgentId id = 0; id < of.size(); ++id) {
      __extension__ using u128 = unsigned __int128;
      const u128 product = static_cast<u128>(id_ ^ id) * (value_ ^ static_cast<u64>(of[id]));
      total += static_cast<u64>(product) ^ static_cast<u64>(product >> 64);
    }
    return total;
  }

 private:
  u64 id_, value_;
};

struct Twin {
  Chance chance{seed};
  std::vector<u32> club, memory, met;
  std::vector<u8> area, charm, mood, wish;
  std::vector<StoredStep> wakes_at;
  std::vector<i64> noise, heard_keys, loud_areas;
  std::vector<std::vector<AgentId>> members, by_weight;
  std::vector<std::vector<std::pair<AgentId, double>>> friends;
  struct Heard {
    u32 key, source;
    AgentId from;
    auto operator<=>(const Heard&) const = default;
  };
  std::vector<std::vector<Heard>> heard, visited;
  std::vector<i64> shouts, murmurs, entries;

  Twin()
      : memory(people, 0),
        met(clubs, 0),
        wish(people, 1),
        wakes_at(people, never),
        noise(areas, -5),
        heard_keys(4, 0),
        loud_areas(areas, 0),
        members(clubs),
        by_weight(clubs),
        friends(people) {
    for (AgentId id = 0; id < people; ++id) {
      club.push_back(club_of(id));
      area.push_back(area_of(id));
      charm.push_back(charm_of(id));
      mood.push_back(first_mood(id));
      if (club[id] != no_group) {
        members[club[id]].push_back(id);
      }
    }
    for (u32 c = 0; c < clubs; ++c) {
      by_weight[c] = members[c];
      std::sort(by_weight[c].begin(), by_weight[c].end(), [&](AgentId a, AgentId b) {
        return std::pair(charm[a], a) < std::pair(charm[b], b);
      });
      // The engine keeps one roster, in order of (weight, id).
      members[c] = by_weight[c];
    }
    for (const auto& e : friendships()) {
      friends[e.source].push_back({e.target, e.weight});
    }
    for (auto& f : friends) {
      std::sort(f.begin(), f.end());
    }
  }

  void hear(AgentId to, AgentId from, u32 key, u32 source) {
    if (admits(mood[to], charm[to], key)) {
      heard[to].push_back({key >> 1, source, from});
    }
  }
  void other(u32 c, u32 random, AgentId self, u32 slots, u32 key, u32 source) {
    const auto& m = members[c];
    const auto others = static_cast<u32>(m.size() - 1);
    if (m.size() < 2) {
      return;
    }
    const u32 k = below(random, std::max(slots, others));
    if (k < others) {
      hear(m[k] == self ? m.back() : m[k], self, key, source);
    }
  }
  void weighted(u32 c, u32 random, AgentId self, u32 key, u32 source) {
    std::vector<AgentId> tickets;
    for (const AgentId id : by_weight[c]) {
      tickets.insert(tickets.end(), charm[id], id);
    }
    if (!tickets.empty()) {
      const AgentId to = tickets[below(random, static_cast<u32>(tickets.size()))];
      if (to != self) {
        hear(to, self, key, source);
      }
    }
  }
  void any(u32 c, u32 random, AgentId from, u32 key, u32 source) {
    if (!members[c].empty()) {
      hear(members[c][below(random, static_cast<u32>(members[c].size()))], from, key, source);
    }
  }
  void befriended(AgentId id, double u, u32 key) {
    double strength = 0, upto = 0;
    for (const auto& [to, weight] : friends[id]) {
      strength += weight;
    }
    for (const auto& [to, weight] : friends[id]) {
      upto += weight;
      if (upto > u * strength) {
        hear(to, id, key, 3);
        return;
      }
    }
  }
  void say(Step now) {
    for (AgentId id = 0; id < people; ++id) {
      if (mood[id] != loud) {
        continue;
      }
      const Words w = chance.words(0, id, now, "test.say");
      const u32 key = w[1] ^ static_cast<u32>(noise[area[id]]);
      const u32 c = club[id];
      if (c != no_group) {
        other(c, w[0], id, 3, key, 0);
        weighted(c, w[2], id, key + 1, 1);
        if ((w[3] % 100 + id) % 3 != 0) {
          visited[c].push_back({w[3] % 100, 0, id});
        }
      }
      any(w[3] % clubs, w[0] ^ w[2], id, key + 2, 2);
      befriended(id, unit(w[3]), key + 3);
      shouts[area[id]] += 1 + w[0] % 7;
    }
    for (AgentId a = 0; a < areas; ++a) {
      const Words w = chance.words(2, a, now, "test.broadcast");
      hear(below(w[0], people), a, w[1], 5);
      any(w[2] % clubs, w[3], a, w[1], 6);
    }
  }
  void become(AgentId id, u8 to) {
    mood[id] = to;
    ++entries[to * areas + area[id]];
  }
  void listen(Step now) {
    for (AgentId id = 0; id < people; ++id) {
      if (heard[id].empty()) {
        continue;
      }
      const Words w = chance.words(0, id, now, "test.listen");
      std::sort(heard[id].begin(), heard[id].end());
      u32 text = memory[id] + wish[id];
      for (const Heard& h : heard[id]) {
        text = text * 31 + h.key + h.source * 7 + h.from;
        heard_keys[h.source % 4] += h.key % 10;
      }
      memory[id] = text;
      murmurs[area[id]] += text % 11;
      if (mood[id] == calm && w[0] % 4 != 0) {
        become(id, loud);
        wakes_at[id] = wake_time(now, w[1]);
      }
    }
  }
  void step(Step now) {
    heard.assign(people, {});
    visited.assign(clubs, {});
    shouts.assign(areas, 0);
    murmurs.assign(areas, 0);
    entries.assign(3 * areas, 0);
    say(now);
    for (AgentId id = 0; id < people; ++id) {
      wish[id] = wish_of(wish[id], mood[id], chance.words(0, id, now, "test.wish")[0]);
    }
    listen(now);
    for (u32 c = 0; c < clubs; ++c) {
      std::sort(visited[c].begin(), visited[c].end());
      for (const Heard& v : visited[c]) {
        met[c] = met[c] * 5 + v.key + v.from;
      }
    }
    for (u32 a = 0; a < areas; ++a) {
      noise[a] = louder(noise[a], shouts[a]);
      loud_areas[a] += shouts[a];
      noise[a] = louder(noise[a], murmurs[a]);
    }
    for (AgentId id = 0; id < people; ++id) {
      if (wakes_at[id] == now) {
        const bool was_loud = mood[id] == loud;
        become(id, was_loud ? tired : calm);
        wakes_at[id] = was_loud ? wake_time(now, chance.words(0, id, now, "test.wake")[0]) : never;
      }
    }
  }
  u64 hash() const {
    return Cells64("test.club", 0).sum(club) + Cells64("test.area", 0).sum(area) +
           Cells64("test.charm", 0).sum(charm) + Cells64("test.mood", 0).sum(mood) +
           Cells64("test.wakes_at", 0).sum(wakes_at) + Cells64("test.memory", 0).sum(memory) +
           Cells64("test.wish", 0).sum(wish) + Cells64("test.met", 1).sum(met) +
           Cells64("test.noise", 2).sum(noise);
  }
  std::vector<i64> counts() const {
    std::vector<i64> n(3 * areas, 0);
    for (AgentId id = 0; id < people; ++id) {
      ++n[mood[id] * areas + area[id]];
    }
    return n;
  }
};

struct Day {
  u64 hash = 0;
  std::vector<i64> counts, entries, heard_keys, loud_areas;
};

std::vector<Day> days_of_twin(Step steps) {
  Twin twin;
  std::vector<Day> days;
  for (Step now = 1; now <= steps; ++now) {
    twin.step(now);
    days.push_back({twin.hash(), twin.counts(), twin.entries, twin.heard_keys, twin.loud_areas});
  }
  return days;
}

void check_variant(const Variant& v, const std::vector<Day>& expected) {
  const Communicator world = Communicator::world();
  set_thread_count(v.threads);
  Model m;
  Simulation s(world, populate(v, world),
               {.seed = seed, .check_order = v.check, .shuffle_messages = v.messages});
  s.add_substep("talk", test::behaviors(m.talk(), m.area_in_talk(), m.club_in_talk()));
  s.add_substep("wake", test::behaviors(m.wake(), m.area_in_wake()));
  s.start();
  for (const Day& day : expected) {
    s.step();
    INFO("threads " << v.threads << ", scattered " << (v.cut == Cut::scatter) << ", rows " << v.rows
                    << ", messages " << v.messages << ", checked " << v.check << ", step "
                    << s.now());
    REQUIRE(s.content_hash() == day.hash);
    REQUIRE(s.counts(mood.name).count == day.counts);
    REQUIRE(s.counts(mood.name).entries == day.entries);
    REQUIRE(s.tally(heard_keys.name) == day.heard_keys);
    REQUIRE(s.tally(loud_areas.name) == day.loud_areas);
  }
  CHECK(s.full_hash() == s.content_hash());
  std::vector<i64> crossed = {0};
  for (const auto& t : s.traffic()) {
    crossed[0] += static_cast<i64>(t.crossed);
  }
  world.sum(crossed);
  CHECK((crossed[0] > 0) == !world.alone());
}

}  // namespace

TEST_CASE("a model has the bits of its serial twin on any ranks, threads, partition and order",
          "[independence]") {
  const std::vector<Day> expected = days_of_twin(40);
  REQUIRE(expected.back().counts[0] > 0);
  REQUIRE(expected.back().counts[areas] > 200);

  for (const int threads : {1, 2}) {
    for (const Cut cut : {Cut::blocks, Cut::scatter}) {
      for (const u64 rows : {u64{0}, u64{17}}) {
        for (const u64 messages : {u64{0}, u64{23}}) {
          check_variant({threads, cut, rows, messages, false}, expected);
        }
      }
    }
  }
}

TEST_CASE("the same model keeps the law: a checked run has the twin's bits too", "[independence]") {
  const std::vector<Day> expected = days_of_twin(12);

  for (const Cut cut : {Cut::blocks, Cut::scatter}) {
    check_variant({2, cut, 5, 6, true}, expected);
  }
}

TEST_CASE("a long run on several ranks has the twin's bits past the ring of dates",
          "[independence]") {
  check_variant({1, Cut::scatter, 0, 0, false}, days_of_twin(330));
}

}  // namespace throng
