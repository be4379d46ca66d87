#include "behaviors/life/life.h"

#include <string>
#include <utility>
#include <vector>

namespace throng::life {
namespace {

class Live final : public Behavior {
 public:
  explicit Live(Rule rule) : rule_(rule) {}
  std::string_view name() const override { return "life.live"; }
  std::string_view doc() const override {
    return "A cell is born or survives by the number of living ones around it.";
  }
  std::string_view kind() const override { return life::kind; }

  void bind(Binder& b) override {
    state_ = b.writes(state);
    stirred_ = b.writes(stirred);
    turns_ = b.finds(turns);
    around_ = b.looks(network);
    seen_ = b.sees(around_, state);
    b.lists(stirred_, u8{1});
    tells_ = b.tells(stirs, life::kind);
    hears_ = b.hears(stirs, [](const SeenRow&, AgentId, u8) { return true; });
  }

  void observe(const Observe& o) const override {
    o.for_each(having(stirred_, 1), [&](const ObserveRow& me) {
      u32 living = 0;
      o.for_each_in_sight(me, around_, [&](const Neighbor& other) {
        living += other[seen_] == Cell::alive ? 1 : 0;
      });
      const bool now = me[state_] == Cell::alive;
      if (rule_.lives(now, living) == now) {
        return;
      }
      me.set(turns_, u8{1});
      o.tell(me, me.id(), tells_, u8{1});
      o.for_each_in_sight(me, around_,
                          [&](const Neighbor& other) { o.tell(me, other.id(), tells_, u8{1}); });
    });
  }

  void act(const Act& a) const override {
    a.for_each(having(stirred_, 1), [&](const ActRow& me) {
      if (me[turns_] != 0) {
        me.set(state_, me[state_] == Cell::alive ? Cell::dead : Cell::alive);
      }
      me.set(stirred_, u8{0});
    });
    a.for_each_told(hears_, [&](const ActRow& me, auto) { me.set(stirred_, u8{1}); });
  }

 private:
  Rule rule_;
  Writes<Cell> state_;
  Writes<u8> stirred_;
  Finds<u8> turns_;
  Looks around_;
  Sights<Cell> seen_;
  Tells<u8> tells_;
  Hears<u8> hears_;
};

/// The same for worlds in which much changes: everybody looks, nobody is told.
class LiveEverywhere final : public Behavior {
 public:
  explicit LiveEverywhere(Rule rule) : rule_(rule) {}
  std::string_view name() const override { return "life.live_everywhere"; }
  std::string_view doc() const override {
    return "A cell is born or survives by the number of living ones around it; all cells look.";
  }
  std::string_view kind() const override { return life::kind; }

  void bind(Binder& b) override {
    state_ = b.writes(state);
    turns_ = b.finds(turns);
    around_ = b.looks(network);
    seen_ = b.sees(around_, state);
  }

  void observe(const Observe& o) const override {
    o.for_each(all(), [&](const ObserveRow& me) {
      u32 living = 0;
      o.for_each_in_sight(me, around_, [&](const Neighbor& other) {
        living += other[seen_] == Cell::alive ? 1 : 0;
      });
      const bool now = me[state_] == Cell::alive;
      if (rule_.lives(now, living) != now) {
        me.set(turns_, u8{1});
      }
    });
  }

  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) {
      if (me[turns_] != 0) {
        me.set(state_, me[state_] == Cell::alive ? Cell::dead : Cell::alive);
      }
    });
  }

 private:
  Rule rule_;
  Writes<Cell> state_;
  Finds<u8> turns_;
  Looks around_;
  Sights<Cell> seen_;
};

/// Living cells of a pattern, from its upper left.
std::vector<std::pair<u32, u32>> pattern_of(Start start) {
  switch (start) {
    case Start::r_pentomino:
      return {{1, 0}, {2, 0}, {0, 1}, {1, 1}, {1, 2}};
    case Start::glider:
      return {{1, 0}, {2, 1}, {0, 2}, {1, 2}, {2, 2}};
    case Start::random:
      break;
  }
  return {};
}

void check_rule(const Values& values, const CrossCheck::Complain& complain) {
  const std::string& text = values.get(parameters::rule);
  if (!rule_of(text)) {
    complain("life.rule", "life.rule is '" + text +
                              "' (it is B and /S, each before different digits from 0 to 8). Write "
                              "it like \"B3/S23\".");
  }
}

void check_density(const Values& values, const CrossCheck::Complain& complain) {
  const bool random = values.choice<Start>(parameters::start) == Start::random;
  if (!random && values.find(parameters::density) != nullptr) {
    complain("life.density", "life.density would not be read (life.start is '" +
                                 values.get(parameters::start).word +
                                 "'). Remove it, or set life.start = \"random\".");
  }
}

void check_size(const Values& values, const CrossCheck::Complain& complain) {
  const i64 width = values.get(parameters::width), height = values.get(parameters::height);
  constexpr i64 most = 4'200'000'000;
  if (width * height > most) {
    complain("life.width", "life.width times life.height is " + std::to_string(width * height) +
                               " (at most " + std::to_string(most) +
                               " cells can be numbered). Choose a smaller world.");
  }
}

}  // namespace

std::optional<Rule> rule_of(std::string_view text) {
  const auto slash = text.find("/S");
  if (!text.starts_with('B') || slash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto numbers = [](std::string_view digits) -> std::optional<u32> {
    u32 bits = 0;
    for (const char c : digits) {
      const u32 bit = c >= '0' && c <= '8' ? 1u << (c - '0') : 0u;
      if (bit == 0 || (bits & bit) != 0) {
        return std::nullopt;
      }
      bits |= bit;
    }
    return bits;
  };
  const auto born = numbers(text.substr(1, slash - 1)), survives = numbers(text.substr(slash + 2));
  return born && survives ? std::optional(Rule{*born, *survives}) : std::nullopt;
}

void declare(Schema& schema) {
  using namespace parameters;
  schema.fields().section("life", "Cells on a torus that live and die by their neighbors.");
  schema.add(width).add(height).add(rule).add(start).add(density);
  schema.check({"life.rule", {"life.rule"}, check_rule});
  schema.check({"life.density", {"life.start", "life.density"}, check_density});
  schema.check({"life.size", {"life.width", "life.height"}, check_size});
}

Settings settings_from(const Values& values) {
  using namespace parameters;
  const double* share = values.find(density);
  return {.width = static_cast<u32>(values.get(width)),
          .height = static_cast<u32>(values.get(height)),
          .rule = rule_of(values.get(rule)).value(),
          .start = values.choice<Start>(start),
          .density = share != nullptr ? *share : usual_density,
          .everywhere = values.choice<Start>(start) == Start::random};
}

Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread) {
  Population p;
  Kind& cells = p.add_kind(std::string(kind), spread(world, settings.cells()));
  const auto first = cells.values(state);
  if (settings.start == Start::random) {
    const Chance chance(seed);
    const u32 below = threshold(settings.density);
    for (Row r = 0; r < cells.rows(); ++r) {
      const u32 word = chance.dense_word(cells.partition().id_of(r), cells.tag(), 0, "life.start");
      first[r] = word < below ? Cell::alive : Cell::dead;
    }
  }
  for (const auto& [x, y] : pattern_of(settings.start)) {
    const AgentId id = settings.width / 2 - 1 + x + settings.width * (settings.height / 2 - 1 + y);
    if (cells.partition().is_mine(id)) {
      first[cells.partition().row_of(id)] = Cell::alive;
    }
  }
  p.add_lattice(std::string(network), cells, {.width = settings.width, .height = settings.height});
  return p;
}

void add_to(Simulation& simulation, const Settings& settings) {
  if (settings.everywhere) {
    simulation.add_substep("generation", std::make_unique<LiveEverywhere>(settings.rule));
  } else {
    simulation.add_substep("generation", std::make_unique<Live>(settings.rule));
  }
}

}  // namespace throng::life
