/* What this host saw, as a row of the aggregate report that it will send (RFC 9990 section
 * 3.1.1.7): messages that are alike in all of it are one row with a count.
 *
 * A row is octets: version u8, disposition u8, DKIM u8, SPF u8, reason u8, comment, then the
 * SPF check (result u8, domain) and the signatures (number u8; result u8, domain, selector),
 * each text with its length in front (u16). The numbers are those of report/report.h. */
#ifndef STORE_OBSERVATION_H
#define STORE_OBSERVATION_H

#include "record.h"
#include "report/report.h"

#define OBSERVATION_VERSION 1

/* Is the message one that its domain is told about? Not one that was only signed, has no
 * policy record or an author that is no domain name, was sent away to come again, or was
 * refused for other reasons than its own policy (FEATURES G5: reports to whoever is refused
 * anyway do harm) unless `refused_too`. */
bool observation_is_reported(const struct record_message *message, bool refused_too);

/* The message as a record with count 1; texts borrow. Signatures are in the order of
 * section 3.1.3 with the policy domain for the organizational one. A disposition that the
 * policy did not ask for has a reason, as section 3.1.1.9 demands. */
void observation_of(const struct record_message *message, struct report_record *record);

/* Add the row's octets: all of the record but address, author, envelope sender, count. */
void observation_write(struct text *out, const struct report_record *record);

/* Read them into a record whose other members are left alone; texts borrow. False when
 * they are of another version or broken. */
bool observation_read(struct sceau_slice octets, struct report_record *record);

#endif
