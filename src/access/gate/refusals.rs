//! What somebody known was refused, written down for the audit.
//!
//! Whoever shows a token of ours and is refused by a policy leaves a row, in a transaction
//! of its own: that of his command is undone. What does not exist and what he may not know
//! of leave the same row, and so take the same time: the wait tells him nothing.
//!
//! Nothing is written of a request without a token, nor of one whose token is made up or
//! has lapsed: strangers would have us write as much as they like, and lapsing is what
//! tokens do. What somebody known can make us write is bounded by how many requests he
//! may send, like everything else that he does.

use std::error::Error;
use std::fmt;
use std::str::FromStr as _;

use actix_web::HttpRequest;
use serde_json::json;
use uuid::Uuid;

use super::Gate;
use crate::access::tokens::Bearer;
use crate::ids::AccountId;
use crate::platform::journal::{Author, Fact, Origin};
use crate::problem::{Code, Problem};

/// Stands behind a problem that a policy is the reason of.
#[derive(Debug)]
pub struct Refusal {
    /// What was wanted.
    pub action: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} refused", self.action)
    }
}

impl Error for Refusal {}

impl Refusal {
    /// The refusal behind a problem, if there is one.
    fn behind(problem: &Problem) -> Option<&Self> {
        problem.cause()?.downcast_ref::<Self>()
    }
}

impl Gate {
    /// Hands a problem on; where a policy is the reason of it, that is written down first.
    pub(super) async fn refused(
        &self,
        request: &HttpRequest,
        author: &Author,
        problem: Problem,
    ) -> Problem {
        if let Some(refusal) = Refusal::behind(&problem) {
            self.write_refusal(request, author, problem.code(), Some(refusal.action)).await;
        }
        problem
    }

    /// Hands on what came of looking up whom a token of ours names; where he is turned
    /// away, that is written down first.
    pub(super) async fn welcome<T>(
        &self,
        request: &HttpRequest,
        bearer: &Bearer,
        looked_up: Result<T, Problem>,
    ) -> Result<T, Problem> {
        if let Err(problem) = &looked_up
            && matches!(problem.code(), Code::Unauthenticated | Code::ScopeMissing)
        {
            let author = whom_it_names(bearer, self.origin_of(request));
            self.write_refusal(request, &author, problem.code(), None).await;
        }
        looked_up
    }

    /// He is refused whether this can be written down or not.
    async fn write_refusal(
        &self,
        request: &HttpRequest,
        author: &Author,
        code: Code,
        action: Option<&str>,
    ) {
        let fact = Fact {
            name: "request.refused.v1",
            demand_id: None,
            subject_id: subject_of(request),
            reason: None,
            data: json!({
                "code": code,
                "action": action,
                "method": request.method().as_str(),
                "route": request.match_pattern(),
            }),
        };
        if let Err(problem) = self.write_down(author, fact).await {
            log::error!("a refusal could not be written down: {problem}");
        }
    }
}

/// Whom a token names, as far as it says so by itself.
fn whom_it_names(bearer: &Bearer, origin: Origin) -> Author {
    let (id, origin) = match bearer {
        Bearer::Person(person) => {
            (person.account, Origin { session_id: Some(person.session), ..origin })
        }
        Bearer::Partner(token) => {
            let id = AccountId(token.partner_id.0);
            (id, Origin { partner_id: Some(token.partner_id), ..origin })
        }
    };
    Author { account_id: Some(id), name: String::new(), delegated_by: None, origin }
}

/// The last thing that the address names, or none.
fn subject_of(request: &HttpRequest) -> Uuid {
    let named = request.match_info().iter().filter_map(|(_, text)| Uuid::from_str(text).ok());
    named.last().unwrap_or(Uuid::nil())
}
