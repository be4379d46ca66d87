#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/chance.h"
#include "sim/parallel.h"

namespace throng {
namespace {

constexpr u64 seed = 0x0123456789ABCDEFull;

// Ids without order or pattern, the largest ones included.
std::vector<AgentId> scattered_ids(std::size_t n) {
  std::vector<AgentId> ids(n);
  for (std::size_t i = 0; i < n; ++i) {
    ids[i] = i % 5 == 0 ? no_agent - static_cast<AgentId>(i) : static_cast<AgentId>(mix(i));
  }
  return ids;
}

// The least of several timings: the machine may be busy with other things.
template <class F>
double least_seconds(int repeats, F&& f) {
  double least = std::numeric_limits<double>::max();
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    least = std::min(least, took.count());
  }
  return least;
}

}  // namespace

// Random123, kat_vectors, philox4x32 10: zeros, ones, and the digits of pi.
TEST_CASE("Philox gives the published words for the zero counter and key", "[chance]") {
  const Words w = Chance(0).words(Counter{});

  CHECK(w == Words{{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
}

TEST_CASE("Philox gives the published words for the counter and key of all ones", "[chance]") {
  const Counter ones{.id = ~0u, .kind = 0xFF, .step = ~0u, .name = ~0u, .index = 0xFFFFFF};

  const Words w = Chance(~u64{0}).words(ones);

  CHECK(w == Words{{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
}

TEST_CASE("Philox gives the published words for the digits of pi", "[chance]") {
  const Counter pi{
      .id = 0x243f6a88, .kind = 0x85, .step = 0x13198a2e, .name = 0x03707344, .index = 0xa308d3};

  const Words w = Chance(0x299f31d0a4093822ull).words(pi);

  CHECK(w == Words{{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

TEST_CASE("a block of ids gets the words each id gets alone, for every length", "[chance]") {
  const Chance chance(seed);
  for (std::size_t n = 0; n <= 70; ++n) {
    const auto ids = scattered_ids(n);
    const Words untouched{{1, 2, 3, 4}};
    std::vector<Words> out(n + 1, untouched);

    chance.fill(ids, 3, 17, "test.block", 5, out.data());

    for (std::size_t i = 0; i < n; ++i) {
      REQUIRE(out[i] == chance.words(3, ids[i], 17, "test.block", 5));
    }
    REQUIRE(out[n] == untouched);
  }
}

TEST_CASE("a block of counters gets the words each counter gets alone", "[chance]") {
  const Chance chance(seed);
  for (std::size_t n = 0; n <= 70; ++n) {
    std::vector<Counter> counters(n);
    for (std::size_t i = 0; i < n; ++i) {
      counters[i] = {.id = static_cast<AgentId>(mix(i)),
                     .kind = static_cast<KindTag>(i),
                     .step = static_cast<Step>(mix(i + 100)),
                     .name = static_cast<u32>(mix(i + 200)),
                     .index = static_cast<u32>(mix(i + 300)) & Counter::max_index};
    }
    const Words untouched{{1, 2, 3, 4}};
    std::vector<Words> out(n + 1, untouched);

    chance.fill(counters, out.data());

    for (std::size_t i = 0; i < n; ++i) {
      REQUIRE(out[i] == chance.words(counters[i]));
    }
    REQUIRE(out[n] == untouched);
  }
}

TEST_CASE("a dense range gives each id its word wherever the range begins and ends", "[chance]") {
  const Chance chance(seed);
  for (AgentId first = 0; first < 9; ++first) {
    for (std::size_t n = 0; n <= 150; ++n) {
      std::vector<u32> out(n + 1, 77);

      chance.dense_words(first, 2, 9, "test.dense", 1, {out.data(), n});

      for (std::size_t i = 0; i < n; ++i) {
        const auto id = static_cast<AgentId>(first + i);
        REQUIRE(out[i] == chance.dense_word(id, 2, 9, "test.dense", 1));
      }
      REQUIRE(out[n] == 77);
    }
  }
}

TEST_CASE("a dense range reaches the largest id", "[chance]") {
  const Chance chance(seed);
  std::vector<u32> out(100);
  const AgentId first = no_agent - 99;

  chance.dense_words(first, 0, 0, "test.dense", 0, out);

  for (std::size_t i = 0; i < out.size(); ++i) {
    REQUIRE(out[i] == chance.dense_word(static_cast<AgentId>(first + i), 0, 0, "test.dense", 0));
  }
}

TEST_CASE("a dense coin falls as the word against its class's limit, also in parts", "[chance]") {
  const Chance chance(seed);
  const std::size_t n = 5003;
  std::vector<u32> limits(256);
  for (std::size_t c = 0; c < limits.size(); ++c) {
    limits[c] = threshold(static_cast<double>(c) / 255);
  }
  std::vector<u8> class_of(n);
  for (std::size_t i = 0; i < n; ++i) {
    class_of[i] = static_cast<u8>(mix(i));
  }
  std::vector<u8> whole(n);
  std::vector<u8> parts(n);

  chance.dense_below(6, 1, 4, "test.coin", 0, class_of, limits, whole);
  for (std::size_t at = 0; at < n; at += 700) {
    const std::size_t size = std::min<std::size_t>(700, n - at);
    chance.dense_below(static_cast<AgentId>(6 + at), 1, 4, "test.coin", 0,
                       {class_of.data() + at, size}, limits, {parts.data() + at, size});
  }

  for (std::size_t i = 0; i < n; ++i) {
    const u32 word = chance.dense_word(static_cast<AgentId>(6 + i), 1, 4, "test.coin");
    REQUIRE(whole[i] == (word < limits[class_of[i]] ? 1 : 0));
  }
  CHECK(parts == whole);
}

TEST_CASE("a dense draw with other numbers of rows and classes is refused", "[chance]") {
  const std::vector<u8> class_of(4);
  const std::vector<u32> limits(1);
  std::vector<u8> out(5);

  CHECK_THROWS_AS(Chance(1).dense_below(0, 0, 0, "test.coin", 0, class_of, limits, out),
                  ContractError);
}

TEST_CASE("the words of a name drawn densely differ from those drawn one by one", "[chance]") {
  const Chance chance(seed);
  int equal = 0;

  for (AgentId id = 0; id < 1000; ++id) {
    const Words w = chance.words(0, id / 4, 3, "test.both");
    equal += chance.dense_word(id, 0, 3, "test.both") == w[id % 4];
  }

  CHECK(equal == 0);
}

TEST_CASE("two names with one hash are refused, one name twice is not", "[chance]") {
  DrawNames names;
  names.add("costarring");
  names.add("epidemic.course");
  names.add("costarring");

  // 'costarring' and 'liquid' have the same FNV-1a hash of 32 bits.
  CHECK(Draw("costarring").hash == Draw("liquid").hash);
  CHECK_THROWS_AS(names.add("liquid"), ContractError);
  CHECK_THROWS_WITH(names.add("liquid"), Catch::Contains("'liquid'") &&
                                             Catch::Contains("'costarring'") &&
                                             Catch::Contains("Rename"));
  CHECK(names.size() == 2);
}

TEST_CASE("words of neighboring ids, steps and indexes are uniform", "[chance]") {
  // 4 x 250,000 words in 256 bins of their top byte and of their low byte: chi-square with 255
  // degrees of freedom exceeds 330.5 with probability 0.001. It notices a bin wrong by 6 %.
  const Chance chance(20200301);
  const u32 n = 250'000;
  std::array<std::array<double, 256>, 2> counts{};

  for (u32 i = 0; i < n; ++i) {
    const Words w = chance.words(0, i % 1000, i / 1000, "test.uniform", i % 7);
    for (const u32 word : w.word) {
      ++counts[0][word >> 24];
      ++counts[1][word & 0xFF];
    }
  }

  for (const auto& bins : counts) {
    const double expected = 4.0 * n / 256;
    double chi_square = 0;
    for (const double count : bins) {
      chi_square += (count - expected) * (count - expected) / expected;
    }
    CHECK(chi_square < 330.5);
    CHECK(chi_square > 190.9);
  }
}

TEST_CASE("how long dense and sparse draws take", "[.bench]") {
  const std::size_t n = 8'336'817;
  const Chance chance(1);
  std::vector<u8> class_of(n);
  for (std::size_t i = 0; i < n; ++i) {
    class_of[i] = static_cast<u8>(mix(i) % 90);
  }
  std::vector<u32> limits(256, threshold(0.25));
  std::vector<u8> out(n);
  const std::size_t slice = 1 << 16;
  const std::size_t slices = (n + slice - 1) / slice;
  for (const int threads : {1, 2}) {
    set_thread_count(threads);
    const double seconds = least_seconds(15, [&] {
      parallel_for(slices, n, [&](std::size_t s) {
        const std::size_t at = s * slice;
        const std::size_t size = std::min(slice, n - at);
        chance.dense_below(static_cast<AgentId>(at), 0, 1, "bench.dense", 0,
                           {class_of.data() + at, size}, limits, {out.data() + at, size});
      });
    });
    std::printf("dense coin, %d threads: %.3f ns per person\n", threads, seconds * 1e9 / n);
  }
  const auto ids = scattered_ids(32'768);
  std::vector<Words> words(ids.size());
  for (const std::size_t block : {4, 16, 32, 1024}) {
    const double seconds = least_seconds(50, [&] {
      for (std::size_t at = 0; at < ids.size(); at += block) {
        chance.fill({ids.data() + at, block}, 0, 1, "bench.sparse", 0, words.data() + at);
      }
    });
    std::printf("sparse, blocks of %zu: %.3f ns per id\n", block,
                seconds * 1e9 / static_cast<double>(ids.size()));
  }
  const double seconds = least_seconds(50, [&] {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      words[i] = chance.words(0, ids[i], 1, "bench.sparse");
    }
  });
  std::printf("one by one: %.3f ns per id\n", seconds * 1e9 / static_cast<double>(ids.size()));
  CHECK(words.back() == chance.words(0, ids.back(), 1, "bench.sparse"));
}

}  // namespace throng
