-- Version 12: own_day goes. Nobody read it, and it was half of what folding wrote (doc/decisions.d/store.md).

DROP TABLE own_day;
