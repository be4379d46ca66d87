// Permission to write comes from b.writes() alone, where two writers are noticed.
// expect: no match for .operator=|no viable overloaded
#include "tests/misuse/law.h"

namespace throng {

void Lawful::bind(Binder& b) {
#ifdef THRONG_MISUSE
  writes_stage_ = b.reads(stage);
#else
  writes_stage_ = b.writes(stage);
#endif
}

}  // namespace throng
