-- Rows that are updated all day leave room on their page, so that an update
-- stays on it and touches no index (heap-only tuples).
ALTER TABLE tallies SET (fillfactor = 70);
ALTER TABLE demands SET (fillfactor = 85);
ALTER TABLE dispatches SET (fillfactor = 85);
ALTER TABLE assignments SET (fillfactor = 85);
