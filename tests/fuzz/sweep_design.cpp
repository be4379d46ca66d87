// A sweep: the first part is its file, "vary" has what stands on the command line, one a line, and
// "sample" says which kind of sample that is.
#include "tools/sweep_design.h"

#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

void check(const SweepDesign& design) {
  ensures(!design.varied.empty() && !design.points.empty(), "a sweep has points");
  for (std::size_t p = 0; p < design.points.size(); ++p) {
    ensures(design.points[p].size() == design.varied.size(), "a point sets what is varied");
    if (p < 10) {
      for (const std::string& setting : design.settings_of(p)) {
        ensures(setting.find('=') != std::string::npos, "a setting is what --set takes");
      }
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const fuzz::Parts parts(data, size);
  folder.write("sweep.toml", parts[""]);
  SweepDesign read;
  if (fuzz::takes([&] { read = read_sweep(folder / "sweep.toml"); })) {
    check(read);
    folder.write("resolved.toml", read.resolved);
    const SweepDesign again = read_sweep(folder / "resolved.toml");
    ensures(again.points == read.points && again.resolved == read.resolved &&
                again.set == read.set && again.seed == read.seed,
            "a sweep's resolved text reads back to the same points");
  }
  SweepOptions options{.scenario = "town.toml", .vary = parts.lines("vary")};
  const auto sample = parts.lines("sample");
  if (!sample.empty()) {
    options.sample = sample.front();
    options.points = 3;
  }
  fuzz::takes([&] { check(sweep_from(options)); });
  return 0;
}
