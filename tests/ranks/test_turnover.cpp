// Rows that are born and die while others claim from them, tell them and count them, on every
// partition, against a twin of one plain map in order of id.
#include <algorithm>
#include <map>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/simulation.h"
#include "sim/spread.h"
#include "tests/sim/scripted.h"

namespace throng {
namespace {

using test::behaviors;

constexpr AgentId first_creatures = 300, patches = 70;
constexpr Row room = 4000;
constexpr u64 luck = 31;
constexpr Step steps = 60;

enum class Stage : u8 { young, grown, old };
constexpr Fixed<u8> clan{.name = "test.clan", .unit = "1", .doc = "-"};
constexpr State<u32> parent{.name = "test.parent", .unit = "id", .doc = "-", .initial = no_agent};
constexpr State<i32> energy{.name = "test.energy", .unit = "1", .doc = "-", .initial = 4};
constexpr State<Stage> stage{.name = "test.stage",
                             .unit = "label",
                             .doc = "-",
                             .indexed = true,
                             .labels = "young,grown,old"};
constexpr State<StoredStep> rings_at{
    .name = "test.rings_at", .unit = "step", .doc = "-", .initial = never, .timer = true};
constexpr State<u32> food{.name = "test.food", .unit = "1", .doc = "-"};
constexpr Finding<u32> glance{.name = "test.glance", .unit = "1", .doc = "-", .initial = 3};
constexpr Observation<u32> call{.name = "test.call", .doc = "-"};
constexpr Tally grew{.name = "test.grew", .unit = "1", .doc = "-"};

struct Creature {
  u8 clan = 0;
  u32 parent = no_agent;
  i32 energy = 4;
  Stage stage = Stage::young;
  StoredStep rings_at = never;
  bool operator==(const Creature&) const = default;
};
Creature first_creature(AgentId id) {
  return {static_cast<u8>(id % 3),
          id % 5 == 0 ? no_agent : static_cast<u32>(mix(id) % first_creatures),
          static_cast<i32>(mix(id + 1) % 6) + 1, static_cast<Stage>(mix(id + 2) % 3),
          static_cast<StoredStep>(1 + mix(id + 3) % 7)};
}
bool is_generous(AgentId patch, Step now) { return mix(u64{patch} << 20 | now) % 40 == 0; }
Stage after(Stage s) { return static_cast<Stage>((static_cast<u8>(s) + 1) % 3); }
StoredStep next_ring(const Words& w, Step now) {
  return static_cast<StoredStep>(now + 1 + w[0] % 5);
}

/// One step of everything, by loops over maps and a sort.
struct Twin {
  std::map<AgentId, Creature> alive;
  std::vector<u32> food = std::vector<u32>(patches, 3);
  AgentId next = first_creatures;
  std::vector<i64> counts, entries, came;  // [stage x clan], [stage x clan], [clan]
  i64 grew = 0;
  u64 born = 0, died = 0, lost = 0;

  Twin() {
    for (AgentId id = 0; id < first_creatures; ++id) {
      alive[id] = first_creature(id);
    }
  }
  void step(Step now) {
    entries.assign(9, 0);
    came.assign(3, 0);
    const auto enters = [&](const Creature& c) {
      ++entries[static_cast<u32>(c.stage) * 3 + c.clan];
    };
    const Chance chance(luck);
    // eat
    struct Claim {
      u32 patch;
      u64 key;
      AgentId by;
      auto operator<=>(const Claim&) const = default;
    };
    std::vector<Claim> claims;
    std::map<AgentId, u32> heard;
    for (const auto& [id, c] : alive) {
      const Words w = chance.words(0, id, now, "test.eat");
      claims.push_back({w[0] % patches, w[1] % 8, id});
      if (c.parent != no_agent && w[2] % 2 == 0) {
        if (alive.count(c.parent) == 0) {
          ++lost;
        } else {
          heard[c.parent] += static_cast<u32>(c.energy);
        }
      }
    }
    std::sort(claims.begin(), claims.end());
    std::map<AgentId, i32> eaten;
    auto left = food;
    for (const Claim& c : claims) {
      if (left[c.patch] > 0) {
        --left[c.patch];
        eaten[c.by] = 5;
      }
    }
    food = left;
    std::vector<AgentId> grown, were_due;
    for (auto& [id, c] : alive) {
      c.energy += eaten[id] + static_cast<i32>(heard[id] % 3) - 2;
      if (c.rings_at == now) {
        ++came[c.clan];
        were_due.push_back(id);
        c.stage = after(c.stage);
        enters(c);
        if (c.stage == Stage::grown) {
          grown.push_back(id);
        }
        if (id % 2 == 0) {
          c.rings_at = next_ring(chance.words(0, id, now, "test.ring"), now);
        }
      }
    }
    // breed: parents of the first kind before those of the second, each in order of id
    std::vector<Creature> newborn;
    std::vector<AgentId> dead;
    for (auto& [id, c] : alive) {
      if (c.energy >= 8) {
        const i32 n = c.energy >= 10 ? 2 : 1;
        for (i32 k = 0; k < n; ++k) {
          newborn.push_back({static_cast<u8>((c.clan + k) % 3), id, 2 + k,
                             k == 0 ? Stage::young : Stage::grown,
                             static_cast<StoredStep>(now + 2 + id % 4)});
        }
        c.energy -= 3 * n;
      }
      if (c.energy <= 0 || c.energy == 7) {
        dead.push_back(id);
      }
    }
    for (AgentId p = 0; p < patches; ++p) {
      if (is_generous(p, now)) {
        newborn.push_back({static_cast<u8>(p % 3), no_agent, 4, Stage::young, never});
      }
      food[p] = std::min(6u, food[p] + 4);
    }
    for (const AgentId id : dead) {
      alive.erase(id);
      std::erase(grown, id);
    }
    for (const Creature& c : newborn) {
      enters(c);
      if (c.stage == Stage::grown) {
        grown.push_back(next);
      }
      alive[next++] = c;
    }
    born += newborn.size();
    died += dead.size();
    // ring: who is still due, who grew up this step, who is old
    for (auto& [id, c] : alive) {
      if (c.rings_at == now) {
        c.rings_at = next_ring(chance.words(0, id, now, "test.ring_again"), now);
        c.energy += 1;
      }
    }
    for (const AgentId id : grown) {
      if (alive.at(id).stage == Stage::grown) {
        alive[id].energy += 1;
        ++grew;
      }
    }
    counts.assign(9, 0);
    for (auto& [id, c] : alive) {
      c.energy -= c.stage == Stage::old ? 1 : 0;
      ++counts[static_cast<u32>(c.stage) * 3 + c.clan];
    }
  }
};

struct Herd {
  Reads<u8> clan_;
  Reads<u32> parent_;
  Writes<i32> energy_;
  Writes<Stage> stage_;
  Writes<StoredStep> rings_;
  Writes<u32> food_;
  Finds<u32> glance_;
  Claims claims_;
  Grants grants_;
  Tells<u32> calls_;
  Hears<u32> called_;
  Tallies grew_;
  Dies dies_;
  Bears bears_, patch_bears_;
  Gives<u8> clan_of_, clan_from_patch_;
  Gives<u32> parent_of_;
  Gives<i32> energy_of_;
  Gives<Stage> stage_of_;
  Gives<StoredStep> rings_of_;

  test::Script eat() {
    return {.name = "test.eat",
            .kind = "creature",
            .bind =
                [this](Binder& b) {
                  parent_ = b.reads(parent);
                  energy_ = b.writes(energy);
                  stage_ = b.writes(stage);
                  rings_ = b.writes(rings_at);
                  b.follows(rings_);
                  glance_ = b.finds(glance);
                  claims_ = b.claims(food, "patch");
                  calls_ = b.tells(call, "creature");
                  called_ = b.hears(call, [](const SeenRow&, AgentId, u32) { return true; });
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each(all(), "test.eat", [&](const ObserveRow& me, const Words& w) {
                    ensures(me[glance_] == 3, "a newborn has found nothing yet");
                    me.set(glance_, w[0]);
                    o.claim(me, w[0] % patches, claims_, w[1] % 8);
                    if (me[parent_] != no_agent && w[2] % 2 == 0) {
                      o.tell(me, me[parent_], calls_, static_cast<u32>(me[energy_]));
                    }
                  });
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) { me.set(energy_, me[energy_] - 2); });
                  a.for_each_won(claims_,
                                 [&](const ActRow& me, auto) { me.set(energy_, me[energy_] + 5); });
                  a.for_each_told(called_, [&](const ActRow& me, auto told) {
                    u32 sum = 0;
                    for (const auto& t : told) {
                      sum += t.value;
                    }
                    me.set(energy_, me[energy_] + static_cast<i32>(sum % 3));
                  });
                  a.for_each(due(rings_), "test.ring", [&](const ActRow& me, const Words& w) {
                    me.set(stage_, after(me[stage_]));
                    if (me.id() % 2 == 0) {
                      me.set(rings_, next_ring(w, a.now()));
                    }
                  });
                }};
  }
  test::Script be_eaten() {
    return {.name = "test.be_eaten",
            .kind = "patch",
            .bind =
                [this](Binder& b) {
                  food_ = b.writes(food);
                  grants_ = b.grants(food);
                },
            .act =
                [this](const Act& a) {
                  a.for_each_granted(grants_, [&](const ActRow& me, auto winners) {
                    me.set(food_, me[food_] - static_cast<u32>(winners.size()));
                  });
                }};
  }
  test::Script breed() {
    return {.name = "test.breed",
            .kind = "creature",
            .bind =
                [this](Binder& b) {
                  clan_ = b.reads(clan);
                  b.writes(energy);
                  dies_ = b.dies();
                  bears_ = b.bears("creature");
                  clan_of_ = b.gives(bears_, clan);
                  parent_of_ = b.gives(bears_, parent);
                  energy_of_ = b.gives(bears_, energy);
                  stage_of_ = b.gives(bears_, stage);
                  rings_of_ = b.gives(bears_, rings_at);
                },
            .act =
                [this](const Act& a) {
                  // The second children are born in a loop of their own: the order of births is
                  // that of a parent, not of loops.
                  const auto bear = [&](const ActRow& me, i32 k) {
                    const AgentId id = me.id();
                    me.bear(bears_)
                        .set(clan_of_, static_cast<u8>((me[clan_] + k) % 3))
                        .set(parent_of_, id)
                        .set(energy_of_, 2 + k)
                        .set(stage_of_, k == 0 ? Stage::young : Stage::grown)
                        .set(rings_of_, static_cast<StoredStep>(a.now() + 2 + id % 4));
                  };
                  a.for_each(all(), [&](const ActRow& me) {
                    if (me[energy_] >= 8) {
                      bear(me, 0);
                    }
                  });
                  a.for_each(all(), [&](const ActRow& me) {
                    if (me[energy_] >= 10) {
                      bear(me, 1);
                    }
                    if (me[energy_] >= 8) {
                      me.set(energy_, me[energy_] - (me[energy_] >= 10 ? 6 : 3));
                    }
                    if (me[energy_] <= 0 || me[energy_] == 7) {
                      me.die(dies_);
                      me.die(dies_);
                    }
                  });
                }};
  }
  test::Script grow_back() {
    return {.name = "test.grow_back",
            .kind = "patch",
            .bind =
                [this](Binder& b) {
                  b.writes(food);
                  patch_bears_ = b.bears("creature");
                  clan_from_patch_ = b.gives(patch_bears_, clan);
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) {
                    me.set(food_, std::min(6u, me[food_] + 4));
                    if (is_generous(me.id(), a.now())) {
                      me.bear(patch_bears_).set(clan_from_patch_, static_cast<u8>(me.id() % 3));
                    }
                  });
                }};
  }
  test::Script ring() {
    return {.name = "test.ring",
            .kind = "creature",
            .bind =
                [this](Binder& b) {
                  b.writes(energy);
                  b.writes(rings_at);
                  b.follows(rings_);
                  b.lists(stage_, Stage::old);
                  grew_ = b.tallies(grew, 1);
                },
            .act =
                [this](const Act& a) {
                  a.for_each(due(rings_), "test.ring_again", [&](const ActRow& me, const Words& w) {
                    me.set(rings_, next_ring(w, a.now()));
                    me.set(energy_, me[energy_] + 1);
                  });
                  a.for_each(entered(stage_, Stage::grown), [&](const ActRow& me) {
                    me.set(energy_, me[energy_] + 1);
                    me.count(grew_, 0);
                  });
                  a.for_each(having(stage_, Stage::old),
                             [&](const ActRow& me) { me.set(energy_, me[energy_] - 1); });
                }};
  }
};

Partition split(const Communicator& world, AgentId total, bool scatter, u64 shuffle) {
  const auto over = scatter ? Spread::Over::scatter : Spread::Over::blocks;
  return Spread{.over = over, .shuffle = shuffle}(world, total);
}

std::unique_ptr<Simulation> make(const Communicator& world, bool scatter, u64 shuffle, Herd& herd,
                                 bool check = true) {
  Population p;
  Kind& creatures =
      p.add_kind("creature", split(world, first_creatures, scatter, shuffle).listed(room));
  const auto clans = creatures.values(clan);
  const auto parents = creatures.values(parent);
  const auto energies = creatures.values(energy);
  const auto stages = creatures.values(stage);
  const auto rings = creatures.values(rings_at);
  for (Row r = 0; r < creatures.rows(); ++r) {
    const Creature c = first_creature(creatures.partition().id_of(r));
    clans[r] = c.clan;
    parents[r] = c.parent;
    energies[r] = c.energy;
    stages[r] = c.stage;
    rings[r] = c.rings_at;
  }
  creatures.group_counts_by("test.clan", 3);
  Kind& ground = p.add_kind("patch", split(world, patches, !scatter, shuffle));
  const auto meals = ground.values(food);
  std::fill(meals.begin(), meals.end(), 3);
  auto s = std::make_unique<Simulation>(
      world, std::move(p),
      SimulationOptions{.seed = luck, .check_order = check, .shuffle_messages = shuffle});
  s->add_substep("eat", behaviors(herd.eat(), herd.be_eaten()));
  s->add_substep("breed", behaviors(herd.breed(), herd.grow_back()));
  s->add_substep("ring", behaviors(herd.ring()));
  s->start();
  return s;
}

/// All creatures of all ranks.
std::map<AgentId, Creature> gathered(const Simulation& s) {
  const Kind& k = s.population().kind("creature");
  std::vector<i64> all(std::size_t{k.partition().total()} * 6);
  for (Row r = 0; r < k.rows(); ++r) {
    i64* of = &all[std::size_t{k.partition().id_of(r)} * 6];
    of[0] = 1;
    std::size_t at = 1;
    for (const std::string_view column :
         {clan.name, parent.name, energy.name, stage.name, rings_at.name}) {
      of[at++] = static_cast<i64>(k.find(column)->store->bits(r));
    }
  }
  s.world().sum(std::span<i64>(all));
  std::map<AgentId, Creature> alive;
  for (AgentId id = 0; id < k.partition().total(); ++id) {
    const i64* of = &all[std::size_t{id} * 6];
    REQUIRE(of[0] <= 1);
    if (of[0] == 1) {
      alive[id] = {static_cast<u8>(of[1]), static_cast<u32>(of[2]), static_cast<i32>(of[3]),
                   static_cast<Stage>(of[4]), static_cast<StoredStep>(of[5])};
    }
  }
  return alive;
}

}  // namespace

TEST_CASE("births and deaths are those of a plain map, on every rank and partition", "[turnover]") {
  const Communicator world = Communicator::world();
  for (const bool scatter : {false, true}) {
    for (const u64 shuffle : {0, 9}) {
      Twin twin;
      Herd herd, alone_herd;
      const auto s = make(world, scatter, shuffle, herd);
      const auto alone = make(Communicator(), false, 0, alone_herd);
      for (Step now = 1; now <= steps; ++now) {
        INFO("step " << now << (scatter ? " scattered" : "") << " shuffle " << shuffle);
        twin.step(now);
        s->step();
        alone->step();
        REQUIRE(gathered(*s) == twin.alive);
        REQUIRE(s->content_hash() == alone->content_hash());
        REQUIRE(s->full_hash() == s->content_hash());
        REQUIRE(s->counts(stage.name).count == twin.counts);
        REQUIRE(s->counts(stage.name).entries == twin.entries);
        REQUIRE(s->due_counts(rings_at.name).entries == twin.came);
        REQUIRE(s->tally(grew.name)[0] == twin.grew);
        REQUIRE(s->population().kind("creature").partition().total() == twin.next);
      }
      CHECK(s->vital("creature").born == twin.born);
      CHECK(s->vital("creature").died == twin.died);
      i64 lost = 0;
      for (const auto& t : s->traffic()) {
        lost += static_cast<i64>(t.lost);
      }
      world.sum(std::span<i64>(&lost, 1));
      CHECK(lost == static_cast<i64>(twin.lost));
      // The test means something: many came and went, and many called for the dead.
      CHECK(twin.born > 500);
      CHECK(twin.died > 500);
      CHECK(twin.lost > 500);
      CHECK(twin.alive.size() > 100);
    }
  }
}

}  // namespace throng
