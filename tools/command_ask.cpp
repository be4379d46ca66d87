// throng ask: what a decision would ask of a language model, and nobody is asked.
#include <algorithm>
#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

#include "behaviors/epidemic/parameters.h"
#include "scenarios/decisions.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/live_asker.h"
#include "scenarios/models/epidemic.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "tools/commands.h"
#include "tools/question_plan.h"

namespace throng {
namespace {

const std::string section = "decision.stay_home";
constexpr const char* unnamed = "model";  // where a scenario names none

/// The decision of a scenario, put together as if a model were asked.
class Looked {
 public:
  explicit Looked(const AskArguments& arguments) : file_(read(arguments)) {
    const Values& values = file_.values;
    steps_ = static_cast<Step>(values.get(scenario::run_steps));
    const Catalog catalog = builtin_catalog();
    model_ =
        catalog.model_of(values).make({.values = values,
                                       .steps = steps_,
                                       .seed = static_cast<u64>(values.get(scenario::run_seed)),
                                       .asks = false});
    population_ = model_->populate(Layout({}, false, 0));
  }

  ModelDecision about() const {
    ModelDecision about = *assembly().model();
    if (about.model.model == unnamed) {
      about.model.model.clear();
    }
    return about;
  }

  AskedOf asked_of() const {
    const ArchetypeDecision& decision = *assembly().decision();
    const Values& server = file_.values.find_table(section)->table("http");
    AskedOf of;
    of.archetypes = decision.archetypes().count();
    of.personas = decision.settings().personas;
    of.audits = decision.settings().audits;
    of.with_people =
        decision.most_questions() / decision.lattice_points() / std::max<u64>(of.personas, 1);
    of.kinds = kinds(decision);
    for (Step step = 1; step <= steps_; ++step) {
      of.epochs += decision.is_epoch(step) ? 1 : 0;
    }
    of.prompt_price = millionths(server.get(decision::prompt_price));
    of.completion_price = millionths(server.get(decision::completion_price));
    return of;
  }

  // Where the scenario has a table or a rule answer, its questions are those that a model would
  // be asked.
  static ScenarioFile read(const AskArguments& arguments) {
    ScenarioFile file = read_scenario(full_schema(), arguments.scenario, {.set = arguments.set});
    const Values* decision = file.values.find_table(section);
    if (decision == nullptr || catalog_model(file) != "epidemic" ||
        !epidemic::archetypes_stay_home(file.values)) {
      throw InputError(arguments.scenario +
                       ": nothing in it is decided by archetypes (epidemic.stay_home.provider is "
                       "not 'archetypes', or there is no section " +
                       section + "). Give a scenario in which they decide.");
    }
    std::vector<std::string> set = arguments.set;
    const auto instead = [&](const std::string& key, const std::string& value) {
      std::erase_if(set, [&](const std::string& o) { return o.starts_with(key + "="); });
      set.push_back(key + "=" + value);
    };
    const auto by = decision->choice<DecisionBy>(decision::provider);
    if (by != DecisionBy::http) {
      instead(section + ".provider", "http");
    }
    if (decision->table("http").get(decision::model).empty()) {
      instead(section + ".http.model", unnamed);
    }
    return read_scenario(full_schema(), arguments.scenario, {.set = set});
  }

 private:
  /// Of archetypes with people.
  static std::vector<u16> kinds(const ArchetypeDecision& decision) {
    const Archetypes& archetypes = decision.archetypes();
    std::vector<u16> all, labels(archetypes.features().size());
    for (u32 a = 0; a < archetypes.count(); ++a) {
      archetypes.labels_of(a, labels);
      for (u32 k = 0; k < std::max(1U, decision.settings().personas) && archetypes.mass()[a] > 0;
           ++k) {
        all.insert(all.end(), labels.begin(), labels.end());
        if (decision.settings().personas > 0) {
          const auto persona = decision.personas().of(a, k);
          all.insert(all.end(), persona.begin(), persona.end());
        }
      }
    }
    return all;
  }
  static i64 millionths(double amount) { return static_cast<i64>(amount * 1e6 + 0.5); }
  static std::string catalog_model(const ScenarioFile& file) {
    return builtin_catalog().model_of(file.values).name;
  }

  const DecisionAssembly& assembly() const { return *epidemic_of(*model_).decision(); }

  ScenarioFile file_;
  Step steps_ = 0;
  std::unique_ptr<Model> model_;
  Population population_;
};

}  // namespace

int ask_command(const AskArguments& arguments) {
  if (!arguments.dry_run && arguments.show == 0 && !arguments.probe) {
    throw InputError(
        "throng ask: nothing is to be told (--dry-run counts questions, --show N shows them, "
        "--probe asks what the server can do). Give one of them.");
  }
  if (arguments.probe) {
    const ScenarioFile file = Looked::read(arguments);
    const Probe found = probe_server(*file.values.find_table(section));
    std::printf("%s\n", probe_record(found).c_str());
    return found.dialect.empty() ? exit_unanswered : exit_done;
  }
  set_thread_count(default_threads());
  const Looked looked(arguments);
  const ModelDecision about = looked.about();
  const AskedOf of = looked.asked_of();
  if (arguments.json) {
    nlohmann::ordered_json all = plan_json(plan_of(about, of));
    if (arguments.show != 0) {
      all["questions"] = questions_json(about, arguments.show, of.kinds);
    }
    std::printf("%s\n", all.dump(2).c_str());
    return exit_done;
  }
  if (arguments.dry_run) {
    std::printf("%s", plan_text(plan_of(about, of)).c_str());
  }
  if (arguments.show != 0) {
    std::printf("%s%s", arguments.dry_run ? "\n" : "",
                questions_text(about, arguments.show, of.kinds).c_str());
  }
  return exit_done;
}

}  // namespace throng
