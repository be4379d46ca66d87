#include "tools/picture.h"

#include <algorithm>
#include <array>
#include <memory>
#include <numbers>

#include <cairo-svg.h>
#include <cairo.h>

#include "io/publish.h"
#include "sim/error.h"

namespace throng {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

void check(cairo_status_t status, const std::string& path) {
  if (status != CAIRO_STATUS_SUCCESS) {
    throw IoError(path + ": cannot be drawn (" + cairo_status_to_string(status) +
                  "). Draw a smaller world.");
  }
}

/// What cairo writes, into a text: files are written by us, who know the system's words for
/// failures.
cairo_status_t append(void* text, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

void fill(cairo_t* context, Color c) {
  cairo_set_source_rgb(context, c.red / 255.0, c.green / 255.0, c.blue / 255.0);
  cairo_fill(context);
}

}  // namespace

Color color_of_label(std::size_t label) {
  static constexpr std::array<Color, 9> colors = {{{240, 240, 240},
                                                   {0, 0, 0},
                                                   {230, 159, 0},
                                                   {86, 180, 233},
                                                   {0, 158, 115},
                                                   {213, 94, 0},
                                                   {0, 114, 178},
                                                   {204, 121, 167},
                                                   {240, 228, 66}}};
  return colors[label < colors.size() ? label : 1 + (label - 1) % (colors.size() - 1)];
}

Color color_of_share(double share) {
  const auto between = [&](double light, double dark) {
    return static_cast<u8>(light + std::clamp(share, 0.0, 1.0) * (dark - light) + 0.5);
  };
  return {between(247, 8), between(251, 48), between(255, 107)};
}

Picture::Picture(u32 width, u32 height, Color ground)
    : width_(width), height_(height), ground_(ground) {
  ensures(width >= 1 && width <= largest_side && height >= 1 && height <= largest_side,
          "a picture has sides that cairo can draw");
}

void Picture::square(double x, double y, double side, Color color) {
  shapes_.push_back({x, y, side, color, false});
}

void Picture::disc(double x, double y, double radius, Color color) {
  shapes_.push_back({x, y, radius, color, true});
}

void Picture::write(const std::string& path, PictureFormat format) const {
  std::string text;
  const bool png = format == PictureFormat::png;
  Surface surface(png ? cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width_),
                                                   static_cast<int>(height_))
                      : cairo_svg_surface_create_for_stream(append, &text, width_, height_),
                  cairo_surface_destroy);
  check(cairo_surface_status(surface.get()), path);
  if (!png) {
    cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PX);
  }
  {
    const Context context(cairo_create(surface.get()), cairo_destroy);
    cairo_t* c = context.get();
    cairo_rectangle(c, 0, 0, width_, height_);
    fill(c, ground_);
    for (const Shape& s : shapes_) {
      if (s.round) {
        cairo_arc(c, s.x, s.y, s.size, 0, 2 * std::numbers::pi);
      } else {
        cairo_rectangle(c, s.x, s.y, s.size, s.size);
      }
      fill(c, s.color);
    }
    check(cairo_status(c), path);
  }
  if (png) {
    check(cairo_surface_write_to_png_stream(surface.get(), append, &text), path);
  } else {
    cairo_surface_finish(surface.get());
    check(cairo_surface_status(surface.get()), path);
  }
  replace_file(path, text);
}

}  // namespace throng
