/* Writing Received-SPF (RFC 7208 section 9.1):
 *
 *     result FWS [comment FWS] key "=" ( dot-atom / quoted-string ) *( ";" … )
 *
 * The section wants the client's address, HELO and, for MAIL FROM, the sender, and none
 * of the sender's octets that could break the field. */
#include "authres/received_spf.h"

#include "authres/fold.h"

/* "Received-SPF: " stands before the body. */
enum {
    NAME_OCTETS = 14
};

/* key=value; nothing for an empty value. */
static void
add_pair(struct fold *f, const char *key, struct sceau_slice written)
{
    if (written.len == 0)
        return;
    fold_space(f, strlen(key) + 2 + written.len);
    fold_glue(f, sceau_slice_from(key));
    fold_glue(f, SCEAU_SLICE("="));
    fold_glue(f, written);
    fold_glue(f, SCEAU_SLICE(";"));
}

struct sceau_slice
received_spf_write(struct sceau_arena *arena, const struct received_spf *spf,
                   bool is_smtputf8)
{
    char ip[SCEAU_IP_TEXT];
    struct fold f = fold_begin(arena, NAME_OCTETS, is_smtputf8);
    struct sceau_slice sender = fold_mailbox(&f, spf->envelope_from);
    fold_glue(&f, sceau_slice_from(spf->result));
    fold_comment(&f, spf->comment);
    add_pair(&f, "identity", fold_value(&f, sceau_slice_from(spf->identity)));
    if (spf->ip.version != 0) {
        sceau_ip_format(&spf->ip, ip);
        add_pair(&f, "client-ip", fold_value(&f, sceau_slice_from(ip)));
    }
    add_pair(&f, "envelope-from", fold_quoted(&f, sender));
    add_pair(&f, "helo", fold_value(&f, spf->helo));
    add_pair(&f, "receiver", fold_value(&f, spf->receiver));
    add_pair(&f, "mechanism", fold_value(&f, spf->mechanism));
    add_pair(&f, "problem", fold_value(&f, spf->problem));
    return text_done(&f.out);
}
