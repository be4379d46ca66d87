// The natural history as a scenario writes it: [[epidemic.stage]] tables.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "behaviors/epidemic/natural_history.h"
#include "sim/parameter.h"

namespace throng::epidemic {

/// Declarations of [[epidemic.stage]].
void declare_stages(Fields& fields);

/// Complains of everything that makes the stages no natural history.
void check_stages(const Values& values, const CrossCheck::Complain& complain);

/// Names of the stages, in order; 0 is the susceptible one.
std::vector<std::string> stage_names(const Values& values);

/// Of values that `check_stages` has nothing to say about.
std::shared_ptr<const NaturalHistory> natural_history_of(const Values& values);

/// A time as {kind, mean, sd} tell it. InputError where it does not fit into a run.
WholeSteps dwell_of(const Values& table);
Fields dwell_fields();
/// Complains of a dwell table that stands at `name`.
void check_dwell(const Values& table, const std::string& name,
                 const CrossCheck::Complain& complain);

}  // namespace throng::epidemic
