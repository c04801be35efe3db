#pragma once
#include <stddef.h>
#include <sys/types.h>

// Linux calls that Swift cannot import: variadic, or behind _GNU_SOURCE. All return what the system call returns and set
// errno; all descriptors are close-on-exec.

// A descriptor that only names a folder (O_PATH); no permission to read it is needed. With follow 0 a link is refused.
int stoker_open_folder(const char *path, int follow);
// The same for a name in an open folder; a link is refused.
int stoker_open_folder_at(int folder, const char *name);
// openat with O_CLOEXEC|O_NOFOLLOW added to flags.
int stoker_open_at(int folder, const char *name, int flags, mode_t permissions);
// open with O_CLOEXEC added to flags; links are followed unless flags say otherwise.
int stoker_open(const char *path, int flags, mode_t permissions);
// Copies one extended attribute of a path (a link itself, not what it names) to an open file. 1: copied. 0: the path has
// none, or the file system has no such thing. -1: failed.
int stoker_copy_attribute(const char *path, int to, const char *name);
// lgetxattr and lsetxattr, as the system has them.
ssize_t stoker_get_attribute(const char *path, const char *name, void *value, size_t size);
int stoker_set_attribute(const char *path, const char *name, const void *value, size_t size);
// The system's words for an errno value; never NULL, safe in any thread.
const char *stoker_error_text(int code);
// Free pages of the heap go back to the system (malloc_trim).
void stoker_give_back_memory(void);
