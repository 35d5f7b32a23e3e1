/* Keys as other programs keep them, read without changing anything: the blocks that
 * zmdkimkeyutil -q prints (and sceau key query), and OpenDKIM's KeyTable and SigningTable.
 * Pure; files that a KeyTable names are the caller's to read. */
#ifndef KEYS_IMPORT_H
#define KEYS_IMPORT_H

#include "core/slice.h"

/* One key. All slices borrow the text. */
struct keys_found {
    struct sceau_slice name;     /* of a KeyTable's row; else empty */
    struct sceau_slice domain;   /* as written; "%" in a KeyTable is the sender's */
    struct sceau_slice selector; /* as written */
    struct sceau_slice key;      /* PEM; of a KeyTable a path, PEM or base64 */
    size_t line;                 /* where it stands, from 1 */
};

struct keys_found_list {
    struct keys_found *items; /* in the arena */
    size_t count;
};

/* One row of a SigningTable: whose mail is signed with which row of the KeyTable. */
struct keys_signing {
    struct sceau_slice pattern; /* "*@example.org", "example.org", "ann@example.org" */
    struct sceau_slice domain;  /* of the pattern: empty when it names none ("*") */
    struct sceau_slice name;
    size_t line;
};

struct keys_signing_list {
    struct keys_signing *items;
    size_t count;
};

/* What a text is, by its looks. */
enum keys_text {
    KEYS_TEXT_PEM,
    KEYS_TEXT_BLOCKS,
    KEYS_TEXT_TABLE,
};

enum keys_text keys_text_kind(struct sceau_slice text);

/* Read blocks. SCEAU_E_SYNTAX, with the place, for a block without domain, selector or
 * private key; SCEAU_E_LIMIT when the arena is full. */
enum sceau_status keys_import_blocks(struct sceau_arena *arena, struct sceau_slice text,
                                     struct keys_found_list *list,
                                     struct sceau_diag *diag);

/* Read a KeyTable: "NAME DOMAIN:SELECTOR:KEY" a line, # begins a comment. As above. */
enum sceau_status keys_import_table(struct sceau_arena *arena, struct sceau_slice text,
                                    struct keys_found_list *list,
                                    struct sceau_diag *diag);

/* Read a SigningTable: "PATTERN NAME" a line; what stands behind is left out. As above. */
enum sceau_status keys_import_signing(struct sceau_arena *arena,
                                      struct sceau_slice text,
                                      struct keys_signing_list *list,
                                      struct sceau_diag *diag);

#endif
