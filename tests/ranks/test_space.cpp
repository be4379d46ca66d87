// Rows that move through a space, see each other, eat, are born and die, on every partition,
// against a twin of plain maps in order of id and distances between all pairs.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/simulation.h"
#include "sim/spread.h"
#include "tests/sim/scripted.h"

namespace throng {
namespace {

using test::behaviors;

constexpr AgentId first_movers = 260, first_hunters = 40;
constexpr u64 luck = 12;
constexpr u32 across = 11, down = 7;

constexpr State<double> x{.name = "test.x", .unit = "1", .doc = "-"};
constexpr State<double> y{.name = "test.y", .unit = "1", .doc = "-"};
constexpr State<double> weight{.name = "test.weight", .unit = "1", .doc = "-", .initial = 1};
constexpr State<i32> energy{.name = "test.energy", .unit = "1", .doc = "-", .initial = 4};
constexpr State<u8> places{.name = "test.places", .unit = "1", .doc = "-", .initial = 1};
constexpr State<u8> mood{
    .name = "test.mood", .unit = "label", .doc = "-", .indexed = true, .labels = "calm,afraid"};
constexpr State<StoredStep> bell{
    .name = "test.bell", .unit = "step", .doc = "-", .initial = never, .timer = true};
constexpr Finding<double> pull{.name = "test.pull", .unit = "1", .doc = "-"};
constexpr Finding<u32> crowd{.name = "test.crowd", .unit = "1", .doc = "-"};
constexpr Finding<u32> fear{.name = "test.fear", .unit = "1", .doc = "-"};
constexpr State<double> hx{.name = "test.hx", .unit = "1", .doc = "-"};
constexpr State<double> hy{.name = "test.hy", .unit = "1", .doc = "-"};
constexpr State<u32> prey{.name = "test.prey", .unit = "id", .doc = "-", .initial = no_agent};
constexpr State<u32> food{.name = "test.food", .unit = "1", .doc = "-"};
constexpr Observation<u32> shout{.name = "test.shout", .doc = "-"};

Space plain(bool torus, bool scattered) {
  return {.width = 31,
          .height = 22,
          .torus = torus,
          .sight = 2.4,
          .patches_across = across,
          .patches_down = down,
          .scattered = scattered};
}
double real(u32 word) { return word / 4294967296.0; }
/// Where one who goes there ends up.
double stay(double to, double size, bool torus, double wrapped) {
  return torus ? wrapped : std::clamp(to, 0.0, std::nextafter(size, 0.0));
}
double go_x(const Space& s, double to) { return stay(to, s.width, s.torus, s.wrap_x(to)); }
double go_y(const Space& s, double to) { return stay(to, s.height, s.torus, s.wrap_y(to)); }

struct Mover {
  double x = 0, y = 0, weight = 1;
  i32 energy = 4;
  u8 mood = 0;
  StoredStep bell = never;
  bool operator==(const Mover&) const = default;
};
struct Hunter {
  double x = 0, y = 0;
  u32 prey = no_agent;
  bool operator==(const Hunter&) const = default;
};
Mover first_mover(AgentId id) {
  return {31 * real(static_cast<u32>(mix(id))),
          22 * real(static_cast<u32>(mix(id) >> 32)),
          1 + real(static_cast<u32>(mix(id + 9))),
          static_cast<i32>(1 + mix(id + 4) % 6),
          0,
          static_cast<StoredStep>(1 + id % 5)};
}
Hunter first_hunter(AgentId id) {
  return {31 * real(static_cast<u32>(mix(id + 77))),
          22 * real(static_cast<u32>(mix(id + 77) >> 32)), no_agent};
}
double next_weight(double now, u32 near) { return 0.5 * now + 0.1 * near; }

struct Twin {
  Space space;
  std::map<AgentId, Mover> movers;
  std::map<AgentId, Hunter> hunters;
  std::vector<u32> food = std::vector<u32>(across * down, 2);
  AgentId next = first_movers;
  u64 born = 0, died = 0, eaten = 0, lost = 0, heard = 0, seen = 0;

  explicit Twin(const Space& s) : space(s) {
    for (AgentId id = 0; id < first_movers; ++id) {
      movers[id] = first_mover(id);
    }
    for (AgentId id = 0; id < first_hunters; ++id) {
      hunters[id] = first_hunter(id);
    }
  }
  bool near(double ax, double ay, double bx, double by) const {
    const double dx = space.across(ax, bx), dy = space.down(ay, by);
    return dx * dx + dy * dy <= space.sight * space.sight;
  }
  void step(Step now) {
    const Chance chance(luck);
    const auto before = movers;
    std::set<AgentId> frightened;
    std::map<AgentId, std::vector<std::pair<u64, AgentId>>> claims;
    std::map<AgentId, std::size_t> told;
    for (auto& [id, h] : hunters) {
      const Words w = chance.words(1, id, now, "test.hunt");
      for (const auto& [other, m] : before) {
        if (near(h.x, h.y, m.x, m.y)) {
          claims[other].push_back({w[2] % 3, id});
          break;
        }
      }
      if (h.prey != no_agent) {
        if (before.count(h.prey) == 0) {
          ++lost;
        } else {
          ++told[h.prey];
        }
      }
      if (w[3] % 2 == 0) {
        const AgentId to = w[3] % first_movers;
        if (before.count(to) == 0) {
          ++lost;
        } else {
          ++told[to];
        }
      }
    }
    for (auto& [id, m] : movers) {
      double sum = 0;
      u32 count = 0;
      for (const auto& [other, o] : before) {
        if (other != id && near(before.at(id).x, before.at(id).y, o.x, o.y)) {
          sum += o.weight * space.across(before.at(id).x, o.x);
          ++count;
        }
      }
      seen += count;
      u32 hunted = 0;
      for (const auto& [other, h] : hunters) {
        if (near(before.at(id).x, before.at(id).y, h.x, h.y)) {
          hunted = hunted * 31 + other + 1;
        }
      }
      const Words w = chance.words(0, id, now, "test.move");
      m.x = go_x(space, m.x + 3 * (real(w[0]) - 0.5) + 0.01 * sum);
      m.y = go_y(space, m.y + 3 * (real(w[1]) - 0.5) + 0.001 * (hunted % 7));
      for (std::size_t k = 0; k < told[id]; ++k) {
        m.weight += 0.3;
        ++heard;
      }
      m.weight = next_weight(m.weight, count);
      if (hunted != 0 && m.mood == 0) {
        frightened.insert(id);
      }
      m.mood = hunted != 0 ? 1 : 0;
      if (m.bell == now && id % 2 == 0) {
        m.bell = static_cast<StoredStep>(now + 3);
      }
    }
    for (auto& [id, h] : hunters) {
      const Words w = chance.words(1, id, now, "test.hunt");
      h.x = go_x(space, h.x + 4 * (real(w[0]) - 0.5));
      h.y = go_y(space, h.y + 4 * (real(w[1]) - 0.5));
    }
    for (const auto& [id, of] : claims) {
      hunters[std::min_element(of.begin(), of.end())->second].prey = id;
      movers.erase(id);
      ++eaten;
    }
    // graze
    std::map<u32, std::vector<std::pair<u64, AgentId>>> meals;
    for (const auto& [id, m] : movers) {
      const Words w = chance.words(0, id, now, "test.graze");
      meals[space.patch_of(m.x, m.y)].push_back({w[0] % 5, id});
    }
    for (u32 p = 0; p < food.size(); ++p) {
      auto& all = meals[p];
      std::sort(all.begin(), all.end());
      const std::size_t n = std::min<std::size_t>(food[p], all.size());
      for (std::size_t k = 0; k < n; ++k) {
        movers[all[k].second].energy += 3;
      }
      food[p] = std::min<u32>(5, food[p] - static_cast<u32>(n) + 2);
    }
    std::vector<Mover> newborn;
    std::vector<AgentId> dead;
    for (auto& [id, m] : movers) {
      m.energy -= 1;
      // Those who took fright, and those whose bell still rings, are known where they moved.
      m.energy += frightened.count(id) != 0 ? 1 : 0;
      if (m.bell == now) {
        m.bell = static_cast<StoredStep>(now + 2);
        m.weight += 0.125;
      }
      if (m.energy >= 6) {
        m.energy -= 3;
        newborn.push_back({go_x(space, m.x + 5), m.y, 1, 3, 0, never});
      }
      if (m.energy <= 0) {
        dead.push_back(id);
      }
    }
    for (const AgentId id : dead) {
      movers.erase(id);
    }
    for (const Mover& m : newborn) {
      movers[next++] = m;
    }
    born += newborn.size();
    died += dead.size();
  }
};

struct World {
  const Space* space = nullptr;
  Writes<double> x_, y_, weight_, hx_, hy_;
  Writes<i32> energy_;
  Writes<u8> mood_;
  Writes<StoredStep> bell_;
  Writes<u32> prey_, food_;
  Finds<double> pull_;
  Finds<u32> crowd_, fear_;
  LooksAround movers_, hunters_, hunted_;
  SightsAround<double> weight_of_;
  SightsAround<double> place_of_;
  Tells<u32> shouts_;
  Hears<u32> heard_;
  Claims eats_, grazes_;
  Grants eaten_, grazed_;
  Dies dies_, starves_;
  Bears bears_;
  Gives<double> x_of_, y_of_;
  Gives<i32> energy_of_;

  test::Script move() {
    return {.name = "test.move",
            .kind = "mover",
            .bind =
                [this](Binder& b) {
                  space = &b.space("plain");
                  x_ = b.writes(x);
                  y_ = b.writes(y);
                  weight_ = b.writes(weight);
                  mood_ = b.writes(mood);
                  bell_ = b.writes(bell);
                  b.follows(bell_);
                  pull_ = b.finds(pull);
                  crowd_ = b.finds(crowd);
                  fear_ = b.finds(fear);
                  movers_ = b.looks_around("plain");
                  weight_of_ = b.sees(movers_, weight);
                  place_of_ = b.sees(movers_, x);
                  hunters_ = b.looks_around("plain", "hunter");
                  heard_ = b.hears(shout, [](const SeenRow&, AgentId, u32) { return true; });
                  eaten_ = b.grants(places);
                  dies_ = b.dies();
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each_around(movers_, [&](const ObserveRow& me, const Around& around) {
                    double sum = 0;
                    AgentId last = 0;
                    for (const Nearby& other : around) {
                      sum += other[weight_of_] * other.dx();
                      ensures(other.id() != me.id() && other.id() >= last, "others, by id");
                      ensures(space->across(me[x_], other[place_of_]) == other.dx(), "as it is");
                      last = other.id();
                    }
                    me.set(pull_, sum);
                    me.set(crowd_, static_cast<u32>(around.size()));
                  });
                  o.for_each(all(), [&](const ObserveRow& me) {
                    // The slow form sees the same.
                    double sum = 0;
                    u32 n = 0, hunted = 0;
                    o.for_each_in_sight(me, movers_, [&](const Nearby& other) {
                      sum += other[weight_of_] * other.dx();
                      ++n;
                    });
                    ensures(sum == me[pull_] && n == me[crowd_], "both forms see the same");
                    o.for_each_in_sight(me, hunters_, [&](const Nearby& other) {
                      hunted = hunted * 31 + other.id() + 1;
                    });
                    me.set(fear_, hunted);
                  });
                },
            .act =
                [this](const Act& a) {
                  a.for_each_told(heard_, [&](const ActRow& me, auto told) {
                    for (std::size_t k = 0; k < told.size(); ++k) {
                      me.set(weight_, me[weight_] + 0.3);
                    }
                  });
                  a.for_each(all(), "test.move", [&](const ActRow& me, const Words& w) {
                    me.set(x_, go_x(*space, me[x_] + 3 * (real(w[0]) - 0.5) + 0.01 * me[pull_]));
                    me.set(y_,
                           go_y(*space, me[y_] + 3 * (real(w[1]) - 0.5) + 0.001 * (me[fear_] % 7)));
                    me.set(weight_, next_weight(me[weight_], me[crowd_]));
                    me.set(mood_, static_cast<u8>(me[fear_] != 0 ? 1 : 0));
                  });
                  a.for_each(due(bell_), [&](const ActRow& me) {
                    if (me.id() % 2 == 0) {
                      me.set(bell_, static_cast<StoredStep>(a.now() + 3));
                    }
                  });
                  a.for_each_granted(eaten_, [&](const ActRow& me, auto) { me.die(dies_); });
                }};
  }
  test::Script hunt() {
    return {.name = "test.hunt",
            .kind = "hunter",
            .bind =
                [this](Binder& b) {
                  hx_ = b.writes(hx);
                  hy_ = b.writes(hy);
                  prey_ = b.writes(prey);
                  hunted_ = b.looks_around("plain", "mover");
                  eats_ = b.claims(places, "mover");
                  shouts_ = b.tells(shout, "mover");
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each_around(
                      hunted_, "test.hunt",
                      [&](const ObserveRow& me, const Around& around, const Words& w) {
                        for (const Nearby& other : around) {
                          o.claim(me, other.id(), eats_, w[2] % 3);
                          break;
                        }
                        if (me[prey_] != no_agent) {
                          o.tell(me, me[prey_], shouts_, 1u);
                        }
                        if (w[3] % 2 == 0) {
                          o.tell(me, w[3] % first_movers, shouts_, 2u);
                        }
                      });
                },
            .act =
                [this](const Act& a) {
                  a.for_each(all(), "test.hunt", [&](const ActRow& me, const Words& w) {
                    me.set(hx_, go_x(*space, me[hx_] + 4 * (real(w[0]) - 0.5)));
                    me.set(hy_, go_y(*space, me[hy_] + 4 * (real(w[1]) - 0.5)));
                  });
                  a.for_each_won(
                      eats_, [&](const ActRow& me, auto won) { me.set(prey_, won[0].value.by); });
                }};
  }
  test::Script graze() {
    return {.name = "test.graze",
            .kind = "mover",
            .bind =
                [this](Binder& b) {
                  energy_ = b.writes(energy);
                  b.writes(weight);
                  b.writes(bell);
                  b.follows(bell_);
                  grazes_ = b.claims(food, "patch");
                  starves_ = b.dies();
                  bears_ = b.bears("mover");
                  x_of_ = b.gives(bears_, x);
                  y_of_ = b.gives(bears_, y);
                  energy_of_ = b.gives(bears_, energy);
                },
            .observe =
                [this](const Observe& o) {
                  o.for_each(all(), "test.graze", [&](const ObserveRow& me, const Words& w) {
                    o.claim(me, space->patch_of(me[x_], me[y_]), grazes_, w[0] % 5);
                  });
                },
            .act =
                [this](const Act& a) {
                  a.for_each_won(grazes_,
                                 [&](const ActRow& me, auto) { me.set(energy_, me[energy_] + 3); });
                  a.for_each(entered(mood_, 1),
                             [&](const ActRow& me) { me.set(energy_, me[energy_] + 1); });
                  a.for_each(due(bell_), [&](const ActRow& me) {
                    me.set(bell_, static_cast<StoredStep>(a.now() + 2));
                    me.set(weight_, me[weight_] + 0.125);
                  });
                  a.for_each(all(), [&](const ActRow& me) {
                    me.set(energy_, me[energy_] - 1);
                    if (me[energy_] >= 6) {
                      me.set(energy_, me[energy_] - 3);
                      me.bear(bears_)
                          .set(x_of_, go_x(*space, me[x_] + 5))
                          .set(y_of_, me[y_])
                          .set(energy_of_, 3);
                    }
                    if (me[energy_] <= 0) {
                      me.die(starves_);
                    }
                  });
                }};
  }
  test::Script be_grazed() {
    return {.name = "test.be_grazed",
            .kind = "patch",
            .bind =
                [this](Binder& b) {
                  food_ = b.writes(food);
                  grazed_ = b.grants(food);
                },
            .act =
                [this](const Act& a) {
                  a.for_each_granted(grazed_, [&](const ActRow& me, auto winners) {
                    me.set(food_, me[food_] - static_cast<u32>(winners.size()));
                  });
                  a.for_each(all(),
                             [&](const ActRow& me) { me.set(food_, std::min(5u, me[food_] + 2)); });
                }};
  }
};

Partition split(const Communicator& world, AgentId total, u64 shuffle) {
  return Spread{.over = Spread::Over::scatter, .shuffle = shuffle}(world, total);
}

std::unique_ptr<Simulation> make(const Communicator& communicator, const Space& space, u64 shuffle,
                                 World& world) {
  Population p;
  Kind& movers = p.add_kind("mover", split(communicator, first_movers, shuffle).listed(3000));
  Kind& hunters = p.add_kind("hunter", split(communicator, first_hunters, shuffle).listed(500));
  Kind& ground = p.add_kind("patch", split(communicator, across * down, shuffle));
  p.add_space("plain", space);
  p.place("plain", movers, x, y);
  p.place("plain", hunters, hx, hy);
  for (Row r = 0; r < movers.rows(); ++r) {
    const Mover m = first_mover(movers.partition().id_of(r));
    movers.values(x)[r] = m.x;
    movers.values(y)[r] = m.y;
    movers.values(weight)[r] = m.weight;
    movers.values(energy)[r] = m.energy;
    movers.values(bell)[r] = m.bell;
  }
  for (Row r = 0; r < hunters.rows(); ++r) {
    const Hunter h = first_hunter(hunters.partition().id_of(r));
    hunters.values(hx)[r] = h.x;
    hunters.values(hy)[r] = h.y;
  }
  for (u32& f : ground.values(food)) {
    f = 2;
  }
  auto s = std::make_unique<Simulation>(
      communicator, std::move(p),
      SimulationOptions{.seed = luck, .check_order = true, .shuffle_messages = shuffle});
  s->add_substep("move", behaviors(world.move(), world.hunt()));
  s->add_substep("graze", behaviors(world.graze(), world.be_grazed()));
  s->start();
  return s;
}

std::vector<i64> gathered(const Simulation& s, std::string_view kind,
                          const std::vector<std::string_view>& columns) {
  const Kind& k = s.population().kind(kind);
  const std::size_t width = columns.size() + 1;
  std::vector<i64> all(k.partition().total() * width);
  for (Row r = 0; r < k.rows(); ++r) {
    i64* of = &all[k.partition().id_of(r) * width];
    ++of[0];
    for (std::size_t c = 0; c < columns.size(); ++c) {
      of[c + 1] = static_cast<i64>(k.find(columns[c])->store->bits(r));
    }
  }
  s.world().sum(std::span<i64>(all));
  return all;
}

void check_same(const Simulation& s, const Twin& twin) {
  const auto movers =
      gathered(s, "mover", {x.name, y.name, weight.name, energy.name, mood.name, bell.name});
  REQUIRE(movers.size() == std::size_t{twin.next} * 7);
  std::map<AgentId, Mover> here;
  for (AgentId id = 0; id < twin.next; ++id) {
    const i64* of = &movers[std::size_t{id} * 7];
    REQUIRE(of[0] <= 1);
    if (of[0] == 1) {
      here[id] = {__builtin_bit_cast(double, of[1]),
                  __builtin_bit_cast(double, of[2]),
                  __builtin_bit_cast(double, of[3]),
                  static_cast<i32>(of[4]),
                  static_cast<u8>(of[5]),
                  static_cast<StoredStep>(of[6])};
    }
  }
  REQUIRE(here == twin.movers);
  const auto hunters = gathered(s, "hunter", {hx.name, hy.name, prey.name});
  for (const auto& [id, h] : twin.hunters) {
    const i64* of = &hunters[std::size_t{id} * 4];
    REQUIRE(of[0] == 1);
    REQUIRE(Hunter{__builtin_bit_cast(double, of[1]), __builtin_bit_cast(double, of[2]),
                   static_cast<u32>(of[3])} == h);
  }
}

}  // namespace

TEST_CASE("rows see, eat, bear and die in space as all pairs of a plain map do", "[space]") {
  const Communicator communicator = Communicator::world();
  constexpr Step steps = 40;
  for (const bool torus : {true, false}) {
    Twin twin(plain(torus, false));
    World compact_world, scattered_world, alone_world;
    const auto compact = make(communicator, plain(torus, false), 0, compact_world);
    const auto scattered = make(communicator, plain(torus, true), 4, scattered_world);
    const auto alone = make(Communicator(), plain(torus, false), 0, alone_world);
    for (Step now = 1; now <= steps; ++now) {
      INFO("step " << now << (torus ? " torus" : " box"));
      twin.step(now);
      alone->step();
      for (const auto& s : {compact.get(), scattered.get()}) {
        s->step();
        REQUIRE(s->content_hash() == alone->content_hash());
        REQUIRE(s->full_hash() == s->content_hash());
        REQUIRE(s->counts(mood.name).count == alone->counts(mood.name).count);
        REQUIRE(s->counts(mood.name).entries == alone->counts(mood.name).entries);
        REQUIRE(s->due_counts(bell.name).entries == alone->due_counts(bell.name).entries);
        check_same(*s, twin);
      }
    }
    i64 lost = 0;
    for (const auto& t : compact->traffic()) {
      lost += static_cast<i64>(t.lost);
    }
    communicator.sum(std::span<i64>(&lost, 1));
    CHECK(lost == static_cast<i64>(twin.lost));
    // The test means something.
    CHECK(twin.born > 300);
    CHECK(twin.died > 100);
    CHECK(twin.eaten > 100);
    CHECK(twin.lost > 100);
    CHECK(twin.heard > 50);
    CHECK(twin.seen > 10'000);
    if (!communicator.alone()) {
      for (const auto* s : {compact.get(), scattered.get()}) {
        i64 moved = static_cast<i64>(s->motion("mover").moved);
        communicator.sum(std::span<i64>(&moved, 1));
        CHECK(moved > 500);
        CHECK(s->motion("mover").copied > 500);
      }
    }
  }
}

TEST_CASE("space is cut anew when rows crowd together, and nothing else changes", "[space]") {
  const Communicator communicator = Communicator::world();
  const Space space{.width = 40, .height = 40, .sight = 1};
  Writes<double> x_, y_;
  const test::Script crowd_together{
      .bind =
          [&](Binder& b) {
            x_ = b.writes(x);
            y_ = b.writes(y);
          },
      .act =
          [&](const Act& a) {
            a.for_each(all(), [&](const ActRow& me) { me.set(y_, 3 + (me[y_] - 3) * 0.9); });
          }};
  const auto run = [&](const Communicator& world) {
    Population p;
    Kind& rows = p.add_kind("row", split(world, 1000, 0).listed(1000));
    p.add_space("plain", space);
    p.place("plain", rows, x, y);
    for (Row r = 0; r < rows.rows(); ++r) {
      const AgentId id = rows.partition().id_of(r);
      rows.values(x)[r] = 40 * real(static_cast<u32>(mix(id)));
      rows.values(y)[r] = 40 * real(static_cast<u32>(mix(id) >> 32));
    }
    auto s = std::make_unique<Simulation>(world, std::move(p), SimulationOptions{});
    s->add_substep("crowd", behaviors(crowd_together));
    s->start();
    for (int k = 0; k < 32; ++k) {
      s->step();
    }
    return s;
  };

  const auto alone = run(Communicator());
  const auto s = run(communicator);

  CHECK(s->content_hash() == alone->content_hash());
  CHECK(s->full_hash() == s->content_hash());
  if (!communicator.alone()) {
    CHECK(s->motion("row").cuts >= 2);
    const i64 rows = s->population().kind("row").rows();
    CHECK(communicator.maximum(rows) * communicator.size() < 1400);
  }
}

// Run by hand: mpirun -n 2 test_ranks "[bench]". 1 % of a million rows are born and die each step.
TEST_CASE("what births, deaths and moves cost beside looking around", "[.bench]") {
  const Communicator communicator = Communicator::world();
  constexpr AgentId n = 1'000'000;
  const double size = std::sqrt(n * 3.14159265 / 31);
  Population p;
  Kind& rows = p.add_kind("row", split(communicator, n, 0).listed(n));
  p.add_space("plain", {.width = size, .height = size, .sight = 1});
  p.place("plain", rows, x, y);
  for (Row r = 0; r < rows.rows(); ++r) {
    const AgentId id = rows.partition().id_of(r);
    rows.values(x)[r] = size * real(static_cast<u32>(mix(id)));
    rows.values(y)[r] = size * real(static_cast<u32>(mix(id) >> 32));
  }
  Writes<double> x_, y_, weight_;
  Finds<double> pull_;
  LooksAround looks;
  SightsAround<double> seen;
  Dies dies;
  Bears bears;
  Gives<double> x_of, y_of;
  const Space* space = nullptr;
  const test::Script live{
      .name = "test.live",
      .bind =
          [&](Binder& b) {
            space = &b.space("plain");
            x_ = b.writes(x);
            y_ = b.writes(y);
            weight_ = b.writes(weight);
            pull_ = b.finds(pull);
            looks = b.looks_around("plain");
            seen = b.sees(looks, weight);
            dies = b.dies();
            bears = b.bears("row");
            x_of = b.gives(bears, x);
            y_of = b.gives(bears, y);
          },
      .observe =
          [&](const Observe& o) {
            o.for_each_around(looks, [&](const ObserveRow& me, const Around& around) {
              double sum = 0;
              for (const Nearby& other : around) {
                sum += other[seen] * other.dx();
              }
              me.set(pull_, sum);
            });
          },
      .act =
          [&](const Act& a) {
            constexpr u32 hundredth = 42949673;
            a.for_each(all(), "test.live", [&](const ActRow& me, const Words& w) {
              me.set(x_, space->wrap_x(me[x_] + 0.4 * (real(w[0]) - 0.5) + 1e-3 * me[pull_]));
              me.set(y_, space->wrap_y(me[y_] + 0.4 * (real(w[1]) - 0.5)));
              me.set(weight_, 1 + real(w[0]));
              if (w[2] < hundredth) {
                me.die(dies);
              }
              if (w[3] < hundredth) {
                me.bear(bears).set(x_of, me[x_]).set(y_of, me[y_]);
              }
            });
          }};
  Simulation s(communicator, std::move(p), {.check_order = false});
  s.add_substep("live", behaviors(live));
  s.start();
  constexpr int steps = 10;
  for (int k = 0; k < steps; ++k) {
    s.step();
  }
  if (communicator.rank() == 0) {
    for (const auto& t : s.timing()) {
      std::printf("%s: %.1f ns a row and step\n", t.behavior.c_str(), t.seconds * 1e9 / n / steps);
    }
  }
  CHECK(s.vital("row").born > 9'000 * steps);
}

}  // namespace throng
