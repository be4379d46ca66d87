#include "behaviors/bounded_confidence/bounded_confidence.h"

#include <cmath>

#include "behaviors/bounded_confidence/columns.h"
#include "behaviors/person/columns.h"

namespace throng::bounded_confidence {
namespace {

/// Half of all ask one of the others at random, the other half grant the first who asks: each is in
/// one pair at most, and every pair is as likely as any other.
class Meet final : public Behavior {
 public:
  std::string_view name() const override { return "bounded_confidence.meet"; }
  std::string_view doc() const override { return "Finds a partner for this step."; }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    listens_ = b.reads(listens);
    partner_ = b.writes(partner);
    asks_ = b.claims(listens, person::kind);
    grants_ = b.grants(listens);
    people_ = b.own().partition().total();
    draw_ = b.draws("bounded_confidence.asks");
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), draw_, [&](const ObserveRow& me, const Words& w) {
      if (me[listens_] == 0) {
        const AgentId other = below(w[0], people_ - 1);
        o.claim(me, other + (other >= me.id() ? 1 : 0), asks_, w[1]);
      }
    });
  }
  void act(const Act& a) const override {
    a.for_each_won(asks_,
                   [&](const ActRow& me, auto granted) { me.set(partner_, granted[0].value.by); });
    a.for_each_granted(grants_,
                       [&](const ActRow& me, auto winners) { me.set(partner_, winners[0].from); });
  }

 private:
  Reads<u8> listens_;
  Writes<AgentId> partner_;
  Claims asks_;
  Grants grants_;
  AgentId people_ = 0;
  Draw draw_;
};

class Talk final : public Behavior {
 public:
  explicit Talk(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "bounded_confidence.talk"; }
  std::string_view doc() const override { return "Moves towards a partner who is close enough."; }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    opinion_ = b.writes(opinion);
    listens_ = b.writes(listens);
    partner_ = b.writes(partner);
    says_ = b.tells(said, person::kind);
    hears_ = b.hears(said, [](const SeenRow&, AgentId, double) { return true; });
    draw_ = b.draws("bounded_confidence.listens");
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), [&](const ObserveRow& me) {
      if (me[partner_] != no_agent) {
        o.tell(me, me[partner_], says_, me[opinion_]);
      }
    });
  }
  void act(const Act& a) const override {
    a.for_each_told(hears_, [&](const ActRow& me, auto heard) {
      const double difference = heard[0].value - me[opinion_];
      if (std::abs(difference) <= settings_.confidence) {
        me.set(opinion_, me[opinion_] + settings_.convergence * difference);
      }
    });
    a.for_each(all(), draw_, [&](const ActRow& me, const Words& w) {
      me.set(partner_, no_agent);
      me.set(listens_, static_cast<u8>(w[0] & 1));
    });
  }

 private:
  Settings settings_;
  Writes<double> opinion_;
  Writes<u8> listens_;
  Writes<AgentId> partner_;
  Tells<double> says_;
  Hears<double> hears_;
  Draw draw_;
};

class ListenToAll final : public Behavior {
 public:
  explicit ListenToAll(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "bounded_confidence.listen_to_all"; }
  std::string_view doc() const override {
    return "Takes the mean opinion of everybody who is close enough.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    opinion_ = b.writes(opinion);
    everybody_ = b.sees(person::kind, opinion);
    mean_nearby_ = b.finds(mean_nearby);
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), [&](const ObserveRow& me) {
      double sum = 0;  // in order of id: replicated rows stand in it
      u32 count = 0;
      for (AgentId other = 0; other < settings_.people; ++other) {
        if (std::abs(everybody_.at(other) - me[opinion_]) <= settings_.confidence) {
          sum += everybody_.at(other);
          ++count;
        }
      }
      me.set(mean_nearby_, sum / count);
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) { me.set(opinion_, me[mean_nearby_]); });
  }

 private:
  Settings settings_;
  Writes<double> opinion_;
  Sees<double> everybody_;
  Finds<double> mean_nearby_;
};

}  // namespace

Population make_population(const Communicator& world, const Settings& settings, u64 seed,
                           Spread spread) {
  const bool pairs = settings.meeting == Meeting::pairs;
  Population p;
  Kind& people =
      p.add_kind(std::string(person::kind),
                 pairs ? spread(world, settings.people) : Partition::replicated(settings.people));
  const auto opinions = people.values(opinion);
  for (Row r = 0; r < people.rows(); ++r) {
    const AgentId id = people.partition().id_of(r);
    const Words w = Chance(seed).words(people.tag(), id, 0, "bounded_confidence.start");
    opinions[r] = settings.start == Start::random ? unit(w[0])
                                                  : static_cast<double>(id) / (settings.people - 1);
    if (pairs) {
      people.values(listens)[r] = static_cast<u8>(w[1] & 1);
    }
  }
  return p;
}

void add_to(Simulation& simulation, const Settings& settings) {
  if (settings.meeting == Meeting::pairs) {
    simulation.add_substep("meet", std::make_unique<Meet>());
    simulation.add_substep("talk", std::make_unique<Talk>(settings));
  } else {
    simulation.add_substep("listen", std::make_unique<ListenToAll>(settings));
  }
}

}  // namespace throng::bounded_confidence
