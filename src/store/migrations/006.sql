-- Version 6: several hosts on one store.

CREATE TABLE lease (         -- work that one host does for all (src/store/lease.h)
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,            -- a process: HOST/BOOT/NUMBER; '': nobody
    beat INTEGER NOT NULL            -- grows whenever it is taken or renewed: no clock is compared with another host's
) STRICT, WITHOUT ROWID;

CREATE TABLE worker (        -- each sceau-reportd, for people: its own clock
    holder TEXT NOT NULL PRIMARY KEY,
    host TEXT NOT NULL,
    version TEXT NOT NULL,           -- of sceau
    started INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    waiting INTEGER NOT NULL         -- octets of its journal that are not folded yet
) STRICT, WITHOUT ROWID;
