#include "behaviors/segregation/segregation.h"

#include "behaviors/segregation/columns.h"

namespace throng::segregation {
namespace {

// A claim's key is chance above, and the group that wants to move in the two lowest bits.
u64 key_of(u32 word, Occupant group) { return u64{word} << 2 | static_cast<u64>(group); }
Occupant group_of(u64 key) { return static_cast<Occupant>(key & 3); }

class Tell final : public Behavior {
 public:
  std::string_view name() const override { return "segregation.tell"; }
  std::string_view doc() const override {
    return "A site that somebody left or came to tells the households around it.";
  }
  std::string_view kind() const override { return segregation::kind; }
  void bind(Binder& b) override {
    occupant_ = b.reads(occupant);
    standing_ = b.writes(standing);
    b.lists(standing_, Standing::changed);
    around_ = b.looks(grid);
    tells_ = b.tells(news, segregation::kind);
    hears_ = b.hears(
        news, [this](const SeenRow& me, AgentId, u8) { return me[occupant_] != Occupant::none; });
  }
  void observe(const Observe& o) const override {
    o.for_each(having(standing_, Standing::changed), [&](const ObserveRow& me) {
      o.for_each_in_sight(me, around_,
                          [&](const Neighbor& other) { o.tell(me, other.id(), tells_, u8{1}); });
    });
  }
  void act(const Act& a) const override {
    a.for_each(having(standing_, Standing::changed), [&](const ActRow& me) {
      me.set(standing_, me[occupant_] == Occupant::none ? Standing::settled : Standing::unsure);
    });
    a.for_each_told(hears_, [&](const ActRow& me, auto) { me.set(standing_, Standing::unsure); });
  }

 private:
  Reads<Occupant> occupant_;
  Writes<Standing> standing_;
  Looks around_;
  Tells<u8> tells_;
  Hears<u8> hears_;
};

class Look final : public Behavior {
 public:
  explicit Look(double wanted) : wanted_(wanted) {}
  std::string_view name() const override { return "segregation.look"; }
  std::string_view doc() const override {
    return "A household around which somebody moved counts its neighbors.";
  }
  std::string_view kind() const override { return segregation::kind; }
  void bind(Binder& b) override {
    occupant_ = b.reads(occupant);
    standing_ = b.writes(standing);
    b.lists(standing_, Standing::unsure);
    minority_ = b.finds(minority);
    around_ = b.looks(grid);
    seen_ = b.sees(around_, occupant);
  }
  void observe(const Observe& o) const override {
    o.for_each(having(standing_, Standing::unsure), [&](const ObserveRow& me) {
      if (!content(o, me)) {
        me.set(minority_, u8{1});
      }
    });
  }
  void act(const Act& a) const override {
    a.for_each(having(standing_, Standing::unsure), [&](const ActRow& me) {
      me.set(standing_, me[minority_] != 0 ? Standing::unhappy : Standing::settled);
    });
  }

 private:
  /// Nobody around, nothing to complain about.
  bool content(const Observe& o, const SeenRow& me) const {
    // A byte for every group, side by side: no branch depends on who happens to live there.
    u32 counts = 0;
    const auto byte_of = [](Occupant group) { return 8 * static_cast<u32>(group); };
    o.for_each_in_sight(me, around_,
                        [&](const Neighbor& other) { counts += u32{1} << byte_of(other[seen_]); });
    const auto households = [&](Occupant group) { return counts >> byte_of(group) & 0xFF; };
    const u32 neighbors = households(Occupant::one) + households(Occupant::other);
    return households(me[occupant_]) >= wanted_ * neighbors;
  }

  double wanted_;
  Reads<Occupant> occupant_;
  Writes<Standing> standing_;
  Finds<u8> minority_;
  Looks around_;
  Sights<Occupant> seen_;
};

class Move final : public Behavior {
 public:
  explicit Move(u32 sites) : sites_(sites) {}
  std::string_view name() const override { return "segregation.move"; }
  std::string_view doc() const override {
    return "An unhappy household tries one random site, and moves there if it is vacant.";
  }
  std::string_view kind() const override { return segregation::kind; }
  void bind(Binder& b) override {
    occupant_ = b.writes(occupant);
    vacant_ = b.writes(vacant);
    standing_ = b.writes(standing);
    b.lists(standing_, Standing::unhappy);
    claims_ = b.claims(vacant, segregation::kind);
    grants_ = b.grants(vacant);
    counts_ = b.tallies(unhappy_households, 1);
    moves_ = b.tallies(moves, 1);
    tries_ = b.draws("segregation.tries");
  }
  void observe(const Observe& o) const override {
    o.for_each(having(standing_, Standing::unhappy), tries_,
               [&](const ObserveRow& me, const Words& w) {
                 o.claim(me, below(w[0], sites_), claims_, key_of(w[1], me[occupant_]));
               });
  }
  void act(const Act& a) const override {
    a.for_each(having(standing_, Standing::unhappy),
               [&](const ActRow& me) { me.count(counts_, 0); });
    a.for_each_won(claims_, [&](const ActRow& me, auto) {
      me.set(occupant_, Occupant::none);
      me.set(vacant_, u8{1});
      me.set(standing_, Standing::changed);
      me.count(moves_, 0);
    });
    a.for_each_granted(grants_, [&](const ActRow& me, auto winners) {
      me.set(occupant_, group_of(winners[0].value));
      me.set(vacant_, u8{0});
      me.set(standing_, Standing::changed);
    });
  }

 private:
  u32 sites_;
  Writes<Occupant> occupant_;
  Writes<u8> vacant_;
  Writes<Standing> standing_;
  Claims claims_;
  Grants grants_;
  Tallies counts_, moves_;
  Draw tries_;
};

}  // namespace

Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread) {
  Population p;
  const Lattice lattice{.width = settings.width, .height = settings.height};
  Kind& sites = p.add_kind(std::string(segregation::kind), spread(world, lattice.cells()));
  const auto lives = sites.values(occupant);
  const auto free = sites.values(vacant);
  const auto stands = sites.values(standing);
  for (Row r = 0; r < sites.rows(); ++r) {
    const Words w =
        Chance(seed).words(sites.tag(), sites.partition().id_of(r), 0, "segregation.start");
    lives[r] = unit(w[0]) >= settings.density ? Occupant::none
               : (w[1] & 1) != 0              ? Occupant::one
                                              : Occupant::other;
    free[r] = lives[r] == Occupant::none ? 1 : 0;
    stands[r] = lives[r] == Occupant::none ? Standing::settled : Standing::unsure;
  }
  p.add_lattice(std::string(grid), sites, lattice);
  return p;
}

void add_to(Simulation& simulation, const Settings& settings) {
  simulation.add_substep("tell", std::make_unique<Tell>());
  simulation.add_substep("look", std::make_unique<Look>(settings.wanted));
  simulation.add_substep("move", std::make_unique<Move>(settings.width * settings.height));
}

}  // namespace throng::segregation
