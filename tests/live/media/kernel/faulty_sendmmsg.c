// Preloaded before a process, this makes sendmmsg do everything a network may make it do: send only some of what it was
// given, be interrupted, have no room, or fail for the first message. Which, is repeatable.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

static uint32_t state;

static uint32_t next(uint32_t below) {
    if (!state) state = getenv("FAULTS_SEED") ? (uint32_t)atoi(getenv("FAULTS_SEED")) | 1 : 1;
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
}

int sendmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags) {
    static int (*real)(int, struct mmsghdr *, unsigned, int);
    if (!real) real = (int (*)(int, struct mmsghdr *, unsigned, int))dlsym(RTLD_NEXT, "sendmmsg");
    static const int errors[] = {EINTR, EAGAIN, ENOBUFS, EPERM, ENETUNREACH, EINVAL, EIO};
    uint32_t turn = next(16);
    if (turn < sizeof errors / sizeof *errors) {
        errno = errors[turn];
        return -1;
    }
    return real(socket, messages, count > 1 ? 1 + next(count) : count, flags);
}
