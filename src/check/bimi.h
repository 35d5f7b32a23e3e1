/* BIMI (draft-brand-indicators-for-message-identification): the record, and what its logo
 * must be (SVG Tiny Portable/Secure). */
#ifndef CHECK_BIMI_H
#define CHECK_BIMI_H

#include "core/slice.h"

#define BIMI_LOGO_MAX ((size_t)32 * 1024) /* octets */

struct bimi_record {
    struct sceau_slice logo, evidence; /* l= and a=, as published; may be empty */
    bool is_declined;                  /* both are empty: no logo is wanted */
};

/* Does a TXT record at default._bimi claim to be one? Others there are left aside. */
bool bimi_is_record(struct sceau_slice text);

/* Parse one record; the result borrows it. SCEAU_OK, SCEAU_E_SYNTAX with diag, or
 * SCEAU_E_LIMIT (too many tags, or the arena is full). */
enum sceau_status bimi_record_parse(struct sceau_arena *arena, struct sceau_slice text,
                                    struct bimi_record *record,
                                    struct sceau_diag *diag);

/* What a logo can have wrong, or-ed. */
enum bimi_fault {
    BIMI_NOT_SVG = 1,
    BIMI_NOT_TINY_PS = 2,
    BIMI_NOT_SQUARE = 4,
    BIMI_NO_TITLE = 8,
    BIMI_TOO_LARGE = 16,
    BIMI_HAS_MORE = 32, /* scripts, images, entities: not in Tiny PS */
    BIMI_FAULT_LAST = BIMI_HAS_MORE,
};

const char *bimi_fault_sentence(enum bimi_fault fault);

/* The faults of a logo, 0 when none is seen. Linear; looks at tags, is no XML parser. */
unsigned bimi_logo_faults(struct sceau_slice svg);

#endif
