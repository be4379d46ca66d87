// Whether files of a run are whole.
#include <cstdio>
#include <filesystem>

#include "sim/error.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/run_files.h"

namespace throng {
namespace {

namespace fs = std::filesystem;

class Verdicts {
 public:
  Examined file(const fs::path& path) {
    Examined examined = examine_apart(path);
    std::error_code error;
    if (!examined.whole() && in_run_ && !fs::exists(path, error)) {
      return examined;  // a run that is alive has removed it meanwhile
    }
    ++files_;
    if (examined.whole()) {
      std::printf("whole      %s: %s\n", printable(path.string()).c_str(),
                  in_words(examined).c_str());
    } else {
      bad(exit_code_of(examined.sort), examined.problem);
    }
    std::fflush(stdout);  // a long list is told while it grows
    return examined;
  }

  void run(const fs::path& folder) {
    const RunFiles run = files_of_run(folder);
    in_run_ = true;
    std::vector<Examined> examined;
    for (const fs::path& path : run.files) {
      examined.push_back(file(path));
    }
    in_run_ = false;
    for (const RunProblem& problem : problems_between(run, examined)) {
      bad(problem.code, problem.words);
    }
    for (const fs::path& path : run.left_over) {
      std::printf("left over  %s: is not finished (its writer is at it, or was killed)\n",
                  printable(path.string()).c_str());
    }
  }

  void bad(ExitCode code, const std::string& problem) {
    ++problems_;
    code_ = worse(code_, code);
    std::printf("%s  %s\n", code == exit_bad_input ? "not ours " : "damaged  ",
                printable(problem).c_str());
  }

  ExitCode end() const {
    std::printf("%s, %s\n", counted(files_, "file").c_str(),
                problems_ == 0 ? "all whole" : counted(problems_, "problem").c_str());
    return code_;
  }

 private:
  std::size_t files_ = 0, problems_ = 0;
  bool in_run_ = false;
  ExitCode code_ = exit_done;
};

}  // namespace

int verify_command(const std::vector<std::string>& paths) {
  Verdicts verdicts;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      verdicts.file(path);
      continue;
    }
    try {
      verdicts.run(path);
    } catch (const InputError& error_of_path) {
      verdicts.bad(exit_bad_input, error_of_path.what());
    } catch (const IoError& error_of_path) {
      verdicts.bad(exit_io, error_of_path.what());
    }
  }
  return verdicts.end();
}

}  // namespace throng
