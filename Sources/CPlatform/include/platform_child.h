#pragma once
#include <sys/types.h>

// Starts a program in the caller's process group with these three descriptors as its standard streams and nothing else
// open; signals are as the system has them. The kernel kills it when the thread that called this ends, however it ends:
// posix_spawn cannot ask for that.
// Returns 0 and the process id, or an errno value: also that of a program that cannot be executed.
int platform_child_start(const char *_Nonnull program, char *_Nullable const *_Nonnull arguments,
                         char *_Nullable const *_Nonnull environment, int input, int output, int errors,
                         pid_t *_Nonnull process);

// Two ends of a pipe, close-on-exec, number 3 or above so that they do not stand where a child's streams go. 0, or an
// errno value.
int platform_pipe(int *_Nonnull reading, int *_Nonnull writing);

// Makes reading and writing of a descriptor fail with EAGAIN instead of waiting. 0, or -1 with errno set.
int platform_set_nonblocking(int descriptor);
