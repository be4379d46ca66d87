// Names in the folder of a run: "checkpoints" and "segments" have files, one a line, of no bytes.
#include "scenarios/checkpoints.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

namespace fs = std::filesystem;

void make(const fuzz::Folder& folder, const fuzz::Parts& parts, const std::string& in) {
  fs::create_directory(folder / in);
  for (std::string name : parts.lines(in)) {
    name.resize(std::min<std::size_t>(name.size(), 100));
    if (!name.empty() && name != "." && name != ".." &&
        name.find_first_of(std::string_view("/\0", 2)) == std::string::npos) {
      folder.write(in + "/" + name, "");
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const fuzz::Parts parts(data, size);
  folder.clear();
  make(folder, parts, "checkpoints");
  make(folder, parts, "segments");

  const CheckpointFolder run{folder / ""};
  const auto steps = run.steps();
  for (const Step step : steps) {
    fuzz::takes([&] { segments_until(run.segments(), step); });
  }
  try {
    run.newest(Communicator());
    ensures(false, "a file of no bytes is no checkpoint");
  } catch (const NoCheckpoint&) {
  }
  run.remove_after(100);
  for (const Step step : run.steps()) {
    ensures(step <= 100, "later checkpoints are removed");
  }
  return 0;
}
