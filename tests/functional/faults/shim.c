/* A layer between a process and its disk, put in place by LD_PRELOAD (tests/functional/faults/shim.py builds it).

   It looks at files below FAULTS_ROOT only, and does what the environment asks for:

     FAULTS_TRACE=path       write down all that changes files or directories, and every sync, in one order
     FAULTS_FULL_AFTER=n     the disk is full after n more bytes: the write that reaches them is cut short, then ENOSPC
     FAULTS_SYNC_EIO=n       the n-th sync fails with EIO, once, as a kernel reports it
     FAULTS_WEATHER=path     the file's text is how many seconds the clock of the world is off, and how many ms longer every sync
                             takes; read anew at each look

   A record of the trace: what (1 byte), descriptor (4), offset or size (8), length (4), then so many bytes; numbers little-endian.
     o opened  w written  t truncated  s synced  r renamed (old\0new)  u unlinked  m made a directory  d removed one  n a note */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 65536
#define REAL(name) ((__typeof__(&name))real(#name))

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* one at a time: that is the order of the trace */
static unsigned char watched[FILES_MAX];
static const char *root, *weather_path;
static size_t root_length;
static int trace = -1;
static long long bytes_left = -1, syncs_left = -1;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static long long number(const char *name, long long missing) {
    const char *text = getenv(name);
    return text ? atoll(text) : missing;
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_TRACE");
    root = getenv("FAULTS_ROOT");
    root_length = root ? strlen(root) : 0;
    weather_path = getenv("FAULTS_WEATHER");
    bytes_left = number("FAULTS_FULL_AFTER", -1);
    syncs_left = number("FAULTS_SYNC_EIO", -1);
    if (path) trace = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* --- the weather */

static void look_at_weather(double *seconds_off, double *sync_ms) {
    char text[64] = "", *rest = text;
    *seconds_off = *sync_ms = 0;
    if (!weather_path) return;
    int file = REAL(open)(weather_path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t length = read(file, text, sizeof text - 1);
    REAL(close)(file);
    if (length <= 0) return;
    *seconds_off = strtod(rest, &rest);
    *sync_ms = strtod(rest, &rest);
}

static void take_time_to_sync(void) {
    double seconds_off, sync_ms;
    look_at_weather(&seconds_off, &sync_ms);
    if (sync_ms > 0) usleep((useconds_t)(sync_ms * 1000));
}

/* --- the trace */

static void put(char what, int file, int64_t offset, const void *data, size_t length) {
    unsigned char head[17];
    uint32_t size = (uint32_t)length;
    if (trace < 0) return;
    head[0] = (unsigned char)what;
    memcpy(head + 1, &file, 4);
    memcpy(head + 5, &offset, 8);
    memcpy(head + 13, &size, 4);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)data, length}};
    if (REAL(writev)(trace, parts, 2) != (ssize_t)(sizeof head + length)) abort();
}

/* What a test wants to remember at this very moment. */
void faults_note(const char *data, size_t length) {
    pthread_mutex_lock(&turn);
    put('n', -1, 0, data, length);
    pthread_mutex_unlock(&turn);
}

/* The faults to come, from within: how many bytes the disk still takes, which sync fails; -1 for never. */
void faults_ahead(long long bytes, long long syncs) {
    pthread_mutex_lock(&turn);
    bytes_left = bytes;
    syncs_left = syncs;
    pthread_mutex_unlock(&turn);
}

static int is_below_root(const char *path) {
    return root && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* The whole path of a name relative to a directory's descriptor. */
static int whole(int directory, const char *name, char *path) {
    char link[64];
    ssize_t length;
    if (name[0] == '/') return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
    if (directory == AT_FDCWD) {
        if (!getcwd(path, PATH_MAX)) return 0;
        length = (ssize_t)strlen(path);
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        length = readlink(link, path, PATH_MAX - 1);
        if (length < 0) return 0;
    }
    return snprintf(path + length, (size_t)(PATH_MAX - length), "/%s", name) < PATH_MAX - length;
}

static int is_watched(int file) { return file >= 0 && file < FILES_MAX && watched[file]; }

static int opened(int file, int directory, const char *name, int flags) {
    char path[PATH_MAX];
    if (file < 0 || file >= FILES_MAX) return file;
    watched[file] = 0;
    if (!root || !whole(directory, name, path) || !is_below_root(path)) return file;
    watched[file] = 1;
    put('o', file, flags & (O_TRUNC | O_CREAT | O_ACCMODE), path, strlen(path));
    return file;
}

#define MODE(flags, mode)                    \
    if ((flags) & (O_CREAT | O_TMPFILE)) {   \
        va_list rest;                        \
        va_start(rest, flags);               \
        mode = va_arg(rest, mode_t);         \
        va_end(rest);                        \
    }

#define OPEN(name)                                                       \
    int name(const char *path, int flags, ...) {                         \
        mode_t mode = 0;                                                 \
        MODE(flags, mode)                                                \
        pthread_mutex_lock(&turn);                                       \
        int file = opened(REAL(name)(path, flags, mode), AT_FDCWD, path, flags); \
        pthread_mutex_unlock(&turn);                                     \
        return file;                                                     \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                     \
    int name(int directory, const char *path, int flags, ...) {          \
        mode_t mode = 0;                                                 \
        MODE(flags, mode)                                                \
        pthread_mutex_lock(&turn);                                       \
        int file = opened(REAL(name)(directory, path, flags, mode), directory, path, flags); \
        pthread_mutex_unlock(&turn);                                     \
        return file;                                                     \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int file) {
    pthread_mutex_lock(&turn);
    if (is_watched(file)) watched[file] = 0;
    int result = REAL(close)(file);
    pthread_mutex_unlock(&turn);
    return result;
}

/* --- writing: what still fits */

static ssize_t fitting(size_t length) {
    if (bytes_left < 0) return (ssize_t)length;
    if (bytes_left == 0 && length) {
        errno = ENOSPC;
        return -1;
    }
    ssize_t fits = (long long)length < bytes_left ? (ssize_t)length : (ssize_t)bytes_left;
    bytes_left -= fits;
    return fits;
}

ssize_t write(int file, const void *data, size_t length) {
    if (!is_watched(file)) return REAL(write)(file, data, length);
    pthread_mutex_lock(&turn);
    ssize_t written = fitting(length);
    if (written >= 0) written = REAL(write)(file, data, (size_t)written);
    if (written > 0) put('w', file, lseek(file, 0, SEEK_CUR) - written, data, (size_t)written);
    pthread_mutex_unlock(&turn);
    return written;
}

#define PWRITE(name, offset_type)                                                     \
    ssize_t name(int file, const void *data, size_t length, offset_type offset) {     \
        if (!is_watched(file)) return REAL(name)(file, data, length, offset);         \
        pthread_mutex_lock(&turn);                                                    \
        ssize_t written = fitting(length);                                            \
        if (written >= 0) written = REAL(name)(file, data, (size_t)written, offset);  \
        if (written > 0) put('w', file, offset, data, (size_t)written);               \
        pthread_mutex_unlock(&turn);                                                  \
        return written;                                                               \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(name, size_type)                        \
    int name(int file, size_type size) {                 \
        if (!is_watched(file)) return REAL(name)(file, size); \
        pthread_mutex_lock(&turn);                       \
        int result = REAL(name)(file, size);             \
        if (!result) put('t', file, size, "", 0);        \
        pthread_mutex_unlock(&turn);                     \
        return result;                                   \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                                       \
    int name(int file) {                                 \
        if (!is_watched(file)) return REAL(name)(file);  \
        take_time_to_sync();                             \
        pthread_mutex_lock(&turn);                       \
        int result = 0;                                  \
        if (syncs_left > 0 && !--syncs_left) {           \
            errno = EIO;                                 \
            result = -1;                                 \
        } else if (trace < 0) {                          \
            result = REAL(name)(file);                   \
        }                                                \
        if (!result) put('s', file, 0, "", 0);           \
        pthread_mutex_unlock(&turn);                     \
        return result;                                   \
    }
SYNC(fsync)
SYNC(fdatasync)

/* --- directories */

static void put_path(char what, int directory, const char *name) {
    char path[PATH_MAX];
    if (whole(directory, name, path) && is_below_root(path)) put(what, -1, 0, path, strlen(path));
}

#define CHANGE(declaration, call, what, directory, name) \
    declaration {                                        \
        pthread_mutex_lock(&turn);                       \
        int result = call;                               \
        if (!result) put_path(what, directory, name);    \
        pthread_mutex_unlock(&turn);                     \
        return result;                                   \
    }
CHANGE(int unlink(const char *path), REAL(unlink)(path), 'u', AT_FDCWD, path)
CHANGE(int rmdir(const char *path), REAL(rmdir)(path), 'd', AT_FDCWD, path)
CHANGE(int mkdir(const char *path, mode_t mode), REAL(mkdir)(path, mode), 'm', AT_FDCWD, path)
CHANGE(int unlinkat(int at, const char *path, int flags), REAL(unlinkat)(at, path, flags),
       flags & AT_REMOVEDIR ? 'd' : 'u', at, path)

int rename(const char *from, const char *to) {
    char paths[2 * PATH_MAX], target[PATH_MAX];
    pthread_mutex_lock(&turn);
    int result = REAL(rename)(from, to);
    if (!result && whole(AT_FDCWD, from, paths) && whole(AT_FDCWD, to, target) && is_below_root(target)) {
        size_t length = strlen(paths) + 1;
        memcpy(paths + length, target, strlen(target));
        put('r', -1, 0, paths, length + strlen(target));
    }
    pthread_mutex_unlock(&turn);
    return result;
}

/* --- the clock of the world */

int clock_gettime(clockid_t which, struct timespec *time) {
    int result = REAL(clock_gettime)(which, time);
    if (!result && weather_path && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
        double seconds_off, sync_ms;
        look_at_weather(&seconds_off, &sync_ms);
        int64_t all = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec + (int64_t)(seconds_off * 1e9);
        time->tv_sec = all / 1000000000;
        time->tv_nsec = all % 1000000000;
    }
    return result;
}
