/* Aggregate reports as they are written: RFC 9990 (section 3.1, appendix A), or RFC 7489
 * (appendix C) for who reads no other. The structs are those of the reader, so what is
 * written can be read back and compared.
 *
 * Nothing invalid can come out: order and names are the writer's own, words come from
 * their enums (0 and words of the other standard become a default that each function
 * names), what is no domain is not written as one, texts are escaped, cut at REPORT_TEXT_MAX, and lose what XML forbids.
 *
 * Octets go to `put` in pieces of at most AGGREGATE_PIECE; memory does not grow with the
 * report. */
#ifndef REPORT_AGGREGATE_WRITE_H
#define REPORT_AGGREGATE_WRITE_H

#include "report.h"

#define AGGREGATE_PIECE ((size_t)16 * 1024)

enum aggregate_flavour {
    AGGREGATE_RFC9990,
    AGGREGATE_RFC7489
};

struct aggregate_writer {
    /* Takes the next octets. False: writing has failed, and nothing more is handed over. */
    bool (*put)(struct aggregate_writer *self, struct sceau_slice octets);
    enum aggregate_flavour flavour;
    uint64_t records;
    bool has_failed;
    size_t len;
    char piece[AGGREGATE_PIECE];
};

/* The document's beginning: metadata and the policy published. Of `report` these count:
 * org_name, email, extra_contact_info, report_id, begin, end, error, generator, policy. */
void aggregate_write_begin(struct aggregate_writer *w, enum aggregate_flavour flavour,
                           bool (*put)(struct aggregate_writer *, struct sceau_slice),
                           const struct report_aggregate *report);

/* One record. Not written, and false, when it has no address, no count or no author
 * domain: a report may not hold such a one. Of the SPF results that of MAIL FROM counts
 * (RFC 9990 section 3.1.1.13); signatures without a selector are left out in RFC 9990. */
bool aggregate_write_record(struct aggregate_writer *w,
                            const struct report_record *record);

/* The end. False when `put` failed, or no record was written: RFC 9990 wants one. */
bool aggregate_write_end(struct aggregate_writer *w);

/* Signatures in the order of RFC 9990 section 3.1.3: passes aligned strictly, passes
 * aligned with the organizational domain, other passes, the rest. Stable; the first
 * REPORT_DKIM_MAX are what a record takes. */
void aggregate_order_signatures(struct report_auth *signatures, size_t count,
                                struct sceau_slice author_domain,
                                struct sceau_slice organizational_domain);

#endif
