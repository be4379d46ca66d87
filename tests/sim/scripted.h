// Behaviors written inside a test: functions instead of a class, with handles the test holds.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/simulation.h"

namespace throng::test {

struct Script {
  std::string name = "test.script";
  std::string kind = "row";
  std::function<void(Binder&)> bind = [](Binder&) {};
  std::function<void(const Observe&)> observe = [](const Observe&) {};
  std::function<void(const Decide&)> decide = [](const Decide&) {};
  std::function<void(const Act&)> act = [](const Act&) {};
};

class Scripted final : public Behavior {
 public:
  explicit Scripted(Script script) : script_(std::move(script)) {}
  std::string_view name() const override { return script_.name; }
  std::string_view doc() const override { return "Written inside a test."; }
  std::string_view kind() const override { return script_.kind; }
  void bind(Binder& b) override { script_.bind(b); }
  void observe(const Observe& o) const override { script_.observe(o); }
  void decide(const Decide& d) const override { script_.decide(d); }
  void act(const Act& a) const override { script_.act(a); }

 private:
  Script script_;
};

template <class... Scripts>
std::vector<std::unique_ptr<Behavior>> behaviors(Scripts... scripts) {
  std::vector<std::unique_ptr<Behavior>> list;
  (list.push_back(std::make_unique<Scripted>(std::move(scripts))), ...);
  return list;
}

/// One rank's population of `n` rows of kind "row" and, where asked for, replicated rows "world".
inline Population rows(AgentId n, AgentId world = 0) {
  Population p;
  p.add_kind("row", Partition::blocks({0, n}, 0));
  if (world != 0) {
    p.add_kind("world", Partition::replicated(world));
  }
  return p;
}

}  // namespace throng::test
