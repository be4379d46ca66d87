// Cultures against Axelrod's numbers of stable regions, and against his own one-by-one process.
#include <iostream>
#include <numeric>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "behaviors/culture/columns.h"
#include "behaviors/culture/culture.h"
#include "tests/behaviors/fixture.h"

using namespace throng;
using namespace throng::culture;
using epidemic::fixture::estimate;

namespace {

/// f(site, neighbor to the east or north) for every pair of neighbors.
template <class F>
void each_pair(const Settings& s, F&& f) {
  for (u32 site = 0; site < s.width * s.height; ++site) {
    if (site % s.width + 1 < s.width) {
      f(site, site + 1);
    }
    if (site / s.width + 1 < s.height) {
      f(site, site + s.width);
    }
  }
}
/// Connected regions of one culture.
double regions_of(const std::vector<u64>& sites, const Settings& s) {
  std::vector<u32> region(sites.size());
  std::iota(region.begin(), region.end(), 0u);
  const auto root = [&](u32 k) {
    while (region[k] != k) {
      k = region[k] = region[region[k]];
    }
    return k;
  };
  double count = static_cast<double>(sites.size());
  each_pair(s, [&](u32 a, u32 b) {
    if (sites[a] == sites[b] && root(a) != root(b)) {
      region[root(a)] = root(b);
      --count;
    }
  });
  return count;
}
u32 shared_of(u64 a, u64 b, const Settings& s) {
  u32 n = 0;
  for (u32 f = 0; f < s.features; ++f) {
    n += trait(a, f) == trait(b, f) ? 1 : 0;
  }
  return n;
}
bool stable(const std::vector<u64>& sites, const Settings& s) {
  bool open = false;
  each_pair(s, [&](u32 a, u32 b) {
    const u32 n = shared_of(sites[a], sites[b], s);
    open = open || (n != 0 && n != s.features);
  });
  return !open;
}

double outcome_of(const Settings& settings, u64 seed) {
  Simulation s({}, make_population({}, settings, seed, {}), {.seed = seed});
  add_to(s, settings);
  s.start();
  i64 before = -1;
  for (i64 now = 0; now != before; s.step()) {
    before = now;
    s.step();
    now = s.tally(open_pairs.name)[0];
  }
  const auto sites = s.population().kind(culture::kind).values(culture::culture);
  const std::vector<u64> last(sites.begin(), sites.end());
  REQUIRE(stable(last, settings));
  return regions_of(last, settings);
}

/// The classic: one site and one of its neighbors after the other.
double one_by_one(const Settings& s, u64 seed) {
  std::mt19937_64 random(seed);
  const auto any = [&](u32 n) {
    return static_cast<u32>(std::uniform_int_distribution<u32>(0, n - 1)(random));
  };
  std::vector<u64> sites(s.width * s.height);
  for (u64& site : sites) {
    for (u32 f = 0; f < s.features; ++f) {
      site |= u64{any(s.traits)} << (bits_per_trait * f);
    }
  }
  std::vector<std::vector<u32>> around(sites.size());
  each_pair(s, [&](u32 a, u32 b) {
    around[a].push_back(b);
    around[b].push_back(a);
  });
  for (u64 k = 0;; ++k) {
    if (k % 1000 == 0 && stable(sites, s)) {
      return regions_of(sites, s);
    }
    const u32 site = any(static_cast<u32>(sites.size()));
    const u64 other = sites[around[site][any(static_cast<u32>(around[site].size()))]];
    const u32 shared = shared_of(sites[site], other, s);
    if (shared == s.features || any(s.features) >= shared) {
      continue;
    }
    u32 f = any(s.features);
    while (trait(sites[site], f) == trait(other, f)) {
      f = any(s.features);
    }
    const u64 mask = u64{most_traits - 1} << (bits_per_trait * f);
    sites[site] = (sites[site] & ~mask) | (other & mask);
  }
}

}  // namespace

TEST_CASE("as many stable regions are left as in the one-by-one classic",
          "[classics][culture][.statistics]") {
  for (const auto& [traits, reference, seeds] :
       {std::tuple{5u, 1.05, 60u}, std::tuple{10u, 4.28, 120u}, std::tuple{15u, 20.3, 120u}}) {
    const Settings settings{.features = 5, .traits = traits};
    std::vector<double> here, classic;
    for (u64 seed = 1; seed <= seeds; ++seed) {
      here.push_back(outcome_of(settings, seed));
      classic.push_back(one_by_one(settings, seed));
    }
    const auto ours = estimate(here), theirs = estimate(classic);
    std::cout << "traits " << traits << ": regions " << ours.mean << " (standard error "
              << ours.error << "), one by one " << theirs.mean << " (" << theirs.error
              << "), reference " << reference << ", n = " << seeds << "\n";
    CHECK(std::abs(ours.mean - theirs.mean) <= 4 * std::hypot(ours.error, theirs.error));
    CHECK(std::abs(ours.mean - reference) <= 4 * ours.error);
  }
}

TEST_CASE("a site changes one feature at a time, to a neighbor's", "[classics][culture]") {
  const Settings settings{.width = 12, .height = 9, .features = 6, .traits = 4};
  Simulation s({}, make_population({}, settings, 4, {}), {.seed = 4});
  add_to(s, settings);
  s.start();
  const auto sites = s.population().kind(culture::kind).values(culture::culture);
  u32 changes = 0;
  for (int k = 0; k < 200; ++k) {
    const std::vector<u64> before(sites.begin(), sites.end());
    s.step();
    std::vector<u32> alike(before.size());  // neighbors that now share one feature more
    each_pair(settings, [&](u32 a, u32 b) {
      const u32 then = shared_of(before[a], before[b], settings);
      alike[a] += then != 0 && shared_of(sites[a], before[b], settings) == then + 1 ? 1 : 0;
      alike[b] += then != 0 && shared_of(sites[b], before[a], settings) == then + 1 ? 1 : 0;
    });
    each_pair(settings,
              [&](u32 a, u32 b) { CHECK((sites[a] == before[a] || sites[b] == before[b])); });
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (sites[i] != before[i]) {
        CHECK(shared_of(sites[i], before[i], settings) == settings.features - 1);
        CHECK(alike[i] > 0);
        ++changes;
      }
    }
  }
  CHECK(changes > 100);
}
