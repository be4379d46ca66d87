// Ranks talking to each other: the one home of MPI in the engine. A value; "one rank, MPI never
// started" is one of its forms, so nothing else asks whether MPI is there.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/types.h"

namespace throng {

/// Starts MPI when the program was launched by an MPI launcher, and finalizes it. One per process.
class MpiSession {
 public:
  MpiSession(int* argc, char*** argv);
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  bool started() const { return started_; }

 private:
  bool started_ = false;
};

/// "Open MPI v4.1.4": the first words of what the library says of itself.
std::string mpi_version();

class Communicator {
 public:
  /// One rank, without MPI.
  Communicator() = default;
  /// All ranks of the launched job (one rank when MPI was not started).
  static Communicator world();

  Rank rank() const { return rank_; }
  int size() const { return size_; }
  bool alone() const { return size_ == 1; }

  /// Tests only: exchanges in pieces of this many bytes instead of 2^30 (MPI's counts are 32-bit).
  void exchange_in_pieces(std::size_t bytes) { piece_ = bytes; }

  /// Sends out[r] to every rank r but this one and appends what arrives, in order of source rank.
  template <class M>
  void exchange(const std::vector<std::vector<M>>& out, std::vector<M>& in) const {
    static_assert(std::is_trivially_copyable_v<M>);
    if (alone()) {
      return;
    }
    std::vector<std::span<const std::byte>> bytes;
    bytes.reserve(out.size());
    for (const auto& v : out) {
      bytes.push_back(std::as_bytes(std::span(v)));
    }
    exchange_bytes(bytes, sizeof(M), [&](std::size_t n) {
      const std::size_t at = in.size();
      in.resize(at + n / sizeof(M));
      return reinterpret_cast<std::byte*>(in.data() + at);
    });
  }
  /// Everybody's values on rank 0, in order of rank; empty elsewhere.
  template <class M>
  std::vector<M> gather(std::vector<M> mine) const {
    if (alone()) {
      return mine;
    }
    std::vector<std::vector<M>> out(static_cast<std::size_t>(size_));
    std::vector<M> all;
    if (rank_ == 0) {
      all = std::move(mine);
    } else {
      out[0] = std::move(mine);
    }
    exchange(out, all);
    return all;
  }
  /// Sums (or maxima) over all ranks, in place and everywhere. Integers only: sums of doubles
  /// depend on order.
  void sum(std::span<i64> values) const;
  void sum(std::span<u64> values) const;
  i64 maximum(i64 value) const;
  /// The text of rank 0, everywhere.
  std::string broadcast(std::string text) const;
  void barrier() const;
  /// Ends all ranks at once, for a failure that cannot be agreed on.
  [[noreturn]] void abort(int code) const;

 private:
  void exchange_bytes(std::span<const std::span<const std::byte>> out, std::size_t item,
                      const std::function<std::byte*(std::size_t)>& grow) const;
  Rank rank_ = 0;
  int size_ = 1;
  std::size_t piece_ = std::size_t{1} << 30;
};

}  // namespace throng
