#include "scenarios/model.h"

#include <algorithm>
#include <cmath>

#include "scenarios/decisions.h"
#include "scenarios/series.h"
#include "sim/words.h"

namespace throng {
namespace {

const Figure& figure_of(const Outcome& outcome, std::string_view name) {
  const auto found = std::find_if(outcome.figures.begin(), outcome.figures.end(),
                                  [&](const Figure& f) { return f.name == name; });
  ensures(found != outcome.figures.end(), "a figure that is asked for was given");
  return *found;
}

std::string words_of(const Figure& f) {
  switch (f.type) {
    case Figure::Type::text:
      return f.text.empty() ? "-" : f.text;
    case Figure::Type::count:
      return std::isnan(f.value) ? "-" : grouped(static_cast<i64>(std::llround(f.value)));
    case Figure::Type::number:
      return number_or_dash("%.4g", f.value);
  }
  return {};
}

/// "cells_alive" -> "cells alive"
std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

}  // namespace

double Outcome::value(std::string_view name) const { return figure_of(*this, name).value; }
std::string_view Outcome::text(std::string_view name) const { return figure_of(*this, name).text; }

std::optional<Extent> Model::extent_of(const Population& population, const Kind& kind) const {
  for (const auto& grid : population.grids()) {
    if (grid->cells == &kind) {
      const Lattice& l = grid->lattice;
      return Extent{
          .shape = Extent::Shape::grid,
          .width = static_cast<double>(l.width),
          .height = static_cast<double>(l.height),
          .torus = l.torus,
          .neighborhood = l.neighborhood == Neighborhood::moore ? "moore" : "von_neumann"};
    }
  }
  for (const auto& plane : population.planes()) {
    for (const auto& placed : plane->placed) {
      if (placed.kind == &kind) {
        return Extent{.shape = Extent::Shape::plane,
                      .width = plane->space.width,
                      .height = plane->space.height,
                      .torus = plane->space.torus,
                      .x_column = std::string(placed.x),
                      .y_column = std::string(placed.y)};
      }
    }
  }
  return std::nullopt;
}

std::string Model::progress() const {
  std::string text;
  for (const Figure& f : recorded().first_series()) {
    text += "  " + spaced(f.name) + " " +
            (f.type == Figure::Type::count ? short_count(static_cast<i64>(f.value)) : words_of(f));
  }
  return text;
}

void Model::explain_failure(const std::string& folder) const {
  if (const auto all = decisions(); !all.empty()) {
    all.front()->write_ledger(folder, std::span(all).subspan(1));
  }
}

std::vector<Figure> Model::figures() const { return recorded().last(); }

std::vector<Curve> Model::curves() const { return recorded().curves(); }

std::string Model::summary(const Outcome& outcome) const {
  std::string text;
  for (const Figure& f : outcome.figures) {
    text += formatted("%-20s ", spaced(f.name).c_str()) + words_of(f) + "\n";
  }
  return text;
}

std::string Model::spread(std::span<const Outcome> outcomes) const {
  std::string text;
  for (std::size_t k = 0; k < outcomes.front().figures.size(); ++k) {
    const auto [low, high] = std::minmax_element(
        outcomes.begin(), outcomes.end(),
        [&](const auto& a, const auto& b) { return a.figures[k].value < b.figures[k].value; });
    if (low->figures[k].headline) {
      text += formatted("  %-18s from ", spaced(low->figures[k].name).c_str()) +
              words_of(low->figures[k]) + " to " + words_of(high->figures[k]) + "\n";
    }
  }
  return text;
}

std::string Model::in_brief(const Outcome& outcome) const {
  std::string text;
  for (const Figure& f : outcome.figures) {
    if (f.headline) {
      text += (text.empty() ? "" : ", ") + spaced(f.name) + " " + words_of(f);
    }
  }
  return text;
}

}  // namespace throng
