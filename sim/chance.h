// Chance without state: a draw is a pure function of (seed, kind and id, step, name, index).
// Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). Nothing to
// checkpoint, nothing shared between threads, and any agent can be replayed alone.
#pragma once
#include <array>
#include <string_view>

#include "sim/error.h"
#include "sim/types.h"

namespace throng {

/// Four 32-bit words from one counter.
struct Words {
  std::array<u32, 4> word{};
  constexpr u32 operator[](std::size_t i) const { return word[i]; }
};

/// The name of a draw, hashed at compile time. Two names with one hash are refused at assembly.
struct Draw {
  u32 hash = 0;
  std::string_view name;
  consteval Draw(const char* literal) : hash(2166136261u), name(literal) {  // NOLINT: implicit by design
    for (const char c : name) {
      hash = (hash ^ static_cast<u8>(c)) * 16777619u;
    }
  }
};

/// Distinguishes the ids of one kind from those of another in the counter.
using KindTag = u8;

/// The counter of one draw. `index` counts repeated draws of one name in one step.
struct Counter {
  AgentId id = 0;
  KindTag kind = 0;
  Step step = 0;
  u32 name = 0;
  u32 index = 0;
  static constexpr u32 max_index = (1u << 24) - 1;
};

/// A seed, and the draws it stands for. A value: copy it freely.
class Chance {
 public:
  constexpr explicit Chance(u64 seed) : seed_(seed) {}
  constexpr u64 seed() const { return seed_; }

  /// The slow, obvious form; every block form gives the same bits.
  constexpr Words words(const Counter& c) const {
    u32 c0 = c.id, c1 = static_cast<u32>(c.kind) << 24 | (c.index & Counter::max_index), c2 = c.step, c3 = c.name;
    u32 k0 = static_cast<u32>(seed_), k1 = static_cast<u32>(seed_ >> 32);
    for (int round = 0; round < 10; ++round) {
      const u64 p0 = u64{0xD2511F53} * c0, p1 = u64{0xCD9E8D57} * c2;
      c0 = static_cast<u32>(p1 >> 32) ^ c1 ^ k0;
      c1 = static_cast<u32>(p1);
      c2 = static_cast<u32>(p0 >> 32) ^ c3 ^ k1;
      c3 = static_cast<u32>(p0);
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    return {{c0, c1, c2, c3}};
  }
  constexpr Words words(KindTag kind, AgentId id, Step step, Draw name, u32 index = 0) const {
    return words({.id = id, .kind = kind, .step = step, .name = name.hash, .index = index});
  }

 private:
  u64 seed_;
};

/// Uniform integer in [0, n): multiply-shift, bias below n / 2^32.
constexpr u32 below(u32 word, u32 n) { return static_cast<u32>(u64{word} * n >> 32); }
/// Uniform in (0, 1), never 0 or 1.
constexpr double unit(u32 word) { return (word + 0.5) * 0x1p-32; }
/// The integer threshold t such that `word < t` has probability p (rounded to 2^-32; 1 becomes 2^32 - 1).
constexpr u32 threshold(double p) {
  return p <= 0 ? 0u : p >= 1 ? ~0u : static_cast<u32>(p * 4294967296.0);
}
/// A good 64-bit mix (the finalizer of MurmurHash3): for hashes, never for chance.
constexpr u64 mix(u64 x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ull;
  return x ^ x >> 33;
}

}  // namespace throng
