/* SQLite in its serialized mode: SQLITE THREADS. Each thread fills and asks a database of its own in memory, and all
 * of them write to one that they share, through connections of their own and through a common one. What is printed
 * does not depend on who came first. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sqlite3.h"

enum { PARTS = 8, ROWS = 30000, SHARED_ROWS = 400 };

static const char *const SHARED = "file:/shared?vfs=memdb";
static const int FLAGS = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX;
static sqlite3 *common;
static int next_part;
static pthread_mutex_t next_mutex = PTHREAD_MUTEX_INITIALIZER;

#ifdef __wasi__
/* A system without files of its own: what SQLite asks of it are mutexes, times, random bytes and to sleep. */

static int do_nothing(void) { return SQLITE_OK; }

enum { STATIC_MUTEXES = 16 };
static pthread_mutex_t static_mutexes[STATIC_MUTEXES];

static sqlite3_mutex *new_mutex(int kind) {
    if (kind > SQLITE_MUTEX_RECURSIVE) return (sqlite3_mutex *)&static_mutexes[kind % STATIC_MUTEXES];
    pthread_mutex_t *mutex = malloc(sizeof *mutex);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (kind == SQLITE_MUTEX_RECURSIVE) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    if (mutex) pthread_mutex_init(mutex, &attributes);
    return (sqlite3_mutex *)mutex;
}

static void free_mutex(sqlite3_mutex *mutex) { free(mutex); }
static void enter(sqlite3_mutex *mutex) { pthread_mutex_lock((pthread_mutex_t *)mutex); }
static int try(sqlite3_mutex *mutex) {
    return pthread_mutex_trylock((pthread_mutex_t *)mutex) ? SQLITE_BUSY : SQLITE_OK;
}
static void leave(sqlite3_mutex *mutex) { pthread_mutex_unlock((pthread_mutex_t *)mutex); }

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given) {
    (void)vfs, (void)name, (void)flags, (void)given;
    file->pMethods = NULL;
    return SQLITE_CANTOPEN;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int syncs) {
    (void)vfs, (void)name, (void)syncs;
    return SQLITE_IOERR_DELETE_NOENT;
}

static int has_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    (void)vfs, (void)name, (void)flags;
    return *result = 0;
}

static int full_path(sqlite3_vfs *vfs, const char *name, int room, char *result) {
    (void)vfs;
    sqlite3_snprintf(room, result, "%s", name);
    return SQLITE_OK;
}

static int random_bytes(sqlite3_vfs *vfs, int count, char *result) {
    (void)vfs;
    memset(result, 7, count);
    return count;
}

static int sleep_for(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000L};
    nanosleep(&pause, NULL);
    return microseconds;
}

static int julian_day(sqlite3_vfs *vfs, double *result) {
    (void)vfs;
    *result = 2460000.5;
    return SQLITE_OK;
}

int sqlite3_os_init(void) {
    static sqlite3_vfs vfs = {
        .iVersion = 1, .szOsFile = sizeof(sqlite3_file), .mxPathname = 512, .zName = "none", .xOpen = open_file,
        .xDelete = delete_file, .xAccess = has_access, .xFullPathname = full_path, .xRandomness = random_bytes,
        .xSleep = sleep_for, .xCurrentTime = julian_day,
    };
    return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) { return SQLITE_OK; }

static int configure(void) {
    static const sqlite3_mutex_methods methods = {
        do_nothing, do_nothing, new_mutex, free_mutex, enter, try, leave, NULL, NULL,
    };
    return sqlite3_config(SQLITE_CONFIG_MUTEX, &methods);
}
#else
static int configure(void) { return SQLITE_OK; }
#endif

static void require(int result, sqlite3 *database) {
    if (result == SQLITE_OK) return;
    fprintf(stderr, "%d: %s\n", result, database ? sqlite3_errmsg(database) : sqlite3_errstr(result));
    exit(1);
}

static sqlite3 *open_database(const char *name) {
    sqlite3 *database;
    require(sqlite3_open_v2(name, &database, FLAGS, NULL), NULL);
    require(sqlite3_busy_timeout(database, 60000), database);
    return database;
}

static void execute(sqlite3 *database, const char *words) {
    require(sqlite3_exec(database, words, NULL, NULL, NULL), database);
}

static int keep_row(void *answer, int count, char **values, char **names) {
    (void)names;
    char *end = (char *)answer + strlen(answer);
    for (int i = 0; i < count; i++) end += sprintf(end, i ? " %s" : "%s", values[i] ? values[i] : "-");
    return 0;
}

/* The first row of an answer. */
static const char *ask(sqlite3 *database, const char *words, char *answer) {
    *answer = 0;
    require(sqlite3_exec(database, words, keep_row, answer, NULL), database);
    return answer;
}

static void fill(sqlite3 *database, int part) {
    sqlite3_stmt *statement;
    execute(database, "CREATE TABLE item(id INTEGER PRIMARY KEY, word TEXT, amount REAL); BEGIN");
    require(sqlite3_prepare_v2(database, "INSERT INTO item VALUES(?, ?, ?)", -1, &statement, NULL), database);
    for (uint32_t i = 0, value = 12345u + part; i < ROWS; i++) {
        char word[16];
        value = value * 1664525u + 1013904223u;
        sprintf(word, "w%u", value >> 20);
        sqlite3_bind_int(statement, 1, i);
        sqlite3_bind_text(statement, 2, word, -1, SQLITE_TRANSIENT);
        sqlite3_bind_double(statement, 3, (value >> 8) / 4096.0);
        if (sqlite3_step(statement) != SQLITE_DONE) require(SQLITE_ERROR, database);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    execute(database, "COMMIT; CREATE INDEX item_word ON item(word)");
}

static void work_on(int part) {
    char answer[512], words[1024];
    sqlite3 *own = open_database(":memory:"), *shared = open_database(SHARED);
    fill(own, part);
    ask(own,
        "WITH top AS (SELECT word, count(*) n, sum(amount) s FROM item GROUP BY word ORDER BY n DESC, word LIMIT 5)"
        " SELECT group_concat(word || ':' || n || ':' || printf('%.3f', s)) FROM top", answer);
    sqlite3_snprintf(sizeof words, words, "INSERT INTO answer VALUES(%d, %Q)", part, answer);
    execute(shared, words);
    for (int i = 0; i < SHARED_ROWS; i++) {
        sqlite3_snprintf(sizeof words, words, "UPDATE total SET n = n + 1, s = s + %d", part * i);
        execute(i % 2 ? common : shared, words);
    }
    sqlite3_close(own);
    sqlite3_close(shared);
}

static void *work(void *nothing) {
    for (;;) {
        pthread_mutex_lock(&next_mutex);
        int part = next_part++;
        pthread_mutex_unlock(&next_mutex);
        if (part >= PARTS) return nothing;
        work_on(part);
    }
}

int main(int count, char **words) {
    if (count != 2) return 2;
    int threads = atoi(words[1]);
    pthread_t thread[64];
    char answer[8192];
    require(configure(), NULL);
    common = open_database(SHARED);
    execute(common, "CREATE TABLE answer(part INTEGER PRIMARY KEY, text TEXT); CREATE TABLE total(n, s);"
                    " INSERT INTO total VALUES(0, 0)");
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&thread[i], NULL, work, NULL)) return 3;
    }
    for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    printf("threadsafe %d\n", sqlite3_threadsafe());
    puts(ask(common, "SELECT n, s FROM total", answer));
    puts(ask(common,
        "SELECT group_concat(part || ' ' || text, char(10)) FROM (SELECT * FROM answer ORDER BY part)", answer));
    return sqlite3_close(common) == SQLITE_OK ? 0 : 1;
}
