// A ledger as JSON Lines; what is taken is written and read again, played, and distilled.
#include "io/ledger.h"

#include <algorithm>

#include "io/cassette.h"
#include "io/publish.h"
#include "io/surrogate_fit.h"
#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  fuzz::takes([&] {
    const Ledger ledger =
        Ledger::parse_json_lines(fuzz::text_of(data, size), "ledger.jsonl", Ledger::Seals::ignored);
    const std::string once = folder / "once.jsonl", twice = folder / "twice.jsonl";
    ledger.write_json_lines(once);
    Ledger::read_json_lines(once).write_json_lines(twice);
    ensures(read_file(once) == read_file(twice), "a ledger is read as it was written");
    Cassette cassette(ledger);
    for (std::size_t q = 0; q < std::min<std::size_t>(ledger.questions(), 20); ++q) {
      cassette.find(std::string(ledger.key(q)));
      cassette.nearest(std::string(ledger.canonical(q)));
    }
    fit_data(ledger, "");
  });
  return 0;
}
