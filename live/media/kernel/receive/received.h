// Datagrams read from a socket, many in one system call.
#ifndef CADEAU_RECEIVED_H
#define CADEAU_RECEIVED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "crypto/gcm.h"
#include "send/rtp_sender.h"

#define DATAGRAM_BYTES_MAX 2048
#define DATAGRAMS_PER_READ_MAX 128
#define TIME_BYTES CMSG_SPACE(sizeof(struct timespec))

struct received {
    int used;  // entries that the last read has filled
    struct mmsghdr headers[DATAGRAMS_PER_READ_MAX];
    struct iovec parts[DATAGRAMS_PER_READ_MAX];
    struct address from[DATAGRAMS_PER_READ_MAX];
    uint8_t control[DATAGRAMS_PER_READ_MAX][TIME_BYTES];  // time of arrival, if the socket has timestamps
    uint8_t data[DATAGRAMS_PER_READ_MAX][DATAGRAM_BYTES_MAX + GCM_SLACK_BYTES];
};

// NULL if memory is short.
struct received *received_open(void);

// Returns the number of datagrams, at most `most`. Runs without the interpreter's lock. `emptied`: none is left.
int received_read(struct received *received, int socket, int most, bool *emptied);

// Makes Linux note when each datagram arrives: it may be read much later.
void request_timestamps(int socket);

// When a datagram arrived, in seconds of CLOCK_REALTIME; 0 if that was not noted.
double received_time(struct received *received, int i);

#endif
