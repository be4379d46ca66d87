// The file of a surrogate; what is taken is written and read again, and answers.
#include "io/surrogate.h"

#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::takes([&] {
    const Surrogate surrogate = parse_surrogate(fuzz::text_of(data, size), "surrogate.csv");
    const std::string text = surrogate_text(surrogate);
    ensures(surrogate_text(parse_surrogate(text, "again.csv")) == text,
            "a surrogate is read as it was written");
    const SurrogateTable table(surrogate);
    const std::vector<Feature> features{
        {.name = "age", .labels = {"18-64", "65+"}, .numbers = {41, 75}}};
    const std::vector<u16> values{1};
    fuzz::takes([&] {
      table.check(surrogate.text("decision"), features);
      ensures(table.share(features, values) <= whole_share, "a share is at most the whole");
      table.certified(features, values);
    });
  });
  return 0;
}
