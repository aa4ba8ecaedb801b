//! What is said of the proxy.

use super::{Words, words};
use crate::control::{InspectionView, ProxyState, ProxyView};

words! {
    proxy_line(state: &str) { vi: "Proxy {state}", en: "Proxy {state}" }
    proxy_state_on(passed: u64, blocked: u64, requests: u64) {
        vi: "đang lọc web (HTTPS: {passed} cho qua, {blocked} chặn; HTTP: {requests} yêu cầu)",
        en: "filters the web (HTTPS: {passed} passed, {blocked} blocked; HTTP: {requests} requests)",
    }
    proxy_state_failing(place: &str, why: &str) {
        vi: "không mở được {place}: {why}; thử lại mỗi 10 giây",
        en: "cannot listen on {place}: {why}; tries again every 10 seconds",
    }
    proxy_some_place() { vi: "cổng của mình", en: "its ports" }
    proxy_taken() { vi: "chương trình khác đang dùng", en: "another program has it" }
    proxy_forbidden() {
        vi: "không được phép (cần CAP_NET_ADMIN, với cổng dưới 1024 thì CAP_NET_BIND_SERVICE)",
        en: "not permitted (CAP_NET_ADMIN is needed, for ports below 1024 CAP_NET_BIND_SERVICE)",
    }
    proxy_absent() {
        vi: "máy này không có địa chỉ đó",
        en: "this machine has no such address",
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
            ProxyState::Failing { detail, .. } => Some(self.inspection_state_failing(detail)),
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
            ProxyState::Failing {
                address,
                why,
                detail,
            } => {
                let place = address.clone();
                let place = place.unwrap_or_else(|| self.proxy_some_place());
                let why = match why.as_str() {
                    "taken" => self.proxy_taken(),
                    "forbidden" => self.proxy_forbidden(),
                    "absent" => self.proxy_absent(),
                    _ => detail.clone(),
                };
                Some(self.proxy_state_failing(&place, &why))
            }
        }
    }
}
