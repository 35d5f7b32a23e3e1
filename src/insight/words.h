/* Numbers and enums of analysis as sentences, in the reader's language: for commands,
 * pages, digests and alerts alike. What comes back is in the arena and clean: texts of
 * others in it are escaped. */
#ifndef INSIGHT_WORDS_H
#define INSIGHT_WORDS_H

#include "analysis/analysis.h"
#include "language/language.h"

struct words_finding {
    struct sceau_slice what;   /* "example.org: 212 of 212 messages from ... failed" */
    struct sceau_slice remedy; /* what to do; never empty */
    struct sceau_slice
        evidence; /* a path with its filter: "/d/example.org/sources?..." */
};
struct words_finding words_finding(struct sceau_arena *arena, enum language language,
                                   const struct analysis_finding *finding);

/* "since 2026-11-20, found on 2026-11-29": from which day the data says so, and on which that
 * came out. */
struct sceau_slice words_since(struct sceau_arena *arena, enum language language,
                               const struct analysis_finding *finding);

/* "why?": the rule that decided, with its numbers. */
struct sceau_slice words_class(struct sceau_arena *arena, enum language language,
                               const struct analysis_source *source);

/* A line of readiness: what it asks for, and what was found. */
struct sceau_slice words_line(enum language language, enum analysis_line line);
struct sceau_slice words_line_found(struct sceau_arena *arena, enum language language,
                                    enum analysis_line line,
                                    const struct analysis_readiness *readiness);

/* The verdict of all of them, and the what-if, each in a sentence. */
struct sceau_slice words_readiness(struct sceau_arena *arena, enum language language,
                                   const struct analysis_readiness *readiness);
struct sceau_slice words_what_if(struct sceau_arena *arena, enum language language,
                                 const struct analysis_readiness *readiness);

/* The state of a key of ours: "retiring". */
struct sceau_slice words_key_state(enum language language, struct sceau_slice state);

/* What to do about mail of ours that fails by this cause, from sources of this class. */
const char *words_remedy(enum language language, enum analysis_cause cause,
                         enum analysis_class class);

/* "12 345", "98.7 %" ("98,7 %"), "2026-11-29". */
struct sceau_slice words_number(struct sceau_arena *arena, enum language language,
                                uint64_t number);
struct sceau_slice words_share(struct sceau_arena *arena, enum language language,
                               int thousandths);
struct sceau_slice words_day(struct sceau_arena *arena, int day);

#endif
