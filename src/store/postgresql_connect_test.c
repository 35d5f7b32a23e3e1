/* What a server may say of a statement, and what is done about it. */
#include "postgresql_connect.h"

#include "../../tests/unit.h"

/* From the table of PostgreSQL 15, appendix A. BUSY and AWAY are tried again, FULL too, when
 * there is room; ERROR is told. */
static const struct {
    const char *state;
    enum database_status kind;
    const char *why;
} states[] = {
    {"40001", DATABASE_BUSY,
     "serialization_failure: two hosts, or a standby's recovery"                      },
    {"40P01", DATABASE_BUSY,  "deadlock_detected"                                     },
    {"40003", DATABASE_BUSY,
     "statement_completion_unknown: what is done twice is once"                       },
    {"55P03", DATABASE_BUSY,  "lock_not_available: after lock_timeout"                },
    {"55006", DATABASE_BUSY,  "object_in_use"                                         },
    {"57014", DATABASE_BUSY,  "query_canceled: statement_timeout, pg_cancel_backend"  },
    {"53100", DATABASE_FULL,  "disk_full"                                             },
    {"53200", DATABASE_AWAY,  "out_of_memory"                                         },
    {"53300", DATABASE_AWAY,  "too_many_connections"                                  },
    {"57P01", DATABASE_AWAY,
     "admin_shutdown: it is restarted, or another one takes over"                     },
    {"57P02", DATABASE_AWAY,  "crash_shutdown"                                        },
    {"57P03", DATABASE_AWAY,  "cannot_connect_now: it starts"                         },
    {"57P05", DATABASE_AWAY,  "idle_session_timeout"                                  },
    {"08000", DATABASE_AWAY,  "connection_exception"                                  },
    {"08003", DATABASE_AWAY,  "connection_does_not_exist"                             },
    {"08006", DATABASE_AWAY,  "connection_failure"                                    },
    {"08007", DATABASE_AWAY,  "transaction_resolution_unknown"                        },
    {"25006", DATABASE_AWAY,  "read_only_sql_transaction: the writer became a standby"},
    {"25P03", DATABASE_AWAY,  "idle_in_transaction_session_timeout: we were frozen"   },
    {"25P02", DATABASE_ERROR, "in_failed_sql_transaction: ours to notice"             },
    {"23505", DATABASE_UNFIT, "unique_violation"                                      },
    {"21000", DATABASE_UNFIT, "cardinality_violation: a row twice in one statement"   },
    {"22003", DATABASE_UNFIT, "numeric_value_out_of_range"                            },
    {"54000", DATABASE_UNFIT, "program_limit_exceeded: a row too large for its index" },
    {"28P01", DATABASE_ERROR, "invalid_password"                                      },
    {"3D000", DATABASE_ERROR, "invalid_catalog_name"                                  },
    {"42501", DATABASE_ERROR, "insufficient_privilege"                                },
    {"42P01", DATABASE_ERROR, "undefined_table"                                       },
    {"58030", DATABASE_ERROR, "io_error: a disk that breaks is told"                  },
    {"XX000", DATABASE_ERROR, "internal_error"                                        },
    {NULL,    DATABASE_ERROR, "libpq's own: the connection tells"                     },
};

static void
test_states(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        UNIT_CASE(states[i].why);
        assert_int_equal(postgresql_kind(states[i].state), states[i].kind);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests_name("store/postgresql_connect", tests, NULL, NULL);
}
