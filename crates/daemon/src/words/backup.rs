//! `lachan backup`, `lachan restore` and `lachan reset`.

use super::{Words, words};
use crate::backup::{BackupError, MIN_PASSPHRASE, Part};
use crate::words::path;

words! {
    backup_written(file: &str, bytes: &str) {
        vi: "{file}: đã sao lưu ({bytes})",
        en: "{file}: backed up ({bytes})",
    }
    backup_passphrase(passphrase: &str) { vi: "Mật khẩu: {passphrase}", en: "Passphrase: {passphrase}" }
    backup_passphrase_once() {
        vi: "Hãy chép mật khẩu này ra giấy và cất riêng với tệp: không ai tạo lại được, và không có nó thì không mở được tệp.",
        en: "Write this passphrase on paper and keep it apart from the file: nobody can make it again, and without it the file opens for nobody.",
    }
    backup_not_noted(why: &str) {
        vi: "Tệp đã xong, nhưng hộp không ghi được vào nhật ký: {why}",
        en: "The file is done, but the box could not note it in its log: {why}",
    }
    log_not_kept() {
        vi: "không ghi được nhật ký thay đổi",
        en: "the log of changes cannot be written",
    }
    backup_ask_passphrase() { vi: "Mật khẩu của tệp sao lưu: ", en: "Passphrase of the backup: " }
    backup_of(school: &str, when: &str, program: &str) {
        vi: "Bản sao lưu của {school}, lập {when}, bằng Lá Chắn {program}",
        en: "Backup of {school}, made {when}, by Lá Chắn {program}",
    }
    backup_no_school() { vi: "trường chưa đặt tên", en: "a school without a name" }
    backup_no_time() { vi: "lúc hộp chưa biết giờ", en: "when the box did not know the time" }
    backup_would_replace() {
        vi: "Khôi phục sẽ thay những thứ trên của hộp này bằng của bản sao lưu. Nếu chắc chắn, hãy chạy lại với --yes; sau đó vẫn có thể quay lại bằng lachan restore --undo.",
        en: "To restore replaces these on this box by those of the backup. If you are sure, run this again with --yes; afterwards lachan restore --undo still takes it back.",
    }
    backup_restored() {
        vi: "Đã khôi phục. Lúc bộ lọc khởi động, nó dùng dữ liệu của bản sao lưu. Muốn quay lại: lachan restore --undo",
        en: "Restored. When the filter starts it uses what was in the backup. To take it back: lachan restore --undo",
    }
    backup_waits_for_restart() {
        vi: "Bản sao lưu đã được kiểm tra và sẵn sàng. Bộ lọc đang chạy; hãy khởi động lại để dùng: systemctl restart lachan",
        en: "The backup is checked and ready. The filter is running; restart it to use it: systemctl restart lachan",
    }
    backup_other_network() {
        vi: "Lưu ý: cấu hình mạng (giao diện, địa chỉ) cũng là của hộp cũ; hãy chạy lachan doctor để kiểm tra.",
        en: "Mind: the network settings (interfaces, addresses) are the old box's, too; run lachan doctor to check them.",
    }
    part_settings() { vi: "cấu hình", en: "settings" }
    part_database() {
        vi: "tài khoản, nhóm, ngoại lệ, nhật ký chặn, thống kê",
        en: "accounts, groups, exceptions, log of blocks, statistics",
    }
    part_request_key() { vi: "khóa của mã yêu cầu", en: "key of request codes" }
    part_authority() { vi: "chứng chỉ gốc của hộp, cùng khóa riêng", en: "the box's authority, with its private key" }
    part_web_identity() {
        vi: "chứng chỉ của trang quản trị, cùng khóa riêng",
        en: "the certificate of the pages, with its private key",
    }
    part_web_certificate() {
        vi: "chứng chỉ trường tự đưa lên cho trang quản trị, cùng khóa riêng",
        en: "the school's own certificate of the pages, with its private key",
    }
    part_dns_certificate() {
        vi: "chứng chỉ của DNS mã hóa, cùng khóa riêng",
        en: "the certificate of encrypted DNS, with its private key",
    }
    part_ruleset() { vi: "danh sách đang dùng", en: "the lists in use" }
    backup_file_failed(file: &str) {
        vi: "không đọc hay ghi được {file}; hãy chạy bằng người dùng của bộ lọc hoặc root, và kiểm tra chỗ trống trên đĩa",
        en: "{file} cannot be read or written; run this as the filter's user or as root, and check the free space",
    }
    backup_copy_failed() {
        vi: "không sao chép được cơ sở dữ liệu; hãy kiểm tra chỗ trống trên đĩa",
        en: "the database cannot be copied; check the free space",
    }
    backup_wrong_passphrase() {
        vi: "mật khẩu không mở được tệp này; hãy gõ đúng từng ký tự, kể cả dấu gạch",
        en: "the passphrase does not open this file; type it letter by letter, with its dashes",
    }
    backup_short(least: usize) {
        vi: "mật khẩu quá ngắn; cần ít nhất {least} ký tự, hoặc để lệnh này tự tạo",
        en: "the passphrase is too short; it needs {least} characters, or let this command make one",
    }
    backup_no_terminal() {
        vi: "không có màn hình để hỏi mật khẩu; hãy ghi --passphrase-file TỆP",
        en: "there is no terminal to ask for the passphrase; give --passphrase-file FILE",
    }
    backup_no_random() { vi: "hệ điều hành không cho số ngẫu nhiên", en: "the system gives no randomness" }
    backup_not_ours() { vi: "tệp này không phải bản sao lưu của Lá Chắn", en: "the file is no backup of Lá Chắn" }
    backup_too_much_work() {
        vi: "mở tệp này cần nhiều bộ nhớ hơn một hộp có; bản sao lưu do Lá Chắn tạo không như vậy",
        en: "to open this file takes more memory than a box has; backups that Lá Chắn made do not",
    }
    backup_damaged() {
        vi: "tệp bị hỏng hoặc bị cắt; không có gì trên hộp bị đổi. Hãy chép lại tệp hoặc dùng bản khác",
        en: "the file is damaged or cut; nothing of the box was changed. Copy it again, or take another one",
    }
    backup_too_new(program: &str) {
        vi: "bản sao lưu do Lá Chắn mới hơn ({program}) tạo; hãy cập nhật hộp này trước",
        en: "the backup was made by a newer Lá Chắn ({program}); update this box first",
    }
    backup_part(name: &str) {
        vi: "phần {name} trong tệp bị thiếu hoặc không đúng; không có gì trên hộp bị đổi",
        en: "the part {name} of the file is missing or wrong; nothing of the box was changed",
    }
    backup_settings() {
        vi: "cấu hình trong tệp không dùng được; không có gì trên hộp bị đổi",
        en: "the settings in the file cannot be used; nothing of the box was changed",
    }
    backup_other_folder(theirs: &str, ours: &str) {
        vi: "cấu hình trong tệp giữ dữ liệu ở {theirs}, hộp này ở {ours}; hãy đặt paths.data của hộp này như vậy rồi khôi phục lại",
        en: "the settings in the file keep data in {theirs}, this box in {ours}; set paths.data of this box so and restore again",
    }
    backup_database() {
        vi: "cơ sở dữ liệu không dùng được; không có gì trên hộp bị đổi",
        en: "the database cannot be used; nothing of the box was changed",
    }
    reset_would_wipe() {
        vi: "Mọi thứ của trường trên hộp này sẽ bị xóa: tài khoản, nhóm, ngoại lệ, yêu cầu, tin báo, nhật ký, khóa, danh sách đang dùng và tên trường. Không có cách nào lấy lại, trừ một bản sao lưu. Hãy chạy lachan backup trước, rồi chạy lại lệnh này với --yes.",
        en: "All that is the school's on this box will be deleted: accounts, groups, exceptions, requests, reports, logs, keys, the lists in use and the school's name. There is no way back but a backup. Run lachan backup first, then this again with --yes.",
    }
    reset_keeps_network() {
        vi: "Vị trí của hộp trong mạng được giữ.",
        en: "The box's place in the network is kept.",
    }
    reset_keeps_no_network() {
        vi: "Vị trí của hộp trong mạng cũng trở về mặc định; muốn giữ, thêm --keep-network.",
        en: "The box's place in the network becomes the default, too; to keep it, add --keep-network.",
    }
    reset_done() {
        vi: "Đã đặt lại như mới. Lúc bộ lọc khởi động, nó hiện mã cài đặt.",
        en: "The box is as new. When the filter starts it shows its first-run code.",
    }
    reset_waits() {
        vi: "Bộ lọc đang chạy; hãy khởi động lại để hộp được đặt lại như mới: systemctl restart lachan",
        en: "The filter is running; restart it to have the box begin as new: systemctl restart lachan",
    }
    reset_no_box(folder: &str) {
        vi: "Lá Chắn chưa từng giữ gì trong {folder}, nên không có gì để xóa; hãy xem lại paths.data trong tệp cấu hình",
        en: "Lá Chắn never kept anything in {folder}, so there is nothing to delete; check paths.data in the settings",
    }
    reset_left(path: &str) {
        vi: "{path} còn lại: không phải của Lá Chắn, hoặc không xóa được. Nếu có dữ liệu của trường thì hãy tự xóa.",
        en: "{path} is left: it is not Lá Chắn's, or could not be removed. If it holds the school's data, remove it yourself.",
    }
    settings_not_replaced(file: &str) {
        vi: "Bộ lọc không được phép thay tệp {file}; hãy để người dùng của bộ lọc làm chủ tệp và ghi được thư mục đó, hoặc dừng bộ lọc rồi dùng lachan restore hay lachan reset.",
        en: "The filter may not replace the file {file}; let its user own the file and write into that folder, or stop the filter and use lachan restore or lachan reset.",
    }
    backup_no_room(needed: u64, free: u64) {
        vi: "đĩa của hộp cần {needed} MiB trống, hiện chỉ còn {free} MiB",
        en: "the box's disk needs {needed} MiB of free space and has {free} MiB",
    }
    backup_settings_pending() {
        vi: "đang có một thay đổi cài đặt chờ xác nhận; hãy giữ hoặc bỏ thay đổi đó trong trang quản trị (hoặc chờ hai phút để nó tự trở lại), rồi chạy lại",
        en: "a change of the settings waits to be confirmed; keep it or take it back in the pages (or wait two minutes for it to go back), then run this again",
    }
    backup_nothing_before() {
        vi: "không có lần khôi phục nào để quay lại",
        en: "there is no restore to take back",
    }
}

impl Words {
    /// What a part is.
    pub(crate) fn backup_part_name(self, part: Part) -> String {
        match part {
            Part::Settings => self.part_settings(),
            Part::Database => self.part_database(),
            Part::RequestKey => self.part_request_key(),
            Part::Authority => self.part_authority(),
            Part::WebIdentity => self.part_web_identity(),
            Part::WebCertificate => self.part_web_certificate(),
            Part::DnsCertificate => self.part_dns_certificate(),
            Part::Ruleset => self.part_ruleset(),
        }
    }

    /// What a reset would do.
    pub(crate) fn reset_would(self, keeps_network: bool) -> String {
        let network = match keeps_network {
            true => self.reset_keeps_network(),
            false => self.reset_keeps_no_network(),
        };
        format!("{} {network}", self.reset_would_wipe())
    }

    /// Why there is no backup, or none is restored.
    pub(crate) fn backup_error(self, error: &BackupError) -> String {
        match error {
            BackupError::File { path: file, .. } => self.backup_file_failed(&path(file)),
            BackupError::Copy(_) => self.backup_copy_failed(),
            BackupError::Passphrase => self.backup_wrong_passphrase(),
            BackupError::Short => self.backup_short(MIN_PASSPHRASE),
            BackupError::NoTerminal => self.backup_no_terminal(),
            BackupError::Random(_) => self.backup_no_random(),
            BackupError::NotOurs => self.backup_not_ours(),
            BackupError::TooMuchWork => self.backup_too_much_work(),
            BackupError::Damaged(_) => self.backup_damaged(),
            BackupError::TooNew { program } => self.backup_too_new(program),
            BackupError::Part(name) => self.backup_part(name),
            BackupError::Settings(_) => self.backup_settings(),
            BackupError::OtherFolder { theirs, ours } => {
                self.backup_other_folder(&path(theirs), &path(ours))
            }
            BackupError::Database(_) => self.backup_database(),
            BackupError::NoRoom { needed, free } => {
                self.backup_no_room(needed.div_ceil(1 << 20), *free >> 20)
            }
            BackupError::NoBox(folder) => self.reset_no_box(&path(folder)),
            BackupError::NothingBefore => self.backup_nothing_before(),
            BackupError::SettingsPending => self.backup_settings_pending(),
        }
    }
}
