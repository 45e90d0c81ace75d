/* Linked into everything that is built for the thread sanitizer. The part of Swift's Mutex that waits lies in a library of
   the toolchain that is built without the sanitizer, so that a lock that one thread had to wait for would seem to be none,
   and what it protects a race. These two functions stand in front of that part and tell. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT void lock_slow(uint32_t thread, SELF void *handle);
typedef SWIFT void unlock_slow(SELF void *handle);

SWIFT void told_lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK);
SWIFT void told_unlock_slow(SELF void *handle) __asm__(UNLOCK);

/* A toolchain that names them otherwise has to be noticed, not passed over. */
static void *next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

SWIFT void told_lock_slow(uint32_t thread, SELF void *handle) {
    ((lock_slow *)next(LOCK))(thread, handle);
    __tsan_acquire(handle);
}

SWIFT void told_unlock_slow(SELF void *handle) {
    __tsan_release(handle);
    ((unlock_slow *)next(UNLOCK))(handle);
}

/* In the program and not in the environment, so that no test needs to pass it on. REPORTS is a path. */
const char *__tsan_default_options(void) {
    return "exitcode=66:halt_on_error=0:second_deadlock_stack=1:history_size=4:log_path=" REPORTS;
}
