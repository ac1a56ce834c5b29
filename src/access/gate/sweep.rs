//! The frame of every sweep over things that have become due.

use std::fmt::Display;

use chrono::{DateTime, Utc};

use super::{Gate, Work};
use crate::platform::db::Tx;
use crate::platform::jobs::{Settled, Swept, settled};
use crate::problem::Problem;

impl Gate {
    /// Looks for what is `due` and settles each thing in a transaction of its own, so that a
    /// conflict or a fault stops nobody else. Read before anything is written: an idle county
    /// writes nothing.
    ///
    /// # Errors
    /// `unavailable` when the database does not answer.
    pub async fn sweep<I: Copy + Display>(
        &self,
        job: &'static str,
        due: impl AsyncFnOnce(&mut Tx, DateTime<Utc>) -> Result<Vec<I>, Problem>,
        settle: impl AsyncFn(&mut Work<'_>, I) -> Result<(), Problem>,
    ) -> Result<Swept<I>, Problem> {
        let mut tx = self.read_without_permit(job).await?;
        let ids = due(&mut tx, self.parts.clock.now()).await?;
        tx.finish();
        let mut swept = Swept { done: 0, failed: Vec::new() };
        for id in ids {
            let result = self.without_permit(job, async |work| settle(work, id).await).await;
            match settled(job, id, result)? {
                Settled::Done => swept.done += 1,
                Settled::ByAnother => {}
                Settled::Failed => swept.failed.push(id),
            }
        }
        Ok(swept)
    }
}
