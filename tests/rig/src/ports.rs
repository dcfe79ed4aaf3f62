//! Free ports of 127.0.0.1.
//!
//! They are taken from below the range that the system uses for outgoing connections: a port from within it could
//! be taken by a client's connection while its server is being restarted.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};

const FIRST: u16 = 17_000;
const COUNT: u16 = 15_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port on which nothing listens now, and which this process has not been given before.
///
/// # Errors
/// When no port of the range is free.
pub fn free() -> Result<u16> {
    // Each process begins somewhere else, so that tests which run at the same time do not meet.
    let offset = std::process::id().wrapping_mul(97) % u32::from(COUNT);
    (0..COUNT)
        .find_map(|_| {
            let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
            let port = FIRST + u16::try_from((offset + step) % u32::from(COUNT)).ok()?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok().then_some(port)
        })
        .context("no free port on 127.0.0.1 between 17000 and 32000")
}

/// Whether something accepts connections on this port of 127.0.0.1.
pub fn is_open(port: u16) -> bool {
    TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), Duration::from_secs(1)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_bound_and_is_given_once() {
        let (one, two) = (free().unwrap(), free().unwrap());
        assert_ne!(one, two);
        assert!(!is_open(one));
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, one)).unwrap();
        assert!(is_open(one));
    }
}
