//! Where a request comes from.
//!
//! The connection tells the address of whoever stands nearest; behind a proxy that is the
//! proxy, for everybody. A proxy adds the address that it was called from at the end of
//! `X-Forwarded-For`. Whatever stands before what our own proxies have added, anybody may
//! have made up, so it is not read.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How many proxies of our own stand before the program, one behind the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Proxies(pub u8);

impl Proxies {
    /// The address that a request comes from: the one that the outermost of our proxies
    /// was called from, or the nearest where there is no proxy or it tells nothing.
    #[must_use]
    pub fn address_of(self, headers: &HeaderMap, nearest: Option<SocketAddr>) -> Option<IpAddr> {
        let behind = self.0.checked_sub(1);
        let told = behind.and_then(|behind| forwarded(headers, behind.into()));
        told.or(nearest.map(|nearest| nearest.ip())).map(household)
    }
}

/// The address in the list that has so many others behind it.
fn forwarded(headers: &HeaderMap, behind: usize) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok());
    let told: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let text = told.iter().rev().nth(behind)?;
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.trim_matches(['[', ']']).parse().ok().or_else(with_port)
}

/// Whoever has one address of IPv6 has all those of the network, 2⁶⁴: they count as one.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}
