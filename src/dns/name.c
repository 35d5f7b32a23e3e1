/* Domain names: wire, asked and presentation form (RFC 1035, 4343). */
#include "name.h"

#include <stdio.h>

bool
dns_name_add_label(struct dns_name *name, struct sceau_slice label)
{
    /* one octet of length, one kept for the root */
    if (label.len == 0 || label.len > DOMAIN_LABEL_MAX ||
        name->len + 1 + label.len + 1 > DNS_NAME_WIRE_MAX)
        return false;
    name->wire[name->len] = (char)label.len;
    memcpy(name->wire + name->len + 1, label.ptr, label.len);
    name->len += 1 + label.len;
    return true;
}

bool
dns_name_add_name(struct dns_name *name, struct sceau_slice wire)
{
    if (wire.len > DNS_NAME_WIRE_MAX - name->len)
        return false;
    memcpy(name->wire + name->len, wire.ptr, wire.len);
    name->len += wire.len;
    return true;
}

bool
dns_name_from_asked(struct sceau_slice asked, struct dns_name *name)
{
    struct sceau_slice label;
    const struct dns_name root = dns_name_root();
    *name = (struct dns_name){0};
    if (slice_eq(asked, SCEAU_SLICE(".")))
        return dns_name_add_name(name, dns_name_slice(&root));
    while (slice_next(&asked, '.', &label)) {
        if (!dns_name_add_label(name, label))
            return false;
    }
    return dns_name_add_name(name, dns_name_slice(&root));
}

void
dns_name_lower(struct dns_name *name)
{
    for (size_t i = 0; i < name->len; i++)
        name->wire[i] = ascii_lower(name->wire[i]);
}

bool
dns_name_equal(struct sceau_slice a, struct sceau_slice b)
{
    return slice_eq_ci(a, b); /* length octets have no letter case */
}

size_t
dns_name_length(struct sceau_slice s)
{
    size_t at = 0;
    while (at < s.len && at < DNS_NAME_WIRE_MAX) {
        size_t label = (unsigned char)s.ptr[at];
        if (label == 0)
            return at + 1;
        if (label > DOMAIN_LABEL_MAX)
            return 0;
        at += 1 + label;
    }
    return 0;
}

/* Take the first label off a valid wire form; false at the root. */
static bool
next_label(struct sceau_slice *wire, struct sceau_slice *label)
{
    size_t len = (unsigned char)wire->ptr[0];
    if (len == 0)
        return false;
    *label = slice_sub(*wire, 1, len);
    *wire = slice_skip(*wire, 1 + len);
    return true;
}

struct sceau_slice
dns_name_to_asked(struct sceau_arena *arena, struct sceau_slice wire)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_slice label;
    while (next_label(&wire, &label)) {
        if (t.len > 0)
            text_octet(&t, '.');
        for (size_t i = 0; i < label.len; i++) {
            char c = label.ptr[i];
            if (c == '.' || c == '\\')
                text_format(&t, "\\%03u", (unsigned char)c);
            else
                text_octet(&t, c);
        }
    }
    if (t.len == 0)
        text_octet(&t, '.');
    return text_done(&t);
}

void
dns_name_escape(struct sceau_slice wire, char out[DNS_NAME_TEXT_MAX])
{
    struct sceau_slice label;
    size_t len = 0;
    while (next_label(&wire, &label)) {
        for (size_t i = 0; i < label.len; i++) {
            char c = label.ptr[i];
            if (c <= ' ' || c >= 0x7f || strchr(".;\"\\()@$", c) != NULL)
                len += (size_t)snprintf(out + len, 5, "\\%03u", (unsigned char)c);
            else
                out[len++] = c;
        }
        out[len++] = '.';
    }
    if (len == 0)
        out[len++] = '.';
    out[len] = '\0';
}

void
dns_name_present(struct text *t, struct sceau_slice wire)
{
    char out[DNS_NAME_TEXT_MAX];
    dns_name_escape(wire, out);
    text_string(t, out);
}
