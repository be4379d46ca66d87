// throng ask: what the decisions of a scenario would ask of a language model, and nobody is asked.
#include <algorithm>
#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

#include "scenarios/decisions.h"
#include "scenarios/engine_parameters.h"
#include "scenarios/live_asker.h"
#include "scenarios/run.h"
#include "sim/parallel.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/question_plan.h"

namespace throng {
namespace {

const std::string sections = "decision";
constexpr const char* unnamed = "model";  // where a scenario names none

/// Names of the decisions a scenario says something of.
std::vector<std::string> declared(const Values& values) {
  std::vector<std::string> names;
  if (const NamedValue* all = values.entry(sections)) {
    for (const NamedValue& one : std::get<Values>(all->value.content).entries()) {
      names.push_back(one.name);
    }
  }
  return names;
}

[[noreturn]] void refuse(const AskArguments& arguments, const std::string& problem) {
  throw InputError(arguments.scenario + ": " + problem);
}
[[noreturn]] void refuse_without_decisions(const AskArguments& arguments) {
  refuse(arguments,
         "nothing in it is decided by archetypes (no model's provider is 'archetypes'). Give a "
         "scenario in which they decide.");
}

/// Where the scenario has a table or a rule answer, its questions are those that a model would be
/// asked.
ScenarioFile read_as_asked(const AskArguments& arguments) {
  const ScenarioFile file =
      read_scenario(full_schema(), arguments.scenario, {.set = arguments.set});
  std::vector<std::string> set = arguments.set;
  const auto instead = [&](const std::string& key, const std::string& value) {
    std::erase_if(set, [&](const std::string& o) { return o.starts_with(key + "="); });
    set.push_back(key + "=" + value);
  };
  for (const std::string& name : declared(file.values)) {
    const std::string section = sections + "." + name;
    const Values& decision = *file.values.find_table(section);
    if (decision.choice<DecisionBy>(decision::provider) != DecisionBy::http) {
      instead(section + ".provider", "http");
    }
    if (decision.table("http").get(decision::model).empty()) {
      instead(section + ".http.model", unnamed);
    }
  }
  return read_scenario(full_schema(), arguments.scenario, {.set = set});
}

/// The decisions of a scenario, put together as if a model were asked.
class Looked {
 public:
  explicit Looked(const AskArguments& arguments) : file_(read_as_asked(arguments)) {
    const Values& values = file_.values;
    if (declared(values).empty()) {
      refuse_without_decisions(arguments);
    }
    steps_ = static_cast<Step>(values.get(scenario::run_steps));
    const Catalog catalog = builtin_catalog();
    model_ =
        catalog.model_of(values).make({.values = values,
                                       .steps = steps_,
                                       .seed = static_cast<u64>(values.get(scenario::run_seed)),
                                       .asks = false});
    population_ = model_->populate(Layout({}, false, 0));
    for (const DecisionAssembly* one : model_->decisions()) {
      const std::string& name = one->decision()->settings().name;
      if (arguments.decision.empty() || arguments.decision == name) {
        decisions_.push_back(one);
      }
    }
    if (model_->decisions().empty()) {
      refuse_without_decisions(arguments);
    }
    if (decisions_.empty()) {
      refuse(arguments, "there is no decision '" + arguments.decision + "' (there " + there() +
                            "). Name one that is there, or leave --decision out.");
    }
  }
  const std::vector<const DecisionAssembly*>& decisions() const { return decisions_; }

  static ModelDecision about(const DecisionAssembly& assembly) {
    ModelDecision about = *assembly.model();
    if (about.model.model == unnamed) {
      about.model.model.clear();
    }
    return about;
  }

  AskedOf asked_of(const DecisionAssembly& assembly) const {
    const ArchetypeDecision& decision = *assembly.decision();
    const Values& server =
        file_.values.find_table(sections + "." + decision.settings().name)->table("http");
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

 private:
  std::string there() const {
    std::string names;
    for (const DecisionAssembly* one : model_->decisions()) {
      names += (names.empty() ? "is " : ", ") + one->decision()->settings().name;
    }
    return names;
  }
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

  ScenarioFile file_;
  Step steps_ = 0;
  std::unique_ptr<Model> model_;
  Population population_;
  std::vector<const DecisionAssembly*> decisions_;
};

/// The server of the one decision that is meant.
int probe(const AskArguments& arguments) {
  const ScenarioFile file = read_as_asked(arguments);
  auto names = declared(file.values);
  if (!arguments.decision.empty()) {
    std::erase_if(names, [&](const std::string& name) { return name != arguments.decision; });
  }
  if (names.size() != 1) {
    refuse(arguments, counted(names.size(), "decision") +
                          " may have a server (one is asked). Name it: --decision NAME.");
  }
  const Probe found = probe_server(*file.values.find_table(sections + "." + names.front()));
  std::printf("%s\n", probe_record(found).c_str());
  return found.dialect.empty() ? exit_unanswered : exit_done;
}

}  // namespace

int ask_command(const AskArguments& arguments) {
  if (!arguments.dry_run && arguments.show == 0 && !arguments.probe) {
    throw InputError(
        "throng ask: nothing is to be told (--dry-run counts questions, --show N shows them, "
        "--probe asks what the server can do). Give one of them.");
  }
  if (arguments.probe) {
    return probe(arguments);
  }
  set_thread_count(default_threads());
  const Looked looked(arguments);
  std::vector<QuestionPlan> plans;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::string shown;
  for (const DecisionAssembly* decision : looked.decisions()) {
    const ModelDecision about = Looked::about(*decision);
    const AskedOf of = looked.asked_of(*decision);
    plans.push_back(plan_of(about, of));
    all.push_back(plan_json(plans.back()));
    if (arguments.show != 0) {
      all.back()["questions"] = questions_json(about, arguments.show, of.kinds);
      shown += questions_text(about, arguments.show, of.kinds);
    }
  }
  if (arguments.json) {
    std::printf("%s\n", plans_json(plans, std::move(all)).dump(2).c_str());
    return exit_done;
  }
  if (arguments.dry_run) {
    std::printf("%s", plans_text(plans).c_str());
  }
  if (arguments.show != 0) {
    std::printf("%s%s", arguments.dry_run ? "\n" : "", shown.c_str());
  }
  return exit_done;
}

}  // namespace throng
