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
    struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
    if (setrlimit(RLIMIT_DATA, &limit) != 0) {
        return -1;
    }
    return setrlimit(RLIMIT_AS, &limit);
}

int platform_git_die_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL);
}
