//! `lachan profile`.

use super::{Words, words};
use crate::commands::profile::ProfileError;

words! {
    profile_name(group: &str) { vi: "Lá Chắn: DNS của nhóm {group}", en: "Lá Chắn: DNS of the group {group}" }
    profile_about(school: &str) {
        vi: "DNS mã hóa của {school}. Có mã bí mật của nhóm: chỉ cài lên thiết bị của trường.",
        en: "Encrypted DNS of {school}. Holds the group's secret token: for the school's devices only.",
    }
    profile_authority() { vi: "Chứng chỉ gốc của trường", en: "The school's certificate authority" }
    profile_installed() {
        vi: "Xong. Máy này dùng DNS mã hóa ở những mạng có máy chủ DNS là Lá Chắn.",
        en: "Done. This machine uses encrypted DNS in networks whose name server is Lá Chắn.",
    }
    profile_written(file: &str, group: &str) {
        vi: "{file}: đã ghi hồ sơ cho nhóm {group}. Tệp có mã bí mật của nhóm: chỉ đưa cho người cài thiết bị",
        en: "{file}: the profile for the group {group} was written. It holds the group's secret token: give it only to those who set up devices",
    }
    profile_no_name() {
        vi: "chưa biết thiết bị gọi máy này bằng tên nào; hãy ghi resolver.tls.names trong tệp cấu hình, hoặc --host",
        en: "it is not known by which name devices reach this box; set resolver.tls.names in the settings, or give --host",
    }
    profile_no_listener(key: &str) {
        vi: "resolver.{key} đang tắt, nên thiết bị sẽ không có nơi để hỏi; hãy bật trong tệp cấu hình",
        en: "resolver.{key} is off, so devices would have nobody to ask; switch it on in the settings",
    }
    profile_dot_port(port: u16) {
        vi: "DNS qua TLS đang ở cổng {port}, mà thiết bị chỉ hỏi ở cổng 853; hãy đổi resolver.listen-dot",
        en: "DNS over TLS listens at port {port}, and devices ask at port 853 only; change resolver.listen-dot",
    }
    profile_no_wildcard(host: &str) {
        vi: "chứng chỉ không dành cho *.{host}, nên thiết bị không tin tên có mã nhóm; hãy lấy chứng chỉ có *.{host}, hoặc dùng DNS qua HTTPS (không có trên Android)",
        en: "the certificate is not for *.{host}, so devices do not trust a name with a token; get one for *.{host}, or use DNS over HTTPS (which Android has not)",
    }
    profile_token_of_another(group: &str, holder: &str) {
        vi: "mã này là của nhóm “{holder}”, không phải của nhóm “{group}”; hãy ghi đúng nhóm, hoặc tạo mã: lachan groups token '{group}' --new",
        en: "this token is of the group \"{holder}\", not of \"{group}\"; name that group, or make a token: lachan groups token '{group}' --new",
    }
    profile_token_of_nobody(group: &str) {
        vi: "không nhóm nào có mã này, nên thiết bị sẽ mất DNS; hãy tạo mã: lachan groups token '{group}' --new",
        en: "no group has this token, so the device would be left without DNS; make one: lachan groups token '{group}' --new",
    }
    profile_no_address() {
        vi: "Windows tìm máy chủ DNS qua HTTPS theo địa chỉ; hãy ghi --address",
        en: "Windows finds a DNS over HTTPS server by its address; give --address",
    }
    profile_no_dot() {
        vi: "Windows chỉ có DNS qua HTTPS; hãy bỏ --dot",
        en: "Windows has DNS over HTTPS only; leave --dot out",
    }
    profile_apple_only(flag: &str) {
        vi: "{flag} chỉ dùng được với thiết bị Apple (lachan profile apple); hãy bỏ {flag}",
        en: "{flag} works on Apple's devices only (lachan profile apple); leave {flag} out",
    }
    profile_is_private() {
        vi: "CẢNH BÁO: chứng chỉ của máy không do nơi cấp công cộng nào mà hệ thống này biết cấp, nên thiết bị sẽ không tin và sẽ mất DNS. Hãy ghi --ca TỆP-CHỨNG-CHỈ-GỐC để hồ sơ mang theo, hoặc cài chứng chỉ gốc lên thiết bị trước.",
        en: "WARNING: no public authority that this system knows issued the box's certificate, so devices will not trust it and will be left without DNS. Give --ca AUTHORITY-FILE, so that the profile carries it, or install the authority on the devices first.",
    }
    android_title(group: &str) {
        vi: "Thiết bị Android của nhóm {group}:",
        en: "Android devices of the group {group}:",
    }
    android_where() {
        vi: "  1. Mở Cài đặt > Mạng và Internet > DNS riêng tư (Private DNS).",
        en: "  1. Open Settings > Network & internet > Private DNS.",
    }
    android_name(name: &str) {
        vi: "  2. Chọn \"Tên máy chủ của nhà cung cấp DNS riêng tư\" và gõ: {name}",
        en: "  2. Choose \"Private DNS provider hostname\" and type: {name}",
    }
    android_public(host: &str) {
        vi: "Android chỉ tin chứng chỉ công cộng ở đây: chứng chỉ do trường tự cấp không dùng được, kể cả khi đã cài chứng chỉ gốc. Cần chứng chỉ công cộng cho *.{host}.",
        en: "Android trusts public certificates only here: one issued by the school itself does not work, even where its authority is installed. A public one for *.{host} is needed.",
    }
    android_inside(host: &str) {
        vi: "Ở ngoài trường, thiết bị mất mạng nếu {host} không trả lời từ đó; ở nhà hãy chuyển về \"Tự động\".",
        en: "Outside the school the device is offline unless {host} answers from there; at home switch back to \"Automatic\".",
    }
    android_secret() {
        vi: "Tên này có mã bí mật của nhóm: đừng chia sẻ.",
        en: "This name holds the group's secret token: do not share it.",
    }
}

impl Words {
    /// Why no profile can be made.
    pub(crate) fn profile_error(self, error: &ProfileError) -> String {
        match error {
            ProfileError::NoName => self.profile_no_name(),
            ProfileError::NoListener(key) => self.profile_no_listener(key),
            ProfileError::DotPort(port) => self.profile_dot_port(*port),
            ProfileError::NoWildcard(host) => self.profile_no_wildcard(&host.to_string()),
            ProfileError::NotItsToken { group, holder } => match holder {
                Some(holder) => self.profile_token_of_another(group, holder),
                None => self.profile_token_of_nobody(group),
            },
            ProfileError::NoAddress => self.profile_no_address(),
            ProfileError::NoDot => self.profile_no_dot(),
            ProfileError::AppleOnly(flag) => self.profile_apple_only(flag),
        }
    }
}
