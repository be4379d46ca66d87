// What became of a seed, as a run of several that goes on reads it.
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"
#include "tools/resumed.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const std::string path = (folder / "outcome.json").string();
  folder.write("outcome.json", fuzz::text_of(data, size));
  Outcome read;
  if (!fuzz::takes([&] { read = outcome_from(path); })) {
    return 0;
  }
  // What was read is written and read back as it was.
  write_outcome(path, read);
  const Outcome again = outcome_from(path);
  ensures(again.seed == read.seed && again.content_hash == read.content_hash &&
              again.figures.size() == read.figures.size(),
          "an outcome reads back as it was");
  for (std::size_t k = 0; k < read.figures.size(); ++k) {
    const Figure &a = read.figures[k], &b = again.figures[k];
    ensures(a.name == b.name && a.type == b.type && a.text == b.text &&
                (a.value == b.value || (a.value != a.value && b.value != b.value)) &&
                a.type <= Figure::Type::text,
            "a figure reads back as it was");
  }
  return 0;
}
