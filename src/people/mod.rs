//! # People
//!
//! What a person may want of those who keep something of him (个人信息保护法 44–50), whoever he
//! is here. This noun keeps next to nothing itself: it asks the others, each of which knows
//! what it keeps of him.
//!
//! **Export** (article 45). `GET /me/export` is all that is kept of the caller, in one form
//! (`redvest-export/1`): what is one of a kind stands in the document, what grows with the
//! time in sections that are read page by page, each along an index. What others have said or
//! need is not in it. A token that was left somewhere is not enough: it takes a sign-in of the
//! last half hour, and every page that is read is a row of the audit.
//!
//! **Deletion** (article 47). Who asks for it has a few days to think it over. Then the account
//! is closed in one transaction, and what is personal is put out elsewhere piece by piece:
//!
//! ```text
//! asked ── withdrawn
//!   │ days over, nothing under way (else tried again every day)
//!   ▼
//! closed: no sign-in, no telephone, no name ─▶ assignments ─▶ notices ─▶ demands ─▶ done
//! ```
//!
//! Rows stay, and with them every figure; only what says who it was goes. What the journal says
//! is sealed in a chain and stays as it was written (article 47, second paragraph): nothing else
//! is done with it. Timelines, which are read out of it, name nobody who is gone.
//!
//! **Correction** (articles 46, 49, 50). A person corrects his name himself. What was recorded by
//! others he asks them for: a request has a deadline by the rule `rights` of the organization
//! that he asks, and is answered, with a reason where it is refused.
//!
//! **Retention** (article 19). Orders that have ended lose what is personal after the days of the
//! rule `retention` of their county; `GET …/retention` and `redvest retention dry-run` say beforehand
//! how many that would be.

mod contract;
mod domain;
mod jobs;
mod limits;
mod matters;
mod policy;
mod routes;
mod store;

pub use contract::RetentionView;
pub use domain::WithdrawalDays;
pub use jobs::{EraseAccounts, ForgetOrders};
pub use limits::passed_everywhere;
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::STATEMENTS;
pub use store::requests::STATEMENTS as REQUEST_STATEMENTS;
