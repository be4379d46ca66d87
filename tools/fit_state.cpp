#include "tools/fit_state.h"

#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "io/json_text.h"
#include "io/publish.h"
#include "sim/error.h"

namespace throng {
namespace {

using Eigen::Index;
using Json = nlohmann::ordered_json;

bool is_list(const Json& value, Index size) {
  return value.is_array() && static_cast<Index>(value.size()) == size;
}

bool is_number(const Json& value) {
  return value.is_number() && std::isfinite(value.get<double>());
}

/// Nothing where it is no step of a fit of so many.
std::optional<FitStep> step_in(const Json& told, Index parameters, Index members) {
  if (!told.is_object() || !told.contains("failed") || !told.contains("ensemble")) {
    return std::nullopt;
  }
  for (const char* const name : {"so_far", "length", "mean_misfit"}) {
    if (!told.contains(name) || !is_number(told[name])) {
      return std::nullopt;
    }
  }
  const auto failed = whole_number<Index>(told["failed"]);
  const Json& ensemble = told["ensemble"];
  if (!failed || !is_list(ensemble, members)) {
    return std::nullopt;
  }
  FitStep step{.ensemble = Eigen::MatrixXd(parameters, members),
               .so_far = told["so_far"].get<double>(),
               .length = told["length"].get<double>(),
               .mean_misfit = told["mean_misfit"].get<double>(),
               .failed = *failed};
  for (Index j = 0; j < members; ++j) {
    const Json& member = ensemble[static_cast<std::size_t>(j)];
    if (!is_list(member, parameters)) {
      return std::nullopt;
    }
    for (Index i = 0; i < parameters; ++i) {
      const Json& place = member[static_cast<std::size_t>(i)];
      if (!is_number(place)) {
        return std::nullopt;
      }
      step.ensemble(i, j) = place.get<double>();
    }
  }
  return step;
}

}  // namespace

std::string fit_state_text(const std::vector<FitStep>& steps) {
  Json all = Json::array();
  for (const FitStep& step : steps) {
    Json members = Json::array();
    for (Index j = 0; j < step.ensemble.cols(); ++j) {
      const Eigen::VectorXd member = step.ensemble.col(j);
      members.push_back(std::vector<double>(member.data(), member.data() + member.size()));
    }
    all.push_back({{"so_far", step.so_far},
                   {"length", step.length},
                   {"mean_misfit", step.mean_misfit},
                   {"failed", step.failed},
                   {"ensemble", members}});
  }
  Json told = Json::object();
  told["steps"] = std::move(all);
  return told.dump() + "\n";
}

std::vector<FitStep> read_fit_state(const std::string& file, Index parameters, Index members) {
  const Json told = parse_json(read_file(file));
  std::vector<FitStep> steps;
  if (told.is_object() && told.contains("steps") && told["steps"].is_array()) {
    for (const Json& one : told["steps"]) {
      if (auto step = step_in(one, parameters, members)) {
        steps.push_back(std::move(*step));
      } else {
        steps.clear();
        break;
      }
    }
  }
  if (steps.empty()) {
    throw IoError(file +
                  ": does not say how far the fit is (it is damaged). Remove it: the fit "
                  "begins anew, and takes the runs that are there.");
  }
  return steps;
}

}  // namespace throng
