/* An open-loop client: requests are due at a fixed rate, whether or not the last one was answered.
 *
 *   openloop PORT RATE SECONDS CONNECTIONS < REQUEST
 *
 * The latency of each counts from the moment it was due, so that waiting for a slow server is not
 * hidden (wrk alone hides it). Prints: answered, unanswered, p50, p99, p99.9 and max in us.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 4096, BUFFER = 65536 };

static int64_t due_at[CONNECTIONS];
static int idle[CONNECTIONS], idle_count;
static size_t got[CONNECTIONS];
static char buffers[CONNECTIONS][4096];

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static void must(int ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int connect_to(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    must(fd < CONNECTIONS, "too many connections");
    return fd;
}

/* Whether the whole response has come; the next one starts in an empty buffer. */
static int read_answer(int fd) {
    ssize_t more = read(fd, buffers[fd] + got[fd], sizeof buffers[fd] - 1 - got[fd]);
    must(more > 0, "the server hung up");
    got[fd] += more;
    buffers[fd][got[fd]] = 0;
    char *end = strstr(buffers[fd], "\r\n\r\n");
    char *length = end ? strcasestr(buffers[fd], "content-length:") : NULL;
    must(!end || length != NULL, "content-length");
    if (!end || got[fd] < (size_t)(end + 4 - buffers[fd]) + atoi(length + 15)) return 0;
    must(strncmp(buffers[fd], "HTTP/1.1 200", 12) == 0, buffers[fd]);
    got[fd] = 0;
    return 1;
}

int main(int count, char **arguments) {
    must(count == 5, "usage: openloop PORT RATE SECONDS CONNECTIONS");
    int port = atoi(arguments[1]), connections = atoi(arguments[4]);
    int64_t rate = atoll(arguments[2]), total = rate * atoll(arguments[3]);
    char request[BUFFER];
    ssize_t size = read(0, request, sizeof request);
    int64_t *latencies = calloc(total, sizeof *latencies);
    int epoll = epoll_create1(0);
    for (int i = 0; i < connections; i++) {
        int fd = connect_to(port);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
        idle[idle_count++] = fd;
    }
    int64_t started = now_ns(), sent = 0, answered = 0;
    int64_t give_up = started + (total / rate + 5) * 1000000000ll;
    struct epoll_event events[256];
    while (answered < total && now_ns() < give_up) {
        while (sent < total && idle_count && started + sent * 1000000000ll / rate <= now_ns()) {
            int fd = idle[--idle_count];
            due_at[fd] = started + sent++ * 1000000000ll / rate;
            must(write(fd, request, size) == size, "write");
        }
        int64_t wait = started + sent * 1000000000ll / rate - now_ns();
        if (sent >= total || !idle_count) wait = 1000000;
        struct timespec timeout = {.tv_nsec = wait < 0 ? 0 : wait > 1000000 ? 1000000 : wait};
        int ready = epoll_pwait2(epoll, events, 256, &timeout, NULL);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (!read_answer(fd)) continue;
            latencies[answered++] = now_ns() - due_at[fd];
            idle[idle_count++] = fd;
        }
    }
    must(answered > 0, "no answers");
    qsort(latencies, answered, sizeof *latencies, by_size);
    printf("%lld %lld %.1f %.1f %.1f %.1f\n", (long long)answered, (long long)(total - answered),
           latencies[answered / 2] / 1e3, latencies[answered * 99 / 100] / 1e3,
           latencies[answered * 999 / 1000] / 1e3, latencies[answered - 1] / 1e3);
    return 0;
}
