//! What the operations on demands work with: the tree, the menu, and those who find help.

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use crate::access::privacy_notices::PrivacyNotices;
use crate::access::{Caller, Work};
use crate::demands::catalog::Catalog;
use crate::demands::contract::{DemandSummary, Names};
use crate::demands::domain::{Demand, State};
use crate::demands::responders::Responders;
use crate::organizations::Directory;
use crate::platform::http::answer::Answer;
use crate::platform::http::wired;
use crate::problem::Problem;

/// What the operations on demands work with.
pub struct Room {
    /// The tree and the menu.
    pub names: Names,
    /// Who finds help.
    pub responders: Data<dyn Responders>,
    /// Which privacy notices are in force where.
    pub privacy_notices: Data<PrivacyNotices>,
}

impl FromRequest for Names {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(names(request))
    }
}

impl FromRequest for Room {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let room = || {
            Ok(Self {
                names: names(request)?,
                responders: wired(request)?,
                privacy_notices: wired(request)?,
            })
        };
        std::future::ready(room())
    }
}

fn names(request: &HttpRequest) -> Result<Names, Problem> {
    let directory = wired::<Directory>(request)?.into_inner();
    let catalog = wired::<Catalog>(request)?.into_inner();
    Ok(Names { directory, catalog })
}

impl Room {
    /// What the system dispatches and nobody has, is dispatched.
    pub async fn dispatch_if_automatic(
        &self,
        work: &mut Work<'_>,
        demand: Demand,
    ) -> Result<Demand, Problem> {
        if demand.automatic && demand.state == State::Verified {
            return self.responders.find_responder(work, demand).await;
        }
        Ok(demand)
    }

    /// The demand as a command answers it: with what happened just now still in
    /// the hands of the transaction, the timeline is read by `GET`.
    pub fn answer(&self, demand: &Demand, caller: &Caller) -> Result<Answer, Problem> {
        let shown = DemandSummary::of(demand, caller, &self.names);
        Ok(Answer::ok(&shown)?.version(demand.version))
    }
}
