// run.json, as those read it who go on with a run, mark it as failed, or take its folder over.
#include "io/run_directory.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const std::string text = fuzz::text_of(data, size), path = (folder / "").string();
  folder.clear();
  folder.write("run.json", text);
  folder.write("log.jsonl", "");

  fuzz::takes([&] {
    const RunRecord record = read_run_record(path);
    ensures(record.replicates >= 1, "a run has a seed at least");
  });
  fuzz::takes([&] { RunDirectory::fail(path, "an error"); });
  folder.write("run.json", text);
  fuzz::takes([&] { RunDirectory::create(path).set_status(RunStatus::completed); });
  return 0;
}
