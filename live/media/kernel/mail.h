// Datagrams as they are read from a socket, many in one system call.
#ifndef CADEAU_MAIL_H
#define CADEAU_MAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "gcm.h"
#include "rtp_sender.h"

#define DATAGRAM_BYTES_MAX 2048
#define DATAGRAMS_PER_TURN_MAX 128
#define TIME_BYTES CMSG_SPACE(sizeof(struct timespec))

struct mail {
    int used;  // of those below, by the last turn
    struct mmsghdr headers[DATAGRAMS_PER_TURN_MAX];
    struct iovec parts[DATAGRAMS_PER_TURN_MAX];
    struct address from[DATAGRAMS_PER_TURN_MAX];
    uint8_t control[DATAGRAMS_PER_TURN_MAX][TIME_BYTES];  // when each arrived, of sockets that say it
    uint8_t data[DATAGRAMS_PER_TURN_MAX][DATAGRAM_BYTES_MAX + GCM_SLACK_BYTES];
};

// NULL when memory is short.
struct mail *mail_open(void);

// How many datagrams have come. Needs no lock. `emptied`: that was all.
int mail_receive(struct mail *mail, int socket, int most, bool *emptied);

// Have the kernel note when a datagram arrives: it may be read much later.
void mail_ask_for_times(int socket);

// When the datagram arrived, in seconds of CLOCK_REALTIME; 0 when the kernel has not noted it.
double mail_time(struct mail *mail, int i);

#endif
