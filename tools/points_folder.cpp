#include "tools/points_folder.h"

#include "io/publish.h"
#include "io/run_directory.h"
#include "io/toml_file.h"
#include "scenarios/run.h"
#include "tools/resumed.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

void refuse_changes(const fs::path& file, const std::string& now, const std::string& what) {
  std::vector<std::string> mistakes;
  for (const std::string& change : changes_between(read_text_file(file), now)) {
    mistakes.push_back(file.string() + ": " + change + " (" + what +
                       " goes on as it began). Restore it, or name another --out.");
  }
  if (!mistakes.empty()) {
    throw InputError(std::move(mistakes));
  }
}

}  // namespace

PointsFolder::PointsFolder(fs::path root, std::string file, std::string design)
    : root_(std::move(root)), file_(std::move(file)), design_(std::move(design)) {
  begun_ = is_there(root_ / file_);
  if (begun_) {
    refuse_changes(root_ / file_, design_, fs::path(file_).stem().string());
    return;
  }
  std::error_code error;
  if (is_there(root_) && (!fs::is_directory(root_, error) || !fs::is_empty(root_, error))) {
    throw CannotCreate(root_.string() + ": cannot be taken (something else is there: no " + file_ +
                       " stands in it). Choose another --out.");
  }
}

ScenarioFile PointsFolder::begin(const std::string& scenario, const std::vector<std::string>& set,
                                 bool resumes) const {
  const fs::path own = root_ / "scenario.toml";
  const bool has_scenario = begun_ && is_there(own);
  ScenarioFile read = resumes && has_scenario
                          ? read_scenario(full_schema(), own)
                          : read_scenario(full_schema(), scenario, {.set = set});
  if (has_scenario) {
    refuse_changes(own, read.resolved, fs::path(file_).stem().string());
    return read;
  }
  std::error_code error;
  fs::create_directories(root_, error);
  if (error) {
    throw CannotCreate(root_.string() + ": cannot be made (" + error.message() +
                       "). Make the folder above it writable, or choose another --out.");
  }
  replace_file((root_ / file_).string(), design_);
  replace_file(own.string(), read.resolved);
  return read;
}

}  // namespace throng
