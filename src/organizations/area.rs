//! Subtrees as columns.
//!
//! Whatever belongs to an area keeps the organizations above that area in columns
//! of its own, `ancestor_1` at the root to `ancestor_5`. Everything below a node is
//! then one value of one column: the one of the node's depth. Rows keep what was
//! above them when they were written; moving a branch does not change the past.

use super::directory::Directory;
use super::domain::MAXIMUM_DEPTH;
use crate::ids::OrganizationId;
use crate::problem::{FieldCode, Problem};

/// The organizations of an area from the root downwards, as rows keep them.
pub type Ancestors = [Option<OrganizationId>; MAXIMUM_DEPTH];

/// A node with everything below it, as the lists know it.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// The node.
    pub id: OrganizationId,
    depth: usize,
}

impl Area {
    /// What a list is asked for with `within`.
    ///
    /// # Errors
    /// `no_such_thing` when there is no such organization.
    pub fn within(directory: &Directory, id: OrganizationId) -> Result<Self, Problem> {
        match directory.depth(id) {
            0 => Err(Problem::field("query:within", FieldCode::NoSuchThing)),
            depth => Ok(Self { id, depth }),
        }
    }

    /// The column that names the node in every row below it. Nodes that lie deeper
    /// than the columns reach hold nothing: nothing is found in the last one.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self.depth {
            1 => "ancestor_1",
            2 => "ancestor_2",
            3 => "ancestor_3",
            4 => "ancestor_4",
            _ => "ancestor_5",
        }
    }
}
