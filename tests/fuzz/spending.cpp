// What a run has spent on answers, as one that goes on reads it.
#include "io/spending.h"

#include "sim/error.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  const std::string path = (folder / "spent.txt").string();
  folder.write("spent.txt", fuzz::text_of(data, size));
  fuzz::takes([&] {
    const Spending::Sum all = Spending::of_all(path);
    const Spending one(path, "stay_home", 1);
    const Spending::Sum part = one.sum();
    ensures(part.calls >= 0 && part.calls <= all.calls && part.tokens >= 0 &&
                part.tokens <= all.tokens && part.cost >= 0 && part.cost <= all.cost,
            "a decision has spent a part of all");
    for (const std::string& key : one.answered()) {
      ensures(!key.empty() && key != "-", "what was answered has a key");
    }
  });
  return 0;
}
