// What a run that goes on, or a command that reads it, finds of what it left: seeds that were
// finished, the scenario and the tables it began with, where it stopped, and its results.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/results.h"
#include "io/run_directory.h"
#include "scenarios/checkpoints.h"
#include "scenarios/model.h"
#include "scenarios/scenario_file.h"

namespace throng {

/// Of several seeds, where the results of one that is finished stand until the others are.
std::string finished_file(const std::string& run, int replicate);
/// What became of a seed, for a run that goes on after it. Throws IoError.
void write_outcome(const std::string& path, const Outcome& outcome);
/// Throws IoError where it is damaged, too.
Outcome outcome_from(const std::string& path);

/// "section.key was A and is B", for every line of resolved scenarios that differs; but what no
/// result depends on.
std::vector<std::string> changes_between(const std::string& before, const std::string& now);

/// The results in the folder of a run with this scenario (its resolved text): none where there are
/// none, or where they are an earlier run's, which this one was told to replace and has not yet.
/// Throws what ResultsReader does.
std::optional<ResultsReader> results_of(const std::filesystem::path& run,
                                        const std::string& scenario);

/// What run.json says: on rank 0 all, on the others whether it was finished, and its seeds.
/// Collective. Throws InputError where there is none, AgreedError where it is damaged.
RunRecord shared_record(const Communicator& world, const std::string& run);

/// Rank 0 reads, everybody gets the text; a file that cannot be read is an error everywhere alike.
/// Collective.
std::string shared_text(const Communicator& world, const std::filesystem::path& path);

/// Throws InputError naming the tables that are others than when the run began.
void refuse_changed_inputs(const RunRecord& record);

/// Throws InputError naming what of a run's scenario is not as it was; `before`: its resolved text.
void refuse_changed_scenario(const std::string& run, const std::string& before,
                             const ScenarioFile& scenario);

/// The newest checkpoint that is whole, of the seed after so many finished ones: nothing where that
/// has none yet. Collective. Throws AgreedError where there is nothing at all to go on from, and
/// InputError naming what was changed in the scenario since.
Restart restart_of(const Communicator& world, const std::string& run, const ScenarioFile& scenario,
                   int finished);

}  // namespace throng
