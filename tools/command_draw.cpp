// A picture of a snapshot: cells of a grid, points of a plane.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>

#include "io/results.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/picture.h"
#include "tools/run_files.h"

namespace throng {
namespace {

std::string listed(const auto& all) {
  std::string text;
  for (const auto& one : all) {
    text += text.empty() ? "" : ", ";
    if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(one)>>) {
      text += std::to_string(one);
    } else {
      text += one;
    }
  }
  return text.empty() ? "none" : text;
}

PictureFormat format_of(const std::string& file) {
  const std::string ending = std::filesystem::path(file).extension().string();
  if (ending != ".png" && ending != ".svg") {
    throw InputError(file +
                     ": is neither .png nor .svg (a picture is drawn as one of these). "
                     "Name it so.");
  }
  return ending == ".png" ? PictureFormat::png : PictureFormat::svg;
}

/// What is drawn: rows of kinds that are somewhere, as they were at a step.
class Drawing {
 public:
  explicit Drawing(const DrawArguments& a) : a_(a), results_(results_at(a.run)) {
    find_replicate();
    find_kinds();
    for (const Layer& layer : layers_) {
      find_step(layer.kind);
    }
    if (layers_.size() == 1) {
      find_column(layers_[0]);
    } else if (!a_.column.empty() || a_.distinct) {
      refuse(
          "a column was asked for and several kinds (each has a color of its own there, and "
          "columns "
          "of its own). Draw one kind, or leave the column out.");
    }
  }

  Picture picture() const {
    return layers_[0].space.shape == Extent::Shape::grid ? grid() : plane();
  }

 private:
  struct Layer {
    std::string kind;
    Extent space;
    TableColumn column = {};
  };

  [[noreturn]] void refuse(const std::string& problem) const {
    throw InputError(results_.path() + ": " + problem);
  }

  void find_replicate() {
    const std::size_t seeds = results_.replicate_seeds().size();
    if (a_.replicate >= std::max<std::size_t>(1, seeds)) {
      refuse("there is no replicate " + std::to_string(a_.replicate) + " (the run has " +
             std::to_string(std::max<std::size_t>(1, seeds)) +
             ", counted from 0). Give one of them.");
    }
    if (seeds > 0) {
      replicate_ = a_.replicate;
    }
  }

  /// Where rows of a kind are: where its space says, or the columns that were named.
  std::optional<Extent> space_of(const std::string& kind) const {
    if (a_.x.empty()) {
      return results_.space(kind, replicate_);
    }
    find_step(kind);
    const auto known = results_.agent_column_names(kind, a_.step, replicate_);
    const auto has = [&](const std::string& name) {
      return std::find(known.begin(), known.end(), name) != known.end();
    };
    if (!has(a_.x) || !has(a_.y)) {
      return std::nullopt;
    }
    return Extent{.shape = Extent::Shape::plane, .x_column = a_.x, .y_column = a_.y};
  }

  void find_kinds() {
    const auto kinds = results_.agent_kinds();
    if (kinds.empty()) {
      refuse(
          "it holds no snapshots (the scenario asked for none). Run it again with "
          "output.snapshot_steps = [" +
          std::to_string(a_.step) + "].");
    }
    const std::string nowhere =
        a_.x.empty() ? " (only cells of a grid and points of a plane can be drawn; it has " +
                           listed(kinds) + "). Draw the run of a model in space."
                     : " (no column of it is called '" + a_.x + "', or none '" + a_.y +
                           "'; it has " + listed(kinds) + "). Name two columns of one kind.";
    for (const std::string& kind : a_.kinds.empty() ? kinds : a_.kinds) {
      const auto space = space_of(kind);
      if (space) {
        layers_.push_back({kind, *space});
      } else if (!a_.kinds.empty()) {
        refuse("'" + kind + "' is nowhere" + nowhere);
      }
      if (space && a_.kinds.empty()) {
        break;
      }
    }
    if (layers_.empty()) {
      refuse("nothing in it is anywhere" + nowhere);
    }
    for (const Layer& layer : layers_) {
      if (layers_.size() > 1 && layer.space.shape == Extent::Shape::grid) {
        refuse("'" + layer.kind +
               "' are the cells of a grid (they cover what is drawn below them). Draw them alone.");
      }
    }
  }

  void find_step(const std::string& kind) const {
    const auto steps = results_.snapshot_steps(kind, replicate_);
    if (!std::binary_search(steps.begin(), steps.end(), a_.step)) {
      refuse("there is no snapshot of step " + std::to_string(a_.step) +
             " (there are: " + listed(steps) +
             "). Give one of these, or run again with it in "
             "output.snapshot_steps.");
    }
  }

  /// The one asked for, or the first with labels, or the first that is no coordinate and no id.
  void find_column(Layer& layer) const {
    std::string name = a_.column;
    if (name.empty()) {
      for (const auto& known : results_.agent_column_names(layer.kind, a_.step, replicate_)) {
        if (known == layer.space.x_column || known == layer.space.y_column) {
          continue;
        }
        TableColumn column = results_.agent_column(layer.kind, known, a_.step, replicate_);
        if (column.unit == "id") {
          continue;
        }
        name = name.empty() ? known : name;
        if (!column.labels.empty()) {
          layer.column = std::move(column);
          return;
        }
      }
    }
    if (!name.empty()) {
      layer.column = results_.agent_column(layer.kind, name, a_.step, replicate_);
    }
  }

  std::vector<double> numbers(const TableColumn& column) const {
    return std::visit(
        [&]<class T>(const std::vector<T>& values) {
          if constexpr (std::is_same_v<T, std::string>) {
            refuse("column '" + column.name +
                   "' holds texts (numbers and labels have colors). Choose another.");
            return std::vector<double>{};
          } else {
            std::vector<double> all;
            for (const T v : values) {
              all.push_back(static_cast<double>(v));
            }
            return all;
          }
        },
        column.values);
  }

  /// One for each row; one for all of a layer without a column. Numbers go from light, the least,
  /// to dark, the largest; what is no number has the color of the ground.
  /// `first`: the color of the first label, that of the ground where rows cover it; `lightest`: the
  /// share that the least number has.
  std::vector<Color> colors(const TableColumn& column, std::size_t first, double lightest) const {
    if (a_.distinct) {
      return distinct_colors(column, first);
    }
    const std::vector<double> values = numbers(column);
    std::vector<Color> all;
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (const double v : values) {
      least = std::isfinite(v) ? std::min(least, v) : least;
      most = std::isfinite(v) ? std::max(most, v) : most;
    }
    const auto share = [&](double v) {
      return most > least ? lightest + (1 - lightest) * (v - least) / (most - least) : 0.5;
    };
    for (const double v : values) {
      all.push_back(!column.labels.empty() ? color_of_label(first + static_cast<std::size_t>(v))
                    : !std::isfinite(v)    ? color_of_label(0)
                                           : color_of_share(share(v)));
    }
    return all;
  }

  /// The more rows have a value, the earlier its color; of equally many the smaller one.
  static std::vector<Color> distinct_colors(const TableColumn& column, std::size_t first) {
    return std::visit(
        [&](const auto& values) {
          std::map<std::remove_cvref_t<decltype(values[0])>, std::size_t> rows_with;
          for (const auto& v : values) {
            ++rows_with[v];
          }
          std::vector<std::pair<std::size_t, decltype(rows_with.begin())>> order;
          for (auto at = rows_with.begin(); at != rows_with.end(); ++at) {
            order.emplace_back(at->second, at);
          }
          std::stable_sort(order.begin(), order.end(),
                           [](const auto& a, const auto& b) { return a.first > b.first; });
          for (std::size_t k = 0; k < order.size(); ++k) {
            order[k].second->second = first + k;
          }
          std::vector<Color> all;
          for (const auto& v : values) {
            all.push_back(color_of_label(rows_with.at(v)));
          }
          return all;
        },
        column.values);
  }

  Picture grid() const {
    const Layer& cells = layers_[0];
    const auto width = static_cast<u32>(cells.space.width),
               height = static_cast<u32>(cells.space.height);
    const u32 longer = std::max(width, height);
    if (longer > largest_side) {
      refuse("its grid is " + std::to_string(width) + " x " + std::to_string(height) +
             " (a picture has sides of at most " + std::to_string(largest_side) +
             " pixels). Draw a smaller world.");
    }
    const u32 side = std::max(1u, a_.size / longer);
    const Color ground = color_of_label(0);
    Picture picture(width * side, height * side, ground);
    const std::vector<Color> color = colors(cells.column, 0, 0);
    for (u32 cell = 0; cell < color.size(); ++cell) {
      if (color[cell] != ground) {
        picture.square(cell % width * side, cell / width * side, side, color[cell]);
      }
    }
    return picture;
  }

  struct Points {
    std::vector<double> x, y;
  };
  struct Frame {
    double west = 0, south = 0, width = 1, height = 1;
  };

  /// The space, or what the points of named columns need.
  Frame frame_of(const std::vector<Points>& all) const {
    if (a_.x.empty()) {
      return {.width = layers_[0].space.width, .height = layers_[0].space.height};
    }
    double west = HUGE_VAL, east = -HUGE_VAL, south = HUGE_VAL, north = -HUGE_VAL;
    for (const Points& points : all) {
      for (std::size_t k = 0; k < points.x.size(); ++k) {
        west = std::min(west, points.x[k]), east = std::max(east, points.x[k]);
        south = std::min(south, points.y[k]), north = std::max(north, points.y[k]);
      }
    }
    if (!std::isfinite(west + east + south + north)) {
      return {};  // nobody is anywhere
    }
    const double longer = std::max(east - west, north - south);
    const double margin = longer > 0 ? longer / 20 : 1;
    // Not narrower than cairo can draw.
    const double width = std::max(east - west, longer / 4) + 2 * margin,
                 height = std::max(north - south, longer / 4) + 2 * margin;
    return {.west = (west + east - width) / 2,
            .south = (south + north - height) / 2,
            .width = width,
            .height = height};
  }

  Picture plane() const {
    std::vector<Points> all;
    for (const Layer& layer : layers_) {
      const auto values = [&](const std::string& name) {
        return numbers(results_.agent_column(layer.kind, name, a_.step, replicate_));
      };
      all.push_back({values(layer.space.x_column), values(layer.space.y_column)});
    }
    const Frame frame = frame_of(all);
    const double scale = a_.size / std::max(frame.width, frame.height);
    const auto pixels = [&](double length) {
      return std::max(1u, static_cast<u32>(std::lround(length * scale)));
    };
    Picture picture(pixels(frame.width), pixels(frame.height), Color{255, 255, 255});
    for (std::size_t layer = 0; layer < all.size(); ++layer) {
      const Points& points = all[layer];
      const std::vector<Color> color = colors(layers_[layer].column, 1, 0.25);
      // Points shrink where there are many, and stay visible.
      const double shrunk =
          std::clamp(a_.size / 4 / std::sqrt(static_cast<double>(points.x.size()) + 1), 1.0, 5.0);
      const double radius = a_.radius.value_or(shrunk);
      for (std::size_t k = 0; k < points.x.size(); ++k) {
        picture.disc((points.x[k] - frame.west) * scale,
                     (frame.south + frame.height - points.y[k]) * scale, radius,
                     k < color.size() ? color[k] : color_of_label(1 + layer));
      }
    }
    return picture;
  }

  const DrawArguments& a_;
  ResultsReader results_;
  std::optional<u32> replicate_;
  std::vector<Layer> layers_;
};

}  // namespace

int draw_command(const DrawArguments& a) {
  const PictureFormat format = format_of(a.file);
  Drawing(a).picture().write(a.file, format);
  return exit_done;
}

}  // namespace throng
