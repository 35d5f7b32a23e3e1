/* The record for a zone file: the owner's name, and strings that DNS can hold. */
#include "keys/zonetext.h"

#include "../../tests/unit.h"
#include "core/slice.h"

static const struct {
    const char *domain, *zone;
    const char *owner; /* NULL: refused */
    const char *why;
} owners[] = {
    {"example.org",                 "",              "s1._domainkey",                   "as zmdkimkeyutil writes it"   },
    {"example.org",                 "example.org",   "s1._domainkey",                   "the domain's own zone"        },
    {"subdomain-proxy-1.zw3b.test", "zw3b.test",     "s1._domainkey.subdomain-proxy-1",
     "seed 1: in the parent's zone"                                                                                    },
    {"a.b.example.org",             "example.org",   "s1._domainkey.a.b",               "two labels below"             },
    {"example.org",                 "EXAMPLE.ORG",   "s1._domainkey",                   "DNS has no letter case"       },
    {"badexample.org",              "example.org",   NULL,                              "not below it, it only ends so"},
    {"example.org",                 "a.example.org", NULL,                              "above it"                     },
};

static void
owner_fits_the_zone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
        struct text t = text_new(unit_arena, SIZE_MAX);
        UNIT_CASE(owners[i].why);
        bool is_in = keys_owner_in_zone(&t, SCEAU_SLICE("s1"),
                                        sceau_slice_from(owners[i].domain),
                                        sceau_slice_from(owners[i].zone));
        assert_int_equal(is_in, owners[i].owner != NULL);
        if (is_in)
            assert_slice(text_done(&t), owners[i].owner);
    }
}

/* The zone text of a key with a public key of `len` octets. */
static struct sceau_slice
text_of(size_t len, enum sceau_dkim_algorithm algorithm)
{
    char *p = sceau_arena_alloc(unit_arena, len);
    struct text t = text_new(unit_arena, SIZE_MAX);
    memset(p, 'A', len);
    const struct keys_key key = {
        .selector = SCEAU_SLICE("s1"), .algorithm = algorithm, .public_key = {p, len}
    };
    keys_zone_text(&t, &key, SCEAU_SLICE("example.org"), SLICE_NONE);
    return text_done(&t);
}

static void
looks_like_zmdkimkeyutil(void **state)
{
    (void)state;
    assert_slice(text_of(4, SCEAU_DKIM_RSA_SHA256),
                 "s1._domainkey\tIN\tTXT\t( \"v=DKIM1; k=rsa; \"\n"
                 "\t  \"p=AAAA\" )  ; ----- DKIM key s1 for example.org\n");
    assert_slice(text_of(2, SCEAU_DKIM_ED25519_SHA256),
                 "s1._domainkey\tIN\tTXT\t( \"v=DKIM1; k=ed25519; \"\n"
                 "\t  \"p=AA\" )  ; ----- DKIM key s1 for example.org\n");
}

static const size_t lengths[] = {1, 249, 250, 251, 392, 500, 501, 736, 1024};

/* Between quotes at most 255 octets, and all of the key in them. */
static void
strings_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct sceau_slice rest = text_of(lengths[i], SCEAU_DKIM_RSA_SHA256), part;
        size_t letters = 0, inside = 0;
        bool is_inside = false;
        while (slice_next(&rest, '"', &part)) {
            if (is_inside) {
                assert_in_range(part.len, 1, 255);
                inside++;
                for (size_t k = 0; k < part.len; k++)
                    letters += part.ptr[k] == 'A';
            }
            is_inside = !is_inside;
        }
        assert_int_equal(letters, lengths[i]);
        assert_int_equal(inside, 1 + (lengths[i] + 249) / 250);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owner_fits_the_zone),
        cmocka_unit_test(looks_like_zmdkimkeyutil),
        cmocka_unit_test(strings_fit),
    };
    return cmocka_run_group_tests_name("keys/zonetext", tests, unit_arena_up,
                                       unit_arena_down);
}
