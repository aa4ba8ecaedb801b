//! The Vietnamese wording.

use lachan_policy::{NameError, SubnetError};

use super::{list, quoted_list};
use crate::fault::{
    AddressForm, DhcpFault, Fault, Kind, SyntaxFault, Unusable, UpstreamFault, Wanted,
};
use crate::unit::format_size;
use crate::version::CURRENT;

pub(super) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::TooLarge { most } => format!(
            "tệp lớn hơn {}, không thể là tệp cấu hình; hãy kiểm tra xem có đúng tệp này không",
            format_size(*most)
        ),
        Fault::Utf16 => "tệp được lưu ở dạng UTF-16; hãy lưu lại với bảng mã UTF-8".into(),
        Fault::NotUtf8 => "chỗ này không phải bảng mã UTF-8; hãy lưu lại tệp với bảng mã UTF-8".into(),
        Fault::Syntax(fault) => syntax(fault),
        Fault::VersionMissing => {
            format!("thiếu phiên bản; hãy thêm version = \"v{CURRENT}\" vào đầu tệp")
        }
        Fault::VersionNotFirst => {
            "phiên bản phải là khóa đầu tiên; hãy chuyển dòng này lên đầu tệp".into()
        }
        Fault::VersionNewer(given) => format!(
            "tệp này dành cho bản Lá Chắn mới hơn: tệp ghi {given}, chương trình này chỉ biết \
             \"v{CURRENT}\"; hãy cập nhật chương trình hoặc dùng tệp của bản đang chạy"
        ),
        Fault::VersionUnknown(given) => {
            format!("{given} không phải là phiên bản; hãy viết version = \"v{CURRENT}\"")
        }
        Fault::DuplicateKey => "mục này xuất hiện hai lần trong tệp; chỉ giữ lại một".into(),
        Fault::UnknownKey { near: Some(near), .. } => {
            format!("không có khóa này; có phải bạn muốn viết {near}?")
        }
        Fault::UnknownKey { near: None, known } => {
            format!("không có khóa này; các khóa dùng được ở đây là {}", list(known))
        }
        Fault::Misplaced { home } if home.is_empty() => {
            "khóa này đặt sai chỗ; hãy chuyển lên đầu tệp, trước mọi dòng [bảng]".into()
        }
        Fault::Misplaced { home } => {
            format!("khóa này đặt sai chỗ; hãy chuyển vào bảng [{home}]")
        }
        Fault::Missing => "thiếu khóa này; hãy thêm vào".into(),
        Fault::WrongType { found, wanted } => {
            format!("ở đây đang là {}; hãy viết {}", kind(*found), self::wanted(*wanted))
        }
        Fault::Empty => "ở đây đang để trống; hãy ghi ít nhất một giá trị".into(),

        Fault::TooLong { most } => format!("nội dung quá dài; tối đa {most} ký tự"),
        Fault::TooMany { count, most } => {
            format!("danh sách có {count} phần tử; tối đa {most} phần tử")
        }
        Fault::ControlCharacter(given) => {
            format!("{given} có dấu xuống dòng hoặc ký tự điều khiển; hãy xóa đi")
        }
        Fault::NotOneOf { given, choices, near } => {
            let meant =
                near.map_or_else(String::new, |near| format!("có phải bạn muốn viết {near:?}? "));
            format!("{given} không dùng được ở đây; {meant}hãy chọn một trong {}", quoted_list(choices))
        }
        Fault::NotADuration(given) => format!(
            "{given} không phải là khoảng thời gian; hãy viết số nguyên kèm ms, s, m, h hoặc d, \
             ví dụ \"30s\""
        ),
        Fault::NotASize(given) => format!(
            "{given} không phải là dung lượng; hãy viết số nguyên kèm B, KiB, MiB hoặc GiB, \
             ví dụ \"32MiB\""
        ),
        Fault::OutOfRange { given, least, most } => {
            format!("{given} nằm ngoài giới hạn; hãy dùng từ {least} đến {most}")
        }
        Fault::NotAnAddress { given, form } => match form {
            AddressForm::Address => format!(
                "{given} không phải là địa chỉ IP; hãy viết địa chỉ như 192.0.2.1 hoặc 2001:db8::1"
            ),
            AddressForm::OptionalPort => {
                format!("{given} không phải là địa chỉ IP; hãy viết địa chỉ hoặc địa chỉ:cổng")
            }
            AddressForm::Port => format!(
                "{given} không phải là địa chỉ IP kèm cổng; hãy viết địa chỉ:cổng, \
                 ví dụ 0.0.0.0:53 hoặc [::]:53"
            ),
        },
        Fault::UnusableAddress { given, why } => format!("{given} {}", unusable(*why)),
        Fault::NotAnUpstream { given, why } => format!("{given} {}", upstream(*why)),
        Fault::Repeated { given, first } => {
            format!("{given} đã có ở {first}; hãy xóa bớt một chỗ")
        }
        Fault::PortClash { given, other, first } => format!(
            "{given} cần cổng mà {other} ({first}) đã chiếm; hãy xóa một dòng hoặc dùng cổng khác"
        ),
        Fault::UpstreamIsSelf { given, listener } => format!(
            "{given} chính là máy này ({listener}), câu hỏi sẽ chạy vòng mãi; hãy ghi một máy chủ khác"
        ),
        Fault::NotAName { given, why } => format!(
            "{given} không phải là tên miền: {}; hãy viết tên như printer.lan",
            name_error(*why)
        ),
        Fault::NotATimeZone { given, near } => {
            let meant = near.as_deref().unwrap_or("Asia/Ho_Chi_Minh");
            format!("{given} không phải là múi giờ; hãy dùng tên theo IANA, ví dụ \"{meant}\"")
        }
        Fault::RelativePath(given) => format!(
            "{given} phụ thuộc vào thư mục khởi động chương trình; hãy viết đường dẫn bắt đầu bằng /"
        ),
        Fault::CertificateMissing => {
            "DNS mã hóa cần chứng chỉ mà thiết bị tin cậy; hãy ghi tệp cert và key trong \
             [resolver.tls], hoặc xóa dòng này"
                .into()
        }
        Fault::BlockAddressMissing => {
            "kiểu trả lời \"address\" đang tắt vì chưa có trang thông báo chặn để đưa thiết bị tới; \
             hãy dùng \"nxdomain\" hoặc \"nodata\", hoặc tự ghi địa chỉ vào block-addresses"
                .into()
        }
        Fault::OpenToNetwork(given) => format!(
            "{given} có thể truy cập từ mạng mà trang này không có mật khẩu; hãy dùng 127.0.0.1 \
             hoặc [::1], hoặc ghi reach = \"network\" nếu đúng là bạn muốn thế"
        ),
        Fault::NotAContact(given) => format!(
            "{given} không phải là cách liên hệ dùng được; hãy viết \"tel:+84...\", \"mailto:...\" hoặc \"sips:...\""
        ),
        Fault::NotAPhone(given) => {
            format!("{given} không phải là số điện thoại gọi được; hãy viết như \"024 1234 5678\"")
        }
        Fault::NotALesson(given) => format!(
            "{given} không phải là giờ của một tiết; hãy viết giờ vào và giờ ra trong cùng một ngày, ví dụ \"07:00-07:45\""
        ),
        Fault::LessonsOverlap => {
            "tiết này bắt đầu khi tiết trước chưa hết; hãy viết các tiết theo thứ tự trong ngày".into()
        }
        Fault::NotMail(given) => format!(
            "{given} không phải là máy chủ thư; hãy viết thứ tự rồi tên máy, ví dụ \"10 thu.truong.lan\""
        ),
        Fault::NotAService(given) => format!(
            "{given} không phải là dịch vụ; hãy viết thứ tự, tỉ trọng, cổng rồi tên máy, \
             ví dụ \"0 5 389 dc.truong.lan\""
        ),
        Fault::NotAnInterface(given) => format!(
            "{given} không phải là tên cổng mạng; hãy viết như lệnh `ip link` hiện ra, ví dụ \"eth0\""
        ),
        Fault::AliasNotAlone => {
            "bí danh phải đứng một mình; hãy xóa alias hoặc xóa các khóa khác của tên này".into()
        }
        Fault::AliasOfNothing(given) => format!(
            "{given} không phải là tên nội bộ có dữ liệu; hãy thêm một bảng cho tên đó, hoặc sửa alias"
        ),
        Fault::PortServed(port) => format!(
            "cổng {port} đang phục vụ thiết bị; đóng hoặc chuyển đi thì thiết bị sẽ mất dịch vụ; hãy dùng cổng khác"
        ),
        Fault::NotPorts(given) => format!(
            "{given} không phải là dải cổng; hãy viết \"udp 123\" hoặc \"tcp 5228-5230\""
        ),
        Fault::BridgeOfOne(given) => format!(
            "{given} cũng nằm trong inside; cầu mạng phải đứng giữa hai cổng, vì vậy hãy ghi một cổng khác"
        ),
        Fault::Dhcp(fault) => dhcp(fault),
        Fault::NotASubnet { given, why } => format!("{given} {}", subnet_error(why)),
        Fault::Overlap { given, other, first } => format!(
            "{given} trùng một phần với {other} ({first}); hãy để mỗi địa chỉ chỉ nằm ở một chỗ"
        ),
    }
}

fn dhcp(fault: &DhcpFault) -> String {
    match fault {
        DhcpFault::NoGateway => {
            "chỉ hộp là lối ra của thiết bị mới cấp địa chỉ; hãy dùng network.mode = \"gateway\", hoặc \"off\" ở đây".into()
        }
        DhcpFault::NotInside(given) => {
            format!("{given} không phải là cổng mạng có thiết bị phía sau; hãy thêm vào network.inside, hoặc ghi một trong các cổng đó")
        }
        DhcpFault::NotOwnAddress(given) => format!(
            "{given} không phải là địa chỉ của hộp kèm độ dài mạng; hãy viết như 10.6.0.1/24"
        ),
        DhcpFault::OtherNetwork(given) => format!(
            "{given} không thể là địa chỉ của thiết bị trong mạng của hộp ở đó; hãy dùng địa chỉ nằm trong mạng ấy"
        ),
        DhcpFault::Backwards => "dải kết thúc trước khi bắt đầu; hãy ghi địa chỉ nhỏ hơn vào first".into(),
        DhcpFault::HoldsBox => {
            "địa chỉ của hộp nằm trong dải, thiết bị sẽ bị cấp trùng; hãy bắt đầu dải sau địa chỉ đó, hoặc kết thúc trước".into()
        }
        DhcpFault::NotAMac(given) => {
            format!("{given} không phải là địa chỉ MAC; hãy viết như 3c:22:fb:0a:b1:9e")
        }
        DhcpFault::NotALabel(given) => {
            format!("{given} có nhiều phần; hãy chỉ ghi tên thiết bị, không kèm tên miền")
        }
    }
}

fn syntax(fault: &SyntaxFault) -> String {
    match fault {
        SyntaxFault::Unquoted => "chữ ở đây thiếu dấu ngoặc kép; hãy đặt trong \"ngoặc kép\"".into(),
        SyntaxFault::BadText => {
            "chuỗi này viết chưa đúng; hãy kết thúc bằng \" trên cùng dòng, và viết \\\\ thay cho \\".into()
        }
        SyntaxFault::OpenList => "danh sách này chưa kết thúc; hãy đóng bằng ] và đặt dấu phẩy giữa các phần tử".into(),
        SyntaxFault::OpenTable => {
            "bảng này chưa kết thúc; hãy đóng bằng ] (hoặc } nếu mở bằng {)".into()
        }
        SyntaxFault::NoEquals => "khóa ở đây chưa có giá trị; hãy viết khóa = giá trị".into(),
        SyntaxFault::NoValue => "thiếu giá trị; hãy viết giá trị sau dấu =, hoặc xóa dòng này".into(),
        SyntaxFault::NoComma => "thiếu dấu phẩy; hãy đặt dấu phẩy giữa hai phần tử".into(),
        SyntaxFault::TooDeep => "lồng nhau quá sâu; tệp cấu hình không cần quá ba cấp".into(),
        SyntaxFault::Unexpected(detail) => format!(
            "không đúng cú pháp TOML ({detail}); hãy viết khóa = giá trị, [bảng], \
             hoặc # trước lời chú thích"
        ),
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "chuỗi chữ",
        Kind::Integer => "số nguyên",
        Kind::Float => "số thập phân",
        Kind::Boolean => "true hoặc false",
        Kind::Date => "ngày tháng",
        Kind::List => "danh sách",
        Kind::Table => "bảng",
    }
}

const fn wanted(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Text => "chuỗi chữ trong ngoặc kép, ví dụ \"abc\"",
        Wanted::Duration => "khoảng thời gian trong ngoặc kép, ví dụ \"30s\"",
        Wanted::Size => "dung lượng trong ngoặc kép, ví dụ \"32MiB\"",
        Wanted::Integer => "số nguyên không có ngoặc kép, ví dụ 512",
        Wanted::Texts => "danh sách chuỗi chữ, ví dụ [\"a\", \"b\"]",
        Wanted::Table => {
            "một bảng: tên bảng trong ngoặc vuông trên một dòng riêng, rồi khóa = giá trị"
        }
        Wanted::Tables => {
            "mỗi mục một bảng: tên bảng trong hai lớp ngoặc vuông [[ ]], rồi khóa = giá trị"
        }
    }
}

const fn unusable(why: Unusable) -> &'static str {
    match why {
        Unusable::Unspecified => "không chỉ riêng máy nào; hãy ghi địa chỉ của một máy cụ thể",
        Unusable::Multicast => "là địa chỉ multicast; hãy ghi địa chỉ của một máy",
        Unusable::Broadcast => "là địa chỉ quảng bá (broadcast); hãy ghi địa chỉ của một máy",
        Unusable::Loopback => "chính là thiết bị đang hỏi; hãy ghi địa chỉ của một máy trong mạng",
        Unusable::PortZero => "có cổng 0, không máy nào trả lời ở đó; hãy dùng cổng từ 1 đến 65535",
    }
}

const fn upstream(why: UpstreamFault) -> &'static str {
    match why {
        UpstreamFault::Scheme => {
            "không có giao thức nào như vậy; hãy viết tls://, https://, quic:// hoặc tcp://, hoặc chỉ ghi địa chỉ"
        }
        UpstreamFault::Host => {
            "không có địa chỉ IP sau ://; chưa có máy chủ cấp trên thì không tra được tên, vì vậy hãy \
             ghi địa chỉ ở đó và ghi tên sau dấu #, ví dụ tls://9.9.9.9#dns.quad9.net"
        }
        UpstreamFault::NameMissing => {
            "chưa cho biết chứng chỉ của máy chủ nào là đúng; hãy thêm dấu # và tên máy chủ, ví dụ \
             tls://9.9.9.9#dns.quad9.net"
        }
        UpstreamFault::Name => "không có tên máy chủ sau dấu #; hãy viết tên như dns.quad9.net",
        UpstreamFault::NameNotUsed => {
            "có tên nhưng không mã hóa; hãy xóa dấu # và tên, hoặc viết tls:// ở trước"
        }
        UpstreamFault::Path => {
            "có đường dẫn mà không máy chủ web nào dùng; hãy viết như /dns-query, không có ? và {}"
        }
        UpstreamFault::PathNotUsed => "có đường dẫn, chỉ https:// mới dùng đường dẫn; hãy xóa đi",
    }
}

fn subnet_error(why: &SubnetError) -> String {
    match why {
        SubnetError::Address(_) => {
            "không phải là địa chỉ IP hay dải địa chỉ; hãy viết như 192.168.1.5 hoặc 10.7.0.0/24"
                .into()
        }
        SubnetError::Length(_, most) => {
            format!("có độ dài sau dấu / không đúng; hãy dùng từ 0 đến {most}")
        }
        SubnetError::HostBits(_, meant) => format!("lẻ bit sau phần mạng; hãy viết {meant}"),
    }
}

fn name_error(why: NameError) -> String {
    match why {
        NameError::Empty => "tên để trống".into(),
        NameError::TooLong => "tên dài hơn 253 ký tự".into(),
        NameError::EmptyLabel => "có hai dấu chấm liền nhau hoặc dấu chấm ở đầu".into(),
        NameError::LabelTooLong => "có phần giữa hai dấu chấm dài hơn 63 ký tự".into(),
        NameError::Character(c) => format!("ký tự {c:?} không được có trong tên máy"),
        NameError::Idna => "tên có dấu không hợp lệ (UTS 46)".into(),
        NameError::Address => "đây là địa chỉ IP, không phải tên".into(),
        NameError::NumericTld => "phần cuối chỉ toàn chữ số".into(),
        // Only names in wire form can have these; a settings file holds text.
        NameError::LabelType | NameError::Truncated => why.to_string(),
    }
}
