/* JSON under construction (RFC 8259). Only what is well formed can be written, as long as
 * brackets are paired. */
#include "json.h"

struct json
json_new(struct sceau_arena *arena)
{
    return (struct json){.text = text_new(arena, SIZE_MAX)};
}

static void
begin_value(struct json *j)
{
    if (j->needs_comma)
        text_octet(&j->text, ',');
    j->needs_comma = true;
}

void
json_open(struct json *j, char bracket)
{
    begin_value(j);
    text_octet(&j->text, bracket);
    j->needs_comma = false;
}

void
json_close(struct json *j, char bracket)
{
    text_octet(&j->text, bracket);
    j->needs_comma = true;
}

void
json_key(struct json *j, const char *key)
{
    begin_value(j);
    text_json(&j->text, sceau_slice_from(key));
    text_octet(&j->text, ':');
    j->needs_comma = false;
}

void
json_slice(struct json *j, struct sceau_slice value)
{
    begin_value(j);
    if (value.ptr == NULL)
        text_string(&j->text, "null");
    else
        text_json(&j->text, value);
}

void
json_text(struct json *j, const char *value)
{
    json_slice(j, sceau_slice_from(value));
}

void
json_number(struct json *j, int64_t value)
{
    begin_value(j);
    text_format(&j->text, "%lld", (long long)value);
}

void
json_bool(struct json *j, bool value)
{
    begin_value(j);
    text_string(&j->text, value ? "true" : "false");
}

void
json_raw(struct json *j, const char *format, ...)
{
    va_list args;
    begin_value(j);
    va_start(args, format);
    text_vformat(&j->text, format, args);
    va_end(args);
}

void
json_none(struct json *j)
{
    json_slice(j, SLICE_NONE);
}

void
json_key_slice(struct json *j, const char *key, struct sceau_slice value)
{
    json_key(j, key);
    json_slice(j, value);
}

void
json_key_string(struct json *j, const char *key, const char *value)
{
    json_key(j, key);
    json_text(j, value);
}

void
json_key_number(struct json *j, const char *key, int64_t value)
{
    json_key(j, key);
    json_number(j, value);
}

void
json_key_bool(struct json *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

struct sceau_slice
json_done(struct json *j)
{
    return text_done(&j->text);
}
