#include "sim/communicator.h"

#define OMPI_SKIP_MPICXX 1  // the C++ bindings are gone from MPI
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <mpi.h>

#include "sim/error.h"

namespace throng {
namespace {

constexpr int exchange_tag = 7;

void check(int status, const char* what) {
  if (status != MPI_SUCCESS) {
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    MPI_Error_string(status, text, &length);
    throw IoError(std::string("MPI: ") + what + " failed (" +
                  std::string(text, static_cast<std::size_t>(length)) +
                  "). Check the launcher and the network.");
  }
}

bool launched_by_mpi() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"}) {
    if (std::getenv(name) != nullptr) {
      return true;
    }
  }
  return false;
}

bool running() {
  int initialized = 0, finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  return initialized != 0 && finalized == 0;
}

}  // namespace

MpiSession::MpiSession(int* argc, char*** argv) {
  if (!launched_by_mpi()) {
    return;
  }
  // Open MPI's own MPI-IO (OMPIO) hangs on stale semaphores; ROMIO does not.
  setenv("OMPI_MCA_io", "romio321", 0);
  int provided = 0;
  check(MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  started_ = true;
}

MpiSession::~MpiSession() {
  if (started_) {
    MPI_Finalize();
  }
}

std::string mpi_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string all(text, static_cast<std::size_t>(length));
  return all.substr(0, all.find(','));
}

Communicator Communicator::world() {
  Communicator c;
  if (running()) {
    check(MPI_Comm_rank(MPI_COMM_WORLD, &c.rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(MPI_COMM_WORLD, &c.size_), "MPI_Comm_size");
  }
  return c;
}

void Communicator::exchange_bytes(std::span<const std::span<const std::byte>> out, std::size_t item,
                                  const std::function<std::byte*(std::size_t)>& grow) const {
  // A full piece says "more follows"; pieces hold whole items, so that each grows its target by
  // itself.
  const std::size_t piece = std::max<std::size_t>(1, piece_ / item) * item;
  std::vector<MPI_Request> requests;
  for (int k = 1; k < size_; ++k) {
    const auto to = (rank_ + k) % size_;
    auto left = out[static_cast<std::size_t>(to)];
    for (bool more = true; more;) {
      const std::size_t n = std::min(left.size(), piece);
      requests.emplace_back();
      check(MPI_Isend(left.data(), static_cast<int>(n), MPI_BYTE, to, exchange_tag, MPI_COMM_WORLD,
                      &requests.back()),
            "MPI_Isend");
      left = left.subspan(n);
      more = n == piece;
    }
  }
  for (Rank from = 0; from < size_; ++from) {
    for (bool more = from != rank_; more;) {
      MPI_Message message;
      MPI_Status status;
      int n = 0;
      check(MPI_Mprobe(from, exchange_tag, MPI_COMM_WORLD, &message, &status), "MPI_Mprobe");
      MPI_Get_count(&status, MPI_BYTE, &n);
      check(MPI_Mrecv(grow(static_cast<std::size_t>(n)), n, MPI_BYTE, &message, &status),
            "MPI_Mrecv");
      more = static_cast<std::size_t>(n) == piece;
    }
  }
  check(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE),
        "MPI_Waitall");
}

void Communicator::sum(std::span<i64> values) const {
  if (!alone() && !values.empty()) {
    check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_INT64_T,
                        MPI_SUM, MPI_COMM_WORLD),
          "MPI_Allreduce");
  }
}

void Communicator::sum(std::span<u64> values) const {
  if (!alone() && !values.empty()) {
    check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_UINT64_T,
                        MPI_SUM, MPI_COMM_WORLD),
          "MPI_Allreduce");
  }
}

i64 Communicator::maximum(i64 value) const {
  if (!alone()) {
    check(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD),
          "MPI_Allreduce");
  }
  return value;
}

std::string Communicator::broadcast(std::string text) const {
  if (!alone()) {
    u64 n = text.size();
    check(MPI_Bcast(&n, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD), "MPI_Bcast");
    text.resize(n);
    check(MPI_Bcast(text.data(), static_cast<int>(n), MPI_CHAR, 0, MPI_COMM_WORLD), "MPI_Bcast");
  }
  return text;
}

void Communicator::barrier() const {
  if (!alone()) {
    check(MPI_Barrier(MPI_COMM_WORLD), "MPI_Barrier");
  }
}

void Communicator::abort(int code) const {
  std::fflush(nullptr);
  if (!alone()) {
    MPI_Abort(MPI_COMM_WORLD, code);
  }
  std::_Exit(code);
}

}  // namespace throng
