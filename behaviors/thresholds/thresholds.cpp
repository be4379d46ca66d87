#include "behaviors/thresholds/thresholds.h"

#include <algorithm>
#include <cmath>

#include "behaviors/person/columns.h"
#include "behaviors/thresholds/columns.h"
#include "sim/math.h"

namespace throng::thresholds {
namespace {

u32 threshold_of(const Settings& s, AgentId id) {
  double rung = id;
  if (s.distribution == Distribution::normal) {
    const double z = math::normal_quantile((id + 0.5) / s.people);
    rung = std::ceil(std::clamp(s.people * (s.mean + s.sd * z), 0.0, 4e9));
  }
  return static_cast<u32>(rung) + (s.raised == id ? 1 : 0);
}

class Join final : public Behavior {
 public:
  std::string_view name() const override { return "thresholds.join"; }
  std::string_view doc() const override {
    return "Joins when as many have as one's threshold says.";
  }
  std::string_view kind() const override { return person::kind; }
  void bind(Binder& b) override {
    threshold_ = b.reads(threshold);
    joined_ = b.writes(joined);
    b.lists(joined_, Joined::no);
    crowd_ = &b.counts(joined.name);
  }
  void act(const Act& a) const override {
    const i64 crowd = crowd_->count_of(static_cast<u32>(Joined::yes));
    a.for_each(having(joined_, Joined::no), [&](const ActRow& me) {
      if (me[threshold_] <= crowd) {
        me.set(joined_, Joined::yes);
      }
    });
  }

 private:
  Reads<u32> threshold_;
  Writes<Joined> joined_;
  const LabelCounts* crowd_ = nullptr;
};

}  // namespace

Population make_population(const Communicator& world, const Settings& settings, u64,
                           Spread spread) {
  Population p;
  Kind& people = p.add_kind(std::string(person::kind), spread(world, settings.people));
  const auto values = people.values(threshold);
  for (Row r = 0; r < people.rows(); ++r) {
    values[r] = threshold_of(settings, people.partition().id_of(r));
  }
  return p;
}

void add_to(Simulation& simulation, const Settings&) {
  simulation.add_substep("join", std::make_unique<Join>());
}

}  // namespace throng::thresholds
