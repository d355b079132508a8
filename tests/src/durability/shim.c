/* Stands between a program and the kernel for the files below TRACE_ROOT. Compiled by the tests and loaded before the C
   library. It does up to three things:

   TRACE_FILE    every call that changes a file or makes it durable is written down with its data, in order, and so is
                 every line on standard output, which is the program's acknowledgement. `replay.rs` makes crashed disks
                 of it.
   TRACE_DEAF    syncs of files whose name ends so are answered as done and not done: a disk that lies. Planted.
   FAULT_FOLDER  while a file `full` is in it, nothing can be written (ENOSPC). A file `broken` makes the next sync fail
                 (EIO), once: the kernel reports a lost write to one caller and then forgets it.
   FAULT_ON      `broken` strikes only files whose name ends so.
   FAULT, FAULT_AT  at call number FAULT_AT of those counted: `kill` ends the process, `full` makes every write from then
                 on fail, `broken` makes the next sync fail.

   Shared memory of SQLite (-shm) is no file that has to survive: it is neither noted nor counted. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static long calls;

/* Kind, length of the path, a number, length of the data; then path and data. */
static void note(char kind, const char *path, uint64_t number, const void *data, uint32_t length) {
    static int file = -1;
    const char *name = getenv("TRACE_FILE");
    if (!name) return;
    if (file < 0) file = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    unsigned char head[17];
    uint32_t path_length = strlen(path);
    head[0] = kind;
    memcpy(head + 1, &path_length, 4);
    memcpy(head + 5, &number, 8);
    memcpy(head + 13, &length, 4);
    struct iovec parts[3] = {{head, sizeof head}, {(void *)path, path_length}, {(void *)data, length}};
    syscall(SYS_writev, file, parts, 3);
}

static int ends_with(const char *path, const char *end) {
    return strlen(path) >= strlen(end) && strcmp(path + strlen(path) - strlen(end), end) == 0;
}

static int is_ours(const char *path) {
    const char *root = getenv("TRACE_ROOT");
    if (!root || strncmp(path, root, strlen(root)) != 0) return 0;
    return !ends_with(path, "-shm") && !ends_with(path, " (deleted)");
}

static int path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static int in_fault_folder(const char *name, int take) {
    const char *folder = getenv("FAULT_FOLDER");
    char path[1200];
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return take ? syscall(SYS_unlink, path) == 0 : syscall(SYS_access, path, F_OK) == 0;
}

/* True from the numbered call on, if this fault was asked for. */
static int has_come(const char *fault) {
    const char *asked = getenv("FAULT"), *at = getenv("FAULT_AT");
    return asked && at && strcmp(asked, fault) == 0 && calls >= atol(at);
}

static void count(void) {
    calls++;
    note('n', "", calls, "", 0);
    if (has_come("kill")) kill(getpid(), SIGKILL);
}

static int is_full(void) { return has_come("full") || in_fault_folder("full", 0); }

static int is_broken(const char *path) {
    static int told;
    const char *end = getenv("FAULT_ON");
    if (end && !ends_with(path, end)) return 0;
    if (in_fault_folder("broken", 1)) return 1;
    if (told || !has_come("broken")) return 0;
    return told = 1;
}

static int is_deaf(const char *path) {
    const char *end = getenv("TRACE_DEAF");
    return end && ends_with(path, end);
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t at, int plain) {
    char path[1024];
    ssize_t done;
    if (!path_of(fd, path, sizeof path))
        return plain ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, at);
    pthread_mutex_lock(&one_at_a_time);
    count();
    if (is_full()) {
        errno = ENOSPC;
        done = -1;
    } else {
        if (plain) {
            struct stat file;
            at = lseek(fd, 0, SEEK_CUR);
            if ((fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &file) == 0) at = file.st_size;
            done = syscall(SYS_write, fd, bytes, length);
        } else {
            done = syscall(SYS_pwrite64, fd, bytes, length, at);
        }
        if (done > 0) note('w', path, at, bytes, done);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return write_at(fd, bytes, length, at, 0); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return write_at(fd, bytes, length, at, 0); }

ssize_t write(int fd, const void *bytes, size_t length) {
    if (fd != 1) return write_at(fd, bytes, length, 0, 1);
    pthread_mutex_lock(&one_at_a_time);
    note('a', "", 0, bytes, length);
    pthread_mutex_unlock(&one_at_a_time);
    return syscall(SYS_write, fd, bytes, length);
}

static int truncate_at(int fd, off_t size) {
    char path[1024];
    if (!path_of(fd, path, sizeof path)) return syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&one_at_a_time);
    count();
    int done = syscall(SYS_ftruncate, fd, size);
    if (done == 0) note('t', path, size, "", 0);
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

int ftruncate(int fd, off_t size) { return truncate_at(fd, size); }
int ftruncate64(int fd, off_t size) { return truncate_at(fd, size); }

static int sync_file(int fd, long call) {
    char path[1024];
    int done = 0;
    if (!path_of(fd, path, sizeof path)) return syscall(call, fd);
    pthread_mutex_lock(&one_at_a_time);
    count();
    if (is_broken(path)) {
        errno = EIO;
        done = -1;
    } else if (!is_deaf(path)) {
        done = syscall(call, fd);
        if (done == 0) note('s', path, 0, "", 0);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

static int open_file(int folder, const char *path, int flags, mode_t mode) {
    if (!(flags & (O_CREAT | O_TRUNC)) || !is_ours(path)) return syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&one_at_a_time);
    int is_new = syscall(SYS_access, path, F_OK) != 0, fd = -1;
    if (is_new) count();
    if (is_new && is_full()) {
        errno = ENOSPC;
    } else {
        fd = syscall(SYS_openat, folder, path, flags, mode);
        if (fd >= 0 && is_new) note('c', path, 0, "", 0);
        if (fd >= 0 && !is_new && (flags & O_TRUNC)) note('t', path, 0, "", 0);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return fd;
}

static mode_t mode_of(int flags, va_list more) { return (flags & O_CREAT) ? va_arg(more, mode_t) : 0; }

#define OPEN(name)                                                   \
    int name(const char *path, int flags, ...) {                     \
        va_list more;                                                \
        va_start(more, flags);                                       \
        mode_t mode = mode_of(flags, more);                          \
        va_end(more);                                                \
        return open_file(AT_FDCWD, path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                 \
    int name(int folder, const char *path, int flags, ...) {         \
        va_list more;                                                \
        va_start(more, flags);                                       \
        mode_t mode = mode_of(flags, more);                          \
        va_end(more);                                                \
        return open_file(folder, path, flags, mode);                 \
    }
OPENAT(openat)
OPENAT(openat64)

int mkdir(const char *path, mode_t mode) {
    if (!is_ours(path)) return syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    pthread_mutex_lock(&one_at_a_time);
    count();
    int done = -1;
    if (is_full()) {
        errno = ENOSPC;
    } else {
        done = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
        if (done == 0) note('m', path, 0, "", 0);
    }
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

int rename(const char *from, const char *to) {
    if (!is_ours(from)) return syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    pthread_mutex_lock(&one_at_a_time);
    count();
    int done = syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    if (done == 0) note('r', from, 0, to, strlen(to));
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}

int unlink(const char *path) {
    if (!is_ours(path)) return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    pthread_mutex_lock(&one_at_a_time);
    count();
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (done == 0) note('u', path, 0, "", 0);
    pthread_mutex_unlock(&one_at_a_time);
    return done;
}
