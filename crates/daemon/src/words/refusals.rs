//! Why the store refused what a person wanted. English is what the store itself says; the
//! Vietnamese stands here, in matches that the compiler holds complete.

use lachan_policy::{GroupClash, Mac, Selector, SubnetError};
use lachan_store::{
    AuthorError, DeviceError, ExceptionError, GroupError, GroupNameError, ImportError, LineMistake,
    MAX_TOKENS, Mistake, TokenError,
};

use super::Words;

impl Words {
    /// Why a group was refused.
    pub(crate) fn group_error(self, error: &GroupError) -> String {
        match error {
            GroupError::Db(_) => self.database_refused(),
            _ if self.is_vietnamese() => group(error),
            _ => error.to_string(),
        }
    }

    /// Why an exception was refused.
    pub(crate) fn exception_error(self, error: &ExceptionError) -> String {
        match error {
            ExceptionError::Db(_) => self.database_refused(),
            _ if self.is_vietnamese() => exception(error),
            _ => error.to_string(),
        }
    }

    /// Why a table of groups was refused.
    pub(crate) fn table_error(self, error: &ImportError) -> String {
        match error {
            ImportError::Db(_) => self.database_refused(),
            _ if self.is_vietnamese() => table(error),
            _ => error.to_string(),
        }
    }

    /// Why a token was not made or taken back.
    pub(crate) fn token_error(self, error: &TokenError) -> String {
        match error {
            TokenError::Db(_) => self.database_refused(),
            _ if self.is_vietnamese() => token(error),
            _ => error.to_string(),
        }
    }

    /// Why a device's name gives no device.
    pub(crate) fn device_error(self, error: &DeviceError) -> String {
        if self.is_vietnamese() {
            device(error)
        } else {
            error.to_string()
        }
    }

    /// What is wrong with a line of a table.
    pub(crate) fn line_mistake(self, mistake: &LineMistake) -> String {
        if !self.is_vietnamese() {
            return mistake.to_string();
        }
        format!("dòng {}: {}", mistake.line, line(&mistake.mistake))
    }

    /// Two groups that claim the same devices.
    pub(crate) fn clash(self, error: &GroupClash) -> String {
        if self.is_vietnamese() {
            clash(error)
        } else {
            error.to_string()
        }
    }
}

fn group(error: &GroupError) -> String {
    match error {
        GroupError::Name(error) => name(error),
        GroupError::Taken(name) => {
            format!("đã có nhóm {name:?}; tên nhóm phải khác nhau, không kể chữ hoa chữ thường")
        }
        GroupError::Unknown(name) => {
            format!("không có nhóm {name:?}; xem các nhóm bằng `lachan groups list`")
        }
        GroupError::Changed(now) => format!(
            "nhóm {:?} vừa có người khác sửa; hãy xem lại rồi sửa tiếp",
            now.group.name
        ),
        GroupError::Clash(error) => clash(error),
        GroupError::Many(mac) => many(*mac),
        GroupError::Period(name) => format!(
            "tiết {name:?} không hợp lệ: ngày từ thứ Hai đến Chủ nhật, giờ từ 0 đến 1440 phút"
        ),
        GroupError::Author(error) => author(error),
        // Said above in either language.
        GroupError::Db(error) => error.to_string(),
    }
}

fn token(error: &TokenError) -> String {
    match error {
        TokenError::Group(name) => {
            format!("không có nhóm {name:?}; xem các nhóm bằng `lachan groups list`")
        }
        TokenError::TooMany(name) => {
            format!("nhóm {name:?} đã có {MAX_TOKENS} mã; hãy thu hồi mã không dùng nữa")
        }
        TokenError::Unknown { group, first } if first.is_empty() => {
            format!("nhóm {group:?} không có mã nào")
        }
        TokenError::Unknown { group, first } => {
            format!("nhóm {group:?} không có mã nào bắt đầu bằng {first:?}")
        }
        TokenError::Random(_) => "hệ thống không cho số ngẫu nhiên; hãy thử lại".to_owned(),
        TokenError::Author(error) => author(error),
        // Said above in either language.
        TokenError::Db(error) => error.to_string(),
    }
}

pub(super) fn author(error: &AuthorError) -> String {
    match error {
        AuthorError::Length(length) => {
            format!("tên người thực hiện có {length} ký tự; hãy ghi từ 1 đến 100 ký tự")
        }
        AuthorError::Character(author) => {
            format!("tên người thực hiện {author:?} có ký tự điều khiển; hãy bỏ đi")
        }
    }
}

fn name(error: &GroupNameError) -> String {
    match error {
        GroupNameError::Empty => "tên nhóm để trống; hãy ghi từ 1 đến 64 ký tự".to_owned(),
        GroupNameError::TooLong(name) => format!("tên nhóm {name:?} dài hơn 64 ký tự"),
        GroupNameError::Character(name) => {
            format!("tên nhóm {name:?} có ký tự điều khiển, hoặc dấu cách ở đầu hay cuối")
        }
    }
}

fn clash(error: &GroupClash) -> String {
    let GroupClash {
        selector: claimed,
        first,
        second,
    } = error;
    let claimed = selector(claimed);
    format!("hai nhóm {first:?} và {second:?} cùng có {claimed}; chỉ để ở một nhóm")
}

/// What a group claims devices by.
fn selector(selector: &Selector) -> String {
    match selector {
        Selector::Subnet(subnet) => format!("dải mạng {subnet}"),
        Selector::Mac(mac) => format!("thiết bị {mac}"),
        Selector::Interface(name) => format!("cổng mạng {name}"),
        Selector::Token(first) => format!("mã {first}…"),
    }
}

/// Why a name gives no device.
fn device(error: &DeviceError) -> String {
    match error {
        DeviceError::Unknown(name) => format!(
            "hiện không có thiết bị nào tên {name:?} được DHCP cấp địa chỉ; hãy ghi địa chỉ MAC, hoặc khai báo tệp của máy chủ DHCP ở resolver.lease-files"
        ),
        DeviceError::Several { name, macs } => {
            let all = macs.iter().map(ToString::to_string);
            format!(
                "có {} thiết bị cùng tự đặt tên là {name:?} ({}); hãy ghi địa chỉ MAC của thiết bị cần chọn",
                macs.len(),
                all.collect::<Vec<_>>().join(", ")
            )
        }
    }
}

fn exception(error: &ExceptionError) -> String {
    match error {
        ExceptionError::Reason => "ngoại lệ cần có lý do, từ 1 đến 500 ký tự".to_owned(),
        ExceptionError::ReasonCharacter(reason) => {
            format!("lý do {reason:?} có ký tự điều khiển, như dấu xuống dòng; hãy bỏ đi")
        }
        ExceptionError::Author(error) => author(error),
        ExceptionError::TeacherWithoutEnd => {
            "ngoại lệ của giáo viên phải có hạn; hãy ghi --for 45m hoặc --until".to_owned()
        }
        ExceptionError::TeacherTooLong => {
            "ngoại lệ của giáo viên có hiệu lực nhiều nhất 24 giờ; hãy ghi lúc hết tiết, hoặc nhờ quản trị của trường tạo".to_owned()
        }
        ExceptionError::TeacherWithoutClock => {
            "máy chưa biết giờ nên chưa giới hạn được ngoại lệ của giáo viên; hãy chờ máy có giờ đúng, hoặc nhờ quản trị của trường tạo".to_owned()
        }
        ExceptionError::TeacherWithoutGroup => {
            "giáo viên chỉ mở và đóng cho nhóm của mình; hãy ghi --group".to_owned()
        }
        ExceptionError::EndsInPast => "hạn này đã qua; hãy ghi một lúc sau bây giờ".to_owned(),
        ExceptionError::Name(name) => format!("{name:?} không phải là tên máy"),
        ExceptionError::PublicSuffix(name) => format!(
            "{name} là đuôi tên miền chung, bên dưới là tên của nhiều người không liên quan; hãy ghi tên của chính trang đó, ví dụ example.{name}"
        ),
        ExceptionError::UnknownGroup(name) => {
            format!("không có nhóm {name:?}; xem các nhóm bằng `lachan groups list`")
        }
        ExceptionError::Unknown(id) => format!("không có ngoại lệ số {id}"),
        ExceptionError::AlreadyEnded(id) => format!("ngoại lệ số {id} đã kết thúc rồi"),
        // Said above in either language.
        ExceptionError::Db(error) => error.to_string(),
    }
}

fn table(error: &ImportError) -> String {
    match error {
        ImportError::TooLarge(bytes) => {
            format!("bảng có {bytes} byte; bảng các nhóm có nhiều nhất 1 MiB")
        }
        ImportError::Empty => {
            "bảng không có nhóm nào; mỗi dòng ghi một nhóm: name,tier,subnets".to_owned()
        }
        ImportError::Lines(lines) => format!("{} chỗ trong bảng không dùng được", lines.len()),
        ImportError::Clash(error) => clash(error),
        ImportError::Author(error) => author(error),
        // Said above in either language.
        ImportError::Db(error) => error.to_string(),
    }
}

fn line(mistake: &Mistake) -> String {
    match mistake {
        Mistake::Encoding => "không phải UTF-8; hãy lưu bảng ở dạng \"CSV UTF-8\"".to_owned(),
        Mistake::Quote => "một ô mở dấu nháy mà không đóng".to_owned(),
        Mistake::Fields => "mỗi dòng cần có tên và cấp: name,tier,subnets".to_owned(),
        Mistake::Name(error) => name(error),
        Mistake::Tier(error) => format!(
            "{:?} không phải là cấp học; hãy dùng mam-non, tieu-hoc, thcs, thpt hoặc staff",
            error.0
        ),
        Mistake::Subnet(error) => subnet(error),
        Mistake::Mac(error) => format!(
            "{:?} không phải là địa chỉ MAC; địa chỉ MAC có sáu cặp chữ số thập lục phân, như 3c:22:fb:0a:b1:9e",
            error.0
        ),
        Mistake::Many(mac) => many(*mac),
        Mistake::Interface(error) => format!(
            "{:?} không phải là tên cổng mạng; tên có từ 1 đến 15 ký tự, không có dấu cách, như eth0 hoặc br-lan",
            error.0
        ),
        Mistake::Device(error) => device(error),
        Mistake::Twice { name, first } => format!("nhóm {name:?} đã có ở dòng {first}"),
        Mistake::Claimed {
            selector: claimed,
            name,
            first,
        } => {
            format!(
                "{} đã thuộc nhóm {name:?} ở dòng {first}",
                selector(claimed)
            )
        }
    }
}

fn many(mac: Mac) -> String {
    format!("{mac} không phải là địa chỉ của một thiết bị; hãy ghi địa chỉ của chính thiết bị đó")
}

fn subnet(error: &SubnetError) -> String {
    match error {
        SubnetError::Address(text) => format!("{text:?} không phải là địa chỉ IP"),
        SubnetError::Length(text, most) => {
            format!("{text:?} không phải là độ dài tiền tố từ 0 đến {most}")
        }
        SubnetError::HostBits(text, right) => {
            format!("{text} có phần máy sau tiền tố; có phải là {right}?")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::Language;
    use lachan_store::read_groups;

    #[test]
    fn refusals_are_said_in_the_reader_s_language() {
        let (vi, en) = (
            Words::new(Language::Vietnamese),
            Words::new(Language::English),
        );
        let error = GroupError::Taken("6A".into());
        assert!(vi.group_error(&error).starts_with("đã có nhóm \"6A\""));
        assert!(
            en.group_error(&error)
                .starts_with("there is already a group")
        );
        assert!(
            vi.exception_error(&ExceptionError::Reason)
                .contains("lý do")
        );
    }

    #[test]
    fn the_mistakes_of_a_table_keep_their_lines() {
        let table = "6A,lop-6,10.0.0.1/24\n,thcs\n\"x,thcs\n6B,thcs,10.0.0.0/99 x\n6B,thcs,\n";
        let Err(ImportError::Lines(lines)) = read_groups(table.as_bytes(), &|name| {
            Err(DeviceError::Unknown(name.to_owned()))
        }) else {
            panic!("the table has mistakes");
        };
        let words = Words::new(Language::Vietnamese);
        let told = lines
            .iter()
            .map(|mistake| words.line_mistake(mistake))
            .collect::<Vec<_>>();
        assert!(
            told[0].starts_with("dòng 1: \"lop-6\" không phải là cấp học"),
            "{told:?}"
        );
        assert!(
            told.iter().any(|line| line.contains("10.0.0.0/24?")),
            "{told:?}"
        );
    }
}
