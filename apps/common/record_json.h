/* A journal record as JSON. */
#ifndef APP_RECORD_JSON_H
#define APP_RECORD_JSON_H

#include "core/json.h"
#include "store/record.h"

/* The members, without the braces around them. */
void record_members(struct json *j, const struct record_message *message);

#endif
