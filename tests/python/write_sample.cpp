// Writes the sample result, and three replicates of it, for the Python test to open.
#include <string>

#include "io/results.h"
#include "tests/io/sample_results.h"

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  throng::write_results(folder + "/results.h5", throng::sample_results());
  throng::write_results(
      folder + "/replicates.h5",
      throng::combine_replicates(
          {throng::sample_results(7), throng::sample_results(3), throng::sample_results(11)}));
}
