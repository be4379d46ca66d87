// A decision is no state: it is written by b.decides() in decide.
// expect: no matching (member )?function
#include "tests/misuse/law.h"

namespace throng {

void Lawful::bind(Binder& b) {
#ifdef THRONG_MISUSE
  writes_stage_ = b.writes(wish);
#else
  wish_ = b.decides(wish);
#endif
}

}  // namespace throng
