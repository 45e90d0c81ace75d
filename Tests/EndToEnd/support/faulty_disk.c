/* Loaded into the program under test with LD_PRELOAD: writes to, and syncs of, files whose name contains ".db" fail as the
   file that BQE_DISK_FILE names says; the lock beside the store is none of them. The file holds five numbers of eight
   bytes in this machine's order: how many operations still succeed (-1 for all); what befalls the others, an errno, or -1
   for the death of the process before the operation, -2 for its death when half of the bytes are written; how many have
   failed; how many there were; how many microseconds each takes longer. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DEATH = -1, TORN = -2 };

struct faults { _Atomic int64_t left, code, failed, operations, pause; };
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
    return strstr(name, ".db") != NULL && strstr(name, ".lock") == NULL;
}

static void die(void) {
    for (;;) kill(getpid(), SIGKILL);
}

/* Whether the operation fails; TORN when the process is to die in the middle of it. */
static int fails(int file) {
    if (!faults || !is_store(file)) return 0;
    atomic_fetch_add(&faults->operations, 1);
    int64_t pause = atomic_load(&faults->pause);
    if (pause > 0) usleep((useconds_t)pause);
    int64_t left = atomic_load(&faults->left);
    while (left > 0)
        if (atomic_compare_exchange_weak(&faults->left, &left, left - 1)) return 0;
    if (left < 0) return 0;
    atomic_fetch_add(&faults->failed, 1);
    int64_t code = atomic_load(&faults->code);
    if (code == DEATH) die();
    if (code == TORN) return TORN;
    errno = (int)code;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define UNLESS(fault, whole, half) \
    switch (fault) { \
    case 0: return whole; \
    case TORN: half; die(); \
    } \
    return -1

ssize_t write(int file, const void *bytes, size_t count) {
    UNLESS(fails(file), REAL(write)(file, bytes, count), REAL(write)(file, bytes, count / 2));
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    UNLESS(fails(file), REAL(pwrite)(file, bytes, count, offset), REAL(pwrite)(file, bytes, count / 2, offset));
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    UNLESS(fails(file), REAL(pwrite64)(file, bytes, count, offset), REAL(pwrite64)(file, bytes, count / 2, offset));
}
int fsync(int file) { UNLESS(fails(file), REAL(fsync)(file), ); }
int fdatasync(int file) { UNLESS(fails(file), REAL(fdatasync)(file), ); }
int ftruncate(int file, off_t length) { UNLESS(fails(file), REAL(ftruncate)(file, length), ); }
int ftruncate64(int file, off64_t length) { UNLESS(fails(file), REAL(ftruncate64)(file, length), ); }
