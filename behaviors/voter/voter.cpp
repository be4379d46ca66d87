#include "behaviors/voter/voter.h"

#include "behaviors/person/columns.h"
#include "behaviors/voter/columns.h"

namespace throng::voter {
namespace {

class Listen final : public Behavior {
 public:
  std::string_view name() const override { return "voter.listen"; }
  std::string_view doc() const override { return "Takes over the opinion of an acquaintance."; }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    opinion_ = b.writes(opinion);
    heard_ = b.finds(heard);
    looks_ = b.looks(network);
    seen_ = b.sees(looks_, opinion);
    edges_ = b.edges(network);
    listens_ = b.draws("voter.listens");
  }
  void observe(const Observe& o) const override {
    o.for_each(all(), listens_, [&](const ObserveRow& me, const Words& w) {
      u32 before = below(w[0], edges_->degree(me.row()));
      Opinion said = me[opinion_];
      o.for_each_in_sight(me, looks_, [&](const Neighbor& other) {
        if (before-- == 0) {
          said = other[seen_];
        }
      });
      me.set(heard_, said);
    });
  }
  void act(const Act& a) const override {
    a.for_each(all(), [&](const ActRow& me) { me.set(opinion_, me[heard_]); });
  }

 private:
  Writes<Opinion> opinion_;
  Finds<Opinion> heard_;
  Looks looks_;
  Sights<Opinion> seen_;
  const Edges* edges_ = nullptr;
  Draw listens_;
};

/// f(position) for whom the person at a position of a group knows.
template <class F>
void each_acquaintance(const Settings& s, AgentId position, F&& f) {
  const AgentId n = s.people;
  if (s.graph == Graph::ring) {
    for (u32 d = 1; d <= s.degree / 2; ++d) {
      f((position + d) % n);
      f((position + n - d) % n);
    }
  } else if (position == 0) {
    for (AgentId rim = 1; rim < n; ++rim) {
      f(rim);
    }
  } else {
    f(0);
    f(position == n - 1 ? 1 : position + 1);
    f(position == 1 ? n - 1 : position - 1);
  }
}

}  // namespace

Population make_population(const Communicator& world, const Settings& settings, u64,
                           Spread spread) {
  Population p;
  Kind& people =
      p.add_kind(std::string(person::kind), spread(world, settings.people * settings.groups));
  const auto opinions = people.values(opinion);
  std::vector<Edges::Edge> edges;
  for (Row r = 0; r < people.rows(); ++r) {
    const AgentId id = people.partition().id_of(r);
    const AgentId position = id % settings.people;
    opinions[r] = position < settings.yes ? Opinion::yes : Opinion::no;
    each_acquaintance(settings, position, [&](AgentId other) {
      edges.push_back({id, id - position + other, 1});
    });
  }
  p.add_edges(std::string(network), Edges(people, edges));
  return p;
}

void add_to(Simulation& simulation, const Settings&) {
  simulation.add_substep("listen", std::make_unique<Listen>());
}

}  // namespace throng::voter
