// What a run that goes on reads of what it left: seeds that were finished, and the scenario it
// began with.
#pragma once
#include <string>
#include <vector>

#include "scenarios/model.h"

namespace throng {

/// What became of a seed, for a run that goes on after it. Throws IoError.
void write_outcome(const std::string& path, const Outcome& outcome);
/// Throws IoError where it is damaged, too.
Outcome outcome_from(const std::string& path);

/// "section.key was A and is B", for every line of resolved scenarios that differs; but what no
/// result depends on.
std::vector<std::string> changes_between(const std::string& before, const std::string& now);

}  // namespace throng
