//! The certificate of encrypted DNS: what is wrong with it, and what to do.

use lachan_resolver::IdentityError;

use super::{Words, path, words};
use crate::certificate::{CertificateError, Concern};

words! {
    listens_encrypted(transport: &str, address: &str) {
        vi: "  {transport}: {address} (mã hóa)",
        en: "  {transport}: {address} (encrypted)",
    }
    encrypted_waits(why: &str) {
        vi: "CẢNH BÁO: DNS mã hóa chưa hoạt động, DNS thường vẫn trả lời: {why}. Khi tệp được sửa, Lá Chắn tự dùng ngay",
        en: "WARNING: encrypted DNS does not work yet, plain DNS is answered all the same: {why}. Once the file is mended it is taken up by itself",
    }
    encrypted_dns_off(why: &str) {
        vi: "DNS mã hóa không hoạt động: {why}",
        en: "encrypted DNS does not work: {why}",
    }
    certificate_sound(path: &str) {
        vi: "{path}: chứng chỉ của DNS mã hóa dùng được",
        en: "{path}: the certificate of encrypted DNS is in order",
    }
    certificate_remedy() {
        vi: "sửa tệp, hoặc sửa cert, key và names trong [resolver.tls]; Lá Chắn tự dùng tệp mới, không cần khởi động lại",
        en: "mend the file, or cert, key and names in [resolver.tls]; a new file is taken up without a restart",
    }
    certificate_warning(what: &str) { vi: "CẢNH BÁO: {what}", en: "WARNING: {what}" }
    certificate_unread(path: &str, why: &str) {
        vi: "{path}: không đọc được tệp ({why}); hãy kiểm tra đường dẫn và quyền đọc của người dùng chạy Lá Chắn",
        en: "{path}: the file cannot be read ({why}); check the path, and that the user who runs Lá Chắn may read it",
    }
    certificate_unusable(path: &str, why: &str) { vi: "{path}: {why}", en: "{path}: {why}" }
    certificate_not_for(name: &str, names: &str) {
        vi: "chứng chỉ không dành cho {name} mà cho {names}, nên thiết bị sẽ không tin; hãy lấy chứng chỉ có tên này, hoặc sửa resolver.tls.names",
        en: "the certificate is not for {name} but for {names}, so devices will not trust it; get one for this name, or correct resolver.tls.names",
    }
    certificate_no_name() {
        vi: "chứng chỉ không có tên máy nào, chỉ có địa chỉ: mã nhóm trong tên máy chủ và hồ sơ thiết bị cần một tên; hãy ghi resolver.tls.names",
        en: "the certificate holds no host name, only addresses: tokens in server names and profiles need one; set resolver.tls.names",
    }
    certificate_ended() {
        vi: "chứng chỉ đã hết hạn, nên thiết bị sẽ không tin; hãy gia hạn",
        en: "the certificate has ended, so devices will not trust it; renew it",
    }
    certificate_not_yet() {
        vi: "chứng chỉ chưa đến ngày hiệu lực; hãy kiểm tra giờ của máy và chứng chỉ",
        en: "the certificate does not hold yet; check the clock of this machine and the certificate",
    }
    certificate_ends_soon(days: i64) {
        vi: "chứng chỉ còn {days} ngày là hết hạn; hãy gia hạn",
        en: "the certificate ends in {days} days; renew it",
    }
    certificate_key_open(path: &str) {
        vi: "{path}: mọi người dùng của máy đều đọc được khóa riêng; hãy chạy chmod o-r trên tệp này",
        en: "{path}: everybody on this machine may read the private key; run chmod o-r on this file",
    }
}

impl Words {
    /// Why there is no certificate to show.
    pub(crate) fn certificate_error(self, error: &CertificateError) -> String {
        match error {
            CertificateError::Read { path: file, source } => {
                self.certificate_unread(&path(file), &source.to_string())
            }
            CertificateError::Unusable { path: file, source } => {
                self.certificate_unusable(&path(file), &self.identity_error(source))
            }
        }
    }

    /// Why files make no certificate.
    pub(crate) fn identity_error(self, error: &IdentityError) -> String {
        if self.is_vietnamese() {
            vietnamese(error).to_owned()
        } else {
            error.to_string()
        }
    }

    /// What is to be told of a certificate.
    pub(crate) fn certificate_concern(self, concern: &Concern) -> String {
        match concern {
            Concern::NotFor { name, names } => self.certificate_not_for(&name.to_unicode(), names),
            Concern::NoName => self.certificate_no_name(),
            Concern::Ended => self.certificate_ended(),
            Concern::NotYet => self.certificate_not_yet(),
            Concern::EndsSoon(days) => self.certificate_ends_soon(*days),
            Concern::KeyOpen(file) => self.certificate_key_open(&path(file)),
        }
    }
}

/// The English stands with the error itself.
fn vietnamese(error: &IdentityError) -> &'static str {
    match error {
        IdentityError::CertificatePem(_) => {
            "tệp chứng chỉ không phải dạng PEM; tệp đúng có các khối bắt đầu bằng -----BEGIN CERTIFICATE-----"
        }
        IdentityError::NoCertificate => {
            "tệp không có chứng chỉ nào; cần chứng chỉ của máy trước, rồi đến chuỗi của nó, dạng PEM"
        }
        IdentityError::Certificate => {
            "không đọc được chứng chỉ; tệp bị hỏng hoặc thuộc loại không biết"
        }
        IdentityError::KeyEncrypted => {
            "khóa có mật khẩu, mà máy khởi động không có ai gõ; hãy bỏ mật khẩu bằng `openssl pkey`"
        }
        IdentityError::NoKey(_) => {
            "tệp không có khóa riêng nào; cần một khối như -----BEGIN PRIVATE KEY-----"
        }
        IdentityError::Key(_) => {
            "loại khóa không dùng được; hãy dùng ECDSA P-256 hoặc P-384, RSA từ 2048 bit, hoặc Ed25519"
        }
        IdentityError::Mismatch => {
            "khóa không thuộc về chứng chỉ đầu tiên trong tệp; hãy đặt chứng chỉ của máy lên đầu, hoặc ghi đúng tệp khóa"
        }
        IdentityError::Nameless => {
            "chứng chỉ không có tên máy hay địa chỉ nào (subjectAltName), nên không thiết bị nào nhận"
        }
        IdentityError::NoAuthority => {
            "đây không phải chứng chỉ gốc (CA); hãy ghi tệp của nơi cấp chứng chỉ, không phải của máy"
        }
    }
}
