#pragma once
// What Swift cannot import: variadic functions, _GNU_SOURCE functions, structs that C must subclass.
// One header for each boundary, so that each can be read alone.
#include "platform_git.h"
#include "platform_curl.h"
#include "platform_linux.h"
#include "platform_child.h"
