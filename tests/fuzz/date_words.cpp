// Dates that have a name: the first part is a scenario's [dates] and timelines that use them, the
// lines of "words" are values that may name dates.
#include <cstdlib>

#include "scenarios/date_names.h"
#include "scenarios/scenario_file.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scenarios/scenario_example.h"

using namespace throng;

namespace {

/// Snapshots are dates, contacts and closures timelines.
Schema made_up_schema() {
  Schema schema = test::people_schema();
  schema.add(example::contacts);
  schema.fields().map(example::closures);
  return schema;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Schema schema = made_up_schema();
  const fuzz::Parts parts(data, size);
  for (const std::string& text : parts.lines("words")) {
    const auto word = parse_date_word(text);
    if (!word) {
      ensures(!names_a_date(text), "a name is a word");
      continue;
    }
    ensures(std::abs(word->days) <= 99'999, "days have five digits at most");
    ensures(text.starts_with(word->name) && parse_date_word(word->name), "a word has its name");
  }
  ScenarioFile read;
  if (!fuzz::takes([&] { read = read_scenario_text(schema, parts[""], "fuzz.toml", "folder"); })) {
    return 0;
  }
  const ScenarioFile again =
      read_scenario_text(schema, read.resolved, "resolved.toml", "elsewhere");
  ensures(again.values == read.values && again.resolved == read.resolved,
          "a resolved scenario reads back as it was");
  return 0;
}
