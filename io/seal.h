// A digest at the end of an HDF5 file. The library can crash on a damaged file (its heap of texts
// is trusted), so ours are checked before it opens them. Bytes past the library's own end mean
// nothing to it: sealed files open everywhere. It guards against damage, not against malice.
#pragma once
#include <string>

namespace throng {

/// Appends the seal: the size and SHA-256 of what is there. In messages the file is called `named`.
/// Throws IoError.
void seal_file(const std::string& path, const std::string& named);
/// Throws IoError when the file is absent, cut, changed, or was never sealed.
void check_seal(const std::string& path);

}  // namespace throng
