/* The tag-list of RFC 6376 section 3.2. */
#include "taglist.h"

#include "../../tests/unit.h"
#include "text.h"

/* Accepted: the tags as "name=value" joined by "|". */
static const struct {
    const char *text;
    const char *tags;
    const char *why;
} accepted[] = {
    {"v=1; a=rsa-sha256",       "v=1|a=rsa-sha256",        "two tags"                           },
    {"v=1;",                    "v=1",                     "one final semicolon"                },
    {"v=1; \r\n\t",             "v=1",                     "and white space behind it"          },
    {" v = 1 ; a = b ",         "v=1|a=b",                 "white space around names and values"},
    {"\r\n v\r\n =\r\n 1\r\n ", "v=1",                     "folds around names and values"      },
    {"h=from : to;b=a b\r\n c", "h=from : to|b=a b\r\n c", "inner white space stays"            },
    {"p=",                      "p=",                      "an empty value: a revoked key"      },
    {"p=; n=",                  "p=|n=",                   "empty values"                       },
    {"n=a=b",                   "n=a=b",                   "an equals sign in a value"          },
    {"V=1; v=2",                "V=1|v=2",                 "names are case-sensitive"           },
    {"x_9=1",                   "x_9=1",                   "digits and underscores in a name"   },
    {"n=\xc3\xa9",              "n=\xc3\xa9",              "8-bit in a value (RFC 8616)"        },
};

static void
reads_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(accepted[i].text));
        struct taglist list;
        struct text joined = text_new(unit_arena, SIZE_MAX);
        UNIT_CASE(accepted[i].why);
        assert_int_equal(taglist_parse(unit_arena, text, &list, NULL), SCEAU_OK);
        for (size_t k = 0; k < list.count; k++) {
            const struct tag *tag = &list.tags[k];
            struct sceau_slice raw =
                slice_sub(text, tag->value_offset, tag->value_length);
            assert_true(slice_eq(slice_trim(raw), tag->value));
            assert_ptr_equal(taglist_find(&list, tag->name), tag);
            text_format(&joined, "%s%.*s=%.*s", k > 0 ? "|" : "", SLICE_ARG(tag->name),
                        SLICE_ARG(tag->value));
        }
        assert_slice(text_done(&joined), accepted[i].tags);
        assert_null(taglist_find(&list, SCEAU_SLICE("zz")));
        unit_free(text);
    }
}

static const struct {
    const char *text;
    size_t offset;
    const char *why;
} refused[] = {
    {"",           0, "no tag"                           },
    {";",          0, "no tag before the semicolon"      },
    {"v=1;;",      4, "no tag between semicolons"        },
    {"v=1; ;a=b",  5, "no tag between semicolons"        },
    {"v",          1, "no equals sign"                   },
    {"v 1",        2, "no equals sign"                   },
    {"=1",         0, "no name"                          },
    {"1v=1",       0, "a name begins with a letter"      },
    {"_v=1",       0, "a name begins with a letter"      },
    {"v-w=1",      1, "no hyphen in a name"              },
    {"v=1;v=2",    4, "a name occurs twice (section 3.2)"},
    {"v=a\x01",    3, "a control octet"                  },
    {"v=a\x7f",    3, "DEL"                              },
    {"\xc3\xa9=1", 0, "8-bit in a name"                  },
};

static void
refuses_what_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(refused[i].text));
        struct taglist list;
        struct sceau_diag diag = {0};
        UNIT_CASE(refused[i].why);
        assert_int_equal(taglist_parse(unit_arena, text, &list, &diag), SCEAU_E_SYNTAX);
        assert_int_equal(diag.offset, refused[i].offset);
        assert_non_null(diag.expected);
        unit_free(text);
    }
    struct taglist list;
    struct sceau_slice with_nul = {"v=a\0", 4};
    assert_int_equal(taglist_parse(unit_arena, with_nul, &list, NULL), SCEAU_E_SYNTAX);
}

/* `count` tags of different names. */
static struct sceau_slice
many_tags(unsigned count)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (unsigned i = 0; i < count; i++)
        text_format(&t, "t%u=%u;", i, i);
    return text_done(&t);
}

static void
holds_its_limits(void **state)
{
    (void)state;
    struct taglist list;
    assert_int_equal(taglist_parse(unit_arena, many_tags(TAGLIST_TAGS_MAX), &list,
                                   NULL),
                     SCEAU_OK);
    assert_int_equal(list.count, TAGLIST_TAGS_MAX);
    assert_int_equal(taglist_parse(unit_arena, many_tags(TAGLIST_TAGS_MAX + 1), &list,
                                   NULL),
                     SCEAU_E_LIMIT);
    struct sceau_arena *full = sceau_arena_new(0);
    assert_int_equal(taglist_parse(full, SCEAU_SLICE("v=1"), &list, NULL),
                     SCEAU_E_LIMIT);
    sceau_arena_free(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lists),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(holds_its_limits),
    };
    return cmocka_run_group_tests_name("core/taglist", tests, unit_arena_up,
                                       unit_arena_down);
}
