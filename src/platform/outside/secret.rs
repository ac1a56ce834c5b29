//! A secret that was handed to the program.

use std::fmt;
use std::path::Path;

/// A secret: printed, it says only that it is one.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// This secret.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret that a file holds, without the line's end.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read the secret in {}: {error}", path.display()))?;
        match text.trim() {
            "" => Err(format!("there is no secret in {}", path.display())),
            secret => Ok(Self(secret.to_owned())),
        }
    }

    /// What it says: for whoever has to show or use it, and for nobody's log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}
