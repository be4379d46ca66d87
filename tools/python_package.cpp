#include "tools/python_package.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include <unistd.h>

#include "sim/error.h"
#include "tools/child.h"
#include "tools/commands.h"
#include "tools/shipped.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

/// The environment that tools/setup makes beside a build, else the python3 of the PATH; before both
/// what THRONG_PYTHON names.
std::optional<fs::path> python() {
  if (const char* named = std::getenv("THRONG_PYTHON")) {
    return fs::path(named);
  }
  const fs::path own = program_path().parent_path().parent_path() / "venv/bin/python";
  return fs::exists(own) ? std::optional(own) : find_program("python3");
}

/// The package of the source tree goes before an installed one: it fits this program.
void prefer_package_of_tree() {
  const fs::path tree = program_path().parent_path() / "../../tools/python";
  if (fs::is_directory(tree)) {
    const char* before = std::getenv("PYTHONPATH");
    const std::string rest = before == nullptr ? "" : std::string(":") + before;
    setenv("PYTHONPATH", (fs::canonical(tree).string() + rest).c_str(), 1);
  }
  setenv("THRONG", program_path().c_str(), 0);
}

}  // namespace

int python_command(const std::vector<std::string>& arguments) {
  const auto found = python();
  prefer_package_of_tree();
  if (!found ||
      run_child({found->string(), "-c", "import throng, h5py, pandas, xarray"}).exit_code != 0) {
    throw AgreedError(
        exit_unanswered,
        "'throng " + arguments.front() + "' is done by the Python package throng (" +
            (found ? found->string() + " cannot import it or what it needs"
                   : std::string("there is no python3")) +
            "). Make its environment with 'tools/setup analysis', or install it with "
            "'pip install \"./tools/python[all]\"' and name that Python in THRONG_PYTHON.");
  }
  std::vector<std::string> command = {found->string(), "-m", "throng"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> words;
  for (std::string& word : command) {
    words.push_back(word.data());
  }
  words.push_back(nullptr);
  execv(words[0], words.data());
  throw IoError(command[0] + ": cannot be started (" + std::strerror(errno) +
                "). Check that it is a program.");
}

}  // namespace throng
