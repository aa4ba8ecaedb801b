//! `lachan ca`.

use super::{Words, words};
use crate::authority::AuthorityFault;
use crate::words::path;

words! {
    ca_none() {
        vi: "Hộp chưa có chứng chỉ gốc; hộp tự tạo khi proxy.inspection được bật, hoặc khi xuất lần đầu",
        en: "The box has no authority yet; it makes one when proxy.inspection is on, or at the first export",
    }
    ca_fingerprint(print: &str) { vi: "SHA-256: {print}", en: "SHA-256: {print}" }
    ca_validity(from: &str, until: &str) {
        vi: "Có hiệu lực từ {from} đến {until}",
        en: "Holds from {from} until {until}",
    }
    ca_ended() {
        vi: "CẢNH BÁO: chứng chỉ gốc không có hiệu lực vào lúc này (hãy xem đồng hồ của hộp); không kết nối nào bị mở. Cấp mới: lachan ca renew",
        en: "WARNING: the authority does not hold now (look at the box's clock); no connection is opened up. A new one: lachan ca renew",
    }
    ca_off() {
        vi: "Không kết nối HTTPS nào bị mở (proxy.inspection đang tắt)",
        en: "No encrypted connection is opened up (proxy.inspection is off)",
    }
    ca_reads(groups: &str, categories: &str) {
        vi: "Nội dung HTTPS được đọc: nhóm {groups}, loại {categories}",
        en: "Encrypted pages are read: groups {groups}, categories {categories}",
    }
    ca_pages(groups: &str) {
        vi: "Trang đã bị chặn hiện trang thông báo qua HTTPS: nhóm {groups}",
        en: "What is closed shows the block page over HTTPS: groups {groups}",
    }
    ca_written(file: &str) { vi: "{file}: đã ghi", en: "{file}: written" }
    ca_compare(print: &str) {
        vi: "Khi cài, hãy so dấu vân tay SHA-256: {print}",
        en: "When installing, compare the SHA-256 fingerprint: {print}",
    }
    ca_renew_means() {
        vi: "Chứng chỉ gốc mới khác chứng chỉ cũ: mọi máy phải cài lại, đến lúc đó trang bị mở sẽ báo lỗi. Nếu chắc chắn, hãy thêm --yes",
        en: "A new authority is another one: every machine has to be visited again, and until then opened pages show an error. If you are sure, add --yes",
    }
    ca_renewed(print: &str) {
        vi: "Đã tạo chứng chỉ gốc mới, SHA-256: {print}. Hãy xuất lại (lachan ca export) và cài lên các máy, rồi gỡ chứng chỉ cũ.",
        en: "A new authority was made, SHA-256: {print}. Export it (lachan ca export), install it on the machines, then remove the old one.",
    }
    ca_means_title() {
        vi: "Cài chứng chỉ gốc của hộp lên một máy nghĩa là:",
        en: "To install the box's authority on a machine means:",
    }
    ca_means_reading() {
        vi: "hộp có thể đọc mọi trang HTTPS mà máy ấy mở, trong những nhóm và loại ghi ở proxy.inspection, kể cả mật khẩu gõ ở đó",
        en: "the box can read every encrypted page that the machine opens, in the groups and categories of proxy.inspection, passwords typed there included",
    }
    ca_means_own() {
        vi: "chỉ cài lên máy của trường; không bao giờ cài lên máy riêng của học sinh, giáo viên",
        en: "it belongs on machines of the school's only, never on the pupils' or teachers' own",
    }
    ca_means_tell() {
        vi: "người dùng máy và phụ huynh phải được báo trước",
        en: "whoever uses the machines, and parents, have to be told before",
    }
    ca_means_never() {
        vi: "ngân hàng, y tế, cơ quan nhà nước, nơi giúp đỡ, trang thi và trang đăng nhập không bao giờ bị mở; không gì đọc được bị lưu hay ghi lại",
        en: "banks, health, public bodies, help, exams and sign-in pages are never opened up; nothing that is read is stored or logged",
    }
    ca_means_yes() { vi: "nếu đã rõ, hãy chạy lại với --yes", en: "if that is understood, run this again with --yes" }
    ca_title(school: &str) {
        vi: "Chứng chỉ gốc Lá Chắn của {school}",
        en: "The Lá Chắn authority of {school}",
    }
    ca_about() {
        vi: "Chỉ cài lên máy của trường. Hộp có thể đọc trang HTTPS mà máy này mở.",
        en: "For machines of the school's only. The box can read encrypted pages that this machine opens.",
    }
    ca_gpo_title() {
        vi: "Nhiều máy trong miền (GPO), thay cho tập lệnh này:",
        en: "For many machines of a domain (GPO), instead of this script:",
    }
    ca_gpo_script() {
        vi: "  lachan ca export --for cer --yes --out lachan.cer",
        en: "  lachan ca export --for cer --yes --out lachan.cer",
    }
    ca_gpo_store() {
        vi: "  Group Policy Management > Computer Configuration > Policies > Windows Settings > Security Settings > Public Key Policies > Trusted Root Certification Authorities > Import",
        en: "  Group Policy Management > Computer Configuration > Policies > Windows Settings > Security Settings > Public Key Policies > Trusted Root Certification Authorities > Import",
    }
    ca_gpo_remove() {
        vi: "Gỡ: certlm.msc > Trusted Root Certification Authorities > Certificates, xóa mục “Lá Chắn”.",
        en: "To remove it: certlm.msc > Trusted Root Certification Authorities > Certificates, delete \"Lá Chắn\".",
    }
    ca_installed() {
        vi: "Xong. Máy này tin chứng chỉ gốc của hộp Lá Chắn.",
        en: "Done. This machine trusts the authority of the Lá Chắn box.",
    }
    ca_android_title() {
        vi: "Máy Android của trường (11 trở lên):",
        en: "Android devices of the school's (11 and later):",
    }
    ca_android_file() {
        vi: "  1. Chép tệp lachan.cer vào máy: lachan ca export --for cer --yes --out lachan.cer",
        en: "  1. Copy the file lachan.cer to the device: lachan ca export --for cer --yes --out lachan.cer",
    }
    ca_android_where() {
        vi: "  2. Cài đặt > Bảo mật và quyền riêng tư > Mã hóa và thông tin xác thực > Cài đặt chứng chỉ > Chứng chỉ CA > Vẫn cài đặt, rồi chọn tệp. Máy phải có khóa màn hình.",
        en: "  2. Settings > Security & privacy > Encryption & credentials > Install a certificate > CA certificate > Install anyway, and choose the file. The device needs a screen lock.",
    }
    ca_android_managed() {
        vi: "  Máy do trường quản lý (Android Enterprise, Knox, Intune): đưa tệp vào mục chứng chỉ CA tin cậy của chính sách, không phải làm trên từng máy.",
        en: "  Managed devices (Android Enterprise, Knox, Intune): put the file among the policy's trusted CA certificates; no device has to be touched.",
    }
    ca_android_limit() {
        vi: "Chrome và Edge tin chứng chỉ này; phần lớn ứng dụng khác thì không, và sẽ báo lỗi ở trang bị mở.",
        en: "Chrome and Edge trust it; most other apps do not, and show an error where a page is opened up.",
    }
    ca_chromebook_title() { vi: "Chromebook do trường quản lý:", en: "Chromebooks managed by the school:" }
    ca_chromebook_file() {
        vi: "  1. lachan ca export --for pem --yes --out lachan.pem",
        en: "  1. lachan ca export --for pem --yes --out lachan.pem",
    }
    ca_chromebook_where() {
        vi: "  2. admin.google.com > Thiết bị > Mạng > Chứng chỉ > Thêm chứng chỉ: tải tệp lên, chọn đơn vị tổ chức của phòng máy, bật “Cơ quan cấp chứng chỉ cho Chromebook”.",
        en: "  2. admin.google.com > Devices > Networks > Certificates > Add certificate: upload the file, choose the lab's organisational unit, switch on \"Certificate authority for Chromebook\".",
    }
    ca_chromebook_policies() {
        vi: "  3. Thiết bị > Chrome > Cài đặt: tắt “DNS qua HTTPS”, “Giao thức QUIC” và “TLS Encrypted ClientHello” cho đơn vị ấy.",
        en: "  3. Devices > Chrome > Settings: switch off \"DNS-over-HTTPS\", \"QUIC protocol\" and \"TLS Encrypted ClientHello\" for that unit.",
    }
    ca_file_failed(file: &str) {
        vi: "không đọc hay ghi được chứng chỉ gốc {file}; hãy chạy lệnh này bằng người dùng của bộ lọc hoặc root",
        en: "the authority {file} cannot be read or written; run this as the filter's user or as root",
    }
    ca_unusable(file: &str, why: &str) {
        vi: "{file} không chứa chứng chỉ gốc dùng được ({why}); cấp mới: lachan ca renew",
        en: "{file} holds no authority that can be used ({why}); make a new one: lachan ca renew",
    }
    ca_cannot_make(why: &str) {
        vi: "không tạo được chứng chỉ gốc: {why}",
        en: "the authority cannot be made: {why}",
    }
    ca_no_lock() {
        vi: "bộ luật đang dùng chưa có danh sách những trang không bao giờ bị mở, nên không có gì được mở; hãy biên dịch lại: lachan lists compile",
        en: "the ruleset in use does not say what is never inspected, so nothing is; compile it anew: lachan lists compile",
    }
}

impl Words {
    /// Why there is no authority.
    pub(crate) fn authority_fault(self, fault: &AuthorityFault) -> String {
        match fault {
            AuthorityFault::File { path: file, .. } => self.ca_file_failed(&path(file)),
            AuthorityFault::Unusable { path: file, source } => {
                self.ca_unusable(&path(file), &source.to_string())
            }
            AuthorityFault::Make(source) => self.ca_cannot_make(&source.to_string()),
            AuthorityFault::NoLock => self.ca_no_lock(),
        }
    }
}
