//! The Vietnamese help of every command and argument. A test holds that none is missing.

use clap::Command;

use crate::words::Words;

/// The command with its help in the reader's language.
pub(super) fn translated(command: Command, words: Words) -> Command {
    if words.is_vietnamese() {
        vietnamese(command, "lachan")
    } else {
        command
    }
}

const TEMPLATE: &str =
    "{before-help}{about-with-newline}\nCách dùng: {usage}\n\n{all-args}{after-help}";

const EXIT_CODES: &str = "\
Mã thoát:
  0  xong
  1  câu trả lời là không: có lỗi, hoặc thay đổi bị từ chối hay giữ lại
  2  dòng lệnh sai
  3  không đọc hay ghi được tệp hoặc cơ sở dữ liệu, hoặc tệp bị hỏng
  4  cổng đã có chương trình khác dùng, hoặc người dùng này không được phép dùng";

fn vietnamese(command: Command, path: &str) -> Command {
    let command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("Lệnh")
        .subcommand_value_name("LỆNH")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(flag("help", 'h', "Xem trợ giúp", clap::ArgAction::Help));
    let mut command = if path == "lachan" {
        let version = flag("version", 'V', "Xem phiên bản", clap::ArgAction::Version);
        command
            .about(about(path).unwrap_or_default())
            .after_help(EXIT_CODES)
            .arg(version)
    } else {
        command.about(about(path).unwrap_or_default())
    };
    for id in ids(&command) {
        let positional = command
            .get_arguments()
            .any(|arg| arg.get_id() == &*id && arg.is_positional());
        let heading = if positional {
            "Tham số"
        } else {
            "Tùy chọn"
        };
        let help = argument(path, &id).unwrap_or_default();
        command = command.mut_arg(id, |arg| arg.help(help).help_heading(heading));
    }
    let names = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect::<Vec<_>>();
    names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(name, |sub| vietnamese(sub, &path))
    })
}

fn flag(id: &'static str, short: char, help: &'static str, action: clap::ArgAction) -> clap::Arg {
    clap::Arg::new(id)
        .long(id)
        .short(short)
        .help(help)
        .help_heading("Tùy chọn")
        .action(action)
}

/// The arguments that have a help text of ours.
fn ids(command: &Command) -> Vec<String> {
    let ids = command.get_arguments().map(|arg| arg.get_id().to_string());
    ids.filter(|id| id != "help" && id != "version").collect()
}

fn about(path: &str) -> Option<&'static str> {
    Some(match path {
        "lachan" => "Lá Chắn: bộ lọc DNS cho trường học, quyết định theo cấp học",
        "lachan run" => {
            "Chạy bộ lọc cho đến khi được bảo dừng (SIGTERM, Ctrl-C; SIGHUP để nạp lại)"
        }
        "lachan why" => {
            "Cho biết vì sao một tên được mở hay bị chặn, với ai, và các cấp khác ra sao"
        }
        "lachan lists" => "Biên dịch, xem, so sánh và chuyển đổi danh sách",
        "lachan lists compile" => {
            "Biên dịch bộ kiến thức đi kèm và các danh sách thành một bộ luật"
        }
        "lachan lists info" => "Cho biết một bộ luật có gì, và kiểm tra tệp còn nguyên vẹn không",
        "lachan lists diff" => "Cho biết hai bộ luật khác nhau ở mục nào, theo từng danh sách",
        "lachan lists convert" => {
            "In ra những tên mà một danh sách thật sự chặn; dòng bị từ chối ra luồng lỗi"
        }
        "lachan phrases" => "Các cụm từ dùng để chấm nội dung trang",
        "lachan phrases explain" => {
            "Cho biết cụm từ nào có trong một trang, ở đâu, và mỗi cấp học được gì, vì sao"
        }
        "lachan top" => {
            "Xem trực tiếp bộ lọc đang chạy: tốc độ, tên bị chặn nhiều nhất, độ trễ, máy chủ cấp trên"
        }
        "lachan status" => "Cho biết bộ lọc đang chạy ra sao",
        "lachan doctor" => "Kiểm tra mọi thứ bộ lọc cần, và chỉ cách sửa những gì sai",
        "lachan reload" => "Bảo bộ lọc đang chạy đọc lại cấu hình, nhóm, ngoại lệ và bộ luật",
        "lachan firewall" => "Tường lửa đưa DNS của các máy về hộp: xem, hoặc ngừng trong chốc lát",
        "lachan firewall show" => "Xem luật tường lửa và số gói tin mỗi luật đã gặp",
        "lachan firewall diff" => "Xem luật trong nhân khác gì với cấu hình, nhóm và danh sách",
        "lachan firewall off" => "Ngừng lọc trong chốc lát, để xem lỗi có phải do hộp không",
        "lachan firewall on" => "Lọc lại ngay",
        "lachan cache" => "Bộ nhớ câu trả lời của bộ lọc đang chạy",
        "lachan cache flush" => "Quên các câu trả lời đã nhớ, để hỏi lại từ đầu",
        "lachan check-config" => "Kiểm tra tệp cấu hình mà không chạy; báo mọi lỗi trong một lần",
        "lachan events" => "Xem các lượt bị chặn, mới nhất trước",
        "lachan groups" => "Nhóm thiết bị: thiết bị nào thuộc cấp học nào",
        "lachan groups add" => "Tạo một nhóm",
        "lachan groups set" => "Sửa một nhóm; mục nào không ghi thì giữ nguyên",
        "lachan groups remove" => "Xóa một nhóm và kết thúc các ngoại lệ của nhóm",
        "lachan groups list" => "Xem mọi nhóm",
        "lachan groups import" => {
            "Nhập các nhóm từ bảng: name,tier,subnets,macs,interfaces,devices; nhập tất cả hoặc không gì cả"
        }
        "lachan groups export" => "In mọi nhóm ra thành bảng mà lệnh import nhận",
        "lachan groups token" => "Xem, tạo hoặc thu hồi mã của một nhóm",
        "lachan profile" => "Tạo hồ sơ đưa thiết bị được quản lý vào nhóm của nó bằng DNS mã hóa",
        "lachan ca" => "Chứng chỉ gốc của hộp, để đọc HTTPS trên máy của trường",
        "lachan ca show" => "Xem chứng chỉ gốc: dấu vân tay, thời hạn, đang dùng cho ai",
        "lachan ca export" => {
            "Ghi những gì máy của trường cần: chứng chỉ, tập lệnh, hồ sơ, hướng dẫn, chính sách"
        }
        "lachan backup" => "Ghi mọi thứ làm nên hộp của trường này vào một tệp được mã hóa",
        "lachan restore" => "Thay dữ liệu của hộp này bằng dữ liệu trong tệp sao lưu",
        "lachan reset" => "Đặt lại như mới để chuyển hộp đi: xóa hẳn mọi thứ của trường trên hộp",
        "lachan ca renew" => "Tạo chứng chỉ gốc mới thay chứng chỉ cũ; mọi máy phải cài lại",
        "lachan accounts" => {
            "Ai đăng nhập được vào trang quản trị; cấp mật khẩu mới cho người quên"
        }
        "lachan accounts list" => "Xem ai đăng nhập được vào trang quản trị",
        "lachan accounts password" => {
            "Cấp mật khẩu dùng một lần cho người quên mật khẩu; các phiên của tài khoản kết thúc"
        }
        "lachan accounts inbox-key-off" => {
            "Gỡ khóa hòm thư để người tư vấn mới tạo khóa của mình; tin cũ chỉ khóa cũ mở được"
        }
        "lachan accounts totp-off" => "Bỏ mã hai bước cho người mất điện thoại",
        "lachan exceptions" => "Mở hoặc đóng riêng một tên, dịch vụ hay thể loại",
        "lachan exceptions add" => "Mở hoặc đóng một mục",
        "lachan exceptions end" => "Kết thúc một ngoại lệ trước hạn",
        "lachan exceptions list" => "Xem các ngoại lệ đang có hiệu lực",
        "lachan services" => "Công tắc dịch vụ: mở hoặc đóng một dịch vụ cùng mọi tên của nó",
        "lachan services list" => "Xem các dịch vụ, đang mở hay đóng",
        "lachan services open" => "Mở một dịch vụ",
        "lachan services close" => "Đóng một dịch vụ",
        "lachan services reset" => "Bỏ công tắc: dịch vụ theo bảng của cấp học",
        _ => return None,
    })
}

fn argument(path: &str, id: &str) -> Option<&'static str> {
    of_command(path, id).or_else(|| common(id))
}

/// Arguments that mean the same everywhere.
fn common(id: &str) -> Option<&'static str> {
    Some(match id {
        "config" => {
            "Tệp cấu hình [mặc định: $LACHAN_CONFIG, nếu không có thì /etc/lachan/lachan.toml]"
        }
        "json" => "In ra một tài liệu JSON",
        "author" => "Người thực hiện, ghi vào nhật ký thay đổi [mặc định: người dùng của máy này]",
        _ => return None,
    })
}

fn of_command(path: &str, id: &str) -> Option<&'static str> {
    Some(match (path, id) {
        ("lachan why", "name") => {
            "Tên miền, có dấu hoặc dạng xn--; nếu là địa chỉ trang thì lấy tên máy"
        }
        ("lachan why", "code") => {
            "Mã yêu cầu của câu trả lời chặn, hôm nay hoặc hôm qua: đã chặn gì, và vì sao"
        }
        ("lachan why", "group") => "Hỏi như một thiết bị của nhóm này",
        ("lachan why", "client") => {
            "Hỏi như thiết bị đang có địa chỉ này, và cho biết nhận ra thiết bị theo gì"
        }
        ("lachan why", "tier") => "Hỏi như cấp này: mam-non, tieu-hoc, thcs, thpt hoặc staff",
        ("lachan why", "at") => {
            "Hỏi như lúc này: RFC 3339, \"NĂM-THÁNG-NGÀY GIỜ:PHÚT\", hoặc GIỜ:PHÚT hôm nay [mặc định: bây giờ]"
        }
        ("lachan why", "ruleset") => {
            "Hỏi bộ luật này; nếu không có --config thì không cần cấu hình và cơ sở dữ liệu"
        }
        ("lachan lists compile", id) => return of_compile(id),
        ("lachan lists info", "file") => "Bộ luật",
        ("lachan lists diff", "old") => "Bộ luật cũ",
        ("lachan lists diff", "new") => "Bộ luật mới",
        ("lachan lists diff", "limit") => "Hiện nhiều nhất bao nhiêu mục; vẫn đếm tất cả",
        ("lachan lists convert", "from") => {
            "Dạng của tệp: hosts, domains, adblock, rpz, dnsmasq, unbound, ut1 hoặc addresses"
        }
        ("lachan lists convert", "to") => "In ra dạng nào",
        ("lachan lists convert", "file") => "Danh sách, thường hoặc nén; - là đầu vào chuẩn",
        ("lachan check-config", "file") => "Tệp cấu hình; như --config",
        ("lachan check-config", "template") => "In ra tệp mẫu có chú thích",
        ("lachan top", "once") => "In một lần rồi thôi",
        ("lachan top", "json") => "In ra JSON: mỗi lần xem một tài liệu, trên một dòng",
        ("lachan status", "metrics") => "In số liệu cho Prometheus",
        ("lachan doctor", "offline") => "Không gửi gì đi: chỉ xem máy này",
        ("lachan firewall show", "json") => {
            "In luật thành một tài liệu JSON mà `nft -j -f` đọc được"
        }
        ("lachan firewall off", "lasting") => "Trong bao lâu, ví dụ 10m hoặc 2h, dài nhất một ngày",
        ("lachan accounts password" | "lachan accounts totp-off", "name") => "Tên đăng nhập",
        ("lachan cache flush", "name") => "Chỉ của tên này; không ghi thì quên tất cả",
        ("lachan cache flush", "below") => "Cả những tên nằm dưới tên này",
        ("lachan events", id) => return of_events(id),
        ("lachan profile", id) => return of_profile(id),
        ("lachan backup", "out") => "Tệp sẽ ghi [mặc định: lachan-NGÀY.age trong thư mục này]",
        ("lachan backup", "passphrase_file") => {
            "Đọc mật khẩu từ dòng đầu của tệp này [mặc định: tự tạo và in ra]"
        }
        ("lachan backup", "without_lists") => {
            "Không kèm danh sách đã biên dịch: tệp nhỏ, nhưng hộp mới phải tự biên dịch"
        }
        ("lachan restore", "file") => "Tệp sao lưu",
        ("lachan restore", "passphrase_file") => {
            "Đọc mật khẩu từ dòng đầu của tệp này [mặc định: hỏi trên màn hình]"
        }
        ("lachan restore", "undo") => "Quay lại trước lần khôi phục cuối",
        ("lachan restore", "yes") => "Thay dữ liệu của hộp; không ghi thì chỉ xem trong tệp có gì",
        ("lachan reset", "keep_network") => {
            "Giữ vị trí của hộp trong mạng: nơi nhận câu hỏi, cổng mạng, máy chủ phía trên, địa chỉ trang quản trị"
        }
        ("lachan reset", "yes") => "Xóa thật; không ghi thì chỉ nói những gì sẽ mất",
        ("lachan ca export", "kind") => "Cho loại máy hay trình duyệt nào",
        ("lachan ca export", "out") => "Tệp sẽ ghi [mặc định: đầu ra chuẩn]",
        ("lachan ca export", "yes") => "Tôi đã đọc việc này nghĩa là gì",
        ("lachan ca renew", "yes") => "Tôi biết rằng mọi máy phải cài lại",
        (path, id) if path.starts_with("lachan groups") => return of_groups(path, id),
        (path, id) if path.starts_with("lachan exceptions") => return of_exceptions(path, id),
        (path, id) if path.starts_with("lachan phrases") => return of_phrases(id),
        (path, id) if path.starts_with("lachan services") => return of_services(path, id),
        _ => return None,
    })
}

fn of_compile(id: &str) -> Option<&'static str> {
    Some(match id {
        "rules" => {
            "Thư mục bộ kiến thức [mặc định: rules ở đây, nếu không có thì /usr/share/lachan/rules]"
        }
        "manifest" => "Tệp TOML ghi các danh sách cần nhập; có thể ghi nhiều lần",
        "list" => "Một danh sách cần nhập; có thể ghi nhiều lần",
        "out" => "Bộ luật sẽ ghi ra; bộ luật đang có được giữ thành FILE.previous",
        "previous" => "Bộ luật để so sánh [mặc định: bộ luật đang có]",
        "accept_mass_change" => {
            "Nhận bộ luật mới dù có danh sách mất đi hoặc thêm vào rất nhiều mục"
        }
        "refused" => "Ghi mọi dòng bị từ chối vào tệp này",
        "quiet" => "Không hiện tiến độ, không báo cáo",
        _ => return None,
    })
}

fn of_events(id: &str) -> Option<&'static str> {
    Some(match id {
        "since" => {
            "Chỉ từ lúc này: cách đây 45m (phút), 2h (giờ), 3d (ngày), 1w (tuần), hoặc một thời điểm"
        }
        "group" => "Chỉ của nhóm này",
        "tier" => "Chỉ của cấp này",
        "category" => "Chỉ của thể loại này, theo mã",
        "name" => "Chỉ những tên có chứa đoạn này",
        "limit" => "Nhiều nhất bao nhiêu lượt",
        "follow" => "Tiếp tục hiện lượt mới khi được ghi",
        "top" => "Hiện những tên bị chặn nhiều nhất",
        "json" => "In ra JSON: một tài liệu; với --follow thì mỗi dòng một tài liệu",
        _ => return None,
    })
}

fn of_groups(path: &str, id: &str) -> Option<&'static str> {
    Some(match (path, id) {
        ("lachan groups token", "new") => "Tạo một mã và hiện ra, chỉ lần này",
        ("lachan groups token", "revoke") => {
            "Thu hồi mã bắt đầu như vậy; không ghi giá trị thì thu hồi mọi mã của nhóm"
        }
        (_, "name") => "Tên nhóm",
        ("lachan groups set", "tier") => "Cấp học mới",
        (_, "tier") => "Cấp học: mam-non, tieu-hoc, thcs, thpt hoặc staff",
        (_, "subnet") => "Dải mạng của các thiết bị, ví dụ 192.168.6.0/24; có thể ghi nhiều lần",
        (_, "mac") => "Địa chỉ MAC của một thiết bị; có thể ghi nhiều lần",
        (_, "interface") => {
            "Cổng mạng hoặc VLAN dành riêng cho nhóm, ví dụ eth0.20; có thể ghi nhiều lần"
        }
        (_, "device") => {
            "Thiết bị theo tên đang có từ DHCP; nhóm giữ địa chỉ MAC của thiết bị; có thể ghi nhiều lần"
        }
        (_, "add") => {
            "Thêm các dải mạng và thiết bị đã ghi vào những gì nhóm đang có, thay vì thay thế"
        }
        (_, "drop") => "Bỏ một dải mạng, địa chỉ MAC hay cổng mạng; có thể ghi nhiều lần",
        (_, "mode") => "Nhóm đang làm gì; normal không kèm hạn là theo thời khóa biểu",
        (_, "until" | "lasting") => return of_end(id),
        (_, "rename") => "Tên mới",
        (_, "yes") => "Vẫn nhận dải gồm mọi địa chỉ cho staff, cấp ít bị lọc nhất",
        (_, "file") => "Bảng do phần mềm bảng tính lưu (CSV UTF-8); - là đầu vào chuẩn",
        _ => return None,
    })
}

fn of_end(id: &str) -> Option<&'static str> {
    Some(match id {
        "until" => "Khi nào hết hạn: RFC 3339, \"NĂM-THÁNG-NGÀY GIỜ:PHÚT\", hoặc GIỜ:PHÚT hôm nay",
        "lasting" => "Có hiệu lực bao lâu: 45m (phút), 2h (giờ), 3d (ngày), 1w (tuần)",
        _ => return None,
    })
}

fn of_services(path: &str, id: &str) -> Option<&'static str> {
    Some(match (path, id) {
        (_, "service") => "Mã của dịch vụ, như lệnh `lachan services list` hiện",
        ("lachan services list", "group") => "Xem cho nhóm này",
        ("lachan services list", "tier") => {
            "Xem cho cấp này: mam-non, tieu-hoc, thcs, thpt hoặc staff"
        }
        (_, "group") => "Chỉ cho nhóm này; không ghi thì cho cả trường",
        ("lachan services reset", "role") => "Vai trò của người đã bật công tắc",
        (_, "role") => "Vai trò của người tạo; chỉ mở được những gì vai trò đó được mở",
        (_, "until" | "lasting") => return of_end(id),
        (_, "reason") => "Lý do, cho người hỏi sau này",
        _ => return None,
    })
}

fn of_phrases(id: &str) -> Option<&'static str> {
    Some(match id {
        "source" => "Tệp, địa chỉ http:// hoặc https://, hoặc - là đầu vào chuẩn",
        "tier" => "Chỉ cấp này: mam-non, tieu-hoc, thcs, thpt hoặc staff",
        "content_type" => {
            "Content-Type của tệp, ví dụ \"text/html; charset=viscii\" [mặc định: theo đuôi tệp]"
        }
        "content_encoding" => "Content-Encoding của tệp: gzip, deflate, br, zstd",
        "rules" => {
            "Dùng các cụm từ của thư mục rules này, để thử một thay đổi; khi đó không cần bộ luật"
        }
        "ruleset" => "Dùng bộ luật này; khi đó không cần cấu hình",
        "config" => {
            "Tệp cấu hình [mặc định: $LACHAN_CONFIG, nếu không thì /etc/lachan/lachan.toml]"
        }
        "json" => "In ra một tài liệu JSON",
        _ => return None,
    })
}

fn of_profile(id: &str) -> Option<&'static str> {
    Some(match id {
        "system" => {
            "Hệ điều hành của thiết bị: tệp .mobileconfig, tập lệnh PowerShell, hoặc cách gõ vào máy"
        }
        "group" => "Nhóm của các thiết bị",
        "token" => "Mã của nhóm: 16 ký tự",
        "out" => "Tệp sẽ ghi, chỉ mình bạn đọc được [mặc định: đầu ra chuẩn]",
        "host" => "Tên thiết bị dùng để gọi máy này [mặc định: theo cấu hình hoặc chứng chỉ]",
        "ca" => "Chứng chỉ gốc đã cấp chứng chỉ của máy, để thiết bị tin cậy",
        "address" => "Địa chỉ của máy này, Windows cần có; có thể ghi nhiều lần",
        "dot" => "Dùng DNS qua TLS thay cho HTTPS (Apple)",
        "wifi" => "Chỉ trong mạng Wi-Fi có tên này (Apple); có thể ghi nhiều lần",
        "locked" => "Người dùng không tắt được (thiết bị Apple được giám sát)",
        _ => return None,
    })
}

fn of_exceptions(path: &str, id: &str) -> Option<&'static str> {
    Some(match (path, id) {
        (_, "target") => {
            "tên, =tên (không gồm tên con), *.tên (chỉ tên con), service:MÃ hoặc category:MÃ"
        }
        (_, "action") => "Mở (allow) hay đóng (block)",
        ("lachan exceptions end", "role") => "Vai trò của người kết thúc",
        (_, "role") => "Vai trò của người tạo; chỉ mở được những gì vai trò đó được mở",
        (_, "group") => "Chỉ cho nhóm này",
        (_, "until" | "lasting") => return of_end(id),
        (_, "reason") => "Lý do, cho người hỏi sau này",
        (_, "id") => "Số của ngoại lệ",
        (_, "all") => "Cả những ngoại lệ đã kết thúc",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn missing(command: &Command, path: &str) -> Vec<String> {
        let mut missing = Vec::new();
        if about(path).is_none() {
            missing.push(path.to_owned());
        }
        let without = ids(command)
            .into_iter()
            .filter(|id| argument(path, id).is_none());
        missing.extend(without.map(|id| format!("{path} <{id}>")));
        for sub in command.get_subcommands() {
            missing.extend(self::missing(sub, &format!("{path} {}", sub.get_name())));
        }
        missing
    }

    #[test]
    fn every_command_and_argument_is_explained_in_vietnamese() {
        let command = super::super::Arguments::command();
        assert_eq!(missing(&command, "lachan"), [] as [String; 0]);
    }

    #[test]
    fn the_vietnamese_command_is_sound_and_reads_the_same() {
        let mut command = vietnamese(super::super::Arguments::command(), "lachan");
        command.clone().debug_assert();
        let help = command.render_help().to_string();
        assert!(
            help.contains("Cách dùng") && help.contains("Mã thoát"),
            "{help}"
        );
        assert!(
            command
                .clone()
                .try_get_matches_from(["lachan", "why", "a.vn", "--json"])
                .is_ok()
        );
        let why = command
            .find_subcommand_mut("why")
            .unwrap()
            .render_help()
            .to_string();
        assert!(!why.contains("Print") && !why.contains("Options"), "{why}");
    }
}
