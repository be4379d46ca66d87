#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/chance.h"
#include "sim/parallel.h"

namespace throng {

TEST_CASE("a parallel loop calls each index once, on any number of threads", "[parallel]") {
  const int before = thread_count();
  for (const int threads : {1, 2, 4}) {
    set_thread_count(threads);
    std::vector<int> calls(10'000, 0);
    std::vector<int> thread_of(calls.size(), -1);

    parallel_for(calls.size(), calls.size(), [&](std::size_t i) {
      ++calls[i];
      thread_of[i] = thread_number();
    });

    CHECK(calls == std::vector<int>(calls.size(), 1));
    for (const int thread : thread_of) {
      REQUIRE((thread >= 0 && thread < threads));
    }
  }
  set_thread_count(before);
}

TEST_CASE("a parallel loop sees what ran before it and is seen by what runs after", "[parallel]") {
  const int before = thread_count();
  set_thread_count(4);
  std::vector<u32> words(4096);
  std::vector<u64> sums(64);

  for (u32 step = 0; step < 20; ++step) {
    parallel_for(64, words.size(), [&](std::size_t part) {
      Chance(1).dense_words(static_cast<AgentId>(part * 64), 0, step, "test.parts", 0,
                            {words.data() + part * 64, 64});
    });
    parallel_for(64, words.size(), [&](std::size_t part) {
      // Across the parts that other threads wrote.
      for (std::size_t i = part; i < words.size(); i += 64) {
        sums[part] += words[i];
      }
    });
  }

  u64 expected = 0;
  for (u32 step = 0; step < 20; ++step) {
    for (AgentId id = 0; id < words.size(); ++id) {
      expected += Chance(1).dense_word(id, 0, step, "test.parts");
    }
  }
  u64 sum = 0;
  for (const u64 part : sums) {
    sum += part;
  }
  CHECK(sum == expected);
  set_thread_count(before);
}

TEST_CASE("the first exception by index leaves a parallel loop", "[parallel]") {
  const int before = thread_count();
  set_thread_count(4);
  const auto run = [](std::size_t i) {
    if (i == 7 || i == 500 || i == 999) {
      throw std::runtime_error(std::to_string(i));
    }
  };

  CHECK_THROWS_WITH(parallel_for(1000, 1000, run), "7");
  // Little work runs serially, with the same outcome.
  CHECK_THROWS_WITH(parallel_for(1000, 10, run), "7");
  set_thread_count(before);
}

}  // namespace throng
