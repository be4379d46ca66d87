#include <catch2/catch.hpp>

#include "io/broker_limits.h"

using namespace throng;

TEST_CASE("a call's cost is rounded up, and exact for any number of tokens", "[io][broker]") {
  const Prices prices{2'500'000, 10'000'000};  // $2.50 and $10 per million tokens

  CHECK(prices.cost(0, 0) == 0);
  CHECK(prices.cost(2, 0) == 5);
  CHECK(prices.cost(1, 0) == 3);  // 2.5
  CHECK(prices.cost(1, 1) == 13);
  CHECK(prices.cost(1'000'000, 1'000'000) == 12'500'000);
  const Prices high{highest_price, highest_price};
  CHECK(high.cost(1 << 30, 1 << 30) == i64{2 * 4000} << 30);
}

TEST_CASE("a purse sets aside before a call, and counts after", "[io][broker]") {
  Purse purse({10, 1000, 500}, {1'000'000, 1'000'000});  // a token costs 1

  purse.reserve(300, 100);
  CHECK(purse.spent().calls == 1);
  CHECK(purse.spent().tokens == 0);
  CHECK(purse.spent().reserved_tokens == 400);
  CHECK(purse.limit_of(50, 50).empty());
  CHECK(purse.limit_of(50, 51) == "money");  // 400 + 101 > 500
  CHECK(purse.limit_of(600, 1) == "tokens");

  CHECK(purse.settle(300, 100, 80, 10) == 90);
  CHECK(purse.spent().tokens == 90);
  CHECK(purse.spent().cost == 90);
  CHECK(purse.spent().reserved_tokens == 0);
  CHECK(purse.spent().reserved_cost == 0);
  CHECK(purse.limit_of(400, 10).empty());

  Purse calls({1, no_limit, no_limit}, {});
  calls.reserve(1, 1);
  CHECK(calls.limit_of(1, 1) == "calls");
  Purse restored({10, 1000, 500}, {});
  restored.restore({10, 5, 5, 100, 100});
  CHECK(restored.limit_of(1, 1) == "calls");
  CHECK(restored.spent().reserved_tokens == 0);
}

TEST_CASE("a rate lets a store through, and then so many a minute", "[io][broker]") {
  Rate rate(60);  // one a second, 10 in store
  for (int k = 0; k < 10; ++k) {
    CHECK(rate.wait(1, 100) == 0);
    rate.take(1);
  }
  CHECK(rate.wait(1, 100) == Approx(1));
  CHECK(rate.wait(1, 100.75) == Approx(0.25));
  CHECK(rate.wait(1, 101) == 0);

  Rate large(60);
  CHECK(large.wait(25, 0) == 0);  // more than the store holds: what is missing is waited for after
  large.take(25);
  CHECK(large.wait(1, 0) == Approx(16));

  Rate none(0);
  none.take(1e9);
  CHECK(none.wait(1e9, 0) == 0);
}

TEST_CASE("concurrency climbs fast once, halves on complaints, and climbs slowly after",
          "[io][broker]") {
  Concurrency concurrency(32);
  CHECK(concurrency.window() == 4);
  for (int k = 0; k < 12; ++k) {
    concurrency.succeeded(0.1);
  }
  CHECK(concurrency.window() == 16);

  concurrency.congested(50);
  CHECK(concurrency.window() == 8);
  concurrency.congested(50.01);  // of the same round
  CHECK(concurrency.window() == 8);
  for (int k = 0; k < 9; ++k) {
    concurrency.succeeded(0.1);  // a round of eight, and one: below one more each
  }
  CHECK(concurrency.window() == 9);
  for (int k = 0; k < 20; ++k) {
    concurrency.congested(60 + k);
  }
  CHECK(concurrency.window() == 1);
  for (int k = 0; k < 10'000; ++k) {
    concurrency.succeeded(0.1);
  }
  CHECK(concurrency.window() == 32);
}

TEST_CASE("a circuit opens after failures in a row, and lets one try after a pause",
          "[io][broker]") {
  Circuit circuit(3, 5);
  circuit.failed(false, 0);
  circuit.failed(false, 0);
  circuit.succeeded();
  circuit.failed(false, 0);
  circuit.failed(false, 0);
  CHECK_FALSE(circuit.open());
  circuit.failed(false, 1);
  CHECK(circuit.open());
  CHECK(circuit.next_at() == 6);

  CHECK(circuit.sent());                  // at 6: this one tries
  CHECK(circuit.next_at() > 1e200);       // and no other
  CHECK_FALSE(circuit.failed(false, 6));  // one that was sent before it opened
  CHECK(circuit.failed(true, 7));
  CHECK(circuit.next_at() == 12);

  CHECK(circuit.sent());
  circuit.succeeded();
  CHECK_FALSE(circuit.open());
  CHECK_FALSE(circuit.sent());
}

TEST_CASE("retries are a share of what is asked, beyond the free ones", "[io][broker]") {
  RetryBudget budget(0.5, 2);
  CHECK(budget.take());
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
  budget.first_sent();
  CHECK_FALSE(budget.take());
  budget.first_sent();
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
}
