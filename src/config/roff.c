/* man(7): what groff and mandoc both take without a warning. */
#include "roff.h"

#define WIDTH 76 /* of running text in the source, escapes included; mandoc wants 80 */

/* What stands for the octet in the source; NULL: itself. */
static const char *
escape(char c)
{
    switch (c) {
    case '\\': return "\\e";
    case '-': return "\\-";   /* to be copied and pasted */
    case '~': return "\\(ti"; /* likewise */
    case '^': return "\\(ha";
    case '`': return "\\(ga";
    case '\'': return "\\(aq";
    case '"': return "\\(dq"; /* no end of a macro's argument */
    default: return NULL;
    }
}

void
roff_text(struct text *t, struct sceau_slice text)
{
    if (text.len > 0 && (text.ptr[0] == '.' || text.ptr[0] == '\''))
        text_string(t, "\\&"); /* no macro at the start of a line */
    for (size_t i = 0; i < text.len; i++) {
        const char *escaped = escape(text.ptr[i]);
        if (escaped != NULL)
            text_string(t, escaped);
        else
            text_octet(t, text.ptr[i]);
    }
}

/* How many octets of source the text makes. */
static size_t
width(struct sceau_slice text)
{
    size_t octets = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *escaped = escape(text.ptr[i]);
        octets += escaped != NULL ? strlen(escaped) : 1;
    }
    return octets;
}

static void
upper(struct text *t, const char *name)
{
    for (; *name != '\0'; name++)
        text_octet(t, *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name);
}

void
roff_head(struct text *t, const char *name, unsigned section, const char *sentence)
{
    text_string(t, ".TH ");
    upper(t, name);
    text_format(t, " %u %s \"sceau %s\"\n", section, SCEAU_DATE, sceau_version());
    roff_section(t, "NAME");
    text_string(t, name); /* no escapes: indexers read this line */
    text_string(t, " \\- ");
    roff_text(t, sceau_slice_from(sentence));
    text_octet(t, '\n');
}

void
roff_section(struct text *t, const char *title)
{
    text_string(t, ".SH ");
    upper(t, title);
    text_octet(t, '\n');
}

void
roff_subsection(struct text *t, const char *title)
{
    text_string(t, ".SS ");
    roff_text(t, sceau_slice_from(title));
    text_octet(t, '\n');
}

/* Source lines end where a word would pass the width. */
static void
running(struct text *t, struct sceau_slice text)
{
    struct sceau_slice word;
    struct sceau_slice line = {text.ptr, 0};
    while (slice_next(&text, ' ', &word)) {
        struct sceau_slice longer = {line.ptr,
                                     (size_t)(word.ptr + word.len - line.ptr)};
        if (line.len > 0 && width(longer) > WIDTH) {
            roff_text(t, line);
            text_octet(t, '\n');
            line = word;
        } else {
            line = longer;
        }
    }
    roff_text(t, line);
    text_octet(t, '\n');
}

void
roff_paragraphs(struct text *t, struct sceau_slice text)
{
    struct sceau_slice line;
    bool is_between = false;
    while (slice_next(&text, '\n', &line)) {
        if (line.len == 0) {
            is_between = true;
            continue;
        }
        if (is_between)
            text_string(t, ".PP\n");
        is_between = false;
        running(t, line);
    }
}

void
roff_entry(struct text *t, const char *term, const char *argument,
           struct sceau_slice sentence)
{
    text_string(t, ".TP\n\\fB");
    roff_text(t, sceau_slice_from(term));
    text_string(t, "\\fR");
    if (argument != NULL) {
        text_string(t, " \\fI");
        roff_text(t, sceau_slice_from(argument));
        text_string(t, "\\fR");
    }
    text_octet(t, '\n');
    running(t, sentence);
}

void
roff_verbatim(struct text *t, struct sceau_slice lines)
{
    struct sceau_slice line;
    text_string(t, ".nf\n");
    while (slice_next(&lines, '\n', &line)) {
        if (line.len > 0) {
            roff_text(t, line);
            text_octet(t, '\n');
        }
    }
    text_string(t, ".fi\n");
}
