-- The planner's statistics table exists from the start, so that the plans of a
-- new installation are those of a grown one once ANALYZE has run.
ANALYZE;
