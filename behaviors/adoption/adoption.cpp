#include "behaviors/adoption/adoption.h"

#include "behaviors/adoption/columns.h"
#include "behaviors/person/columns.h"
#include "sim/math.h"

namespace throng::adoption {
namespace {

class Adopt final : public Behavior {
 public:
  explicit Adopt(const Settings& settings) : settings_(settings) {}
  std::string_view name() const override { return "adoption.adopt"; }
  std::string_view doc() const override {
    return "Adopts by oneself, and the more the more others have.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    adopted_ = b.writes(adopted);
    b.lists(adopted_, Adopted::no);
    market_ = &b.counts(adopted.name);
    adopts_ = b.draws("adoption.adopts");
  }
  void act(const Act& a) const override {
    const auto adopters = static_cast<double>(market_->count_of(static_cast<u32>(Adopted::yes)));
    const u32 limit = threshold(probability(settings_, adopters / settings_.people));
    a.for_each(having(adopted_, Adopted::no), adopts_, [&](const ActRow& me, const Words& w) {
      if (w[0] < limit) {
        me.set(adopted_, Adopted::yes);
      }
    });
  }

 private:
  Settings settings_;
  Writes<Adopted> adopted_;
  const LabelCounts* market_ = nullptr;
  Draw adopts_;
};

}  // namespace

double probability(const Settings& s, double share) {
  return -math::expm1(-(s.innovation + s.imitation * share) / s.steps_a_year);
}

Population make_population(const Communicator& world, const Settings& settings, u64,
                           Spread spread) {
  Population p;
  p.add_kind(std::string(person::kind), spread(world, settings.people));
  return p;
}

void add_to(Simulation& simulation, const Settings& settings) {
  simulation.add_substep("adopt", std::make_unique<Adopt>(settings));
}

}  // namespace throng::adoption
