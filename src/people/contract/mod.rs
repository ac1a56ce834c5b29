//! What callers send and see of their rights.

mod deletion;
mod export;
mod requests;
mod retention;

pub use deletion::{AskDeletion, DeletionView};
pub use export::{
    Export, ExportQuery, ExportSection, ExportedAccount, ExportedAge, ExportedAssignment,
    ExportedAssignmentPage, ExportedDemand, ExportedDemandPage, ExportedEntry, ExportedEntryPage,
    ExportedMembership, ExportedMembershipPage, ExportedRealName, ExportedRole, ExportedRolePage,
    FORMAT,
};
pub use requests::{
    NewRightsRequest, OwnName, OwnRequestQuery, RequestAnswer, RequestQuery, RightsRequestPage,
    RightsRequestView,
};
pub use retention::RetentionView;
