//! One JSON object per line of log.

use std::io::Write as _;

use env_logger::Env;
use log::kv::{Error, Key, Value, VisitSource};

use crate::platform::clock::Clock;

/// Starts logging; `RUST_LOG` says how much, `warn` and the requests unless it is set.
pub fn start() {
    start_with("warn,redvest=info,actix_http=off");
}

/// Starts logging with warnings only, where the terminal is for people.
pub fn start_quietly() {
    start_with("warn,actix_http=off");
}

fn start_with(usual: &str) {
    let environment = Env::default().default_filter_or(usual);
    let built = env_logger::Builder::from_env(environment)
        .format(|buffer, record| {
            let mut line = serde_json::Map::new();
            line.insert("at".to_owned(), Clock::System.now().to_rfc3339().into());
            line.insert("level".to_owned(), record.level().as_str().into());
            line.insert("message".to_owned(), shortened(record.args().to_string()).into());
            line.insert("target".to_owned(), record.target().into());
            let _ = record.key_values().visit(&mut Pairs(&mut line));
            writeln!(buffer, "{}", serde_json::Value::Object(line))
        })
        .try_init();
    // Started twice only in tests, where the first one stays.
    drop(built);
}

/// A statement of thousands of rows says nothing more at its end than at its beginning.
fn shortened(mut message: String) -> String {
    const LONGEST: usize = 2_000;
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
    }
    message
}

struct Pairs<'a>(&'a mut serde_json::Map<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let value = value.to_u64().map_or_else(|| value.to_string().into(), Into::into);
        self.0.insert(key.to_string(), value);
        Ok(())
    }
}
