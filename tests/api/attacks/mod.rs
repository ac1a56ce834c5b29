//! What an attacker tries, along the OWASP API Security Top 10 of 2023. Each story fails when its
//! guard is taken away. What is shown elsewhere already is named here and not told twice.
//!
//! | | | shown by |
//! |---|---|---|
//! | API1 | Broken object level authorization | [`object_level`]; `guards/rights.rs`: every operation by everybody, also who may not even know; `access/sessions.rs`, `notifications/reading.rs`: what is another's does not exist; `assignments/secrets.rs`: the address before and after |
//! | API2 | Broken authentication | [`authentication`]; `access/`: tokens, refresh tokens, codes and their tries, lockout of accounts and addresses, strength of passwords, ends of sign-ins; `access/oauth.rs`: partners; `guards/anonymous.rs`: no operation forgets to ask |
//! | API3 | Broken object property level authorization | [`properties`]; `guards/examples.rs`: an unknown field is refused; `demands/contact.rs`: a telephone is revealed for a purpose; `access/partner_requests.rs`: partners learn nothing of people; `volunteers/registration.rs`: where somebody lives |
//! | API4 | Unrestricted resource consumption | [`consumption`]; `process/attacked.rs`: slow, large and many requests on a real connection; `bad_input.rs`: large and deep bodies; `limits.rs`: requests in a minute, at all instances together; `costs.rs`, `guards/budget.rs`: statements of each operation; `guards/statements.rs`: nothing is searched row by row |
//! | API5 | Broken function level authorization | [`functions`]; `guards/rights.rs`: every command by every role; `access/grants.rs`, `organizations/rights.rs`: at home and below; `guards/scopes.rs`: partners |
//! | API6 | Unrestricted access to sensitive business flows | [`flows`]; `assignments/own_orders.rs`: hours by one's own order; `assignments/presence.rs`: where, when and by which code one checks in; `evaluations.rs`: each round is judged once, by whoever ordered; `demands/states.rs`: what is possible in which state |
//! | API7 | Server side request forgery | [`requests_elsewhere`] |
//! | API8 | Security misconfiguration | [`configuration`]; `browsers.rs`: headers and other origins; `bad_input.rs`: no answer is kept or guessed at by others; `guards/configuration.rs`: the options that README lists are those that there are |
//! | API9 | Improper inventory management | [`inventory`]; `guards/anonymous.rs`: what is mounted beside the contract; `guards/published.rs`: the contract is what the code says; every answer that any story sees is held against it |
//! | API10 | Unsafe consumption of APIs | what WeChat and senders of messages answer: with them |

mod authentication;
mod configuration;
mod consumption;
mod flows;
mod functions;
mod inventory;
mod object_level;
mod properties;
mod requests_elsewhere;
mod sent;
