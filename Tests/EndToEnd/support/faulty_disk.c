/* Loaded into the program under test with LD_PRELOAD: writes to, and syncs of, files whose name contains ".db" fail as the
   file that BQE_DISK_FILE names says. It holds three numbers of eight bytes in this machine's order: how many operations
   still succeed (-1 for all), the errno of those that fail, and how many have failed. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct faults { _Atomic int64_t left, code, failed; };
static struct faults *faults;

__attribute__((constructor)) static void open_file(void) {
    const char *path = getenv("BQE_DISK_FILE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (map != MAP_FAILED) faults = map;
}

static int is_store(int file) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    return strstr(name, ".db") != NULL;
}

static int fails(int file) {
    if (!faults || atomic_load(&faults->left) < 0 || !is_store(file)) return 0;
    int64_t left = atomic_load(&faults->left);
    while (left > 0)
        if (atomic_compare_exchange_weak(&faults->left, &left, left - 1)) return 0;
    if (left < 0) return 0;
    atomic_fetch_add(&faults->failed, 1);
    errno = (int)atomic_load(&faults->code);
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t count) { return fails(file) ? -1 : REAL(write)(file, bytes, count); }
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return fails(file) ? -1 : REAL(pwrite)(file, bytes, count, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return fails(file) ? -1 : REAL(pwrite64)(file, bytes, count, offset);
}
int fsync(int file) { return fails(file) ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails(file) ? -1 : REAL(fdatasync)(file); }
int ftruncate(int file, off_t length) { return fails(file) ? -1 : REAL(ftruncate)(file, length); }
int ftruncate64(int file, off64_t length) { return fails(file) ? -1 : REAL(ftruncate64)(file, length); }
