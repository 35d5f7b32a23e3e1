/* GMime's own walk goes through parts, parts of parts and mails in mails without a
 * recursion of ours. Where a message/feedback-report was met, what follows is the message
 * it is about: no report, whatever is in it. */
#include "mail.h"

#include <gmime/gmime.h>

struct mail_walk {
    struct mail_parts *parts;
    GMimeStream *fields; /* decoded message/feedback-report */
    GMimeStream *text;   /* the first text/plain */
    char *original;      /* header of the message it is about */
    unsigned count;      /* parts so far */
};

void
mail_init(void)
{
    g_mime_init();
}

static struct sceau_slice
octets_of(GMimeStream *stream)
{
    if (stream == NULL)
        return SLICE_NONE;
    GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    return (struct sceau_slice){array->len > 0 ? (const char *)array->data : "",
                                array->len};
}

/* The part's content without its transfer encoding. */
static GMimeStream *
decoded(GMimePart *part)
{
    GMimeStream *stream = g_mime_stream_mem_new();
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    if (content != NULL)
        g_mime_data_wrapper_write_to_stream(content, stream);
    return stream;
}

static bool
is_type(GMimeObject *object, const char *type, const char *subtype)
{
    GMimeContentType *content_type = g_mime_object_get_content_type(object);
    return content_type != NULL &&
           g_mime_content_type_is_type(content_type, type, subtype);
}

/* Some of them carry the message as text/rfc822-headers, or as plain octets. */
static void
take_original(struct mail_walk *w, GMimeObject *object)
{
    if (w->original != NULL)
        return;
    if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *message =
            g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        if (message != NULL)
            w->original = g_mime_object_get_headers(GMIME_OBJECT(message), NULL);
    } else if (GMIME_IS_PART(object) && is_type(object, "text", "rfc822-headers")) {
        GMimeStream *stream = decoded(GMIME_PART(object));
        struct sceau_slice text = octets_of(stream);
        w->original = g_strndup(text.ptr, text.len);
        g_object_unref(stream);
    }
}

static void
take_part(struct mail_walk *w, GMimeObject *object)
{
    if (!GMIME_IS_PART(object))
        return;
    GMimeStream *stream = decoded(GMIME_PART(object));
    bool is_text = is_type(object, "text", "plain");
    if (is_type(object, "message", "feedback-report")) {
        w->fields = stream;
        return;
    }
    if (!is_type(object, "text", "html")) {
        const char *name = g_mime_part_get_filename(GMIME_PART(object));
        w->parts->part(w->parts, sceau_slice_from(name), is_text, octets_of(stream));
    }
    if (is_text && w->text == NULL)
        w->text = stream;
    else
        g_object_unref(stream);
}

/* "1.2.1": how deep. */
static unsigned
depth_of(GMimePartIter *iter)
{
    char *path = g_mime_part_iter_get_path(iter);
    unsigned depth = 1;
    for (const char *p = path; p != NULL && *p != '\0'; p++)
        depth += *p == '.';
    g_free(path);
    return depth;
}

static bool
walk(struct mail_walk *w, GMimePartIter *iter)
{
    bool has_more = g_mime_part_iter_is_valid(iter);
    while (has_more) {
        GMimeObject *object = g_mime_part_iter_get_current(iter);
        if (++w->count > REPORT_MIME_PARTS || depth_of(iter) > REPORT_MIME_DEPTH)
            return false;
        if (w->fields != NULL)
            take_original(w, object);
        else
            take_part(w, object);
        has_more = g_mime_part_iter_next(iter);
    }
    return true;
}

static void
tell_failure(struct mail_walk *w)
{
    struct failure_parts parts = {
        .fields = octets_of(w->fields),
        .text = octets_of(w->text),
        .original = sceau_slice_from(w->original),
    };
    if (parts.fields.len > REPORT_FAILURE_MAX)
        parts.fields.len = REPORT_FAILURE_MAX;
    if (parts.fields.ptr != NULL || failure_is_told(parts.text))
        w->parts->failure(w->parts, &parts);
}

bool
mail_read(struct sceau_slice mail, struct mail_parts *parts)
{
    struct mail_walk w = {.parts = parts};
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(mail.ptr, mail.len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    bool is_done = true;
    if (message != NULL) {
        GMimePartIter *iter = g_mime_part_iter_new(GMIME_OBJECT(message));
        is_done = walk(&w, iter);
        g_mime_part_iter_free(iter);
        if (is_done)
            tell_failure(&w);
        g_object_unref(message);
    }
    if (w.fields != NULL)
        g_object_unref(w.fields);
    if (w.text != NULL)
        g_object_unref(w.text);
    g_free(w.original);
    g_object_unref(parser);
    g_object_unref(stream);
    return is_done;
}
