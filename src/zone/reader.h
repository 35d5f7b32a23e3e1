/* The state of reading a zone into a document, shared by the reader of entries
 * (reader.c), of directives (directive.c) and of records (record.c). */
#ifndef ZONE_READER_H
#define ZONE_READER_H

#include "dns/zoneparser.h"
#include "document.h"

/* An array that grows in an arena; what it grew out of stays there. */
struct zone_array {
    void *items;
    size_t count, capacity;
};

struct zone_reader {
    struct sceau_arena *arena;
    struct zone_loader *loader;
    bool is_script;             /* of nsupdate: a semicolon is no comment */
    size_t skip;                /* words of an entry before its record: of a command */
    struct zone_parser *parser; /* of rdata, with its 64 KiB */
    struct sceau_zone_error parser_error;
    bool has_failed;         /* the arena is full: nothing goes on */
    struct zone_array files; /* struct zone_file * */
    struct zone_array records;
    struct zone_array errors;
    struct zone_array fields; /* of the entry being split, before they are copied */
    size_t error_count;
    size_t generated;
    struct zone_array lost;      /* struct sceau_slice */
    struct zone_array zones;     /* of a script: struct sceau_slice */
    struct zone_array deletions; /* struct zone_deletion */
    bool has_lost_names;
    unsigned depth; /* of $INCLUDE */
    bool is_cut;
    bool uses_given_origin;
    /* of the file and entry at hand */
    const struct zone_file *file;
    const struct zone_entry *entry;
    const struct zone_entry *error_entry; /* the last one that has an error */
    bool is_generating;
    struct dns_name origin;
    bool origin_is_given; /* the caller's, not $ORIGIN's */
    struct dns_name owner;
    bool has_owner;
    bool has_default_ttl, has_ttl;
    uint32_t default_ttl, last_ttl;
    enum zone_ttl_source default_source;
};

/* Room for one item more of `size` octets, zeroed; NULL when the arena is full. */
void *zone_array_add(struct zone_reader *r, struct zone_array *array, size_t size);

/* Note an error at that place of the file at hand; the first one of an entry counts. */
void zone_reader_error(struct zone_reader *r, size_t line, size_t column,
                       const char *problem, bool is_expected);

/* The same at `offset` octets into a field. */
void zone_reader_error_at(struct zone_reader *r, const struct zone_field *field,
                          size_t offset, const char *problem, bool is_expected);

/* Where the field behind the last one would stand: what is missing is missed there. */
struct zone_field zone_reader_behind(const struct zone_entry *entry);

/* Read a field as a name, a type or a time to live. False after noting an error. */
bool zone_reader_name(struct zone_reader *r, const struct zone_field *field,
                      struct dns_name *name);
bool zone_reader_ttl(struct zone_reader *r, const struct zone_field *field,
                     uint32_t *ttl);

/* Split one entry off `lexer` into fields. False at the end of the text. *problem is set
 * when the words themselves are broken, and *at says where. */
bool zone_reader_entry(struct zone_reader *r, struct zone_lexer *lexer,
                       struct zone_entry *entry, const char **problem,
                       struct zone_field *at);

/* The entry at hand makes no record, or not all that it should: of the owner that was read
 * last, or of nobody knows which. */
void zone_reader_lose(struct zone_reader *r);

/* Read a file to its end. */
void zone_reader_file(struct zone_reader *r, struct zone_file *file);

/* The same of a script. */
void zone_reader_script(struct zone_reader *r, struct zone_file *file);

/* A record entry, a directive entry. False after noting an error. */
bool zone_reader_record(struct zone_reader *r, const struct zone_entry *entry);
bool zone_reader_directive(struct zone_reader *r, const struct zone_entry *entry);

/* What a script deletes: name [TTL] [class] [type [data]]. False after noting an error. */
bool zone_reader_deletion(struct zone_reader *r, const struct zone_entry *entry,
                          struct zone_deletion *deletion);

#endif
