/* Loaded into the program under test with LD_PRELOAD: its wall clock goes as a test writes into the file that BQE_CLOCK_FILE
   names, three numbers of eight bytes in this machine's order. Where the second is 0 it is the machine's clock plus the
   first, in seconds; else it is at the second when the program starts, goes on for so many seconds as the third says, and
   then stands still. Timers and other clocks go on. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct setting { volatile int64_t offset, start, runs; };
static const struct setting *setting;
static struct timespec loaded;

__attribute__((constructor)) static void open_file(void) {
    const char *path = getenv("BQE_CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof *setting, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &loaded);
    if (map != MAP_FAILED) setting = map;
}

static void turn(struct timespec *time) {
    if (!setting->start) {
        time->tv_sec += setting->offset;
        return;
    }
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    int64_t passed = (now.tv_sec - loaded.tv_sec) * 1000000000 + now.tv_nsec - loaded.tv_nsec;
    if (passed > setting->runs * 1000000000) passed = setting->runs * 1000000000;
    time->tv_sec = setting->start + passed / 1000000000;
    time->tv_nsec = passed % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    long status = syscall(SYS_clock_gettime, clock, time);
    if (status == 0 && setting && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) turn(time);
    return (int)status;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int status = clock_gettime(CLOCK_REALTIME, &now);
    result->tv_sec = now.tv_sec;
    result->tv_usec = now.tv_nsec / 1000;
    return status;
}
