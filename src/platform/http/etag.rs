//! # Entity tags
//!
//! An ETag such as `"v3-9b1c0d5e7a2f4486"` says two things. The version is that of a
//! single resource: by it `If-Match` tells whether somebody changed the resource
//! first. The digest is of what exactly was answered, and `If-None-Match` goes by it:
//! the names of others, the commands that the caller may give and his language change
//! what is said while the version stays. A list has no version, only a digest.

use std::hash::{DefaultHasher, Hasher as _};

/// The ETag of an answer. Another release may give another one to the same answer.
#[must_use]
pub fn etag(version: Option<i64>, body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body.as_bytes());
    let digest = hasher.finish();
    match version {
        Some(version) => format!("\"v{version}-{digest:016x}\""),
        None => format!("\"{digest:016x}\""),
    }
}

/// The version in an ETag, with or without a digest, strong or weak.
#[must_use]
pub fn version_of(tag: &str) -> Option<i64> {
    let tag = strong(tag).strip_prefix("\"v")?.strip_suffix('"')?;
    let version = match tag.split_once('-') {
        Some((version, digest)) => is_digest(digest).then_some(version)?,
        None => tag,
    };
    let is_number = version.len() <= 18 && version.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| version.parse().ok()).flatten()
}

fn is_digest(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Proxies that compress an answer make its ETag a weak one.
fn strong(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// Whether `If-None-Match` names this ETag (RFC 9110, section 13.1.2).
#[must_use]
pub fn is_known(if_none_match: &str, etag: &str) -> bool {
    let mut tags = if_none_match.split(',').map(str::trim);
    tags.any(|tag| tag == "*" || strong(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_every_form_of_an_etag() {
        assert_eq!(version_of(&etag(Some(12), "{}")), Some(12));
        assert_eq!(version_of("\"v3\""), Some(3));
        assert_eq!(version_of("W/\"v3-0123456789abcdef\""), Some(3));
        for other in [
            "v3",
            "\"3\"",
            "\"v3-\"",
            "\"v3-xyz\"",
            "\"v3-0123456789ABCDEF\"",
            "\"vv3\"",
            "\"v+3\"",
            "\"v0000000000000000003\"",
            "W/W/\"v3\"",
            &etag(None, "{}"),
        ] {
            assert_eq!(version_of(other), None, "{other}");
        }
    }

    #[test]
    fn an_answer_is_known_when_it_says_the_same() {
        let known = etag(Some(1), "{\"name\":\"老\"}");
        assert!(is_known(&known, &known));
        assert!(is_known(&format!("\"v0-00\", W/{known}"), &known));
        assert!(is_known("*", &known));
        assert!(!is_known(&known, &etag(Some(1), "{\"name\":\"新\"}")));
        assert!(!is_known(&known, &etag(Some(2), "{\"name\":\"老\"}")));
    }
}
