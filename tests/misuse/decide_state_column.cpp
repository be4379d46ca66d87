// A state is no decision: it is written by b.writes() in act.
// expect: no matching (member )?function
#include "tests/misuse/law.h"

namespace throng {

void Lawful::bind(Binder& b) {
#ifdef THRONG_MISUSE
  wish_ = b.decides(stage);
#else
  writes_stage_ = b.writes(stage);
#endif
}

}  // namespace throng
