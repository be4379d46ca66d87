// The main of test programs that run on several ranks: ctest starts mpirun, this starts MPI.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "sim/communicator.h"

int main(int argc, char** argv) {
  const throng::MpiSession mpi(&argc, &argv);
  const int failed = Catch::Session().run(argc, argv);
  // mpirun fails when any rank does.
  return failed;
}
