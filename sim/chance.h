// Chance without state: a draw is a pure function of (seed, kind and id, step, name, index).
// Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). Nothing to
// checkpoint, nothing shared between threads, and any agent can be replayed alone.
#pragma once
#include <array>
#include <map>
#include <span>
#include <string_view>

#include "sim/error.h"
#include "sim/types.h"

namespace throng {

/// Four 32-bit words from one counter.
struct Words {
  std::array<u32, 4> word{};
  constexpr u32 operator[](std::size_t i) const { return word[i]; }
  friend constexpr bool operator==(const Words&, const Words&) = default;
};

/// The name of a draw, hashed at compile time. Two names with one hash are refused at assembly
/// (DrawNames).
struct Draw {
  u32 hash = 0;
  std::string_view name;
  constexpr Draw() = default;
  consteval Draw(const char* literal)  // NOLINT: implicit by design
      : hash(2166136261u), name(literal) {
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
///
/// Two families of draws, each in a slow obvious form and in block forms with the same bits:
/// `words` (four words for one row: sparse lists) and `dense_word` (one word for one row, four
/// neighbors in id share a counter: a draw for everybody). One name may serve both families: they
/// never share a counter (DrawNames checks that too).
class Chance {
 public:
  constexpr explicit Chance(u64 seed) : seed_(seed) {}
  constexpr u64 seed() const { return seed_; }

  /// The slow, obvious form; every block form gives the same bits.
  constexpr Words words(const Counter& c) const {
    return philox({c.id, second_word(c.kind, c.index), c.step, c.name});
  }
  constexpr Words words(KindTag kind, AgentId id, Step step, Draw name, u32 index = 0) const {
    return words({.id = id, .kind = kind, .step = step, .name = name.hash, .index = index});
  }

  /// out[i] = words(kind, ids[i], step, name, index). `out` has room for ids.size() entries.
  /// About 2 ns per id from 16 ids on (x86-64-v3).
  void fill(std::span<const AgentId> ids, KindTag kind, Step step, Draw name, u32 index,
            Words* out) const;
  /// out[i] = words(counters[i]): where step, name or index differ from row to row.
  void fill(std::span<const Counter> counters, Words* out) const;

  /// One word of row `id`: word id % 4 of the dense counter id / 4.
  constexpr u32 dense_word(AgentId id, KindTag kind, Step step, Draw name, u32 index = 0) const {
    return philox({id / 4, second_word(kind, index), step, dense_hash(name.hash)})[id % 4];
  }
  /// out[i] = dense_word(first + i, ...). Any split of a range into calls gives the same bits.
  void dense_words(AgentId first, KindTag kind, Step step, Draw name, u32 index,
                   std::span<u32> out) const;
  /// out[i] = dense_word(first + i, ...) < limit_of[class_of[i]], as 0 or 1: a coin for everybody.
  /// Classes need limit_of.size() >= 1 + the largest of class_of; out.size() == class_of.size().
  void dense_below(AgentId first, KindTag kind, Step step, Draw name, u32 index,
                   std::span<const u8> class_of, std::span<const u32> limit_of,
                   std::span<u8> out) const;

  /// What stands in the counter for a name when it is drawn densely.
  static constexpr u32 dense_hash(u32 hash) { return hash ^ 0x5BD1E995u; }

 private:
  static constexpr u32 second_word(KindTag kind, u32 index) {
    return static_cast<u32>(kind) << 24 | (index & Counter::max_index);
  }

  constexpr Words philox(std::array<u32, 4> c) const {
    u32 k0 = static_cast<u32>(seed_);
    u32 k1 = static_cast<u32>(seed_ >> 32);
    for (int round = 0; round < 10; ++round) {
      const u64 p0 = u64{0xD2511F53} * c[0];
      const u64 p1 = u64{0xCD9E8D57} * c[2];
      c = {static_cast<u32>(p1 >> 32) ^ c[1] ^ k0, static_cast<u32>(p1),
           static_cast<u32>(p0 >> 32) ^ c[3] ^ k1, static_cast<u32>(p0)};
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    return {c};
  }

  u64 seed_;
};

/// The draws of a model, so that no two of them share a counter.
class DrawNames {
 public:
  /// Adds a name; adding it again is harmless. ContractError if another name has the same hash,
  /// drawn densely or not. Names are our own literals, so this is a bug and not a user's mistake.
  void add(Draw draw);
  /// Adds a name that one owner draws under. ContractError where another does: they would share
  /// their luck.
  void add(Draw draw, std::string_view owner);
  std::size_t size() const { return names_.size() / 2; }

 private:
  std::map<u32, std::string_view> names_;
  std::map<u32, std::string> owner_of_;
};

/// Uniform integer in [0, n): multiply-shift, bias below n / 2^32.
constexpr u32 below(u32 word, u32 n) { return static_cast<u32>(u64{word} * n >> 32); }
/// Uniform in (0, 1), never 0 or 1.
constexpr double unit(u32 word) { return (word + 0.5) * 0x1p-32; }
/// The integer threshold t such that `word < t` has probability p (rounded to 2^-32; 1 becomes
/// 2^32 - 1).
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
