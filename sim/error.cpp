#include "sim/error.h"

#include <utility>

namespace throng {
namespace {
std::string joined(const std::vector<std::string>& messages) {
  std::string all;
  for (const auto& m : messages) {
    all += (all.empty() ? "" : "\n") + m;
  }
  return all;
}
}  // namespace

InputError::InputError(std::string message)
    : std::runtime_error(message), messages_{std::move(message)} {}

InputError::InputError(std::vector<std::string> messages)
    : std::runtime_error(joined(messages)), messages_(std::move(messages)) {}

void broken_contract(const char* what, CodeLine where) {
  throw ContractError(std::string(where.file) + ":" + std::to_string(where.line) + ": " + what +
                      " (a contract of the engine is broken). Please report this.");
}

}  // namespace throng
