// The text of --max-walltime.
#include <cmath>

#include "sim/error.h"
#include "tests/fuzz/fuzz.h"
#include "tools/requests.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto seconds = walltime_in(fuzz::text_of(data, size));
  ensures(!seconds || (std::isfinite(*seconds) && *seconds >= 0), "a time is a number of seconds");
  return 0;
}
