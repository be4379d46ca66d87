// THRONG_SANITIZED: compiled with AddressSanitizer or ThreadSanitizer, which map the whole machine,
// so that addresses cannot be limited.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // GCC
#define THRONG_SANITIZED
#elif defined(__has_feature)  // clang
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define THRONG_SANITIZED
#endif
#endif
