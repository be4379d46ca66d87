#include "io/checks.h"

namespace throng {
std::string message(const Check& check, std::initializer_list<std::string_view> arguments) {
  std::string text;
  auto argument = arguments.begin();
  std::string_view rest = check.text;
  for (auto at = rest.find("{}"); at != std::string_view::npos; at = rest.find("{}")) {
    ensures(argument != arguments.end(), "a message has an argument for each of its places");
    text.append(rest.substr(0, at)).append(*argument++);
    rest.remove_prefix(at + 2);
  }
  ensures(argument == arguments.end(), "a message has a place for each of its arguments");
  return text.append(rest);
}

std::string entries_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " entry" : " entries");
}

void report(Mistakes& mistakes, SourcePlace place, const Check& check,
            std::initializer_list<std::string_view> arguments) {
  mistakes.add(std::move(place), std::string(check.id), message(check, arguments));
}

}  // namespace throng
