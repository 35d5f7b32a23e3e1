/* What a report costs at the least with the same two libraries: expat over its XML, with handlers
 * that do nothing, and as many rows into SQLite in one transaction. No gzip, no second process,
 * no checks, no sums.
 *
 *     sceau-bench-bare XML ROWS DATABASE */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <expat.h>
#include <sqlite3.h>

static void
on_open(void *self, const XML_Char *name, const XML_Char **attributes)
{
    (void)self;
    (void)name;
    (void)attributes;
}

static void
on_close(void *self, const XML_Char *name)
{
    (void)self;
    (void)name;
}

static void
on_text(void *self, const XML_Char *text, int len)
{
    (void)self;
    (void)text;
    (void)len;
}

static bool
parse(const char *path)
{
    static char chunk[16 * 1024];
    FILE *f = fopen(path, "rb");
    XML_Parser parser = XML_ParserCreate(NULL);
    size_t n = 1;
    bool is_good = f != NULL && parser != NULL;
    if (is_good) {
        XML_SetElementHandler(parser, on_open, on_close);
        XML_SetCharacterDataHandler(parser, on_text);
    }
    while (is_good && n > 0) {
        n = fread(chunk, 1, sizeof chunk, f);
        is_good = XML_Parse(parser, chunk, (int)n, n == 0) == XML_STATUS_OK;
    }
    XML_ParserFree(parser);
    if (f != NULL)
        fclose(f);
    return is_good;
}

/* Values as a record has them. */
static bool
insert(sqlite3_stmt *s, int n)
{
    static const char *const texts[] = {"example.com", "www.example.com", "example.com",
                                        "sel1", "www.example.com"};
    unsigned char ip[4] = {10, (unsigned char)(n >> 16), (unsigned char)(n >> 8),
                           (unsigned char)n};
    sqlite3_bind_int(s, 1, 1);
    sqlite3_bind_int(s, 2, n);
    sqlite3_bind_blob(s, 3, ip, sizeof ip, SQLITE_STATIC);
    for (int i = 0; i < 5; i++)
        sqlite3_bind_int(s, 4 + i, i);
    for (int i = 0; i < 5; i++)
        sqlite3_bind_text(s, 9 + i, texts[i], -1, SQLITE_STATIC);
    bool is_done = sqlite3_step(s) == SQLITE_DONE;
    return sqlite3_reset(s) == SQLITE_OK && is_done;
}

static bool
store(const char *path, int rows)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    bool is_good =
        sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_exec(
            db,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
            "CREATE TABLE record (report INTEGER, n INTEGER, ip BLOB, count "
            "INTEGER, disposition INTEGER, dkim INTEGER, spf INTEGER, flags "
            "INTEGER, domain TEXT, header_from TEXT, dkim_domain TEXT, selector "
            "TEXT, spf_domain TEXT, PRIMARY KEY (report, n)) WITHOUT ROWID; "
            "BEGIN",
            NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(
            db,
            "INSERT INTO record VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
            -1, &s, NULL) == SQLITE_OK;
    for (int n = 0; is_good && n < rows; n++)
        is_good = insert(s, n);
    sqlite3_finalize(s);
    is_good = is_good && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    if (!is_good)
        fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(db));
    sqlite3_close(db);
    return is_good;
}

int
main(int argc, char **argv)
{
    if (argc == 4 && parse(argv[1]) && store(argv[3], (int)strtol(argv[2], NULL, 10)))
        return 0;
    fprintf(stderr, "sceau-bench-bare XML ROWS DATABASE\n");
    return 1;
}
