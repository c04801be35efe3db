#define _GNU_SOURCE
#include "platform_git.h"

#include <git2.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int platform_git_set_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

int platform_git_set_template_path(const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, path);
}

int platform_git_set_cache_max_size(int64_t bytes) {
    return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)bytes);
}

int platform_git_set_mwindow(uint64_t window_bytes, uint64_t mapped_limit_bytes) {
    int code = git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)window_bytes);
    if (code < 0) {
        return code;
    }
    return git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)mapped_limit_bytes);
}

int platform_git_set_owner_validation(int enabled) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

int platform_git_set_fsync(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled);
}

int platform_git_set_pack_max_objects(uint64_t count) {
    return git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)count);
}

int platform_git_limit_memory(uint64_t bytes) {
    struct rlimit core = {0, 0};
    if (setrlimit(RLIMIT_CORE, &core) != 0) {
        return -1;
    }
    const int resources[2] = {RLIMIT_DATA, RLIMIT_AS};
    for (int number = 0; number < 2; number++) {
        // A limit that somebody else has set may be kept, not raised.
        struct rlimit limit;
        if (getrlimit(resources[number], &limit) != 0) {
            return -1;
        }
        if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > bytes) {
            limit.rlim_max = (rlim_t)bytes;
        }
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(resources[number], &limit) != 0) {
            return -1;
        }
    }
    return 0;
}

int platform_git_die_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL);
}
