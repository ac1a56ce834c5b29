//! Lists: each is read page by page from either end, within a window of time; and those of an area
//! hold what lies below it.

mod areas;
mod ways;
