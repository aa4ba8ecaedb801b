//! What the running filter and the commands that ask it say.

use super::{Words, words};
use crate::control::{ClientError, ErrorCode};

words! {
    filter_runs_already() {
        vi: "một Lá Chắn khác đang chạy với cùng ổ điều khiển; hãy dừng chương trình kia, hoặc đổi control.socket trong tệp cấu hình",
        en: "another Lá Chắn is running with the same control socket; stop that one, or change control.socket in the settings",
    }
    page_failed(address: &str) {
        vi: "không mở được trang số liệu ở {address}; hãy đổi metrics.listen trong tệp cấu hình, hoặc dừng chương trình đang dùng cổng ấy",
        en: "the page of figures cannot be opened at {address}; change metrics.listen in the settings, or stop the program that has the port",
    }
    not_running(path: &str) {
        vi: "bộ lọc không chạy (không có ai trả lời ở {path}); hãy khởi động: systemctl start lachan",
        en: "the filter is not running (nobody answers at {path}); start it: systemctl start lachan",
    }
    control_denied(path: &str) {
        vi: "người dùng này không được phép dùng {path}; hãy chạy với sudo, hoặc đặt control.access = \"group\" trong tệp cấu hình",
        en: "this user may not use {path}; run with sudo, or set control.access = \"group\" in the settings",
    }
    control_broken(path: &str) {
        vi: "mất liên lạc với bộ lọc ở {path}; hãy thử lại",
        en: "the connection to the filter at {path} broke; try again",
    }
    control_other_version(path: &str) {
        vi: "bộ lọc ở {path} là bản khác với lệnh này; hãy khởi động lại bộ lọc sau khi cập nhật: systemctl restart lachan",
        en: "the filter at {path} is of another version than this command; restart it after an update: systemctl restart lachan",
    }
    settings_not_taken() {
        vi: "tệp cấu hình có lỗi nên chưa được dùng; cấu hình cũ vẫn chạy; nhóm, ngoại lệ và bộ luật đã được đọc lại",
        en: "the settings have mistakes and are not used; those in use stay; groups, exceptions and ruleset were read again",
    }
    control_busy() {
        vi: "đã có quá nhiều lệnh đang hỏi bộ lọc; hãy đóng bớt một cửa sổ lachan top rồi thử lại",
        en: "too many commands are asking the filter; close one lachan top and try again",
    }
    firewall_not_changed() {
        vi: "bộ lọc không đổi được tường lửa",
        en: "the filter could not change the firewall",
    }
    control_stopping() { vi: "bộ lọc đang dừng", en: "the filter is stopping" }
    control_refused() { vi: "bộ lọc không nhận yêu cầu", en: "the filter refused the request" }
    reloaded() {
        vi: "Đã đọc lại cấu hình, nhóm, ngoại lệ và bộ luật",
        en: "Read the settings, groups, exceptions and ruleset again",
    }
    reloaded_in_part() {
        vi: "Đã đọc lại, nhưng một số thay đổi trong tệp cấu hình chỉ có hiệu lực sau khi khởi động lại: systemctl restart lachan",
        en: "Read all again, but some changes in the settings need a restart: systemctl restart lachan",
    }
    flushed(count: usize) {
        vi: "Đã quên {count} câu trả lời",
        en: "Forgot {count} cached answers",
    }
}

impl Words {
    /// Why the running filter cannot be asked.
    pub(crate) fn control_failed(self, path: &str, error: &ClientError) -> String {
        match error {
            ClientError::NotRunning => self.not_running(path),
            ClientError::Denied => self.control_denied(path),
            ClientError::Broken(_) => self.control_broken(path),
            ClientError::Line(_) | ClientError::Unexpected => self.control_other_version(path),
            ClientError::Refused { code, .. } => match code {
                ErrorCode::Settings => self.settings_not_taken(),
                ErrorCode::Busy => self.control_busy(),
                ErrorCode::Stopping => self.control_stopping(),
                ErrorCode::Version => self.control_other_version(path),
                ErrorCode::Firewall => self.firewall_not_changed(),
                ErrorCode::BadRequest | ErrorCode::Other => self.control_refused(),
            },
        }
    }
}
