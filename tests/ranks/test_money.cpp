// Money on any number of ranks: the same bits, and nothing lost between people and accounts.
#include <catch2/catch.hpp>

#include "tests/behaviors/money_fixture.h"

namespace throng::labor {
namespace {

using namespace fixture;

struct Found {
  std::vector<u64> hashes;
  std::vector<i64> balances, counted;
  friend bool operator==(const Found&, const Found&) = default;
};

Found year(const Communicator& world, Partition partition) {
  const auto settings = std::make_shared<const MoneySettings>(fixture::settings(334));
  auto s = simulation(world, std::move(partition), 3, settings, shifts());
  Found found;
  while (s->now() < settings->steps) {
    s->step();
    found.hashes.push_back(s->content_hash());
    if (settings->ends_month(s->now())) {
      CHECK(all_money(*s) == 0);
    }
  }
  CHECK(s->full_hash() == s->content_hash());
  const auto books = accounts(*s, balance);
  found.balances.assign(books.begin(), books.end());
  found.counted = s->tally(transfers.name);
  return found;
}

}  // namespace

TEST_CASE("a year of money is the same on any ranks", "[money]") {
  const Communicator world = Communicator::world();
  constexpr AgentId people = 600;
  const Found expected = year(Communicator(), Partition::blocks({0, people}, 0));
  REQUIRE(expected.balances[0] != 0);
  std::vector<AgentId> bounds = {0};
  for (int r = 1; r <= world.size(); ++r) {
    bounds.push_back(people * static_cast<AgentId>(r) / static_cast<AgentId>(world.size()));
  }
  const Partition blocks = Partition::blocks(bounds, world.rank());
  CHECK(year(world, blocks) == expected);
  CHECK(year(world, Partition::scatter(people, world.size(), world.rank())) == expected);
  CHECK(year(world, blocks.shuffled(9)) == expected);
}

}  // namespace throng::labor
