// A picture of a snapshot: cells of a grid, points of a plane.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "io/results.h"
#include "sim/words.h"
#include "tools/commands.h"
#include "tools/picture.h"

namespace throng {
namespace {

constexpr double usual_side = 640;  // pixels, of the longer side

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

/// What is drawn: rows of a kind that are somewhere, as they were at a step.
class Drawing {
 public:
  explicit Drawing(const DrawArguments& a)
      : a_(a), results_((std::filesystem::path(a.run) / "results.h5").string()) {
    find_replicate();
    find_kind();
    find_step();
    find_column();
  }

  Picture picture() const { return space_->shape == Extent::Shape::grid ? grid() : plane(); }

 private:
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

  void find_kind() {
    const auto kinds = results_.agent_kinds();
    if (kinds.empty()) {
      refuse(
          "it holds no snapshots (the scenario asked for none). Run it again with "
          "output.snapshot_steps = [" +
          std::to_string(a_.step) + "].");
    }
    for (const std::string& kind : a_.kind.empty() ? kinds : std::vector{a_.kind}) {
      space_ = results_.space(kind, replicate_);
      kind_ = kind;
      if (space_) {
        return;
      }
    }
    refuse((a_.kind.empty() ? "nothing in it is anywhere" : "'" + kind_ + "' is nowhere") +
           " (only cells of a grid and points of a plane can be drawn; it has " + listed(kinds) +
           "). Draw the run of a model in space.");
  }

  void find_step() const {
    const auto steps = results_.snapshot_steps(kind_, replicate_);
    if (!std::binary_search(steps.begin(), steps.end(), a_.step)) {
      refuse("there is no snapshot of step " + std::to_string(a_.step) +
             " (there are: " + listed(steps) +
             "). Give one of these, or run again with it in "
             "output.snapshot_steps.");
    }
  }

  /// The one asked for, or the first with labels, or the first that is no coordinate and no id.
  void find_column() {
    std::string name = a_.column;
    if (name.empty()) {
      for (const auto& known : results_.agent_column_names(kind_, a_.step, replicate_)) {
        if (known == space_->x_column || known == space_->y_column) {
          continue;
        }
        TableColumn column = results_.agent_column(kind_, known, a_.step, replicate_);
        if (column.unit == "id") {
          continue;
        }
        name = name.empty() ? known : name;
        if (!column.labels.empty()) {
          column_ = std::move(column);
          return;
        }
      }
    }
    if (!name.empty()) {
      column_ = results_.agent_column(kind_, name, a_.step, replicate_);
    }
  }

  static std::vector<double> numbers(const TableColumn& column) {
    return std::visit(
        [](const auto& values) {
          std::vector<double> all;
          for (const auto v : values) {
            all.push_back(static_cast<double>(v));
          }
          return all;
        },
        column.values);
  }

  /// One for each row. Numbers go from light, the least, to dark, the largest; what is no number
  /// has the color of the ground.
  /// `first`: the color of the first label, that of the ground where rows cover it.
  std::vector<Color> colors(std::size_t first) const {
    const std::vector<double> values = numbers(column_);
    std::vector<Color> all;
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (const double v : values) {
      least = std::isfinite(v) ? std::min(least, v) : least;
      most = std::isfinite(v) ? std::max(most, v) : most;
    }
    for (const double v : values) {
      all.push_back(!column_.labels.empty() ? color_of_label(first + static_cast<std::size_t>(v))
                    : !std::isfinite(v)     ? color_of_label(0)
                    : most > least          ? color_of_share((v - least) / (most - least))
                                            : color_of_share(0.5));
    }
    return all;
  }

  Picture grid() const {
    const auto width = static_cast<u32>(space_->width), height = static_cast<u32>(space_->height);
    const u32 longer = std::max(width, height);
    if (longer > largest_side) {
      refuse("its grid is " + std::to_string(width) + " x " + std::to_string(height) +
             " (a picture has sides of at most " + std::to_string(largest_side) +
             " pixels). Draw a smaller world.");
    }
    const u32 side = std::max(1u, static_cast<u32>(usual_side) / longer);
    const Color ground = color_of_label(0);
    Picture picture(width * side, height * side, ground);
    const std::vector<Color> color = colors(0);
    for (u32 cell = 0; cell < color.size(); ++cell) {
      if (color[cell] != ground) {
        picture.square(cell % width * side, cell / width * side, side, color[cell]);
      }
    }
    return picture;
  }

  Picture plane() const {
    const double scale = usual_side / std::max(space_->width, space_->height);
    const auto pixels = [&](double length) {
      return std::max(1u, static_cast<u32>(std::lround(length * scale)));
    };
    Picture picture(pixels(space_->width), pixels(space_->height), Color{255, 255, 255});
    const auto x = numbers(results_.agent_column(kind_, space_->x_column, a_.step, replicate_));
    const auto y = numbers(results_.agent_column(kind_, space_->y_column, a_.step, replicate_));
    const std::vector<Color> color = colors(1);
    // Points shrink where there are many, and stay visible.
    const double radius =
        std::clamp(usual_side / 4 / std::sqrt(static_cast<double>(x.size()) + 1), 1.0, 5.0);
    for (std::size_t k = 0; k < x.size(); ++k) {
      picture.disc(x[k] * scale, (space_->height - y[k]) * scale, radius,
                   k < color.size() ? color[k] : color_of_label(1));
    }
    return picture;
  }

  const DrawArguments& a_;
  ResultsReader results_;
  std::optional<u32> replicate_;
  std::string kind_;
  std::optional<Extent> space_;
  TableColumn column_;
};

}  // namespace

int draw_command(const DrawArguments& a) {
  const PictureFormat format = format_of(a.file);
  if (!std::filesystem::exists(std::filesystem::path(a.run) / "results.h5")) {
    throw InputError(a.run +
                     ": this is not the directory of a run that ended (it holds no results.h5). "
                     "Give what you gave to --out.");
  }
  Drawing(a).picture().write(a.file, format);
  return exit_done;
}

}  // namespace throng
