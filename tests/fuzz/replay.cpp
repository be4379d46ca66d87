// In builds without libFuzzer: gives every file named, or in a folder named, to the target.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "io/publish.h"
#include "tests/fuzz/fuzz.h"

namespace fs = std::filesystem;

int main(int argc, char** argv) {
  std::vector<fs::path> files;
  for (int k = 1; k < argc; ++k) {
    if (!fs::is_directory(argv[k])) {
      files.emplace_back(argv[k]);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(argv[k])) {
      if (entry.is_regular_file()) {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    const std::string text = throng::read_file(file.string());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  if (files.empty()) {
    std::fprintf(stderr, "%s: no input (name files or folders).\n", argv[0]);
    return 2;
  }
  return 0;
}
