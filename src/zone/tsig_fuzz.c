/* Any octets as a key file and as a signed reply: nothing is read beyond, a key that is taken
 * signs, and what nobody signed is never good. */
#include "tsig.h"

#include "../../tests/fuzz/check.h"
#include "update.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char ours[] =
        "key k.test { algorithm hmac-sha256; secret \"AAECAwQFBgcICQoLDA0ODw==\"; };";
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new((size_t)4 * 1024 * 1024);
    struct zone_tsig_key key;
    struct zone_tsig_mac mac = {.len = 32};
    struct sceau_diag diag = {0, NULL};
    unsigned rcode;
    if (arena == NULL)
        return 0;
    if (zone_tsig_key_parse(text, &key, &diag) == SCEAU_OK) {
        struct zone_update u;
        zone_update_begin(&u, arena, 1, dns_name_slice(&key.name));
        struct sceau_slice message =
            zone_tsig_sign(arena, zone_update_done(&u), &key, 1700000000, &mac);
        CHECK(message.ptr != NULL && mac.len >= 32);
        CHECK(key.secret_len > 0 && key.secret_len <= sizeof key.secret);
    } else {
        CHECK(diag.expected != NULL && diag.offset <= size);
    }
    CHECK(zone_tsig_key_parse(sceau_slice_from(ours), &key, NULL) == SCEAU_OK);
    CHECK(zone_tsig_verify(text, &key, 1700000000, &mac) != ZONE_TSIG_GOOD);
    if (zone_update_reply(text, 0x1234, &rcode))
        CHECK(rcode <= 15);
    zone_tsig_clear(&key);
    sceau_arena_free(arena);
    return 0;
}
