/* A zone's text as it was written and as BIND reads it: the octets of each file stay as
 * they are (comments, blanks, order), and beside them stand the records they mean.
 *
 * RFC 1035 section 5; RFC 2308 section 4 ($TTL), 3597 (unknown types); $INCLUDE, $GENERATE
 * and the rules for a missing TTL as BIND 9 has them. Pure: included files come from a
 * callback. */
#ifndef ZONE_DOCUMENT_H
#define ZONE_DOCUMENT_H

#include "core/slice.h"
#include "dns/name.h"

#define ZONE_ERRORS_MAX    100   /* then reading stops */
#define ZONE_FILES_MAX     100   /* with all that is included */
#define ZONE_DEPTH_MAX     8     /* of $INCLUDE */
#define ZONE_GENERATE_MAX  1000  /* records of one $GENERATE (DESIGN.md section 11) */
#define ZONE_GENERATED_MAX 65536 /* and of all of them */

/* A word or a quoted string of an entry. */
struct zone_field {
    struct sceau_slice
        text; /* in the file's text; of a quoted one: between the quotes */
    bool is_quoted;
    size_t line, column; /* from 1; the column counts octets, of the quote if any */
};

enum zone_entry_kind {
    ZONE_ENTRY_EMPTY,     /* blanks and comments */
    ZONE_ENTRY_DIRECTIVE, /* $ORIGIN and its kin */
    ZONE_ENTRY_RECORD,
    ZONE_ENTRY_BROKEN, /* has an error; its fields are there as far as they go */
};

/* One entry: a line, or the lines that parentheses join. The entries of a file lie end to
 * end and leave nothing out. */
struct zone_entry {
    enum zone_entry_kind kind;
    struct sceau_slice text; /* up to and with its line end */
    size_t line;
    bool has_owner; /* its first field stands in the first column */
    const struct zone_field *fields;
    size_t field_count;
};

struct zone_file {
    struct sceau_slice name; /* as the caller or $INCLUDE called it */
    struct sceau_slice text;
    const struct zone_entry *const *entries;
    size_t entry_count;
};

/* Where the TTL of a record comes from. */
enum zone_ttl_source {
    ZONE_TTL_STATED,
    ZONE_TTL_DEFAULT,  /* $TTL */
    ZONE_TTL_PREVIOUS, /* of the record before: RFC 1035 section 5.1 */
    ZONE_TTL_MINIMUM,  /* the SOA's last number, as BIND does without $TTL */
    ZONE_TTL_MISSING,  /* BIND refuses the zone */
};

struct zone_record {
    const struct zone_file *file;
    const struct zone_entry *entry;
    struct sceau_slice owner;  /* wire form, letter case as written */
    struct sceau_slice origin; /* wire form of the $ORIGIN in force */
    uint16_t type;
    uint32_t ttl;
    enum zone_ttl_source ttl_source;
    uint32_t
        set_ttl; /* as BIND loads it: of the first of this type since the owner last
                       * changed */
    struct sceau_slice rdata; /* wire form; {NULL, 0} when it was not read */
    bool is_broken;           /* the rdata has an error */
    bool is_generated;        /* by $GENERATE: the fields are not the file's */
    const struct zone_field *owner_field; /* NULL: the record before has it */
    const struct zone_field *ttl_field;   /* NULL: none stated */
    const struct zone_field *type_field;
    const struct zone_field *data; /* the fields of the rdata */
    size_t data_count;
};

/* What was refused, and what should have stood there. Static text. */
struct zone_error {
    const struct zone_file *file;
    size_t line, column;
    const char *problem;
    bool is_expected; /* the problem is what was expected */
};

/* A $TTL and where it stands. */
struct zone_default_ttl {
    const struct zone_file *file;
    size_t line;
    uint32_t ttl;
};

/* What a script of nsupdate deletes. */
struct zone_deletion {
    struct sceau_slice owner; /* wire form */
    uint16_t type;            /* 0: every type of the name */
    struct sceau_slice rdata; /* {NULL, 0}: the whole set */
    size_t after; /* so many records were read before it: what it takes of them */
};

struct zone_document {
    const struct zone_file *const *files; /* the first is the caller's */
    size_t file_count;
    const struct zone_record *records; /* in the order of reading */
    size_t record_count;
    const struct zone_error *errors;
    size_t error_count;
    const struct sceau_slice *lost; /* owners (wire form) of entries that made no record
                                     * of theirs: other types may stand there too */
    size_t lost_count;
    bool has_lost_names; /* some entry's owner is not known: it may be any name */
    bool is_script;      /* of nsupdate: it says only what changes */
    const struct sceau_slice *zones; /* of a script: the names it says (wire form), each
                                      * once, in its order */
    size_t zone_count;
    const struct zone_deletion *deletions; /* of a script, in its order */
    size_t deletion_count;
    bool is_cut;            /* reading stopped at ZONE_ERRORS_MAX */
    bool uses_given_origin; /* a relative name met the origin that the caller gave */
    bool has_default_ttl;   /* some $TTL was read */
};

/* Reads an included file. */
struct zone_loader {
    /* Set *text, which lives as long as the document; or *problem, static text. */
    bool (*load)(struct zone_loader *self, struct sceau_slice name,
                 struct sceau_slice *text, const char **problem);
};

/* Read a zone.
 *
 * arena     owns the document, which borrows `text` and what the loader gives
 * name      what the file is called in findings
 * origin    wire form: for relative names until $ORIGIN says another
 * loader    NULL: $INCLUDE is an error (a zone pasted into a page)
 *
 * A script of nsupdate is read as such (nsupdate.h): its names are relative to the root.
 *
 * Goes on after an error. Returns SCEAU_OK, also for a text full of errors, SCEAU_E_LIMIT
 * when the arena is full, or SCEAU_E_SYSTEM. Linear in the text for each error. */
enum sceau_status zone_document_read(struct sceau_arena *arena, struct sceau_slice name,
                                     struct sceau_slice text,
                                     const struct dns_name *origin,
                                     struct zone_loader *loader,
                                     struct zone_document *document);

/* The record's place: its owner, or else its first word. */
struct zone_place {
    struct sceau_slice file;
    size_t line, column;
};

struct zone_place zone_record_place(const struct zone_record *record);

/* The same for a field of a record: of $GENERATE the directive itself. */
struct zone_place zone_field_place(const struct zone_record *record,
                                   const struct zone_field *field);

/* The lines of the record as they stand in its file, without the last line end. */
struct sceau_slice zone_record_text(const struct zone_record *record);

#endif
