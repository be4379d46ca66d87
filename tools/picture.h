// A picture of cells and points, written as PNG or SVG. The one home of cairo.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "sim/types.h"

namespace throng {

struct Color {
  u8 red = 0, green = 0, blue = 0;
  friend bool operator==(const Color&, const Color&) = default;
};

/// Colors of labels, in their order: the first one is a ground on which the others stand out
/// (Okabe and Ito 2008: told apart by the color-blind). Beyond the last one they begin again.
Color color_of_label(std::size_t label);
/// From light to dark, `share` from 0 to 1.
Color color_of_share(double share);

enum class PictureFormat : u8 { png, svg };

/// A drawing in pixels, (0, 0) at the upper left. Throws IoError where the file cannot be written.
class Picture {
 public:
  Picture(u32 width, u32 height, Color ground);
  u32 width() const { return width_; }
  u32 height() const { return height_; }
  /// A filled square, its upper left at (x, y).
  void square(double x, double y, double side, Color color);
  /// A filled disc around (x, y).
  void disc(double x, double y, double radius, Color color);
  void write(const std::string& path, PictureFormat format) const;

 private:
  struct Shape {
    double x, y, size;
    Color color;
    bool round;
  };
  u32 width_, height_;
  Color ground_;
  std::vector<Shape> shapes_;
};

/// The largest side of a picture, as cairo has it.
inline constexpr u32 largest_side = 32'767;

}  // namespace throng
