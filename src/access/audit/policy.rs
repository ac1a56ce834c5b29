//! Who may read the audit: audit administrators, and nobody else.

use crate::access::{Action, Actor, AtHand};

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[ListRows::NAME];

/// The audit of the whole installation.
#[derive(Clone, Copy)]
pub struct WholeAudit;

impl AtHand for WholeAudit {}

/// Read the audit.
pub struct ListRows;
impl Action for ListRows {
    type Subject = WholeAudit;
    const NAME: &'static str = "audit.list";
    fn allows(actor: &Actor, _: &WholeAudit) -> bool {
        actor.is_audit_administrator()
    }
}
