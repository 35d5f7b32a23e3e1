/* What other programs keep, as they write it. */
#include "keys/import.h"

#include "../../tests/unit.h"
#include "core/text.h"

#define PEM "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"

/* As zmdkimkeyutil -q prints two domains, one after the other. */
static const char zimbra[] =
    "DKIM Domain:\nexample.org\n\nDKIM Selector:\n0E9F184A-9577-11E1-AD0E-2A2FBBAC6BCB\n\n"
    "DKIM Private Key:\n" PEM "\n\nDKIM Public signature:\n"
    "0E9F._domainkey\tIN\tTXT\t( \"v=DKIM1; k=rsa; \"\n\t  \"p=MIIB\" )  ; -----\n\n"
    "DKIM Identity:\nexample.org\n\n"
    "DKIM Domain:\r\nsub.example.org\r\n\r\nDKIM Selector:\r\ns2\r\n\r\n"
    "DKIM Private Key:\r\n" PEM "\r\n\r\nDKIM Identity:\r\nsub.example.org\r\n";

static void
reads_blocks(void **state)
{
    (void)state;
    struct keys_found_list list;
    struct sceau_slice text = unit_copy(SCEAU_SLICE(zimbra));
    assert_int_equal(keys_text_kind(text), KEYS_TEXT_BLOCKS);
    assert_int_equal(keys_import_blocks(unit_arena, text, &list, NULL), SCEAU_OK);
    assert_int_equal(list.count, 2);
    assert_slice(list.items[0].domain, "example.org");
    assert_slice(list.items[0].selector, "0E9F184A-9577-11E1-AD0E-2A2FBBAC6BCB");
    assert_slice(list.items[0].key, PEM);
    assert_slice(list.items[1].domain, "sub.example.org");
    assert_slice(list.items[1].selector, "s2");
    assert_slice(list.items[1].key, PEM);
    assert_int_equal(list.items[1].line, 19);
    unit_free(text);
}

static const struct {
    const char *text;
    size_t offset;
    const char *why;
} broken_blocks[] = {
    {"DKIM Domain:\n\nDKIM Selector:\ns\nDKIM Private Key:\n" PEM,                               0, "no domain"                                     },
    {"DKIM Domain:\na.b\nDKIM Private Key:\n" PEM,                                               0, "no selector"                                   },
    {"DKIM Domain:\na.b\nDKIM Selector:\ns\n",                                                   0, "no key"                                        },
    {"DKIM Domain:\na.b\nDKIM Selector:\ns\nDKIM Private Key:\n(not shown without --private)\n",
     0,                                                                                             "as sceau key query prints it without --private"},
    {"\nDKIM Domain:\na.b\nDKIM Domain:\nc.d\n",                                                 1, "the first of two is not whole"                 },
};

static void
refuses_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken_blocks / sizeof *broken_blocks; i++) {
        struct keys_found_list list;
        struct sceau_diag diag = {99, NULL};
        struct sceau_slice text = unit_copy(sceau_slice_from(broken_blocks[i].text));
        UNIT_CASE(broken_blocks[i].why);
        assert_int_equal(keys_import_blocks(unit_arena, text, &list, &diag),
                         SCEAU_E_SYNTAX);
        assert_int_equal(diag.offset, broken_blocks[i].offset);
        unit_free(text);
    }
}

static void
reads_a_key_table(void **state)
{
    (void)state;
    struct keys_found_list list;
    struct sceau_diag diag;
    assert_int_equal(
        keys_import_table(unit_arena,
                          SCEAU_SLICE("# name d:s:key\n\n"
                                      "one\texample.org:mail:/etc/keys/mail.private\n"
                                      "  two   %:default:/etc/keys/a b.private  \n"),
                          &list, NULL),
        SCEAU_OK);
    assert_int_equal(list.count, 2);
    assert_slice(list.items[0].name, "one");
    assert_slice(list.items[0].domain, "example.org");
    assert_slice(list.items[0].selector, "mail");
    assert_slice(list.items[0].key, "/etc/keys/mail.private");
    assert_slice(list.items[1].domain, "%");
    assert_slice(list.items[1].key, "/etc/keys/a b.private");
    assert_int_equal(list.items[1].line, 4);
    static const char *const broken[] = {"one", "one example.org",
                                         "one example.org:mail",
                                         "one example.org:mail:", "one :mail:/x"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(keys_import_table(unit_arena, sceau_slice_from(broken[i]),
                                           &list, &diag),
                         SCEAU_E_SYNTAX);
}

static const struct {
    const char *pattern, *domain;
} patterns[] = {
    {"*@example.org",   "example.org" },
    {"ann@example.org", "example.org" },
    {"example.org",     "example.org" },
    {".example.org",    ".example.org"}, /* all below it */
    {"*",               ""            },
    {"ann@*",           ""            },
};

static void
reads_a_signing_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct keys_signing_list list;
        struct text t = text_new(unit_arena, SIZE_MAX);
        text_format(&t, "# x\n%s\tone  i=@example.org\n", patterns[i].pattern);
        assert_int_equal(keys_import_signing(unit_arena, text_done(&t), &list, NULL),
                         SCEAU_OK);
        assert_int_equal(list.count, 1);
        assert_slice(list.items[0].name, "one");
        assert_slice(list.items[0].domain, patterns[i].domain);
    }
}

static void
knows_what_it_is(void **state)
{
    (void)state;
    assert_int_equal(keys_text_kind(SCEAU_SLICE(PEM)), KEYS_TEXT_PEM);
    assert_int_equal(keys_text_kind(SCEAU_SLICE("Bag Attributes\n" PEM)),
                     KEYS_TEXT_PEM);
    assert_int_equal(keys_text_kind(SCEAU_SLICE("a b:c:d\n")), KEYS_TEXT_TABLE);
    assert_int_equal(keys_text_kind(SCEAU_SLICE("")), KEYS_TEXT_TABLE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_blocks),      cmocka_unit_test(refuses_blocks),
        cmocka_unit_test(reads_a_key_table), cmocka_unit_test(reads_a_signing_table),
        cmocka_unit_test(knows_what_it_is),
    };
    return cmocka_run_group_tests_name("keys/import", tests, unit_arena_up,
                                       unit_arena_down);
}
