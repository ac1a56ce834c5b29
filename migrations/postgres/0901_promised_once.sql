-- A volunteer promises no instant twice. On SQLite there is one writer, who looks
-- before he writes; here two may look at the same moment, so the rule itself stands
-- guard. The extension comes with PostgreSQL; the owner of a database may create it.
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE assignments ADD CONSTRAINT assignments_promised_once
    EXCLUDE USING gist (volunteer_id WITH =, tstzrange(busy_from, busy_until) WITH &&)
    WHERE (state IN ('accepted', 'on_site'));
