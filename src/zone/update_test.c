/* Updates and their signatures, octet by octet: the vectors were made with Python's hmac. */
#include "update.h"

#include "../../tests/unit.h"
#include "core/slice.h"
#include "dns/name.h"
#include "tsig.h"

#define NOW 1700000000

#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY(algorithm) \
 "key \"k.test\" { algorithm " algorithm "; secret \"" SECRET "\"; };"

/* clang-format off */
static const struct {
    const char *algorithm, *message, *reply;
} vectors[] = {
    {"hmac-sha256",
     "12342800000100010002000101650474657374000006000101610165047465737400000100fe00000000000001610165"
     "047465737400000100010000003c0004c000020101620165047465737400001000fe0000000000020178016b04746573"
     "740000fa00ff00000000003d0b686d61632d7368613235360000006553f100012c002084a95e540a8425528bba089f80"
     "fbc69be84e13cec21834a47b794c42858aa942123400000000",
     "1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff00000000003d0b686d61632d"
     "7368613235360000006553f100012c002082477e63707e4aac78f7f9105420a8aa705742e490d5d9559984634c07aa39"
     "62123400000000"},
    {"hmac-sha512",
     "12342800000100010002000101650474657374000006000101610165047465737400000100fe00000000000001610165"
     "047465737400000100010000003c0004c000020101620165047465737400001000fe0000000000020178016b04746573"
     "740000fa00ff00000000005d0b686d61632d7368613531320000006553f100012c0040cc614fbf7732ce8adc647604b7"
     "a23bdf2aa9806b9b29465b60b24544edba194be604396569a092f58228d3a99ef03a068d4a9035d8cbb4cd08584c5f34"
     "91b677123400000000",
     "1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff00000000005d0b686d61632d"
     "7368613531320000006553f100012c004079ffb0ee8d71cb77659cb5c8d927c784fbf5100fe37cca1a1b725d73612a25"
     "8e8903f706c627120b6a520f530b54b9ae6084f6c92b618dcc621a9dabab9a1397123400000000"},
};

static const struct {
    const char *reply; /* to the first message above */
    enum zone_tsig_result result;
    const char *why;
} replies[] = {
    {"1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff00000000003d0b686d61632d"
     "7368613235360000006553f100012c002082477e63707e4aac78f7f9105420a8aa705742e490d5d9559984634c07aa39"
     "62123400000000", ZONE_TSIG_GOOD, "as it should be"},
    {"1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff00000000003d0b686d61632d"
     "7368613235360000006553ed18012c0020d9e5dca5c00fbbcbdabc76f911221edf82bafafa8ff7ad73a12a1dc542d4d9"
     "19123400000000", ZONE_TSIG_OLD, "signed long ago"},
    {"1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff0000000000430b686d61632d"
     "7368613235360000006553f100012c00207b4533b26b7689745875c686154d3e8696d33f97f89e05e562e860b4d09eee"
     "7b12340012000600006554180f", ZONE_TSIG_BADTIME, "the clocks differ"},
    {"1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff00000000001d0b686d61632d"
     "7368613235360000006553f100012c0000123400110000", ZONE_TSIG_BADKEY, "a key that the server does not have"},
    {"1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff00000000001d0b686d61632d"
     "7368613235360000006553f100012c0000123400100000", ZONE_TSIG_BADSIG, "a key that differs"},
    {"1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff00000000003d0b686d61632d"
     "7368613235360000006553f100012c0020a49939178a06f5285204e79079adff01b9f87678f30a1ea9505fc55306f2da"
     "7f123400000000", ZONE_TSIG_FORGED, "signed without the request's MAC: the reply to another"},
    {"1234a8000001000000000001016504746573740000060001016b04746573740000fa00ff00000000002d0b686d61632d"
     "7368613235360000006553f100012c001082477e63707e4aac78f7f9105420a8aa123400000000", ZONE_TSIG_FORGED, "half a MAC"},
    {"1234a8000001000000000000016504746573740000060001", ZONE_TSIG_ABSENT, "not signed"},
    {"", ZONE_TSIG_ABSENT, "nothing"},
};

static const struct {
    const char *text;
    size_t offset; /* where it is refused; SIZE_MAX: taken */
    const char *why;
} keys[] = {
    {KEY("hmac-sha256"), SIZE_MAX, "as tsig-keygen prints it"},
    {"# one\n// two\n/* three */ key k.test. {\n\tsecret \"" SECRET "\" ; algorithm HMAC-SHA512;\n}", SIZE_MAX, "comments, the other order, no quotes"},
    {"", 0, "nothing"},
    {"zone \"k\" {};", 0, "no key"},
    {"key \"a..b\" { };", 4, "no name"},
    {"key k { algorithm hmac-md5; secret \"AAAA\"; };", 18, "MD5"},
    {"key k { algorithm hmac-sha1; secret \"AAAA\"; };", 18, "SHA-1"},
    {"key k { algorithm hmac-sha256; secret \"A\"; };", 38, "no base64"},
    {"key k { algorithm hmac-sha256; secret \"\"; };", 40, "an empty secret"},
    {"key k { algorithm hmac-sha256; };", 32, "no secret"},
    {"key k { secret \"AAAA\"; };", 24, "no algorithm"},
    {"key k { algorithm hmac-sha256 secret \"AAAA\"; };", 30, "a semicolon"},
    {"key k { colour red; };", 14, "a word of its own"},
    {"key k { algorithm hmac-sha256; secret \"AAAA\"; /*", 48, "a comment without end"},
    {"key k { algorithm hmac-sha256; secret \"AAAA", 43, "a quote without end"},
};
/* clang-format on */

static struct sceau_slice
octets(const char *hex)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, "");
    for (; hex[0] != '\0'; hex += 2) {
        char pair[3] = {hex[0], hex[1], '\0'};
        text_octet(&t, (char)strtoul(pair, NULL, 16));
    }
    return t.len > 0 ? text_done(&t) : SCEAU_SLICE("");
}

static struct sceau_slice
wire(const char *name)
{
    struct dns_name n;
    assert_true(dns_name_from_asked(sceau_slice_from(name), &n));
    return slice_copy(unit_arena, dns_name_slice(&n));
}

static struct zone_tsig_key
read_key(const char *algorithm)
{
    struct zone_tsig_key key;
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_format(&t, KEY("%s"), algorithm);
    assert_int_equal(zone_tsig_key_parse(text_done(&t), &key, NULL), SCEAU_OK);
    return key;
}

static struct sceau_slice
update(void)
{
    struct zone_update u;
    zone_update_begin(&u, unit_arena, 0x1234, wire("e.test"));
    zone_update_require_absent(&u, wire("a.e.test"), 1);
    zone_update_add(&u, wire("a.e.test"), 1, 60, SCEAU_SLICE("\xc0\0\2\1"));
    zone_update_delete(&u, wire("b.e.test"), 16, SCEAU_SLICE("\1x"));
    return zone_update_done(&u);
}

static void
test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct zone_tsig_key key = read_key(vectors[i].algorithm);
        struct zone_tsig_mac mac;
        struct sceau_slice want = octets(vectors[i].message);
        struct sceau_slice got = zone_tsig_sign(unit_arena, update(), &key, NOW, &mac);
        assert_int_equal(got.len, want.len);
        assert_memory_equal(got.ptr, want.ptr, want.len);
        struct sceau_slice reply = octets(vectors[i].reply);
        assert_int_equal(zone_tsig_verify(reply, &key, NOW + 300, &mac),
                         ZONE_TSIG_GOOD);
        assert_int_equal(zone_tsig_verify(reply, &key, NOW - 301, &mac), ZONE_TSIG_OLD);
        mac.octets[0] ^= 1;
        assert_int_equal(zone_tsig_verify(reply, &key, NOW, &mac), ZONE_TSIG_FORGED);
        sceau_arena_clear(unit_arena);
    }
}

/* Every octet counts, and no cut is read beyond. */
static void
test_tampering(void **state)
{
    struct zone_tsig_key key = read_key("hmac-sha256");
    struct zone_tsig_mac mac;
    (void)state;
    assert_non_null(zone_tsig_sign(unit_arena, update(), &key, NOW, &mac).ptr);
    struct sceau_slice reply = octets(vectors[0].reply);
    for (size_t i = 0; i < reply.len; i++) {
        struct sceau_slice cut = unit_copy(slice_sub(reply, 0, i));
        assert_int_not_equal(zone_tsig_verify(cut, &key, NOW, &mac), ZONE_TSIG_GOOD);
        unit_free(cut);
        struct sceau_slice other = unit_copy(reply);
        ((char *)(uintptr_t)other.ptr)[i] ^= 0x20;
        bool is_good = zone_tsig_verify(other, &key, NOW, &mac) == ZONE_TSIG_GOOD;
        /* The id it is found by is not the one that is signed; letter case in the names of
         * key (24 to 31) and algorithm (42 to 54) is none. */
        assert_true(!is_good || i < 2 || (i >= 24 && i < 32) || (i >= 42 && i < 55));
        unit_free(other);
    }
    sceau_arena_clear(unit_arena);
}

static void
test_replies(void **state)
{
    struct zone_tsig_key key = read_key("hmac-sha256"), other = read_key("hmac-sha512");
    struct zone_tsig_mac mac;
    (void)state;
    assert_non_null(zone_tsig_sign(unit_arena, update(), &key, NOW, &mac).ptr);
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        UNIT_CASE(replies[i].why);
        struct sceau_slice reply = unit_copy(octets(replies[i].reply));
        assert_int_equal(zone_tsig_verify(reply, &key, NOW, &mac), replies[i].result);
        unit_free(reply);
    }
    assert_int_equal(zone_tsig_verify(octets(replies[0].reply), &other, NOW, &mac),
                     ZONE_TSIG_OTHER);
    sceau_arena_clear(unit_arena);
}

static void
test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        UNIT_CASE(keys[i].why);
        struct zone_tsig_key key;
        struct sceau_diag diag = {SIZE_MAX, NULL};
        struct sceau_slice text = unit_copy(sceau_slice_from(keys[i].text));
        enum sceau_status status = zone_tsig_key_parse(text, &key, &diag);
        assert_int_equal(status,
                         keys[i].offset == SIZE_MAX ? SCEAU_OK : SCEAU_E_SYNTAX);
        assert_int_equal(diag.offset, keys[i].offset);
        if (status == SCEAU_OK)
            assert_int_equal(key.secret_len, 32);
        zone_tsig_clear(&key);
        unit_free(text);
    }
}

static void
test_codes(void **state)
{
    char out[16];
    unsigned rcode = 99;
    (void)state;
    assert_true(zone_update_reply(octets("1234a8080000000000000000"), 0x1234, &rcode));
    assert_int_equal(rcode, ZONE_UPDATE_NXRRSET);
    assert_false(zone_update_reply(octets("1235a8080000000000000000"), 0x1234, &rcode));
    assert_false(zone_update_reply(octets("123428080000000000000000"), 0x1234, &rcode));
    assert_false(zone_update_reply(octets("123480080000000000000000"), 0x1234, &rcode));
    assert_false(zone_update_reply(octets("1234a80800000000000000"), 0x1234, &rcode));
    assert_string_equal(zone_update_rcode_name(10, out), "NOTZONE");
    assert_string_equal(zone_update_rcode_name(15, out), "RCODE 15");
    sceau_arena_clear(unit_arena);
}

/* More than a message holds is no message. */
static void
test_large(void **state)
{
    struct zone_update u;
    char big[60000] = {0};
    (void)state;
    zone_update_begin(&u, unit_arena, 1, wire("e.test"));
    zone_update_add(&u, wire("e.test"), 16, 1, (struct sceau_slice){big, sizeof big});
    zone_update_add(&u, wire("e.test"), 16, 1, (struct sceau_slice){big, sizeof big});
    assert_null(zone_update_done(&u).ptr);
    sceau_arena_clear(unit_arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_tampering),
        cmocka_unit_test(test_replies), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_codes),   cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests_name("zone/update", tests, unit_arena_up,
                                       unit_arena_down);
}
