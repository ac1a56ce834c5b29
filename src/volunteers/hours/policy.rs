//! Who may see what a team or everything below a node has done. A volunteer's own
//! hours are seen by whoever may read the volunteer.

use super::super::policy::{Node, reads_team};
use crate::access::{Action, Actor};

/// See the service records of a team or station.
pub struct ReadRecords;
impl Action for ReadRecords {
    type Subject = Node;
    const NAME: &'static str = "organization.read_service_records";
    fn allows(actor: &Actor, node: &Node) -> bool {
        reads_team(actor, node.0.organization_id)
    }
}

/// See the totals of a node.
pub struct ReadTotals;
impl Action for ReadTotals {
    type Subject = Node;
    const NAME: &'static str = "organization.read_totals";
    fn allows(actor: &Actor, node: &Node) -> bool {
        reads_team(actor, node.0.organization_id)
    }
}
