#include "behaviors/epidemic/epidemic.h"

#include "behaviors/epidemic/course.h"
#include "sim/ask.h"

namespace throng::epidemic {
namespace {

template <class... B>
std::vector<std::unique_ptr<Behavior>> list(std::unique_ptr<B>... behaviors) {
  std::vector<std::unique_ptr<Behavior>> all;
  (all.push_back(std::move(behaviors)), ...);
  return all;
}

/// Before their columns are there.
void name_stages(Kind& person, const NaturalHistory& history) {
  std::vector<std::string> names;
  for (const Stage& one : history.stages()) {
    names.push_back(one.name);
  }
  person.name_labels(stage.name, names);
  person.name_labels(next_stage.name, names);
}

}  // namespace

void add_stages(Kind& person, const NaturalHistory& history) {
  name_stages(person, history);
  person.values(stage);
}

void add_to(Simulation& simulation, std::shared_ptr<const Settings> settings, double beta) {
  const Settings& s = *settings;
  Kind& person = simulation.population().kind(person::kind);
  if (person.find(stage.name) == nullptr) {
    name_stages(person, *s.history);
  }
  simulation.keep(settings);
  // Infections come after contacts, so that exposures of all layers compete in one act; notice
  // comes last, so that it sees every stage entered today.
  simulation.add_substep("progress", list(std::make_unique<Progress>(s, beta)));
  // Where everybody infectious is visited every day, nobody waits for a day.
  if (s.daily_visits) {
    simulation.add_substep("contact", list(std::make_unique<Transmit>(s, beta)));
  } else {
    simulation.add_substep(
        "contact", list(std::make_unique<Transmit>(s, beta), std::make_unique<Wait>(s, beta)));
  }
  simulation.add_substep("infection", list(std::make_unique<Infect>(s, beta)));
  simulation.add_substep("notice",
                         list(std::make_unique<Notice>(s), std::make_unique<Surveillance>(s)));
  if (s.stay_home.decision) {
    simulation.add_substep("decision", list(s.stay_home.decision->asker()));
  }
  if (s.stay_home.provider) {
    simulation.add_substep("decision", list(std::make_unique<StayHome>(s)));
  }
}

}  // namespace throng::epidemic
