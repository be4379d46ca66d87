#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sim/communicator.h"

namespace throng {
namespace {

// The message number k from one rank to another.
i64 message(Rank from, Rank to, std::size_t k) {
  return from * 1'000'000 + to * 10'000 + static_cast<i64>(k);
}

// How many messages go from one rank to another: none on some ways, many on others.
std::size_t messages(Rank from, Rank to) {
  return static_cast<std::size_t>((from * 3 + to * 5) % 4) * 100;
}

}  // namespace

TEST_CASE("an exchange brings everybody's messages in order of rank", "[communicator]") {
  const Communicator ranks = Communicator::world();
  std::vector<std::vector<i64>> out(static_cast<std::size_t>(ranks.size()));
  for (Rank to = 0; to < ranks.size(); ++to) {
    for (std::size_t k = 0; to != ranks.rank() && k < messages(ranks.rank(), to); ++k) {
      out[static_cast<std::size_t>(to)].push_back(message(ranks.rank(), to, k));
    }
  }
  std::vector<i64> in{-1};

  ranks.exchange(out, in);

  std::vector<i64> expected{-1};
  for (Rank from = 0; from < ranks.size(); ++from) {
    for (std::size_t k = 0; from != ranks.rank() && k < messages(from, ranks.rank()); ++k) {
      expected.push_back(message(from, ranks.rank(), k));
    }
  }
  CHECK(in == expected);
}

TEST_CASE("messages arrive whole when they come in many pieces", "[communicator]") {
  struct Parcel {
    u32 a, b, c;  // 12 bytes: no divisor of a piece of 2^n
    bool operator==(const Parcel&) const = default;
  };
  Communicator ranks = Communicator::world();
  const auto sent = [](Rank from, Rank to) {
    std::vector<Parcel> all;
    // 5 parcels fit into a piece: lists of none, of less than a piece, of whole pieces, of pieces
    // and a rest.
    for (u32 k = 0; k < static_cast<u32>((from + 2 * to) % 4) * 5u +
                            (from == to ? 0u : static_cast<u32>(from % 2));
         ++k) {
      all.push_back({k, static_cast<u32>(from), static_cast<u32>(to)});
    }
    return all;
  };
  std::vector<std::vector<Parcel>> out;
  std::vector<Parcel> in, expected;
  for (Rank r = 0; r < ranks.size(); ++r) {
    out.push_back(sent(ranks.rank(), r));
    const auto arriving = sent(r, ranks.rank());
    if (r != ranks.rank()) {
      expected.insert(expected.end(), arriving.begin(), arriving.end());
    }
  }

  ranks.exchange_in_pieces(64);
  ranks.exchange(out, in);

  CHECK(in == expected);
}

TEST_CASE("values gather on rank 0 in order of rank", "[communicator]") {
  const Communicator ranks = Communicator::world();

  const auto all = ranks.gather(std::vector<i64>{ranks.rank() * 10, ranks.rank() * 10 + 1});

  std::vector<i64> expected;
  for (Rank r = 0; ranks.rank() == 0 && r < ranks.size(); ++r) {
    expected.push_back(r * 10);
    expected.push_back(r * 10 + 1);
  }
  CHECK(all == expected);
}

TEST_CASE("sums and maxima are those over all ranks", "[communicator]") {
  const Communicator ranks = Communicator::world();
  const i64 n = ranks.size();
  std::vector<i64> values{1, ranks.rank(), -i64{1} << 40};
  std::vector<u64> large{u64{1} << 61};

  ranks.sum(values);
  ranks.sum(large);

  CHECK(values == std::vector<i64>{n, n * (n - 1) / 2, -n * (i64{1} << 40)});
  CHECK(large == std::vector<u64>{static_cast<u64>(n) << 61});
  CHECK(ranks.maximum(-5 + ranks.rank()) == -5 + n - 1);
}

TEST_CASE("the text of rank 0 is everybody's after a broadcast", "[communicator]") {
  const Communicator ranks = Communicator::world();
  const std::string scenario(100'000, 'x');

  CHECK(ranks.broadcast(ranks.rank() == 0 ? scenario : "mine") == scenario);
  CHECK(ranks.broadcast(ranks.rank() == 0 ? "" : "mine").empty());
}

}  // namespace throng
