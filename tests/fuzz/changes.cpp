// The resolved scenario of a checkpoint beside that of a run that goes on: two parts, the second is
// called "now".
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"
#include "tools/resumed.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Parts parts(data, size);
  const std::string before = parts[""], now = parts["now"];
  ensures(changes_between(before, before).empty(), "a text does not differ from itself");
  ensures(changes_between(before, now).size() == changes_between(now, before).size(),
          "what differs does so both ways");
  return 0;
}
