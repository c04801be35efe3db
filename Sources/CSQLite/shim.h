#pragma once
#include <sqlite3.h>

// Whether closing the last connection moves the write-ahead log into the database and removes it. sqlite3_db_config is
// variadic, which Swift cannot import.
static inline int stoker_sqlite_checkpoint_on_close(sqlite3 *database, int enabled) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !enabled, (int *)0);
}
