/* The shape of the option table. table.c is the table. */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include "config/config.h"

/* How a value is written, and what its member is. value.c reads and writes each. */
enum config_type {
    CONFIG_TEXT,      /* struct sceau_slice */
    CONFIG_FILE_NAME, /* struct sceau_slice */
    CONFIG_DOMAIN,  /* struct sceau_slice: a domain as A-labels, lower case; or none */
    CONFIG_MAILBOX, /* struct sceau_slice: a mail address; or none */
    CONFIG_FIELD_NAME,  /* struct sceau_slice: the name of a header field */
    CONFIG_CHOICE,      /* an enum in the order of `choices` */
    CONFIG_YES_NO,      /* bool */
    CONFIG_NUMBER,      /* uint64_t, min..max */
    CONFIG_SIZE,        /* uint64_t, octets */
    CONFIG_TIME,        /* uint64_t, seconds, min..max */
    CONFIG_DATE,        /* int64_t, the day's first second in UTC; INT64_MAX: never */
    CONFIG_FIELD_NAMES, /* struct config_words */
    CONFIG_DOMAINS,     /* struct config_words: A-labels, lower case */
    CONFIG_ADDRESSES,   /* struct config_words: addresses, or domains as above */
    CONFIG_NETWORKS,    /* struct config_networks */
    CONFIG_SERVERS,     /* struct config_servers */
    CONFIG_NAMES,       /* struct config_words: names as a zone file has them */
    CONFIG_HOSTS,       /* struct config_hosts */
    CONFIG_MXS,         /* struct config_mxs */
    CONFIG_LISTENERS,   /* struct config_words: each a struct milter_listener */
    CONFIG_WORDS,       /* struct config_words: as they stand */
};

struct config_option {
    const char *key;
    enum config_type type;
    const char *choices; /* words by blanks, CONFIG_CHOICE only */
    uint64_t min,
        max; /* CONFIG_NUMBER, CONFIG_SIZE, CONFIG_TIME; min of octets for texts */
    const char *fallback; /* the default as text; "": empty, none */
    size_t offset;        /* in the section's struct */
    const char *sentence; /* begins with a capital, ends with a full stop */
};

/* What stands in the quotes of [section "name"]. */
enum config_naming {
    CONFIG_UNNAMED,
    CONFIG_NAMED_DOMAIN,
    CONFIG_NAMED_ADDRESS,
    CONFIG_NAMED_WORD, /* letters, digits, "-" and "_" */
};

struct config_section {
    const char *name;
    enum config_naming naming;
    const char *example; /* of a name; NULL when unnamed */
    const char *sentence;
    const struct config_option *options;
    size_t option_count;
    size_t
        offset; /* in struct sceau_config: of the struct, or of the array's pointer */
    size_t count_offset; /* of the array's count */
    size_t size;         /* of the struct; its first member is the name when named */
};

extern const struct config_section config_sections[];
extern const size_t config_section_count;

#endif
