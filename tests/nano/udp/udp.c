#include "udp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_SOCKETS 16
#define LONGEST_NAME 16

static int sockets[MOST_SOCKETS];
static int open_sockets;

static int is_open(int handle)
{
    return handle >= 0 && handle < MOST_SOCKETS && sockets[handle] != 0;
}

static struct sockaddr_in local(int port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    return address;
}

int udp_open(int port)
{
    int handle = 0;
    while (handle < MOST_SOCKETS && sockets[handle] != 0)
        handle++;
    if (handle == MOST_SOCKETS || port < 0 || port > 65535)
        return -1;
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (s < 0)
        return -1;
    struct sockaddr_in address = local(port);
    if (bind(s, (struct sockaddr *)&address, sizeof address) != 0 || fcntl(s, F_SETFL, O_NONBLOCK) != 0)
    {
        close(s);
        return -1;
    }

    /* 0 is a free place in the table. */
    sockets[handle] = s + 1;
    open_sockets++;
    return handle;
}

void udp_close(int handle)
{
    if (!is_open(handle))
        return;
    close(sockets[handle] - 1);
    sockets[handle] = 0;
    open_sockets--;
}

int udp_count(void)
{
    return open_sockets;
}

void udp_send(int handle, int port, const uint8_t *data, unsigned size)
{
    if (!is_open(handle) || port < 1 || port > 65535)
        return;
    struct sockaddr_in address = local(port);
    if (sendto(sockets[handle] - 1, data, size, 0, (struct sockaddr *)&address, sizeof address) < 0)
    {
        /* The network's trouble, or word of an earlier datagram: what is lost is sent again. */
    }
}

int udp_receive(int handle, uint8_t *data, unsigned size, uint8_t from[2])
{
    if (!is_open(handle))
        return -1;
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    ssize_t n = recvfrom(sockets[handle] - 1, data, size, 0, (struct sockaddr *)&address, &length);
    if (n < 0 || length != sizeof address)
        return -1;
    memcpy(from, &address.sin_port, 2);
    return (int)n;
}

int udp_read_file(const uint8_t *name, unsigned name_size, uint8_t *data, unsigned size)
{
    const char *folder = getenv("NANO_BOARD");
    char path[4096];
    if (folder == NULL || name_size < 1 || name_size > LONGEST_NAME || strlen(folder) + 2 + name_size > sizeof path)
        return -1;
    for (unsigned i = 0; i < name_size; i++)
    {
        if (name[i] < 'a' || name[i] > 'z')
            return -1;
    }
    snprintf(path, sizeof path, "%s/%.*s", folder, (int)name_size, (const char *)name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    int n = (int)fread(data, 1, size, file);
    fclose(file);
    return n;
}

int udp_random(uint8_t *data, unsigned size)
{
    FILE *file = fopen("/dev/urandom", "rb");
    if (file == NULL)
        return -1;
    size_t n = fread(data, 1, size, file);
    fclose(file);
    return n == size ? 0 : -1;
}
