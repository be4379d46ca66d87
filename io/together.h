// What every rank does by itself and may fail on some: all of them go on, or all throw.
#pragma once
#include <exception>
#include <string>
#include <vector>

#include "sim/communicator.h"
#include "sim/error.h"

namespace throng {

/// f() on every rank. Where it throws an InputError or an IoError on some, all throw: a rank on
/// which it did not, the same in the words of the first on which it did. Collective.
template <class F>
void together(const Communicator& world, F&& f) {
  enum Failure : char { input = 'i', io = 'o' };
  std::exception_ptr mine;
  std::string words;
  const auto failed = [&](Failure failure, const std::exception& error) {
    mine = std::current_exception();
    words = std::string(1, failure);
    words += world.alone() ? "" : "rank " + std::to_string(world.rank()) + ": ";
    words += error.what();
  };
  try {
    f();
  } catch (const InputError& error) {
    failed(input, error);
  } catch (const IoError& error) {
    failed(io, error);
  }
  const int first =
      world.size() - static_cast<int>(world.maximum(mine ? world.size() - world.rank() : 0));
  if (first == world.size()) {
    return;
  }
  if (first != world.rank()) {
    words.clear();
  }
  const std::vector<char> told = world.gather(std::vector<char>(words.begin(), words.end()));
  words = world.broadcast(std::string(told.begin(), told.end()));
  if (mine) {
    std::rethrow_exception(mine);
  }
  if (words[0] == input) {
    throw InputError(words.substr(1));
  }
  throw IoError(words.substr(1));
}

}  // namespace throng
