#define _GNU_SOURCE
#include "platform_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Between fork and execve only functions that are safe in a signal handler: other threads may have held any lock.
static void become(const char *program, char *const *arguments, char *const *environment, const int streams[3],
                   pid_t parent, int report) {
    int code = 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        code = errno;
    } else if (getppid() != parent) {
        _exit(127);
    }
    for (int number = 0; code == 0 && number < 3; number++) {
        if (dup2(streams[number], number) < 0) code = errno;
    }
    if (code == 0) {
        // An old kernel refuses; our own descriptors are close-on-exec anyway.
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        struct sigaction standard = {.sa_handler = SIG_DFL};
        for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(program, arguments, environment);
        code = errno;
    }
    ssize_t written = write(report, &code, sizeof code);
    _exit(written == sizeof code ? 126 : 127);
}

int platform_child_start(const char *program, char *const *arguments, char *const *environment, int input, int output,
                         int errors, pid_t *process) {
    const int streams[3] = {input, output, errors};
    int reading, writing;
    int code = platform_pipe(&reading, &writing);
    if (code != 0) return code;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) become(program, arguments, environment, streams, parent, writing);
    int failure = child < 0 ? errno : 0;
    close(writing);
    if (child > 0) {
        // Closed without a word by the execve that worked.
        ssize_t count;
        do {
            count = read(reading, &code, sizeof code);
        } while (count < 0 && errno == EINTR);
        if (count == sizeof code) {
            failure = code;
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
        }
    }
    close(reading);
    *process = child;
    return failure;
}

int platform_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    for (int number = 0; number < 2; number++) {
        if (ends[number] > 2) continue;
        int moved = fcntl(ends[number], F_DUPFD_CLOEXEC, 3);
        int code = errno;
        if (moved < 0) {
            close(ends[0]);
            close(ends[1]);
            return code;
        }
        close(ends[number]);
        ends[number] = moved;
    }
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int platform_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}
