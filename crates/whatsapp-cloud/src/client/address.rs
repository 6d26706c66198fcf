//! Which addresses may be given a token.

use std::net::IpAddr;

use http::Uri;
use http::uri::Scheme;

use crate::error::Error;

/// Whether a base URL may be given a token: HTTPS, or plain HTTP to this machine.
pub fn check_base_url(base_url: &str) -> Result<(), Error> {
    let uri: Uri = base_url
        .parse()
        .map_err(|error| Error::not_sent("the base URL is not a URL").because(error))?;
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return Err(Error::not_sent("the base URL has no host"));
    };
    if uri.query().is_some() || uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return Err(Error::not_sent(
            "the base URL may have no query, user or password",
        ));
    }
    if is_private_way(&uri, host) {
        return Ok(());
    }
    Err(Error::not_sent(
        "refusing to transmit over non-HTTPS: the access token would travel in the clear; \
         plain HTTP is for loopback addresses only",
    ))
}

/// Whether what goes there cannot be read on the way.
pub(super) fn is_private_way(uri: &Uri, host: &str) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
        || uri.scheme() == Some(&Scheme::HTTP) && is_this_machine(host)
}

/// Whether a media URL may be given the token: Meta's own hosts, and the base URL's, port included.
pub(super) fn may_have_token(uri: &Uri, base_url: &str) -> bool {
    const METAS: [&str; 4] = ["facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net"];
    let Some(host) = uri.host() else { return false };
    let base: Option<Uri> = base_url.parse().ok();
    let is_base = base
        .is_some_and(|base| base.authority() == uri.authority() && base.scheme() == uri.scheme());
    let host = host.to_ascii_lowercase();
    let is_metas = METAS.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    let has_own_port = uri.port().is_some_and(|port| port != 443);
    is_base || (is_metas && !has_own_port && uri.scheme() == Some(&Scheme::HTTPS))
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_metas_hosts_and_the_base_urls_only() {
        let may = |url: &str, base: &str| may_have_token(&url.parse().unwrap(), base);
        let graph = "https://graph.facebook.com";
        for good in [
            "https://lookaside.fbsbx.com/x?y=1",
            "https://graph.facebook.com/1",
            "https://mmg.whatsapp.net/d",
        ] {
            assert!(may(good, graph), "{good}");
        }
        for bad in [
            "http://lookaside.fbsbx.com/x",
            "https://fbsbx.com.example.org/x",
            "https://evilfbsbx.com/x",
            "https://lookaside.fbsbx.com:8443/x",
            "https://example.org/lookaside.fbsbx.com",
            "http://127.0.0.1:9/x",
        ] {
            assert!(!may(bad, graph), "{bad}");
        }
        assert!(may("http://127.0.0.1:9/x", "http://127.0.0.1:9/graph"));
        assert!(!may("http://127.0.0.1:10/x", "http://127.0.0.1:9"));
    }
}
