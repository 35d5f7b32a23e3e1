/* Octets made fit for an XML parser that gives up at the first slip: what reporters break
 * most (octets that are no UTF-8, control characters, a lone "&", blanks before the XML
 * declaration) is put right on the way, and told. */
#ifndef REPORT_CLEAN_H
#define REPORT_CLEAN_H

#include "report.h"

#define CLEAN_TOLD   20     /* repairs that are told */
#define CLEAN_UNTOLD 100000 /* more than these, and it is no text at all */

struct cleaner {
    /* Cleaned octets. False: stop. */
    bool (*emit)(struct cleaner *self, struct sceau_slice octets);
    /* The place is where the octets emitted so far end. */
    void (*repair)(struct cleaner *self, enum report_repair_kind kind);
    char in[8192 + 64]; /* what is looked at, from the last call on */
    size_t in_len;
    char out[32 * 1024];
    size_t out_len;
    uint64_t lines_before; /* line ends taken away before the XML */
    uint64_t repairs;      /* of octets and references */
    uint64_t untold;       /* those beyond CLEAN_TOLD */
    bool is_past_mark;     /* the byte order mark, were there one */
    bool has_blanks;       /* before the XML */
    bool has_started;      /* the first octets of XML were seen */
    bool is_as_it_is;      /* UTF-16: nothing is touched */
    bool is_utf8;          /* neither is an octet above 127 of another encoding */
    bool is_cdata;
    bool is_stopped;
};

void cleaner_init(struct cleaner *c, bool (*emit)(struct cleaner *, struct sceau_slice),
                  void (*repair)(struct cleaner *, enum report_repair_kind));

/* The next octets. False once emit said stop. */
bool cleaner_feed(struct cleaner *c, struct sceau_slice octets);

/* No more octets. */
bool cleaner_end(struct cleaner *c);

#endif
