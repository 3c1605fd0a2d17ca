/* What the kernel alone takes to send the frames of bench_relay: no encryption, no viewers, no Python.
 *
 * floor SOCKETS FRAMES PACKETS BYTES PAUSE_US WHOLE
 *
 * Prints nanoseconds of CPU per packet. Each frame goes to each socket in one sendmsg with UDP GSO. PAUSE_US lies
 * between frames; 0 is back to back. WHOLE 1: the readers take a frame whole (UDP_GRO). Otherwise the kernel cuts it,
 * and on loopback the sender is charged for that; behind a network card with USO the card does it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { UDP_SEGMENT_OPTION = 103, UDP_GRO_OPTION = 104, DRAIN_US = 20000, FRAMES_MAX_BYTES = 65000 };

static char buffer[FRAMES_MAX_BYTES];

static long long nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void drain(const int *sockets, int count) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;; usleep(DRAIN_US))
        for (int i = 0; i < count; i++)
            while (recv(sockets[i], buffer, sizeof buffer, MSG_DONTWAIT) >= 0) {}
}

int main(int argc, char **argv) {
    if (argc != 7) return 2;
    int count = atoi(argv[1]), frames = atoi(argv[2]), packets = atoi(argv[3]), bytes = atoi(argv[4]);
    long long pause = atoll(argv[5]) * 1000, used = 0;
    int one = 1, size = 4 << 20, whole = atoi(argv[6]), sockets[count];
    struct sockaddr_in addresses[count];
    if (packets * bytes > FRAMES_MAX_BYTES) return 2;
    for (int i = 0; i < count; i++) {
        socklen_t length = sizeof addresses[i];
        sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
        memset(&addresses[i], 0, length);
        addresses[i].sin_family = AF_INET;
        addresses[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        if (whole) setsockopt(sockets[i], IPPROTO_UDP, UDP_GRO_OPTION, &one, sizeof one);
        if (bind(sockets[i], (struct sockaddr *)&addresses[i], length)) return perror("bind"), 1;
        getsockname(sockets[i], (struct sockaddr *)&addresses[i], &length);
    }
    pid_t reader = fork();
    if (reader == 0) drain(sockets, count);
    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(sender, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT_OPTION, &bytes, sizeof bytes)) return perror("UDP GSO"), 1;
    long long due = nanoseconds(CLOCK_MONOTONIC);
    for (int frame = 0; frame < frames; frame++) {
        long long began = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < count; i++)
            if (sendto(sender, buffer, packets * bytes, 0, (struct sockaddr *)&addresses[i], sizeof addresses[i]) < 0)
                return perror("sendto"), 1;
        used += nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began;
        due += pause;
        struct timespec until = {due / 1000000000, due % 1000000000};
        if (pause) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    kill(reader, SIGKILL);
    printf("%.0f\n", (double)used / ((double)frames * packets * count));
    return 0;
}
