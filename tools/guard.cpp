// How a command ends: what one rank or all ran into becomes a message and an exit code.
#include <cstdio>
#include <new>

#include "io/run_directory.h"
#include "sim/error.h"
#include "tools/commands.h"

namespace throng {

void on_root(const Communicator& world, const std::function<void()>& action) {
  // The first character tells the code, the rest what happened; empty: all is well.
  std::string failure;
  if (world.rank() == 0) {
    const auto failed = [&](ExitCode code, const char* what) {
      failure = static_cast<char>(code) + std::string(what);
    };
    try {
      action();
    } catch (const InputError& e) {
      failed(exit_bad_input, e.what());
    } catch (const CannotCreate& e) {
      failed(exit_cannot_create, e.what());
    } catch (const IoError& e) {
      failed(exit_io, e.what());
    } catch (const std::exception& e) {
      failed(exit_model_error, e.what());
    }
  }
  failure = world.broadcast(std::move(failure));
  if (!failure.empty()) {
    throw AgreedError(static_cast<ExitCode>(failure[0]), failure.substr(1));
  }
}

int guarded(const Communicator& world, const std::function<int()>& command) {
  try {
    return command();
  } catch (const InputError& e) {
    if (world.rank() == 0) {
      const std::size_t n = e.messages().size();
      std::fprintf(stderr, "throng: %zu mistake%s in the input\n%s\n", n, n == 1 ? "" : "s",
                   e.what());
    }
    return exit_bad_input;
  } catch (const AgreedError& e) {
    if (world.rank() == 0) {
      std::fprintf(stderr, "throng: %s\n", e.what());
    }
    return e.code();
  } catch (const LoneError& e) {
    std::fprintf(stderr, "throng: rank %d: %s\n", world.rank(), e.what());
    world.abort(e.code());
  } catch (const IoError& e) {
    if (world.alone()) {
      std::fprintf(stderr, "throng: %s\n", e.what());
      return dynamic_cast<const CannotCreate*>(&e) != nullptr ? exit_cannot_create : exit_io;
    }
    std::fprintf(stderr, "throng: rank %d: %s\n", world.rank(), e.what());
    world.abort(exit_io);
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr,
                 "throng: rank %d: out of memory (the population does not fit). Use more ranks, or "
                 "a smaller "
                 "population.scale.\n",
                 world.rank());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "throng: rank %d: %s\n", world.rank(), e.what());
  }
  if (!world.alone()) {
    world.abort(exit_model_error);
  }
  return exit_model_error;
}

}  // namespace throng
