// Philox in SIMD lanes: the inner loops of Chance's block forms, included by sim/chance.cpp only.
// A counter word stands in the low half of a 64-bit lane, since the multiplier of the CPU takes
// 32 x 32 -> 64 bits. The high halves hold rubbish between rounds: nothing ever reads it.
#pragma once
#include <array>
#include <cstddef>
#include <span>

#if defined(__AVX2__)
#include <immintrin.h>
#endif
#if defined(__AVX512F__) && !defined(__clang__)
// GCC 12 takes the undefined vectors of its own AVX-512 header for mistakes (its bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "sim/chance.h"

namespace throng::lanes {

/// The words of a counter behind its id, where they are the same for a whole block.
struct Rest {
  u32 c1 = 0;
  u32 c2 = 0;
  u32 c3 = 0;
};

/// Counters laid out word by word.
template <std::size_t n>
struct Laid {
  alignas(64) std::array<u32, n> c0;
  alignas(64) std::array<u32, n> c1;
  alignas(64) std::array<u32, n> c2;
  alignas(64) std::array<u32, n> c3;
};

inline constexpr u32 multiplier0 = 0xD2511F53;
inline constexpr u32 multiplier1 = 0xCD9E8D57;
inline constexpr u32 weyl0 = 0x9E3779B9;
inline constexpr u32 weyl1 = 0xBB67AE85;

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)

using Vector = __m512i;
inline constexpr std::size_t width = 8;
inline Vector all(u32 x) { return _mm512_set1_epi64(x); }
inline Vector product(Vector a, Vector b) { return _mm512_mul_epu32(a, b); }
inline Vector sum(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
inline Vector high(Vector a) { return _mm512_srli_epi64(a, 32); }
inline Vector xor3(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}
/// Eight words, in the order in which `store` leaves whole counters in memory.
inline Vector spread(const u32* from) {
  const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
  return _mm512_permutexvar_epi64(
      order, _mm512_cvtepu32_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
}
inline Vector counting(u32 from) {
  return _mm512_add_epi64(all(from), _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7));
}
inline void store(Vector a, Vector b, Vector c, Vector d, u32* to) {
  const __m512i ab = _mm512_mask_blend_epi32(0xAAAA, a, _mm512_slli_epi64(b, 32));
  const __m512i cd = _mm512_mask_blend_epi32(0xAAAA, c, _mm512_slli_epi64(d, 32));
  _mm512_storeu_si512(to, _mm512_unpacklo_epi64(ab, cd));
  _mm512_storeu_si512(to + 16, _mm512_unpackhi_epi64(ab, cd));
}

#elif defined(__AVX2__)

using Vector = __m256i;
inline constexpr std::size_t width = 4;
inline Vector all(u32 x) { return _mm256_set1_epi64x(x); }
inline Vector product(Vector a, Vector b) { return _mm256_mul_epu32(a, b); }
inline Vector sum(Vector a, Vector b) { return _mm256_add_epi32(a, b); }
inline Vector high(Vector a) { return _mm256_srli_epi64(a, 32); }
inline Vector xor3(Vector a, Vector b, Vector c) {
  return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}
/// Four words, in the order in which `store` leaves whole counters in memory.
inline Vector spread(const u32* from) {
  const __m128i four = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_cvtepu32_epi64(_mm_shuffle_epi32(four, _MM_SHUFFLE(3, 1, 2, 0)));
}
inline Vector counting(u32 from) {
  return _mm256_add_epi64(all(from), _mm256_setr_epi64x(0, 2, 1, 3));
}
inline void store(Vector a, Vector b, Vector c, Vector d, u32* to) {
  const __m256i ab = _mm256_blend_epi32(a, _mm256_slli_epi64(b, 32), 0xAA);
  const __m256i cd = _mm256_blend_epi32(c, _mm256_slli_epi64(d, 32), 0xAA);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_unpacklo_epi64(ab, cd));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 8), _mm256_unpackhi_epi64(ab, cd));
}

#else

using Vector = u64;
inline constexpr std::size_t width = 1;
inline Vector all(u32 x) { return x; }
inline Vector product(Vector a, Vector b) { return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu); }
inline Vector sum(Vector a, Vector b) { return (a + b) & 0xFFFFFFFFu; }
inline Vector high(Vector a) { return a >> 32; }
inline Vector xor3(Vector a, Vector b, Vector c) { return a ^ b ^ c; }
inline Vector spread(const u32* from) { return *from; }
inline Vector counting(u32 from) { return from; }
inline void store(Vector a, Vector b, Vector c, Vector d, u32* to) {
  to[0] = static_cast<u32>(a);
  to[1] = static_cast<u32>(b);
  to[2] = static_cast<u32>(c);
  to[3] = static_cast<u32>(d);
}

#endif

/// `width` counters.
struct State {
  Vector c0;
  Vector c1;
  Vector c2;
  Vector c3;
};

/// The two key words of a round.
struct Key {
  Vector k0;
  Vector k1;
};

/// The keys of the ten rounds, once per call.
using Keys = std::array<Key, 10>;
inline Keys keys_of(u64 seed) {
  Keys keys;
  Key next = {all(static_cast<u32>(seed)), all(static_cast<u32>(seed >> 32))};
  for (Key& key : keys) {
    key = next;
    next = {sum(key.k0, all(weyl0)), sum(key.k1, all(weyl1))};
  }
  return keys;
}

inline void step(State& s, const Key& key) {
  const Vector p0 = product(s.c0, all(multiplier0));
  const Vector p1 = product(s.c2, all(multiplier1));
  s = {xor3(high(p1), s.c1, key.k0), p1, xor3(high(p0), s.c3, key.k1), p0};
}

template <std::size_t n>
void rounds(std::array<State, n>& states, const Keys& keys, std::size_t from) {
  for (std::size_t round = from; round < 10; ++round) {
    for (State& s : states) {
      step(s, keys[round]);
    }
  }
}

/// States handled together, so that the latency of one multiplication hides behind the others.
inline constexpr std::size_t together = 2;

/// The state after the first round for ids in lanes: half of that round is the same for all of
/// them.
inline State after_first(Vector ids, const Rest& rest, const Keys& keys) {
  const Vector p0 = product(ids, all(multiplier0));
  const u64 p1 = u64{multiplier1} * rest.c2;
  return {xor3(all(static_cast<u32>(p1 >> 32)), all(rest.c1), keys[0].k0),
          all(static_cast<u32>(p1)), xor3(high(p0), all(rest.c3), keys[0].k1), p0};
}

/// Stores n counters (a multiple of `width`) whose ids `ids_at(i)` gives lane by lane.
template <class F>
void fill_with(u64 seed, std::size_t n, const Rest& rest, u32* out, F&& ids_at) {
  const Keys keys = keys_of(seed);
  const auto some = [&]<std::size_t count>(std::array<State, count> states, std::size_t at) {
    for (std::size_t j = 0; j < count; ++j) {
      states[j] = after_first(ids_at(at + j * width), rest, keys);
    }
    rounds(states, keys, 1);
    for (std::size_t j = 0; j < count; ++j) {
      const State& s = states[j];
      store(s.c0, s.c1, s.c2, s.c3, out + 4 * (at + j * width));
    }
  };
  std::size_t at = 0;
  for (; at + together * width <= n; at += together * width) {
    some(std::array<State, together>{}, at);
  }
  for (; at < n; at += width) {
    some(std::array<State, 1>{}, at);
  }
}

/// n ids (a multiple of `width`), everything else alike.
inline void fill(u64 seed, const AgentId* ids, std::size_t n, const Rest& rest, Words* out) {
  fill_with(seed, n, rest, out->word.data(), [ids](std::size_t i) { return spread(ids + i); });
}

/// n counters from id `first` on (a multiple of `width`): 4 n words.
inline void dense(u64 seed, u32 first, std::size_t n, const Rest& rest, u32* out) {
  fill_with(seed, n, rest, out,
            [first](std::size_t i) { return counting(static_cast<u32>(first + i)); });
}

/// n counters (a multiple of `width`) that share nothing.
template <std::size_t room>
void fill(u64 seed, const Laid<room>& laid, std::size_t n, Words* out) {
  const Keys keys = keys_of(seed);
  for (std::size_t at = 0; at < n; at += width) {
    std::array<State, 1> s{{{spread(laid.c0.data() + at), spread(laid.c1.data() + at),
                             spread(laid.c2.data() + at), spread(laid.c3.data() + at)}}};
    rounds(s, keys, 0);
    store(s[0].c0, s[0].c1, s[0].c2, s[0].c3, out[at].word.data());
  }
}

/// out[i] = words[i] < limit_of[class_of[i]].
inline void below(const u32* words, const u8* class_of, std::span<const u32> limit_of, u8* out,
                  std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = words[i] < limit_of[class_of[i]];
  }
}

}  // namespace throng::lanes
