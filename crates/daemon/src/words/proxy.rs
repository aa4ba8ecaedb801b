//! What is said of the proxy.

use super::{Words, words};
use crate::control::{ProxyState, ProxyView};

words! {
    proxy_line(state: &str) { vi: "Proxy {state}", en: "Proxy {state}" }
    proxy_state_on(passed: u64, blocked: u64, requests: u64) {
        vi: "đang lọc web (HTTPS: {passed} cho qua, {blocked} chặn; HTTP: {requests} yêu cầu)",
        en: "filters the web (HTTPS: {passed} passed, {blocked} blocked; HTTP: {requests} requests)",
    }
    proxy_state_failing(why: &str) {
        vi: "không mở được cổng, thử lại mỗi 10 giây: {why}",
        en: "cannot listen, tries again every 10 seconds: {why}",
    }
}

impl Words {
    /// How the proxy fares; `None` where there is none.
    pub(crate) fn proxy_state(self, view: &ProxyView) -> Option<String> {
        match &view.state {
            ProxyState::Off => None,
            ProxyState::On => {
                let tls = &view.tls;
                Some(self.proxy_state_on(tls.passed, tls.blocked, view.http.requests))
            }
            ProxyState::Failing { detail } => Some(self.proxy_state_failing(detail)),
        }
    }
}
