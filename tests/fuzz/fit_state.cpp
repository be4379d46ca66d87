// How far a fit of two parameters and three members is; what is taken is written and read again.
#include "tools/fit_state.h"

#include <cmath>

#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const std::string path = (folder / "state.json").string();
  folder.write("state.json", fuzz::text_of(data, size));
  std::vector<FitStep> read;
  if (!fuzz::takes([&] { read = read_fit_state(path, 2, 3); })) {
    return 0;
  }
  ensures(!read.empty(), "a fit begins with the prior");
  folder.write("state.json", fit_state_text(read));
  const auto again = read_fit_state(path, 2, 3);
  ensures(again.size() == read.size(), "all steps are written");
  for (std::size_t k = 0; k < read.size(); ++k) {
    const FitStep &a = read[k], &b = again[k];
    ensures(a.ensemble.allFinite() && a.ensemble == b.ensemble && a.so_far == b.so_far &&
                a.length == b.length && a.mean_misfit == b.mean_misfit && a.failed == b.failed,
            "a step reads back as it was");
  }
  return 0;
}
