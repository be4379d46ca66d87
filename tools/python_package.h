// Commands that the Python package throng does.
#pragma once
#include <string>
#include <vector>

namespace throng {

/// Becomes `python3 -m throng ARGUMENTS` and does not return. Throws AgreedError (exit code 69)
/// where there is no Python that has the package, IoError where it cannot be started.
int python_command(const std::vector<std::string>& arguments);

}  // namespace throng
