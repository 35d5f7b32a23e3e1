/* The making of a set, shared by hosts (make.c) and policies (policy.c). */
#ifndef RECORDS_MAKER_H
#define RECORDS_MAKER_H

#include "dns/name.h"
#include "records.h"

struct maker {
    struct sceau_arena *arena;
    const struct sceau_config *config;
    const struct config_domain *domain;
    enum language language;
    struct records_record *records;
    size_t count, capacity;
    struct records_claim *claims;
    size_t claim_count, claim_capacity;
    struct sceau_slice problem; /* the first; NULL: none */
    bool is_full;               /* of the arena */
};

/* Say what is wrong; the first problem stays. `english` has the holes of `words`. */
void maker_refuse(struct maker *m, const char *english,
                  const struct language_word *words, size_t count);

/* The wire form of an asked name, in the arena; refused when it is none. */
struct sceau_slice maker_wire(struct maker *m, struct sceau_slice name);

/* Add a record; its rdata and text are set by the caller. NULL when the arena is full. A
 * record that is there already is not added again: also NULL. */
struct records_record *maker_add(struct maker *m, enum records_section section,
                                 struct sceau_slice name, uint16_t type,
                                 struct sceau_slice rdata);

/* Add a TXT record; its strings are cut behind `first` octets (0: nowhere) and at 255. */
struct records_record *maker_add_text(struct maker *m, enum records_section section,
                                      struct sceau_slice name, struct sceau_slice text,
                                      size_t first);

/* Records of that name, type and beginning are this description's. */
void maker_claim(struct maker *m, struct sceau_slice name, uint16_t type,
                 const char *prefix);

/* The names that send: the domain itself, then each sender. */
size_t maker_sender_count(const struct maker *m);
struct sceau_slice maker_sender(struct maker *m, size_t i);

/* policy.c: SPF of all names that send; DKIM; DMARC and the agreements to reports. */
void maker_spf(struct maker *m);
void maker_dkim(struct maker *m, const struct records_key *keys, size_t count);
void maker_dmarc(struct maker *m);

#endif
