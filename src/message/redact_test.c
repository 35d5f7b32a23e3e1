/* What of a message may be told, and that nothing else is. */
#include "redact.h"

#include "../../tests/unit.h"

static const uint8_t key[REDACT_KEY] = {1, 2, 3};

#define TEN    "          "
#define FIFTY  TEN TEN TEN TEN TEN
#define BLANKS FIFTY FIFTY FIFTY FIFTY /* 200 */

/* H(…) in what is wanted stands for the hash of that address. */
static const struct field_case {
    enum redact_level level;
    const char *name, *body, *want; /* of the whole field; "" when it is left out */
    const char *why;
} fields[] = {
    {REDACT_NOTHING,   "To",                     " Ann <ann@a.test>",                     "To: Ann <ann@a.test>\r\n",
     "as it came"                                                                                                                                                                                                                              },
    {REDACT_ADDRESSES, "To",                     " Ann <ann@A.test>",                     "To: Ann <H(ann@a.test)@A.test>\r\n",
     "a local part; the letter case of the domain does not tell persons apart"                                                                                                                                                                 },
    {REDACT_ADDRESSES, "To",                     " ann@a.test,bob@b.test",
     "To: H(ann@a.test)@a.test,H(bob@b.test)@b.test\r\n",                                                                                                                                                   "each one"                         },
    {REDACT_ADDRESSES, "To",                     " \"ann b\"@a.test",                     "To: H(ann b@a.test)@a.test\r\n",
     "a quoted local part, without its quotes"                                                                                                                                                                                                 },
    {REDACT_ADDRESSES, "To",                     " \"x\\\"y\"@a.test \"Ann\" <b@a.test>",
     "To: H(x\\\"y@a.test)@a.test \"Ann\" <H(b@a.test)@a.test>\r\n",                                                                                                                                        "a quote inside"                   },
    {REDACT_ADDRESSES, "To",                     " ann @ a.test",                         "To: H(ann@) @ a.test\r\n",
     "blanks around the @"                                                                                                                                                                                                                     },
    {REDACT_ADDRESSES, "To",                     " ann\r\n @a.test",                      "To: H(ann@)\r\n @a.test\r\n",
     "a fold before it"                                                                                                                                                                                                                        },
    {REDACT_ADDRESSES, "To",                     " ann(x)@a.test",                        "To: H(ann@)(x)@a.test\r\n",
     "a comment before it"                                                                                                                                                                                                                     },
    {REDACT_ADDRESSES, "Received",               " by b.test for <ann@a.test>; Thu",
     "Received: by b.test for <H(ann@a.test)@a.test>; Thu\r\n",                                                                                                                                             "the recipient in a trace"         },
    {REDACT_ADDRESSES, "Subject",                " =?utf-8?q?ask_ann=40a.test?= now",
     "Subject: [redacted] now\r\n",                                                                                                                                                                         "an address inside an encoded word"},
    {REDACT_ADDRESSES, "Subject",                " =?utf-8?q?caf=C3=A9?=",
     "Subject: =?utf-8?q?caf=C3=A9?=\r\n",                                                                                                                                                                  "no address inside"                },
    {REDACT_ADDRESSES, "DKIM-Signature",         " v=1; i=ann@a.test; d=a.test",
     "DKIM-Signature: v=1; i=H(ann@a.test)@a.test; d=a.test\r\n",                                                                                                                                           "the tag stays"                    },
    {REDACT_ADDRESSES, "Authentication-Results",
     " x; spf=pass smtp.mailfrom=b=c.test@a.test (of b=c.test@a.test)",                   "Authentication-Results: x; spf=pass smtp.mailfrom=H(b=c.test@a.test)@a.test (of H(b=c.test@a.test)@a.test)\r\n",
     "an equals sign of the local part is none of ours"                                                                                                                                                                                        },
    {REDACT_ADDRESSES, "Message-ID",             " <1@a.test>",                           "Message-ID: <1@a.test>\r\n",
     "what its sender finds it by"                                                                                                                                                                                                             },
    {REDACT_ADDRESSES, "Delivered-To",           " ann",                                  "",                                                                                                               "a recipient without an @"         },
    {REDACT_ADDRESSES, "X-Authenticated-Sender", " ann",                                  "",
     "the same, by the beginning of the name"                                                                                                                                                                                                  },
    {REDACT_ADDRESSES, "list-unsubscribe",       " <http://l.test/u/123>",                "",
     "it acts for the recipient"                                                                                                                                                                                                               },
    {REDACT_ADDRESSES, "X-Link",                 " HTTPS://x.test/?u=ann@a.test",
     "X-Link: hxxpH(S://x.test/?u=ann@a.test)@a.test\r\n",                                                                                                                                                  "a link that does not work"        },
    {REDACT_ADDRESSES, "X-Link",                 " https://x.test/?u=ann%40a.test",
     "X-Link: hxxpH(s://x.test/?u=ann@a.test)%40a.test\r\n",                                                                                                                                                "an address as links have it"      },
    {REDACT_ADDRESSES, "X",                      " u=ann@a.test%40b.test",
     "X: H(u=ann@a.test@b.test)%40b.test\r\n",                                                                                                                                                              "both: all before the last goes"   },
    {REDACT_ADDRESSES, "X",                      " see:http://x.test/",                   "X: see:hxxp://x.test/\r\n",
     "a link behind a word"                                                                                                                                                                                                                    },
    {REDACT_ADDRESSES, "X",                      " x=HTTPS://x.test/",                    "X: x=hxxpS://x.test/\r\n",
     "and behind a name"                                                                                                                                                                                                                       },
    {REDACT_ADDRESSES, "X",                      " a\x80\x1b[1m\rb",                      "X: a??[1m?b\r\n",
     "octets of no character, control octets, a lone CR"                                                                                                                                                                                       },
    {REDACT_ADDRESSES, "X",                      " a\r\nEvil: b\n\r\n\nc",                "X: a\r\n Evil: b\r\n c\r\n",
     "a line end makes no field and ends no header"                                                                                                                                                                                            },
    {REDACT_ADDRESSES, "X Y:Z\x80",              "",                                      "X?Y?Z?:\r\n",                                                                                                    "a name is one word"               },
    {REDACT_ADDRESSES, "",                       "x",                                     "?:x\r\n",                                                                                                        "and there is one"                 },
    {REDACT_ADDRESSES, "To",                     " ann@x@a.test",                         "To: H(ann@x@a.test)@a.test\r\n",
     "two signs: the last one counts"                                                                                                                                                                                                          },
    {REDACT_ADDRESSES, "To",                     " \"ann\"@x@a.test",                     "To: H(ann@x)H(@x@a.test)@a.test\r\n",
     "behind a quoted one"                                                                                                                                                                                                                     },
    {REDACT_MOST,      "From",                   " \"Ann\" <ann@a.test>",                 "From: <H(ann@a.test)@a.test>\r\n",
     "no name beside it"                                                                                                                                                                                                                       },
    {REDACT_MOST,      "From",                   " ann@a.test (Ann)",                     "From: H(ann@a.test)@a.test\r\n",
     "nor in a comment"                                                                                                                                                                                                                        },
    {REDACT_MOST,      "Message-ID",             " <1@a.test>",                           "Message-ID: <H(1@a.test)@a.test>\r\n",
     "nothing to find it by"                                                                                                                                                                                                                   },
    {REDACT_MOST,      "Subject",                " x",                                    "",                                                                                                               "words of people"                  },
    {REDACT_MOST,      "To",                     " x",                                    "",                                                                                                               "recipients"                       },
    {REDACT_MOST,      "Received",               " x",                                    "",                                                                                                               "and where it went"                },
};

/* Addresses that are written so that programs, or people, see them only later. */
static const struct field_case hidden[] = {
    {REDACT_ADDRESSES, "Subject", " =?utf-8?q?ann?= =?utf-8?q?=40a.test?= now",
     "Subject: [redacted] now\r\n",                                                                                 "an address over two encoded words"                   },
    {REDACT_ADDRESSES, "Subject", " =?utf-8?q?ann?=\r\n =?utf-8?q?@a.test?=",
     "Subject: [redacted]\r\n",                                                                                     "its sign as it is, behind a fold"                    },
    {REDACT_ADDRESSES, "Subject", " =?utf-8?q?ann%40a.test?=",
     "Subject: [redacted]\r\n",                                                                                     "a link's sign inside an encoded word"                },
    {REDACT_ADDRESSES, "Subject",
     " =?utf-8?q?ann%?= =?utf-8?q?40a.test?=",                                           "Subject: [redacted]\r\n", "and in two"                                          },
    {REDACT_ADDRESSES, "Subject", " ask ann =?utf-8?b?QGEudGVzdA==?= now",
     "Subject: ask [redacted] now\r\n",                                                                             "the name stands before the word"                     },
    {REDACT_ADDRESSES, "Subject", " =?utf-8?q?ann =40a.test?= x",
     "Subject: H(=?utf-8?q?ann@) =40a.test?= x\r\n",                                                                "an encoded word with blanks, as some read it"        },
    {REDACT_ADDRESSES, "Subject", " =?utf-8?q?=3D=3Futf-8=3Fq=3Fann=3D40a.test=3F=3D?=",
     "Subject: [redacted]\r\n",                                                                                     "an encoded word in an encoded word"                  },
    {REDACT_ADDRESSES, "Subject", " =?utf-8?q?ann",                                      "Subject: [redacted]\r\n",
     "one that does not end"                                                                                                                                              },
    {REDACT_ADDRESSES, "From",    " =?utf-8?q?ann=40a.test?= <ann@a.test>",
     "From: [redacted] <H(ann@a.test)@a.test>\r\n",                                                                 "the address once more as a name: it stays an address"},
    {REDACT_ADDRESSES, "From",    " =?utf-8?q?Ann?= <ann@a.test>",
     "From: =?utf-8?q?Ann?= <H(ann@a.test)@a.test>\r\n",                                                            "a name beside an address hides none"                 },
};

static const struct field_case odd[] = {
    {REDACT_ADDRESSES, "To",                     " \"ann b\" @a.test",                           "To: H(ann b@) @a.test\r\n",
     "a blank behind a quoted local part"                                                                                                                                                                                                                       },
    {REDACT_ADDRESSES, "To",                     " \"ann\".\"b\"@a.test",
     "To: H(ann@)H(.@)H(b@a.test)@a.test\r\n",                                                                                                                                             "two quoted words with a dot"                                        },
    {REDACT_ADDRESSES, "To",                     " ann . b @a.test",                             "To: H(ann@) H(.@) H(b@) @a.test\r\n",
     "blanks around a dot, RFC 5322 section 4.4"                                                                                                                                                                                                                },
    {REDACT_ADDRESSES, "To",                     " ann.(c)b@a.test",
     "To: H(ann.@)(c)H(b@a.test)@a.test\r\n",                                                                                                                                              "a comment behind a dot"                                             },
    {REDACT_ADDRESSES, "To",                     " ann (a(b)c) (d) @a.test",
     "To: H(ann@) (a(b)c) (d) @a.test\r\n",                                                                                                                                                "comments, one in another"                                           },
    {REDACT_ADDRESSES, "To",                     " ann (at) a.test",                             "To: H(ann@) (at) a.test\r\n",
     "as people hide it from programs"                                                                                                                                                                                                                          },
    {REDACT_ADDRESSES, "To",                     " ann[at]a.test",                               "To: H(ann@)[at]a.test\r\n",
     "and without blanks"                                                                                                                                                                                                                                       },
    {REDACT_ADDRESSES, "To",                     " ann\x01x@a.test",                             "To: H(ann\x01x@a.test)@a.test\r\n",
     "a control character is of the name"                                                                                                                                                                                                                       },
    {REDACT_ADDRESSES, "X",                      " &lt;ann&#64;a.test",                          "X: &lt;H(ann@)&#64;a.test\r\n",
     "a sign of HTML"                                                                                                                                                                                                                                           },
    {REDACT_ADDRESSES, "X",                      " ann.smith%252540a.test",
     "X: H(ann.smith@a.test)%252540a.test\r\n",                                                                                                                                            "a link in a link in a link"                                         },
    {REDACT_ADDRESSES, "X",                      " ann.smith(a)a.test",                          "X: H(ann.smith@)(a)a.test\r\n",
     "by people, shorter"                                                                                                                                                                                                                                       },
    {REDACT_ADDRESSES, "X",                      " ann.smith [a] a.test",                        "X: H(ann.smith@) [a] a.test\r\n",
     "the same"                                                                                                                                                                                                                                                 },
    {REDACT_ADDRESSES, "X",                      " section 2 (a) of it",                         "X: section 2 (a) of it\r\n",
     "no domain behind it"                                                                                                                                                                                                                                      },
    {REDACT_ADDRESSES, "X",                      " ann.smith[arobase]a.test",
     "X: H(ann.smith@)[arobase]a.test\r\n",                                                                                                                                                "in French"                                                          },
    {REDACT_ADDRESSES, "X",                      " ann.smith&#8203;@a.test",
     "X: H(ann.smith&#8203;@a.test)@a.test\r\n",                                                                                                                                           "a letter without width, where nobody decodes it"                    },
    {REDACT_ADDRESSES, "X",                      " ann.smith&#0000064;a.test",
     "X: H(ann.smith@)&#0000064;a.test\r\n",                                                                                                                                               "zeros"                                                              },
    {REDACT_ADDRESSES, "X",                      " u=ann%2540a.test",                            "X: H(u=ann@a.test)%2540a.test\r\n",
     "a link in a link"                                                                                                                                                                                                                                         },
    {REDACT_ADDRESSES, "X",                      " ann=40a.test",                                "X: H(ann@a.test)=40a.test\r\n",
     "quoted-printable that nobody declared"                                                                                                                                                                                                                    },
    {REDACT_ADDRESSES, "X",                      " id=YW5uQGEudGVzdA==",                         "X: [redacted]\r\n",
     "base64 of ann@a.test"                                                                                                                                                                                                                                     },
    {REDACT_ADDRESSES, "X",                      " https://x.test/?u=YW5uQGEudGVzdA",            "X: [redacted]\r\n",
     "in a link, without its padding"                                                                                                                                                                                                                           },
    {REDACT_ADDRESSES, "X",                      " bm8gYWRkcmVzcyBoZXJl",                        "X: bm8gYWRkcmVzcyBoZXJl\r\n",
     "base64 of other words"                                                                                                                                                                                                                                    },
    {REDACT_ADDRESSES, "X",                      " /o=Ex/ou=Group/cn=Recipients/cn=ann",         "X: [redacted]\r\n",
     "a mailbox of Exchange"                                                                                                                                                                                                                                    },
    {REDACT_ADDRESSES, "DKIM-Signature",
     " v=1; z=From:ann=40a.test|\r\n To:bob=40b.test; d=a.test",                                 "DKIM-Signature: v=1; z=[redacted]; d=a.test\r\n",
     "fields copied into the signature"                                                                                                                                                                                                                         },
    {REDACT_ADDRESSES, "DKIM-Signature",         " z = From:ann=40a.test",
     "DKIM-Signature: z=[redacted]\r\n",                                                                                                                                                   "and at its end"                                                     },
    {REDACT_ADDRESSES, "DKIM-Signature",         " z" BLANKS BLANKS BLANKS "=From:ann=40a.test",
     "DKIM-Signature: z=[redacted]\r\n",                                                                                                                                                   "too far away to look for: taken for one, at a cost that has a bound"},
    {REDACT_ADDRESSES, "Authentication-Results", " x; auth=pass smtp.auth=ann",
     "Authentication-Results: x; auth=pass smtp.auth=H(ann@)\r\n",                                                                                                                         "a login without an @"                                               },
    {REDACT_ADDRESSES, "Received",
     " from x.test (Authenticated sender: ann) by y.test for <bob>; Thu",                        "Received: from x.test (Authenticated sender: H(ann@)) by y.test for <H(bob@)>; Thu\r\n",
     "a login, and a mailbox of the host"                                                                                                                                                                                                                       },
    {REDACT_ADDRESSES, "In-Reply-To",            " ann@a.test of <1@a.test>",
     "In-Reply-To: H(ann@a.test)@a.test of <H(1@a.test)@a.test>\r\n",                                                                                                                      "a phrase beside an identifier"                                      },
    {REDACT_ADDRESSES, "References",             " <1@a.test> <ann@a.test",
     "References: <H(1@a.test)@a.test> <H(ann@a.test)@a.test\r\n",                                                                                                                         "what has no end is no identifier"                                   },
    {REDACT_ADDRESSES, "Autocrypt",              " addr=x; keydata=a",                           "",
     "a key with its owner's name in it"                                                                                                                                                                                                                        },
};

/* "Ren\xc3\xa9" is "UmVuw6k=". */
static const struct field_case wide[] = {
    {REDACT_ADDRESSES, "Subject", " hi Ren\xc3\xa9 you",
     "Subject: hi =?UTF-8?B?UmVuw6k=?= you\r\n",                                                                "one word"                                                       },
    {REDACT_ADDRESSES, "Subject", " Ren\xc3\xa9 Ren\xc3\xa9",
     "Subject: =?UTF-8?B?UmVuw6kgUmVuw6k=?=\r\n",                                                               "the blank between two, which readers drop between encoded words"},
    {REDACT_ADDRESSES, "From",    " \"Ren\xc3\xa9\" <ren\xc3\xa9@a.test>",
     "From: \"=?UTF-8?B?UmVuw6k=?=\" <H(ren\xc3\xa9@a.test)@a.test>\r\n",                                       "an address is hidden first"                                     },
    {REDACT_ADDRESSES, "Subject", " Ren\xc3\xa9\r\n\tRen\xc3\xa9 \xc3",
     "Subject: =?UTF-8?B?UmVuw6k=?=\r\n\t=?UTF-8?B?UmVuw6k=?= ?\r\n",                                           "folded; half a character is none"                               },
    {REDACT_NOTHING,   "Subject", " Ren\xc3\xa9",                          "Subject: =?UTF-8?B?UmVuw6k=?=\r\n",
     "also where nothing is hidden"                                                                                                                                              },
};

/* "ann at a dot test", and what stands for her in a database of others. */
static const struct field_case spoken[] = {
    {REDACT_ADDRESSES, "Subject",          " ask ann at a dot test now",
     "Subject: ask H(ann@) at a dot test now\r\n",                                                                                                                              "as people say it"                           },
    {REDACT_ADDRESSES, "Subject",          " ann dot lee AT a.test",
     "Subject: H(ann@) dot H(lee@) AT a.test\r\n",                                                                                                                              "with a dot in her name"                     },
    {REDACT_ADDRESSES, "Subject",          " ann (dot) lee (at) a (dot) test",
     "Subject: H(ann@) (dot) H(lee@) (at) a (dot) test\r\n",                                                                                                                    "in brackets"                                },
    {REDACT_ADDRESSES, "Subject",          " ann arobase a point test",
     "Subject: H(ann@) arobase a point test\r\n",                                                                                                                               "in French"                                  },
    {REDACT_ADDRESSES, "Subject",          " meet at five, at 5.30 at the end. At last",
     "Subject: meet at five, at 5.30 at the end. At last\r\n",                                                                                                                  "what is no domain"                          },
    {REDACT_ADDRESSES, "Subject",          " meet at a.test",                                    "Subject: H(meet@) at a.test\r\n",
     "in doubt it is a name"                                                                                                                                                                                                 },
    {REDACT_ADDRESSES, "X",                " http://x.test/u/0a1b2c?page=index.html&id=4711-a",
     "X: hxxp://x.test/u/H(0a1b2c@)?page=index.html&id=H(4711-a@)\r\n",                                                                                                         "tokens of a link; its words stay"           },
    {REDACT_ADDRESSES, "X",                " https://x.test/2022/11/login?abcdefghijklmnopqrst",
     "X: hxxps://x.test/2022/11/login?H(abcdefghijklmnopqrst@)\r\n",                                                                                                            "a year is no token, what nobody can read is"},
    {REDACT_ADDRESSES, "X",                " ftp://0123456789.x.test/0123456789",
     "X: ftp://0123456789.x.test/H(0123456789@)\r\n",                                                                                                                           "the host stays"                             },
    {REDACT_ADDRESSES, "X-Id",             " 0123456789abcdef",                                  "X-Id: H(0123456789abcdef@)\r\n",
     "a token of a mailer"                                                                                                                                                                                                   },
    {REDACT_ADDRESSES, "X-Id",             " 0123456789abcde",                                   "X-Id: 0123456789abcde\r\n",
     "too short for one"                                                                                                                                                                                                     },
    {REDACT_ADDRESSES, "Feedback-ID",      " c1:123456789:x",
     "Feedback-ID: c1:H(123456789@):x\r\n",                                                                                                                                     "a long number"                              },
    {REDACT_ADDRESSES, "X-Date",           " 20221108",                                          "X-Date: 20221108\r\n",                                                        "a date is none"                             },
    {REDACT_ADDRESSES, "X-Mailer",         " PHPMailer 6.6.4",                                   "X-Mailer: PHPMailer 6.6.4\r\n",
     "what it was sent with"                                                                                                                                                                                                 },
    {REDACT_ADDRESSES, "X-Mailer-RecptId", " 4711",                                              "",                                                                            "to whom"                                    },
    {REDACT_ADDRESSES, "X-SG-EID",         " abc",                                               "",                                                                            "the same, by another"                       },
    {REDACT_ADDRESSES, "Received",
     " from a.test by b.test with ESMTP id 00000000005DC076.00004417",                           "Received: from a.test by b.test with ESMTP id 00000000005DC076.00004417\r\n",
     "queue ids say which way it came"                                                                                                                                                                                       },
    {REDACT_ADDRESSES, "Content-Type",     " multipart/x; boundary=00000000005DC076",
     "Content-Type: multipart/x; boundary=00000000005DC076\r\n",                                                                                                                "how it is written"                          },
    {REDACT_ADDRESSES, "Message-ID",       " <0123456789abcdef@a.test>",
     "Message-ID: <0123456789abcdef@a.test>\r\n",                                                                                                                               "its sender finds it by it"                  },
    {REDACT_ADDRESSES, "Message-ID",       " <1.ann=b.test@a.test>",
     "Message-ID: <H(1.ann=b.test@a.test)@a.test>\r\n",                                                                                                                         "an address in it"                           },
    {REDACT_ADDRESSES, "Message-ID",       " <1.ann%40b.test@a.test>",
     "Message-ID: <H(1.ann%40b.test@a.test)@a.test>\r\n",                                                                                                                       "encoded"                                    },
    {REDACT_ADDRESSES, "Message-ID",       " <YW5uQGEudGVzdA==@a.test>",
     "Message-ID: <[redacted]>\r\n",                                                                                                                                            "in base64"                                  },
    {REDACT_ADDRESSES, "Message-ID",       " <a=b.5@a.test>",
     "Message-ID: <a=b.5@a.test>\r\n",                                                                                                                                          "no domain"                                  },
    {REDACT_ADDRESSES, "References",       " <1@a.test> <2@b.test>",
     "References: <H(1@a.test)@a.test> <H(2@b.test)@b.test>\r\n",                                                                                                               "mail of other people"                       },
};

static struct sceau_slice
wanted(struct sceau_arena *arena, const char *pattern)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_slice rest = sceau_slice_from(pattern);
    while (rest.len > 0) {
        if (!slice_starts_ci(rest, SCEAU_SLICE("H(")) || *rest.ptr != 'H') {
            text_octet(&t, *rest.ptr);
            rest = slice_skip(rest, 1);
            continue;
        }
        char hash[REDACT_HASH + 1];
        struct sceau_slice address = slice_sub(rest, 2, slice_find(rest, ')') - 2);
        size_t at = slice_find_last(address, '@');
        assert_true(redact_hash(key, slice_sub(address, 0, at),
                                slice_skip(address, at + 1), hash));
        text_string(&t, hash);
        rest = slice_skip(rest, address.len + 3);
    }
    return text_done(&t);
}

static void
redact_all(const struct field_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sceau_arena *arena = sceau_arena_new(1024 * 1024);
        struct redaction r = {.level = cases[i].level, .key = key};
        struct sceau_slice body = unit_copy(sceau_slice_from(cases[i].body));
        struct sceau_field field = {.name = sceau_slice_from(cases[i].name),
                                    .body = body};
        struct sceau_header header = {.fields = &field, .count = 1};
        UNIT_CASE(cases[i].why);
        struct sceau_slice got = redact_header(arena, &r, &header, SIZE_MAX);
        struct sceau_slice want = wanted(arena, cases[i].want);
        assert_slice(got, want.ptr);
        sceau_arena_free(arena);
        unit_free(body);
    }
}

static void
redacts_fields(void **state)
{
    (void)state;
    redact_all(fields, sizeof fields / sizeof *fields);
}

static void
redacts_what_is_hidden(void **state)
{
    (void)state;
    redact_all(hidden, sizeof hidden / sizeof *hidden);
}

static void
redacts_odd_forms(void **state)
{
    (void)state;
    redact_all(odd, sizeof odd / sizeof *odd);
}

static void
redacts_what_is_said(void **state)
{
    (void)state;
    redact_all(spoken, sizeof spoken / sizeof *spoken);
}

static void
tells_characters(void **state)
{
    (void)state;
    redact_all(wide, sizeof wide / sizeof *wide);
}

static void
keeps_lines_and_limits(void **state)
{
    (void)state;
    static char large[100 * 1024];
    struct sceau_arena *arena = sceau_arena_new(4 * 1024 * 1024);
    struct redaction r = {.level = REDACT_ADDRESSES, .key = key};
    memset(large, 'a', sizeof large);
    memcpy(large + 50000, "\"\\\"\\\"\\\"", 7);
    struct sceau_field both[] = {
        {.name = SCEAU_SLICE("X"), .body = SCEAU_SLICE(" y")    },
        {.name = SCEAU_SLICE("Y"), .body = {large, sizeof large}},
    };
    struct sceau_header header = {.fields = both, .count = 2};
    struct sceau_slice all = redact_header(arena, &r, &header, SIZE_MAX), line;
    assert_true(all.len > sizeof large);
    while (slice_next(&all, '\n', &line))
        assert_true(line.len <= REDACT_LINE + 1);
    assert_slice(redact_header(arena, &r, &header, 1000), "X: y\r\n");
    assert_slice(redact_body(arena, &r, SCEAU_SLICE("a\n\nask ann@a.test.\r\nb"), 4),
                 "a\r\n");
    assert_slice(redact_body(arena, &r, SCEAU_SLICE(""), 4), "");
    assert_slice(redact_body(arena, &r, SCEAU_SLICE("a\n\nb"), 100), "a\r\n\r\nb\r\n");
    for (size_t i = 0; i + 3 < sizeof large; i += 3)
        memcpy(large + i, "a@ ", 3);
    all = redact_header(arena, &r, &header, SIZE_MAX);
    size_t first = (size_t)REDACT_HASHES * (REDACT_HASH + 2);
    assert_non_null(
        memmem(all.ptr + first, all.len - first, " 0000000000000000@ 0", 20));
    assert_null(memmem(all.ptr, first, " 0000000000000000@ 0", 20));
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redacts_fields),
        cmocka_unit_test(redacts_what_is_hidden),
        cmocka_unit_test(redacts_odd_forms),
        cmocka_unit_test(tells_characters),
        cmocka_unit_test(redacts_what_is_said),
        cmocka_unit_test(keeps_lines_and_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
