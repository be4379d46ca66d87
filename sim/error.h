// The two kinds of error the engine tells apart: the user's mistake and our own.
// A message reads: <place>: <problem> (<why it is one>). <what to do>
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace throng {

/// A mistake in something the user wrote. All mistakes of an input are collected and reported at
/// once.
class InputError : public std::runtime_error {
 public:
  explicit InputError(std::string message);
  explicit InputError(std::vector<std::string> messages);
  /// One entry per mistake, in the order of the input.
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  std::vector<std::string> messages_;
};

/// A broken contract of the engine's own: a bug, not a mistake of the user.
class ContractError : public std::logic_error {
  using std::logic_error::logic_error;
};

/// The machine refused: disk, permissions, MPI. Carries the path and the library's own words.
class IoError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Where a contract stands in the source. Not std::source_location, which clang 14 lacks.
struct CodeLine {
  const char* file;
  int line;
  static constexpr CodeLine here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

[[noreturn]] void broken_contract(const char* what, CodeLine where);

/// Checked in every build: cheap, outside inner loops.
inline void ensures(bool condition, const char* what, CodeLine where = CodeLine::here()) {
  if (!condition) [[unlikely]] {
    broken_contract(what, where);
  }
}

/// Checked in every build but `release`: free to stand in inner loops.
inline void expects([[maybe_unused]] bool condition, [[maybe_unused]] const char* what,
                    [[maybe_unused]] CodeLine where = CodeLine::here()) {
#ifdef THRONG_CHECKED
  if (!condition) [[unlikely]] {
    broken_contract(what, where);
  }
#endif
}

}  // namespace throng
