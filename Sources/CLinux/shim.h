// What the Glibc module of the Swift toolchain leaves out: it does not list the epoll and eventfd headers, and it is built
// without _GNU_SOURCE. Defining that here would change the types of the socket calls it does list, so the two GNU functions
// are declared by hand, as accept(2) and pthread_setname_np(3) give them.
//
// Importing that module first keeps its types its own: otherwise the headers below would declare them here once more, and
// Swift would ask every file that uses a timeval to import CLinux.
#pragma clang module import SwiftGlibc

#include <sys/epoll.h>
#include <sys/eventfd.h>

int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
