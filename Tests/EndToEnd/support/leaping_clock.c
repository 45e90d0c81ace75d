/* Loaded into the program under test with LD_PRELOAD: whenever the program has nothing to do, its clocks leap to its next
   timer, so that days pass in minutes while everything that it does takes the time that it takes.

   All clocks run at their own rate plus what was leapt over; the wall clock also begins where the test wants. Idle means
   that all threads of the program, and of the processes that BQE_CLOCK_PEERS names, sleep and none of them ran between
   two looks. The test is on the other end of the socket BQE_CLOCK_SOCKET: it sends the time of the beginning and the grain
   of leaps, and then each time to which the clock is to go; it is told how often the clock leapt, and how many bytes the
   program has allocated then. Times are nanoseconds since 1970. A grain of seconds has timers fire together that are
   apart in fact, each later by up to so much. */

#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000LL
#define TIMERS 64
#define PROCESSES 4
/* Between two looks: at first, and at most, so that looking takes little from a program that is at work. */
#define PAUSE_NANOSECONDS 50000
#define LONGEST_PAUSE_NANOSECONDS 1600000

/* Added to every clock, and to the wall clock besides. */
static _Atomic int64_t leapt;
static int64_t turned;
/* Leaps end at multiples of this. */
static int64_t grain = 1;

/* Timers of Dispatch, always armed with absolute times of the clocks that the program sees; 0 is unarmed. */
static struct timer {
    int file;
    clockid_t clock;
    int64_t due;
} timers[TIMERS];
static int timer_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int control = -1;
static pid_t driver;
static DIR *processes[PROCESSES];
static int process_count;

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_timerfd_settime)(int, int, const struct itimerspec *, struct itimerspec *);
static int (*real_sem_timedwait)(sem_t *, const struct timespec *);

static int64_t nanoseconds(struct timespec time) { return time.tv_sec * BILLION + time.tv_nsec; }

static struct timespec timespec_of(int64_t time) {
    return (struct timespec){.tv_sec = time / BILLION, .tv_nsec = time % BILLION};
}

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

static int is_changed(clockid_t clock) {
    return is_wall(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE ||
           clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_BOOTTIME;
}

static int64_t offset(clockid_t clock) {
    return is_changed(clock) ? atomic_load(&leapt) + (is_wall(clock) ? turned : 0) : 0;
}

static void resolve(void) {
    if (real_sem_timedwait) return;
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_timerfd_settime = dlsym(RTLD_NEXT, "timerfd_settime");
    real_sem_timedwait = dlsym(RTLD_NEXT, "sem_timedwait");
}

/* MARK: What the program calls */

int clock_gettime(clockid_t clock, struct timespec *time) {
    resolve();
    int status = real_clock_gettime(clock, time);
    int64_t more = status == 0 ? offset(clock) : 0;
    if (more) *time = timespec_of(nanoseconds(*time) + more);
    return status;
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

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    resolve();
    struct timespec real = timespec_of(nanoseconds(*until) - offset(CLOCK_REALTIME));
    return real_sem_timedwait(semaphore, &real);
}

static int arm(const struct timer *timer) {
    int64_t real = timer->due - offset(timer->clock);
    /* 0 would disarm it. */
    struct itimerspec value = {.it_value = timespec_of(real > 1 ? real : 1)};
    return real_timerfd_settime(timer->file, TFD_TIMER_ABSTIME, &value, NULL);
}

int timerfd_create(clockid_t clock, int flags) {
    int file = (int)syscall(SYS_timerfd_create, clock, flags);
    pthread_mutex_lock(&lock);
    if (file >= 0 && timer_count == TIMERS) abort();
    if (file >= 0) timers[timer_count++] = (struct timer){.file = file, .clock = clock};
    pthread_mutex_unlock(&lock);
    return file;
}

int timerfd_settime(int file, int flags, const struct itimerspec *value, struct itimerspec *old) {
    resolve();
    /* Neither repeating nor relative timers are used by Dispatch. */
    if (value->it_interval.tv_sec || value->it_interval.tv_nsec || !(flags & TFD_TIMER_ABSTIME) || old) abort();
    pthread_mutex_lock(&lock);
    struct timer *timer = NULL;
    for (int i = 0; i < timer_count; i++)
        if (timers[i].file == file) timer = &timers[i];
    if (!timer) abort();
    timer->due = nanoseconds(value->it_value);
    int status = timer->due ? arm(timer) : real_timerfd_settime(file, flags, value, NULL);
    pthread_mutex_unlock(&lock);
    return status;
}

/* MARK: Idleness */

static int read_file(int folder, const char *thread, const char *name, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", thread, name);
    int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, size - 1);
    close(file);
    if (length <= 0) return 0;
    text[length] = 0;
    return 1;
}

static int64_t now_at(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return nanoseconds(now);
}

/* Whether a timer is due of which the kernel, kept from its processor, has not yet told the program. */
static int is_timer_late(void) {
    int is_late = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < timer_count; i++) {
        if (!timers[i].due || timers[i].due > now_at(timers[i].clock)) continue;
        struct pollfd expired = {.fd = timers[i].file, .events = POLLIN};
        if (poll(&expired, 1, 0) == 0) is_late = 1;
    }
    pthread_mutex_unlock(&lock);
    return is_late;
}

/* What all threads have run so far, as one number; 0 while one of them runs or wants to, or is about to be woken. */
static uint64_t look(void) {
    if (is_timer_late()) return 0;
    uint64_t sum = 1;
    for (int i = 0; i < process_count; i++) {
        rewinddir(processes[i]);
        for (struct dirent *entry; (entry = readdir(processes[i]));) {
            if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == driver) continue;
            char text[512];
            /* A thread that has just ended. */
            if (!read_file(dirfd(processes[i]), entry->d_name, "stat", text, sizeof text)) return 0;
            const char *state = strrchr(text, ')');
            if (!state || state[2] != 'S') return 0;
            if (!read_file(dirfd(processes[i]), entry->d_name, "schedstat", text, sizeof text)) return 0;
            for (const char *byte = text; *byte; byte++) sum = (sum ^ (unsigned char)*byte) * 0x100000001b3ULL;
        }
    }
    return sum ? sum : 1;
}

/* Returns when the program was last seen idle, by CLOCK_BOOTTIME. */
static int64_t wait_until_idle(void) {
    uint64_t before = 0;
    for (int64_t nap = PAUSE_NANOSECONDS;;) {
        struct timespec pause = timespec_of(nap);
        nanosleep(&pause, NULL);
        int64_t begun = now_at(CLOCK_BOOTTIME);
        uint64_t now = look();
        if (now && now == before) return begun;
        before = now;
        nap = now ? PAUSE_NANOSECONDS : nap < LONGEST_PAUSE_NANOSECONDS ? 2 * nap : nap;
    }
}

/* MARK: Leaping */

/* The next timer's time, or a little later where the test wants few leaps. */
static int64_t rounded(int64_t time) { return grain > 1 ? (time + grain - 1) / grain * grain : time; }

static void leap(int64_t distance) {
    pthread_mutex_lock(&lock);
    int pending[TIMERS];
    for (int i = 0; i < timer_count; i++) pending[i] = timers[i].due > now_at(timers[i].clock);
    atomic_fetch_add(&leapt, distance);
    for (int i = 0; i < timer_count; i++)
        if (pending[i]) arm(&timers[i]);
    pthread_mutex_unlock(&lock);
}

/* How long it is until the next timer that was not due when the program was seen idle; perhaps it is by now. That of
   CLOCK_MONOTONIC is Dispatch's, which looks at its threads each second. */
static int64_t until_next(int64_t idle) {
    int64_t shortest = INT64_MAX, since = now_at(CLOCK_BOOTTIME) - idle;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < timer_count; i++) {
        int64_t left = timers[i].due - now_at(timers[i].clock);
        if (timers[i].due && timers[i].clock != CLOCK_MONOTONIC && left > -since && left < shortest) shortest = left;
    }
    pthread_mutex_unlock(&lock);
    return shortest;
}

static int64_t go_to(int64_t time) {
    for (int64_t leaps = 0;; leaps++) {
        int64_t idle = wait_until_idle();
        int64_t next = until_next(idle), left = time - now_at(CLOCK_REALTIME);
        if (next <= 0) continue;
        if (left <= 0) return leaps;
        if (next < left) next = rounded(time - left + next) - (time - left);
        leap(left < next ? left : next);
    }
}

static void *drive(void *unused) {
    (void)unused;
    driver = gettid();
    prctl(PR_SET_NAME, "leaping-clock");
    prctl(PR_SET_TIMERSLACK, 1);
    int64_t time;
    while (recv(control, &time, sizeof time, MSG_WAITALL) == sizeof time) {
        int64_t answer[2] = {go_to(time)};
        struct mallinfo2 heap = mallinfo2();
        answer[1] = (int64_t)(heap.uordblks + heap.hblkhd);
        if (send(control, answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer) break;
    }
    return NULL;
}

static void watch(const char *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/task", process);
    DIR *folder = process_count < PROCESSES ? opendir(path) : NULL;
    if (!folder) abort();
    processes[process_count++] = folder;
}

__attribute__((constructor)) static void begin(void) {
    resolve();
    const char *path = getenv("BQE_CLOCK_SOCKET");
    if (!path) return;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int64_t start[2];
    if (connect(control, (struct sockaddr *)&address, sizeof address) != 0) abort();
    if (recv(control, start, sizeof start, MSG_WAITALL) != sizeof start) abort();
    turned = start[0] - now_at(CLOCK_REALTIME);
    grain = start[1];
    watch("self");
    char *peers = strdup(getenv("BQE_CLOCK_PEERS") ? getenv("BQE_CLOCK_PEERS") : "");
    for (char *peer = strtok(peers, ","); peer; peer = strtok(NULL, ",")) watch(peer);
    free(peers);
    pthread_t thread;
    if (pthread_create(&thread, NULL, drive, NULL) != 0) abort();
    pthread_detach(thread);
}
