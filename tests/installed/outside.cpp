// A program outside the tree: draws in blocks and alone, in parallel.
#include <cstdio>
#include <vector>

#include "sim/chance.h"
#include "sim/math.h"
#include "sim/parallel.h"

#ifndef __AVX2__
#error "the package has to compile code outside for the CPU that it was compiled for"
#endif

int main() {
  const throng::Chance chance(42);
  std::vector<throng::u32> words(10'000);
  throng::parallel_for(10, words.size(), [&](std::size_t part) {
    chance.dense_words(static_cast<throng::AgentId>(part * 1000), 0, 1, "outside.draw", 0,
                       {words.data() + part * 1000, 1000});
  });
  for (throng::AgentId id = 0; id < words.size(); ++id) {
    if (words[id] != chance.dense_word(id, 0, 1, "outside.draw")) {
      std::printf("id %u got another word in a block than alone\n", id);
      return 1;
    }
  }
  std::printf("10000 words, ln 2 = %.17g\n", throng::math::log(2.0));
  return 0;
}
