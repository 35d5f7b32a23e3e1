/* A journal record as JSON. */
#ifndef APP_RECORD_JSON_H
#define APP_RECORD_JSON_H

#include "core/json.h"
#include "store/record.h"
#include "store/sample.h"

/* The members, without the braces around them. */
void record_members(struct json *j, const struct record_message *message);

/* The same of a sample of a failed message: what it is about, and how much of it is kept. Its
 * text is not shown. */
void record_sample_members(struct json *j, const struct store_sample *sample);

#endif
