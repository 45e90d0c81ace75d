#pragma once
#include <sqlite3.h>
#include <sys/vfs.h>

// sqlite3_config takes any number of arguments, which Swift cannot call. It must come before everything else of SQLite;
// later it changes nothing. Without it each statement that replaces or deletes rows maps and unmaps 64 KiB for its
// journal, each temporary table 87 KiB for its pages, and each allocation takes a lock to be counted.
static inline void csqlite_keep_small(void) {
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, (void *)0, 0, 0);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// SQLITE_TRANSIENT is a cast of -1 to a function pointer, which Swift cannot import. A null text is the empty text
// here, because Swift's empty buffers have no address and SQLite would bind NULL.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 length) {
    return sqlite3_bind_text64(statement, index, text ? text : "", length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

// Whether the file lies on NFS, whose `flock` is a lock of the kind that SQLite takes (flock(2)). Swift's view of the C
// library leaves statfs(2) out.
static inline int csqlite_is_on_nfs(const char *path) {
    struct statfs system;
    return statfs(path, &system) == 0 && system.f_type == 0x6969;
}
