#define _GNU_SOURCE
#include "platform_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

int stoker_open_folder(const char *path, int follow) {
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
}

int stoker_open_folder_at(int folder, const char *name) {
    return openat(folder, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

int stoker_open_at(int folder, const char *name, int flags, mode_t permissions) {
    return openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW, permissions);
}

int stoker_open(const char *path, int flags, mode_t permissions) {
    return open(path, flags | O_CLOEXEC, permissions);
}

static int is_absent(int code) { return code == ENODATA || code == ENOTSUP || code == ENOSYS; }

int stoker_copy_attribute(const char *path, int to, const char *name) {
    // XATTR_SIZE_MAX is 65536: no attribute is larger.
    static _Thread_local char value[65536];
    ssize_t size = lgetxattr(path, name, value, sizeof value);
    if (size < 0) return is_absent(errno) ? 0 : -1;
    if (fsetxattr(to, name, value, (size_t)size, 0) < 0) return -1;
    return 1;
}

ssize_t stoker_get_attribute(const char *path, const char *name, void *value, size_t size) {
    return lgetxattr(path, name, value, size);
}

int stoker_set_attribute(const char *path, const char *name, const void *value, size_t size) {
    return lsetxattr(path, name, value, size, 0);
}

const char *stoker_error_text(int code) {
    const char *text = strerrordesc_np(code);
    return text ? text : "unknown error";
}

void stoker_give_back_memory(void) { malloc_trim(0); }
