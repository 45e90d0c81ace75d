// memfd_create(2), which Swift's view of the C library leaves out, with MFD_CLOEXEC.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

// An empty file in memory, or -1 with errno set.
static inline int shim_memory_file(const char *name) {
    return (int)syscall(SYS_memfd_create, name, 1U);
}
