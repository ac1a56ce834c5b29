//! `data/demo.json`: where the demo is, who can sign in as what, and the menu.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// What a front-end developer needs to begin.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Where the API is.
    pub base_url: String,
    /// That nobody in here exists.
    pub notice: String,
    /// Who can sign in as what.
    pub roles: Vec<RoleEntry>,
    /// What can be ordered.
    pub menu: Vec<MenuEntry>,
}

/// One person of the demo.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleEntry {
    /// What he is.
    pub role: String,
    /// His synthetic name.
    pub name: String,
    /// Where.
    pub organization_id: Option<String>,
    /// Its name.
    pub organization: Option<String>,
    /// How he signs in.
    pub sign_in: SignIn,
}

/// How somebody signs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum SignIn {
    /// By phone and one-time code.
    Phone {
        /// A number that nobody has.
        phone: String,
        /// The demo's code.
        code: String,
    },
    /// By user name and password.
    Password {
        /// The user name.
        username: String,
        /// Made up when the demo was loaded.
        password: String,
    },
}

/// One item of the menu.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MenuEntry {
    /// Its id.
    pub catalog_item_id: String,
    /// Its short name.
    pub code: String,
    /// Its Chinese name.
    pub name_zh: String,
}

impl Manifest {
    /// The manifest that was written when the demo was loaded, if it is there.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, serde_json::to_string_pretty(self)? + "\n")
    }

    /// The person of a role.
    #[must_use]
    pub fn role(&self, role: &str) -> Option<&RoleEntry> {
        self.roles.iter().find(|entry| entry.role == role)
    }

    /// Puts a person in the place of whoever had the role.
    pub fn set_role(&mut self, entry: RoleEntry) {
        self.roles.retain(|known| known.role != entry.role);
        self.roles.push(entry);
    }
}
