#include "behaviors/epidemic/stage_table.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "behaviors/epidemic/parameters.h"
#include "sim/words.h"

namespace throng::epidemic {
namespace {
using namespace parameters;

constexpr std::size_t most_stages = 32;  // as many labels as an indexed column can have

std::string number(double value) {
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string list_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

std::optional<std::size_t> index_of(const std::vector<std::string>& names,
                                    const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? std::nullopt
                              : std::optional(static_cast<std::size_t>(found - names.begin()));
}

// A stage as a record says it, but where it leads.
Stage stage_of(const Values& record) {
  return {.name = record.get(stage_name),
          .infectiousness = record.get(stage_infectiousness),
          .symptomatic = record.get(stage_symptomatic),
          .role = record.choice<StageRole>(stage_role),
          .next = {}};
}

// The checks of one table of stages. `next_` holds the branches that lead somewhere.
class StageChecks {
 public:
  StageChecks(const Values& values, const CrossCheck::Complain& complain)
      : values_(values),
        complain_(complain),
        stages_(values.records("epidemic.stage")),
        names_(stage_names(values)),
        bands_(values.get(age_bands).size()),
        next_(stages_.size()) {}

  void all() {
    if (stages_.size() < 2 || stages_.size() > most_stages) {
      complain_("epidemic.stage", "there are " + std::to_string(stages_.size()) +
                                      " tables [[epidemic.stage]] (a natural history has 2 to " +
                                      std::to_string(most_stages) +
                                      " stages, the first one susceptible). Write them, or build "
                                      "on a file that does: base = "
                                      "\"natural_history/seir.toml\".");
      return;
    }
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      check_stage(i);
    }
    check_entry();
    cycles();
    if (known_) {
      unreached();
    }
  }

 private:
  std::string path(std::size_t stage) const {
    return "epidemic.stage[" + std::to_string(stage + 1) + "]";
  }
  std::string quoted(std::size_t stage) const { return "stage '" + names_[stage] + "'"; }

  void check_stage(std::size_t i) {
    const Values& s = stages_[i];
    const auto& branches = s.records("next");
    Stage meant = stage_of(s);
    meant.next.resize(branches.size());
    for (const StageMistake& mistake : mistakes_of(meant, i == 0)) {
      complain_(path(i) + "." + std::string(mistake.key), mistake.text);
    }
    for (std::size_t k = 0; k < branches.size(); ++k) {
      branch(i, branches[k], path(i) + ".next[" + std::to_string(k + 1) + "]");
    }
    if (!branches.empty()) {
      shares(i, branches);
    }
  }

  void branch(std::size_t from, const Values& b, const std::string& name) {
    const std::string& to = b.get(branch_to);
    if (const auto target = index_of(names_, to)) {
      next_[from].push_back(*target);
    } else {
      known_ = false;
      complain_(name + ".to",
                quoted(from) + " leads to '" + to + "' (there is no such stage)." +
                    did_you_mean(to, names_, " Stages are: " + list_of(names_) + "."));
    }
    if (b.find(branch_share) != nullptr && b.find(branch_share_by_age) != nullptr) {
      complain_(name + ".share_by_age",
                quoted(from) +
                    " has a branch with share and share_by_age (one of them would not be "
                    "read). Keep one.");
    }
    const auto* by_age = b.find(branch_share_by_age);
    if (by_age != nullptr && by_age->size() != bands_) {
      complain_(name + ".share_by_age", "share_by_age has " + counted(by_age->size(), "value") +
                                            " (there are " + counted(bands_, "age band") +
                                            "). Write one for each.");
      sized_ = false;
    }
    check_dwell(b.table("dwell"), name + ".dwell", complain_);
  }

  void shares(std::size_t i, const std::vector<Values>& branches) {
    if (!std::exchange(sized_, true)) {
      return;
    }
    for (std::size_t band = 0; band < bands_; ++band) {
      double sum = 0;
      int open = 0;
      for (const Values& b : branches) {
        const auto* one = b.find(branch_share);
        const auto* by_age = b.find(branch_share_by_age);
        sum += one != nullptr ? *one : by_age != nullptr ? (*by_age)[band] : 0;
        open += one == nullptr && by_age == nullptr ? 1 : 0;
      }
      const std::string age = number(values_.get(age_bands)[band]);
      if (open > 1) {
        complain_(path(i) + ".next",
                  quoted(i) +
                      " has several branches without a share (only one can take the rest). Give "
                      "all others a share.");
        return;
      }
      if (sum > 1 + 1e-9 || (open == 0 && sum < 1 - 1e-9)) {
        complain_(
            path(i) + ".next",
            "the shares of " + quoted(i) + " add up to " + number(sum) + " from age " + age +
                " (they are what becomes of everybody in it). Make them add up to 1, or leave "
                "one out: it takes the rest.");
        return;
      }
    }
  }

  void check_entry() {
    const std::string* name = values_.find(entry);
    const auto at = name == nullptr ? std::optional<std::size_t>(1) : index_of(names_, *name);
    if (!at) {
      complain_("epidemic.entry",
                "epidemic.entry is '" + *name + "' (there is no such stage)." +
                    did_you_mean(*name, names_, " Stages are: " + list_of(names_) + "."));
    } else if (*at == 0) {
      complain_("epidemic.entry",
                "epidemic.entry is '" + *name +
                    "' (the first stage is the susceptible one, which infection leaves). Name a "
                    "later one.");
    }
    entry_ = at.value_or(0);
  }

  // Walks from every stage; `state` 1 is on the way, 2 is done.
  void cycles() {
    std::vector<int> state(stages_.size(), 0);
    std::vector<std::size_t> way;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      walk(i, state, way);
    }
  }

  void walk(std::size_t i, std::vector<int>& state, std::vector<std::size_t>& way) {
    if (state[i] == 2) {
      return;
    }
    if (state[i] == 1) {
      std::string chain;
      for (auto at = std::find(way.begin(), way.end(), i); at != way.end(); ++at) {
        chain += names_[*at] + " -> ";
      }
      complain_(path(i), "the stages " + chain + names_[i] +
                             " form a cycle (the course of a disease comes to an end). Remove one "
                             "of its branches.");
      return;
    }
    state[i] = 1;
    way.push_back(i);
    for (const std::size_t next : next_[i]) {
      walk(next, state, way);
    }
    way.pop_back();
    state[i] = 2;
  }

  void unreached() {
    if (entry_ == 0) {
      return;
    }
    std::vector<bool> reached(stages_.size());
    reached[0] = reached[entry_] = true;
    for (std::size_t turn = 0; turn < stages_.size(); ++turn) {
      for (std::size_t i = 1; i < stages_.size(); ++i) {
        for (const std::size_t next : next_[i]) {
          reached[next] = reached[next] || reached[i];
        }
      }
    }
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (!reached[i]) {
        complain_(path(i), quoted(i) +
                               " is never reached (no branch leads to it from the stage of the "
                               "newly infected). Add "
                               "the branch, or remove the stage.");
      }
    }
  }

  const Values& values_;
  const CrossCheck::Complain& complain_;
  const std::vector<Values>& stages_;
  std::vector<std::string> names_;
  std::size_t bands_;
  std::vector<std::vector<std::size_t>> next_;
  std::size_t entry_ = 0;
  bool sized_ = true;  ///< the tables by age of the stage at hand
  bool known_ = true;  ///< every branch leads to a stage
};
}  // namespace

Fields dwell_fields() {
  Fields fields;
  fields.add(dwell_kind).add(dwell_mean).add(dwell_sd);
  return fields;
}

void declare_stages(Fields& fields) {
  Fields branches;
  branches.add(branch_to).add(branch_share).add(branch_share_by_age);
  branches.table("dwell", "Time in the stage before going this way.", dwell_fields());
  Fields stages;
  stages.add(stage_name).add(stage_infectiousness).add(stage_symptomatic).add(stage_role);
  stages.records("next", {.doc = "Where the stage leads; none: it is final."}, std::move(branches));
  fields.records("epidemic.stage",
                 {.doc = "Stages of the disease, the susceptible one first.", .unique = "name"},
                 std::move(stages));
}

std::vector<std::string> stage_names(const Values& values) {
  std::vector<std::string> names;
  for (const Values& s : values.records("epidemic.stage")) {
    names.push_back(s.get(stage_name));
  }
  return names;
}

WholeSteps dwell_of(const Values& table) {
  const double mean = table.get(dwell_mean);
  const double* written = table.find(dwell_sd);
  const double sd = written == nullptr ? 0 : *written;
  switch (table.choice<DwellKind>(dwell_kind)) {
    case DwellKind::lognormal:
      return WholeSteps::lognormal(mean, sd);
    case DwellKind::exponential:
      return WholeSteps::exponential(mean);
    case DwellKind::gamma:
      return WholeSteps::gamma(mean, sd);
    case DwellKind::geometric:
      return WholeSteps::geometric(mean);
    case DwellKind::constant:
      break;
  }
  return WholeSteps::constant(mean);
}

void check_dwell(const Values& table, const std::string& name,
                 const CrossCheck::Complain& complain) {
  const auto kind = table.choice<DwellKind>(dwell_kind);
  const std::string& word = table.get(dwell_kind).word;
  const bool spread = kind == DwellKind::lognormal || kind == DwellKind::gamma;
  const double mean = table.get(dwell_mean);
  const bool has_sd = table.find(dwell_sd) != nullptr;
  if (spread && !has_sd) {
    complain(name,
             "a " + word +
                 " time has no sd (its mean does not tell how it spreads). Add sd, or set kind = "
                 "\"constant\" or \"exponential\".");
    return;
  }
  if (!spread && has_sd) {
    complain(name + ".sd",
             "sd would not be read (a time of kind '" + word +
                 "' is told by its mean). Remove it, or set kind = \"lognormal\" or \"gamma\".");
  }
  if (spread && mean <= 0) {
    complain(name + ".mean",
             "the mean of a " + word +
                 " time is 0 (it spreads around a time above 0). Set kind = \"constant\" to pass "
                 "through the stage at once.");
    return;
  }
  try {
    dwell_of(table);
  } catch (const InputError& error) {
    complain(name, error.what());
  }
}

void check_stages(const Values& values, const CrossCheck::Complain& complain) {
  StageChecks(values, complain).all();
}

std::shared_ptr<const NaturalHistory> natural_history_of(const Values& values) {
  const std::vector<std::string> names = stage_names(values);
  std::vector<Stage> stages;
  for (const Values& s : values.records("epidemic.stage")) {
    Stage made = stage_of(s);
    for (const Values& b : s.records("next")) {
      Branch branch;
      branch.to = static_cast<u8>(index_of(names, b.get(branch_to)).value());
      if (const double* share = b.find(branch_share)) {
        branch.share = {*share};
      } else if (const auto* by_age = b.find(branch_share_by_age)) {
        branch.share = *by_age;
      }
      branch.dwell = dwell_of(b.table("dwell"));
      made.next.push_back(std::move(branch));
    }
    stages.push_back(std::move(made));
  }
  const std::string* name = values.find(entry);
  const std::size_t first = name == nullptr ? 1 : index_of(names, *name).value();
  return std::make_shared<const NaturalHistory>(std::move(stages), static_cast<u8>(first),
                                                static_cast<u32>(values.get(age_bands).size()),
                                                values.get(decay));
}

}  // namespace throng::epidemic
