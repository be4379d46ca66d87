// A map that puts a model's shares straight.
#include "io/elicitation.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Calibration map;
  const auto source = std::make_shared<const Source>(Source{"c.toml", {}, 0});
  if (!fuzz::takes([&] { map = Calibration::read(fuzz::text_of(data, size), source); })) {
    return 0;
  }
  ensures(!map.is_identity() && map.hash() != Calibration().hash(), "a map that was read is one");
  double before = 0;
  for (int k = 0; k <= 200; ++k) {
    const double share = map(k / 200.0);
    ensures(share >= before && share <= 1, "a map never falls, and stays within 0 to 1");
    before = share;
  }
  fuzz::takes([&] { map.check("m", std::string(64, 'a'), true); });
  return 0;
}
