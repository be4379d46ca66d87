// Rows that look at rows of other ranks and claim places there, on every partition, against twins
// of plain arrays.
#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/simulation.h"
#include "tests/sim/scripted.h"

namespace throng {
namespace {

using test::behaviors;

constexpr u32 width = 37, height = 29;

Partition split(const Communicator& world, AgentId total, bool scatter, u64 shuffle) {
  if (scatter) {
    return Partition::scatter(total, world.size(), world.rank()).shuffled(shuffle);
  }
  std::vector<AgentId> bounds;
  for (int r = 0; r <= world.size(); ++r) {
    bounds.push_back(
        static_cast<AgentId>(u64{total} * static_cast<u64>(r) / static_cast<u64>(world.size())));
  }
  const Partition blocks = Partition::blocks(bounds, world.rank());
  return shuffle == 0 ? blocks : blocks.shuffled(shuffle);
}

struct Layout {
  bool scatter;
  u64 shuffle;
};
constexpr Layout layouts[] = {{false, 0}, {true, 0}, {false, 5}, {true, 6}};

/// A column of all ranks, by id.
template <class T>
std::vector<T> everywhere(const Simulation& s, std::string_view kind, std::string_view column) {
  const Kind& k = s.population().kind(kind);
  std::vector<i64> all(k.partition().total(), 0);
  for (Row r = 0; r < k.rows(); ++r) {
    all[k.partition().id_of(r)] = static_cast<i64>(k.find(column)->store->bits(r));
  }
  if (!k.replicated()) {
    s.world().sum(std::span<i64>(all));
  }
  std::vector<T> values;
  for (const i64 v : all) {
    values.push_back(static_cast<T>(v));
  }
  return values;
}

// ---- Life ---------------------------------------------------------------------------------------

constexpr State<u8> alive{.name = "test.alive", .unit = "1", .doc = "-"};
constexpr Finding<u8> living{.name = "test.living", .unit = "1", .doc = "-", .initial = 9};

u8 next_of(u8 here, u32 around) { return around == 3 || (here == 1 && around == 2) ? 1 : 0; }

std::vector<u8> next_of(const std::vector<u8>& now, bool torus, bool moore) {
  std::vector<u8> next(now.size());
  for (int y = 0; y < int{height}; ++y) {
    for (int x = 0; x < int{width}; ++x) {
      u32 around = 0;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          int nx = x + dx, ny = y + dy;
          if (torus) {
            nx = (nx + int{width}) % int{width};
            ny = (ny + int{height}) % int{height};
          }
          const bool outside = nx < 0 || ny < 0 || nx >= int{width} || ny >= int{height};
          if ((dx == 0 && dy == 0) || outside || (!moore && dx != 0 && dy != 0)) {
            continue;
          }
          around += now[static_cast<u32>(nx) + width * static_cast<u32>(ny)];
        }
      }
      const u32 cell = static_cast<u32>(x) + width * static_cast<u32>(y);
      next[cell] = next_of(now[cell], around);
    }
  }
  return next;
}

struct Life {
  Writes<u8> alive_;
  Finds<u8> living_;
  Looks looks_;
  Sights<u8> seen_;
  test::Script script() {
    return {.name = "test.life",
            .kind = "cell",
            .bind =
                [this](Binder& b) {
                  alive_ = b.writes(alive);
                  living_ = b.finds(living);
                  looks_ = b.looks("grid");
                  seen_ = b.sees(looks_, alive);
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each(all(), [&](const ObserveRow& me) {
                    u8 n = 0;
                    AgentId last = 0;
                    o.for_each_in_sight(me, looks_, [&](const Neighbor& other) {
                      n = static_cast<u8>(n + other[seen_]);
                      ensures(other.id() >= last, "neighbors come in order of id");
                      last = other.id();
                    });
                    me.set(living_, n);
                  });
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) {
                    me.set(alive_, next_of(me[alive_], me[living_]));
                  });
                }};
  }
};

// ---- claims -------------------------------------------------------------------------------------

constexpr AgentId seekers = 400, homes = 90;
constexpr State<i32> vacant{.name = "test.vacant", .unit = "1", .doc = "-"};
constexpr State<u32> home{.name = "test.home", .unit = "id", .doc = "-", .initial = 0xFFFFFFFF};
constexpr State<u32> stays{.name = "test.stays", .unit = "1", .doc = "-"};
constexpr u64 luck = 77;

i32 rooms_of(AgentId h) { return static_cast<i32>(mix(h) % 4); }
u32 wish_of(const Words& w) { return below(w[0], homes); }
u64 key_of(const Words& w) { return w[1] % 8; }  // few keys: ties are common

/// Claims of one step by a sort over everything.
struct Town {
  std::vector<i32> vacant;
  std::vector<u32> home = std::vector<u32>(seekers, 0xFFFFFFFF), stays = std::vector<u32>(seekers);
  Town() {
    for (AgentId h = 0; h < homes; ++h) {
      vacant.push_back(rooms_of(h));
    }
  }
  void step(Step now) {
    struct Claim {
      u32 home;
      u64 key;
      AgentId by;
      auto operator<=>(const Claim&) const = default;
    };
    std::vector<Claim> claims;
    for (AgentId id = 0; id < seekers; ++id) {
      if (home[id] == 0xFFFFFFFF) {
        const Words w = Chance(luck).words(0, id, now, "test.seek");
        claims.push_back({wish_of(w), key_of(w), id});
      }
    }
    std::sort(claims.begin(), claims.end());
    auto left = vacant;
    std::vector<AgentId> won;
    for (const Claim& c : claims) {
      if (left[c.home] > 0) {
        --left[c.home];
        home[c.by] = c.home;
        won.push_back(c.by);
      }
    }
    vacant = left;
    // Some leave again, and their home is free in the next step.
    for (AgentId id = 0; id < seekers; ++id) {
      const bool just = std::find(won.begin(), won.end(), id) != won.end();
      stays[id] += home[id] != 0xFFFFFFFF && !just ? 1 : 0;
    }
  }
};

struct Movers {
  Writes<u32> home_, stays_;
  Writes<i32> vacant_;
  Claims claims_;
  Grants grants_;
  test::Script seek() {
    return {.name = "test.seek",
            .kind = "seeker",
            .bind =
                [this](Binder& b) {
                  home_ = b.writes(home);
                  stays_ = b.writes(stays);
                  claims_ = b.claims(vacant, "home");
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each(all(), "test.seek", [&](const ObserveRow& me, const Words& w) {
                    if (me[home_] == 0xFFFFFFFF) {
                      o.claim(me, wish_of(w), claims_, key_of(w));
                    }
                  });
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), [&](const ActRow& me) {
                    me.set(stays_, me[stays_] + (me[home_] != 0xFFFFFFFF ? 1 : 0));
                  });
                  a.for_each_won(claims_, [&](const ActRow& me, auto granted) {
                    ensures(granted.size() == 1, "who claims one place wins at most one");
                    me.set(home_, granted[0].value.by);
                  });
                }};
  }
  test::Script let() {
    return {.name = "test.let",
            .kind = "home",
            .bind =
                [this](Binder& b) {
                  vacant_ = b.writes(vacant);
                  grants_ = b.grants(vacant);
                },
            .act =
                [this](const Act& a) {
                  a.for_each_granted(grants_, [&](const ActRow& me, auto winners) {
                    for (std::size_t k = 1; k < winners.size(); ++k) {
                      ensures(winners[k - 1].value <= winners[k].value, "winners come by key");
                    }
                    me.set(vacant_, me[vacant_] - static_cast<i32>(winners.size()));
                  });
                }};
  }
};

// ---- edges --------------------------------------------------------------------------------------

constexpr AgentId voters = 500;
constexpr State<u8> opinion{.name = "test.opinion", .unit = "1", .doc = "-"};
constexpr Finding<u32> heard{.name = "test.heard", .unit = "1", .doc = "-"};

std::vector<Edges::Edge> acquaintances() {
  std::vector<Edges::Edge> all;
  for (u32 k = 0; k < voters * 3; ++k) {
    all.push_back({static_cast<AgentId>(mix(k) % voters),
                   static_cast<AgentId>(mix(k + 1'000'000) % voters), 1});
  }
  return all;
}
u8 first_opinion(AgentId id) { return static_cast<u8>(mix(id + 5) % 7); }

}  // namespace

TEST_CASE("cells see their neighbors on every rank: Life is Life on any partition", "[sight]") {
  const Communicator world = Communicator::world();
  for (const bool torus : {true, false}) {
    for (const bool moore : {true, false}) {
      std::vector<u8> expected(width * height);
      for (AgentId c = 0; c < expected.size(); ++c) {
        expected[c] = mix(c) % 3 == 0 ? 1 : 0;
      }
      const std::vector<u8> first = expected;
      constexpr int steps = 20;
      for (int k = 0; k < steps; ++k) {
        expected = next_of(expected, torus, moore);
      }
      for (const Layout& layout : layouts) {
        Population p;
        Kind& cells =
            p.add_kind("cell", split(world, width * height, layout.scatter, layout.shuffle));
        const auto values = cells.values(alive);
        for (Row r = 0; r < cells.rows(); ++r) {
          values[r] = first[cells.partition().id_of(r)];
        }
        p.add_lattice("grid", cells,
                      {.width = width,
                       .height = height,
                       .neighborhood = moore ? Neighborhood::moore : Neighborhood::von_neumann,
                       .torus = torus});
        Life life;
        Simulation s(world, std::move(p), {.check_order = true});
        s.add_substep("live", behaviors(life.script()));
        s.start();
        for (int k = 0; k < steps; ++k) {
          s.step();
        }
        CHECK(everywhere<u8>(s, "cell", alive.name) == expected);
        CHECK(s.full_hash() == s.content_hash());
      }
    }
  }
}

TEST_CASE("the smallest keys win the free places, whoever claims from where", "[claim]") {
  const Communicator world = Communicator::world();
  constexpr Step steps = 12;
  Town expected;
  for (Step now = 1; now <= steps; ++now) {
    expected.step(now);
  }
  for (const bool replicated : {false, true}) {
    for (const Layout& layout : layouts) {
      for (const u64 shuffle : {0, 3}) {
        Population p;
        Kind& who = p.add_kind("seeker", split(world, seekers, layout.scatter, layout.shuffle));
        (void)who;
        Kind& where =
            p.add_kind("home", replicated ? Partition::replicated(homes)
                                          : split(world, homes, !layout.scatter, layout.shuffle));
        const auto rooms = where.values(vacant);
        for (Row r = 0; r < where.rows(); ++r) {
          rooms[r] = rooms_of(where.partition().id_of(r));
        }
        Movers movers;
        Simulation s(world, std::move(p),
                     {.seed = luck, .check_order = true, .shuffle_messages = shuffle});
        s.add_substep("move", behaviors(movers.seek(), movers.let()));
        s.start();
        for (Step now = 1; now <= steps; ++now) {
          s.step();
        }
        CHECK(everywhere<u32>(s, "seeker", home.name) == expected.home);
        CHECK(everywhere<u32>(s, "seeker", stays.name) == expected.stays);
        CHECK(everywhere<i32>(s, "home", vacant.name) == expected.vacant);
      }
    }
  }
}

TEST_CASE("rows see along their edges what changed since they last looked", "[sight]") {
  const Communicator world = Communicator::world();
  const auto edges = acquaintances();
  constexpr int steps = 15;
  // Everybody takes the sum of what they see, modulo 7; every third does so every step, the others
  // never, so that most rows do not change.
  std::vector<u8> expected(voters);
  for (AgentId id = 0; id < voters; ++id) {
    expected[id] = first_opinion(id);
  }
  for (int k = 0; k < steps; ++k) {
    std::vector<u32> sums(voters);
    for (const auto& e : edges) {
      sums[e.source] += expected[e.target];
    }
    for (AgentId id = 0; id < voters; id += 3) {
      expected[id] = static_cast<u8>(sums[id] % 7);
    }
  }
  for (const Layout& layout : layouts) {
    Population p;
    Kind& people = p.add_kind("row", split(world, voters, layout.scatter, layout.shuffle));
    const auto values = people.values(opinion);
    for (Row r = 0; r < people.rows(); ++r) {
      values[r] = first_opinion(people.partition().id_of(r));
    }
    p.add_edges("friends", Edges(people, edges));
    Writes<u8> opinions;
    Finds<u32> found;
    Looks looks;
    Sights<u8> seen;
    const test::Script vote{
        .bind =
            [&](Binder& b) {
              opinions = b.writes(opinion);
              found = b.finds(heard);
              looks = b.looks("friends");
              seen = b.sees(looks, opinion);
            },
        .observe =
            [&](const Observe& o) {
              o.for_each(all(), [&](const ObserveRow& me) {
                u32 sum = 0;
                o.for_each_in_sight(me, looks, [&](const Neighbor& other) { sum += other[seen]; });
                me.set(found, sum);
              });
            },
        .act =
            [&](const Act& a) {
              a.for_each(all(), [&](const ActRow& me) {
                if (me.id() % 3 == 0) {
                  me.set(opinions, static_cast<u8>(me[found] % 7));
                }
              });
            }};
    Simulation s(world, std::move(p), {.check_order = true});
    s.add_substep("vote", behaviors(vote));
    s.start();
    for (int k = 0; k < steps; ++k) {
      s.step();
    }
    CHECK(everywhere<u8>(s, "row", opinion.name) == expected);
  }
}

}  // namespace throng
