// What every rank does by itself and may fail on some: all of them go on, or all throw.
#pragma once
#include <exception>
#include <string>
#include <vector>

#include "sim/communicator.h"

namespace throng {

/// f() on every rank. Where it throws an E on some, all throw: a rank on which it did not, an E in
/// the words of the first on which it did. Collective.
template <class E, class F>
void together(const Communicator& world, F&& f) {
  std::exception_ptr mine;
  std::string words;
  try {
    f();
  } catch (const E& error) {
    mine = std::current_exception();
    words =
        world.alone() ? error.what() : "rank " + std::to_string(world.rank()) + ": " + error.what();
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
  throw E(words);
}

}  // namespace throng
