#pragma once
#include <stddef.h>
#include <stdint.h>

// Typed doors to libgit2's variadic `git_libgit2_opts`, and what the fetch child needs of Linux.
// Every function returns 0, or a negative code of libgit2, or -1 with errno set.

int platform_git_set_search_path(int level, const char *_Nonnull path);
int platform_git_set_template_path(const char *_Nonnull path);
int platform_git_set_cache_max_size(int64_t bytes);
int platform_git_set_mwindow(uint64_t window_bytes, uint64_t mapped_limit_bytes);
int platform_git_set_owner_validation(int enabled);
int platform_git_set_fsync(int enabled);
int platform_git_set_pack_max_objects(uint64_t count);

// Limits this process's address space and data segment, and forbids core files (they would hold secrets).
int platform_git_limit_memory(uint64_t bytes);

// Asks the kernel to kill this process when the thread that started it ends.
int platform_git_die_with_parent(void);

// A connection to a git server, made by somebody else. Each function returns 0, or a negative code after it has set
// libgit2's error.
struct platform_git_connection {
    void *_Nonnull context;
    // wants 0: the server's references, 1: a pack.
    int (*_Nonnull begin)(void *_Nonnull context, int wants);
    int (*_Nonnull read)(void *_Nonnull context, char *_Nonnull buffer, size_t size, size_t *_Nonnull count);
    int (*_Nonnull write)(void *_Nonnull context, const char *_Nonnull bytes, size_t size);
    void (*_Nonnull end)(void *_Nonnull context);
};

// A `git_transport` for the `git_remote` owner that speaks the smart protocol through a connection. The table is copied;
// its context must outlive the remote. stateless: each exchange is a request with an answer.
int platform_git_smart_transport(void *_Nullable *_Nonnull out, void *_Nonnull owner,
                                 const struct platform_git_connection *_Nonnull connection, int stateless);
