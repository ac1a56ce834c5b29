//! The address under which everybody reaches this installation, whatever stands before it.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// Scheme, host and port: `https://volunteers.example.org`. All instances of one installation
/// have the same, because tokens name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The address of a process that nothing stands before, such as `127.0.0.1:8080`.
    #[must_use]
    pub fn over_http(address: &str) -> Self {
        Self(format!("http://{address}"))
    }

    /// The address itself, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of what lies under this path, which begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether nobody on the way can read along.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
    }
}

/// That of a process that is started without any settings.
impl Default for PublicUrl {
    fn default() -> Self {
        Self::over_http("127.0.0.1:8080")
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_nobodys = url.username().is_empty() && url.password().is_none();
        if is_web && is_bare && is_nobodys {
            Ok(Self(url.origin().ascii_serialization()))
        } else {
            Err("must be https://HOST or https://HOST:PORT and nothing more".to_owned())
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_port() {
        for (text, meant) in [
            ("https://volunteers.example.org", "https://volunteers.example.org"),
            ("https://Volunteers.Example.org/", "https://volunteers.example.org"),
            ("https://volunteers.example.org:443", "https://volunteers.example.org"),
            ("https://volunteers.example.org:8443", "https://volunteers.example.org:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(text.parse().as_ref().map(PublicUrl::as_str), Ok(meant));
        }
    }

    #[test]
    fn anything_more_is_refused() {
        for text in [
            "volunteers.example.org",
            "ftp://volunteers.example.org",
            "https://volunteers.example.org/redvest",
            "https://volunteers.example.org/?",
            "https://volunteers.example.org?county=1",
            "https://volunteers.example.org#top",
            "https://administrator@volunteers.example.org",
            "file:///etc/passwd",
            "",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
