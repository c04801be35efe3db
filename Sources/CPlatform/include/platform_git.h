#pragma once
#include <stdint.h>

// Typed doors to libgit2's variadic `git_libgit2_opts`, and what the fetch child needs of Linux.
// Every function returns 0, or a negative code of libgit2, or -1 with errno set.

int platform_git_set_search_path(int level, const char *path);
int platform_git_set_template_path(const char *path);
int platform_git_set_cache_max_size(int64_t bytes);
int platform_git_set_mwindow(uint64_t window_bytes, uint64_t mapped_limit_bytes);
int platform_git_set_ssl_cert_locations(const char *file);
int platform_git_set_user_agent(const char *agent);
int platform_git_set_owner_validation(int enabled);
int platform_git_set_fsync(int enabled);
int platform_git_set_pack_max_objects(uint64_t count);

// Limits this process's address space and data segment, and forbids core files (they would hold secrets).
int platform_git_limit_memory(uint64_t bytes);

// Asks the kernel to kill this process when the thread that started it ends.
int platform_git_die_with_parent(void);
