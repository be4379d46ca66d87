#include "behaviors/repeated_games/imitation.h"

#include "behaviors/person/columns.h"
#include "behaviors/repeated_games/columns.h"
#include "sim/math.h"

namespace throng::repeated_games {
namespace {

constexpr std::size_t kinds_of_play = strategies.size();

class Imitate final : public Behavior {
 public:
  explicit Imitate(const Settings& settings) : settings_(settings) {
    for (std::size_t mine = 0; mine < kinds_of_play; ++mine) {
      for (std::size_t other = 0; other < kinds_of_play; ++other) {
        earns_[mine][other] =
            earns(settings.game, strategies[mine], strategies[other], settings.noise);
      }
    }
  }
  std::string_view name() const override { return "repeated_games.imitate"; }
  std::string_view doc() const override {
    return "One of each group compares with another, and may imitate it.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    strategy_ = b.writes(strategy);
    becomes_ = b.finds(becomes);
    looks_ = b.looks(network);
    seen_ = b.sees(looks_, strategy);
    pairs_ = b.draws("repeated_games.pairs");
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), [&](const ObserveRow& me) {
      // Everybody of a group looks at one draw: that of its first person.
      const AgentId n = settings_.people, position = me.id() % n;
      const Words w = o.chance().words(me.kind().tag(), me.id() - position, o.now(), pairs_);
      if (below(w[0], n) == position) {
        compare(o, me, w);
      }
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) {
      if (me[becomes_] != as_before) {
        me.set(strategy_, me[becomes_]);
      }
    });
  }

 private:
  void compare(const Observe& o, const ObserveRow& me, const Words& w) const {
    std::array<u32, kinds_of_play> players{};
    ++players[me[strategy_]];
    u32 before = below(w[1], settings_.people - 1);
    u8 model = me[strategy_];
    o.for_each_in_sight(me, looks_, [&](const Neighbor& other) {
      ++players[other[seen_]];
      if (before-- == 0) {
        model = other[seen_];
      }
    });
    const double more = payoff(model, players) - payoff(me[strategy_], players);
    if (unit(w[2]) < 1 / (1 + math::exp(-settings_.selection * more))) {
      me.set(becomes_, model);
    }
  }
  /// Mean against all others of the group.
  double payoff(u8 mine, const std::array<u32, kinds_of_play>& players) const {
    double sum = -earns_[mine][mine];
    for (std::size_t other = 0; other < kinds_of_play; ++other) {
      sum += players[other] * earns_[mine][other];
    }
    return sum / (settings_.people - 1);
  }

  Settings settings_;
  std::array<std::array<double, kinds_of_play>, kinds_of_play> earns_{};
  Writes<u8> strategy_;
  Finds<u8> becomes_;
  Looks looks_;
  Sights<u8> seen_;
  Draw pairs_;
};

}  // namespace

Population make_population(const Communicator& world, const Settings& settings, u64,
                           Spread spread) {
  Population p;
  Kind& people =
      p.add_kind(std::string(person::kind), spread(world, settings.people * settings.groups));
  const auto plays = people.values(strategy);
  std::vector<Edges::Edge> edges;
  for (Row r = 0; r < people.rows(); ++r) {
    const AgentId id = people.partition().id_of(r);
    const AgentId position = id % settings.people;
    plays[r] = position < settings.mutant_count ? settings.mutants : settings.residents;
    for (AgentId other = 0; other < settings.people; ++other) {
      if (other != position) {
        edges.push_back({id, id - position + other, 1});
      }
    }
  }
  p.add_edges(std::string(network), Edges(people, edges));
  return p;
}

void add_to(Simulation& simulation, const Settings& settings) {
  simulation.add_substep("imitate", std::make_unique<Imitate>(settings));
}

}  // namespace throng::repeated_games
