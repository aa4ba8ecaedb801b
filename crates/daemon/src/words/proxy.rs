//! What is said of the proxy.

use super::{Words, words};
use crate::control::{InspectionView, ProxyState, ProxyView};

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
    inspection_line(state: &str) { vi: "Đọc HTTPS trên máy của trường {state}", en: "Inspection {state}" }
    inspection_state_on(open: u64, requests: u64, certificates: u64) {
        vi: "đang bật ({open} kết nối, {requests} yêu cầu, {certificates} chứng chỉ đã tạo)",
        en: "is on ({open} connections, {requests} requests, {certificates} certificates made)",
    }
    inspection_state_failing(why: &str) {
        vi: "không chạy được, nên không kết nối nào bị mở: {why}",
        en: "does not run, so no connection is opened up: {why}",
    }
}

impl Words {
    /// How inspection fares; `None` where nobody asked for it.
    pub(crate) fn inspection_state(self, view: &InspectionView) -> Option<String> {
        match &view.state {
            ProxyState::Off => None,
            ProxyState::On => {
                Some(self.inspection_state_on(view.open, view.requests, view.certificates))
            }
            ProxyState::Failing { detail } => Some(self.inspection_state_failing(detail)),
        }
    }

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
