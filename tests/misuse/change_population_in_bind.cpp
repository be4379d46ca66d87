// Bind hands out handles; the kind itself is not for writing.
// expect: discards qualifiers|not viable.*const|marked const
#include "tests/misuse/law.h"

namespace throng {

void Lawful::bind(Binder& b) {
#ifdef THRONG_MISUSE
  b.own().values(age)[0] = 1;
#else
  served_ = static_cast<int>(b.own().rows());
#endif
}

}  // namespace throng
