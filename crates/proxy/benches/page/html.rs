//! Pages as sites of Vietnamese news and schools send them: made, not copied, and the same in every
//! run.

use std::fmt::Write as _;

/// What kind of page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A report: half of it is markup, as on real sites.
    Article,
    /// Paragraphs alone: the most text that fits.
    Text,
    /// A gambling door-way: much fires.
    Doorway,
}

const SENTENCES: [&str; 24] = [
    "Sáng nay, hơn ba trăm học sinh khối lớp 9 tham gia buổi sinh hoạt ngoại khóa về an toàn giao thông do nhà trường phối hợp với công an phường tổ chức.",
    "Theo lãnh đạo Sở Giáo dục và Đào tạo, điểm chuẩn vào lớp 10 năm nay có thể tăng nhẹ ở các trường trung tâm thành phố.",
    "Phụ huynh mong muốn có thêm thông tin về chương trình học, sách giáo khoa và cách đánh giá theo quy định mới.",
    "Trong trận đấu tối qua, đội tuyển Việt Nam giành chiến thắng nhờ bàn thắng ở phút bù giờ của tiền đạo trẻ.",
    "Các nhà khoa học cho biết mực nước sông Cửu Long đang xuống thấp nhất trong vòng mười năm trở lại đây.",
    "Giá lúa gạo tại đồng bằng ổn định, bà con nông dân phấn khởi bước vào vụ mùa mới với nhiều hy vọng.",
    "Bác sĩ khuyến cáo người dân uống đủ nước, ăn nhiều rau xanh và tập thể dục đều đặn để bảo vệ sức khỏe.",
    "Thư viện trường mở cửa từ bảy giờ sáng đến năm giờ chiều, học sinh có thể mượn tối đa ba cuốn sách mỗi tuần.",
    "Chính phủ vừa ban hành nghị định hướng dẫn việc quản lý, cung cấp và sử dụng dịch vụ Internet trên cả nước.",
    "Đường phố Hà Nội vào thu rực rỡ lá vàng, nhiều bạn trẻ tranh thủ cuối tuần để chụp ảnh và uống cà phê.",
    "Kỳ thi tốt nghiệp trung học phổ thông diễn ra trong hai ngày, thí sinh cần mang theo giấy tờ tùy thân khi đến phòng thi.",
    "Công an tỉnh khuyến cáo người dân cảnh giác với các chiêu trò lừa đảo qua điện thoại và mạng xã hội.",
    "Nhân vật chính trong truyện ngắn là một cậu bé mồ côi sống cùng bà ngoại bên bờ sông Hương.",
    "Doanh nghiệp xuất khẩu thủy sản kỳ vọng đơn hàng sẽ phục hồi vào quý cuối năm khi thị trường châu Âu ấm lên.",
    "Mùa mưa bão đang đến gần, chính quyền địa phương đã rà soát các điểm có nguy cơ sạt lở để di dời người dân.",
    "Em hãy viết một đoạn văn khoảng hai trăm chữ trình bày suy nghĩ của mình về lòng biết ơn thầy cô giáo.",
    "Khách du lịch quốc tế đến Đà Nẵng, Hội An và Huế tăng mạnh so với cùng kỳ năm ngoái.",
    "Câu lạc bộ cờ vua của trường giành hai huy chương vàng tại giải vô địch học sinh toàn thành phố.",
    "Người trồng cà phê ở Tây Nguyên lo lắng vì thời tiết thất thường làm giảm năng suất và chất lượng hạt.",
    "Trẻ em cần được lắng nghe, được vui chơi và được bảo vệ trước những nội dung không phù hợp với lứa tuổi.",
    "Các trường đại học công bố phương án tuyển sinh, trong đó có xét học bạ, xét điểm thi và đánh giá năng lực.",
    "Tuyến đường sắt đô thị chính thức vận hành, giúp giảm ùn tắc và khói bụi vào giờ cao điểm.",
    "Đầu bếp chia sẻ bí quyết nấu nồi phở bò thơm ngon với xương ống, hoa hồi, quế, thảo quả và gừng nướng.",
    "The school will publish the English timetable next week, and students are asked to check the notice board.",
];

const DOORWAY: [&str; 6] = [
    "Nhà cái uy tín số 1, link vào mới nhất không bị chặn, đăng ký nhận 100k ngay hôm nay.",
    "Game bài đổi thưởng, nổ hũ đổi thưởng, bắn cá đổi thưởng với tỷ lệ trả thưởng cao.",
    "Kèo nhà cái hôm nay, soi kèo bóng đá, tỷ lệ kèo châu Á và kèo tài xỉu cập nhật liên tục.",
    "Casino trực tuyến đẳng cấp, baccarat online, xóc đĩa online, rồng hổ và sòng bạc trực tuyến.",
    "Soi cầu miền Bắc, bạch thủ lô, song thủ lô, dàn đề và chốt số hôm nay hoàn toàn miễn phí.",
    "Nạp rút siêu tốc, khuyến mãi nạp lần đầu, hoàn trả cược, tặng cược miễn phí mỗi ngày.",
];

/// A page of `size` bytes or a few less, cut at a character.
pub(crate) fn page(size: usize, kind: Kind) -> Vec<u8> {
    let mut out = String::with_capacity(size + 2000);
    let mut random = Random(2026);
    if kind != Kind::Text {
        head(&mut out);
    } else {
        out.push_str("<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Tin tức</title></head><body>");
    }
    let mut number = 0;
    while out.len() < size {
        number += 1;
        match kind {
            Kind::Text => paragraph(&mut out, &mut random, &SENTENCES),
            Kind::Article => {
                block(&mut out, number);
                paragraph(&mut out, &mut random, &SENTENCES);
            }
            Kind::Doorway => {
                block(&mut out, number);
                paragraph(&mut out, &mut random, &DOORWAY);
            }
        }
    }
    let mut end = size;
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    // The rest of the last character as blanks, so that every page has its size.
    out.truncate(end);
    out.push_str(&" ".repeat(size - end));
    out.into_bytes()
}

fn head(out: &mut String) {
    out.push_str("<!doctype html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n<title>Tin giáo dục hôm nay</title>\n");
    for number in 0..12 {
        let _ = writeln!(
            out,
            "<link rel=\"stylesheet\" href=\"/static/css/site.{number:04x}.min.css?v=2026{number}\">\n\
             <meta property=\"og:tag{number}\" content=\"Cổng thông tin điện tử, trường học, giáo dục\">"
        );
    }
    out.push_str("<style>\n");
    for number in 0..40 {
        let _ = writeln!(
            out,
            ".box-{number}>.item:nth-child({number}){{margin:0 {number}px;color:#{number:03x}}}"
        );
    }
    out.push_str("</style>\n<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}\n");
    for number in 0..40 {
        let _ = writeln!(
            out,
            "gtag('config','UA-{number}',{{\"page\":'/a/{number}',x:1<2&&3>2}});"
        );
    }
    out.push_str("</script>\n</head>\n<body class=\"home page\">\n<nav><ul>\n");
    for entry in [
        "Trang chủ",
        "Giới thiệu",
        "Tin tức",
        "Tuyển sinh",
        "Thời khóa biểu",
        "Liên hệ",
    ] {
        let _ = writeln!(
            out,
            "<li class=\"menu-item\"><a href=\"/muc/{}\" title=\"{entry}\">{entry}</a></li>",
            entry.len()
        );
    }
    out.push_str("</ul></nav>\n<main>\n");
}

/// What stands between paragraphs: teasers, pictures, links.
fn block(out: &mut String, number: usize) {
    let _ = write!(
        out,
        "<div class=\"story story--{number} col-md-6\" data-id=\"{number}\" data-track='{{\"id\":{number},\"pos\":\"main\"}}'>\n\
         <a class=\"thumb thumb-5x3\" href=\"/tin-tuc/giao-duc/bai-viet-so-{number}-4{number:06}.html\" title=\"Bài viết số {number}\">\
         <picture><source type=\"image/webp\" srcset=\"https://i1.example.vn/2026/11/{number:05}.webp 1x, https://i1.example.vn/2026/11/{number:05}@2x.webp 2x\">\
         <img loading=\"lazy\" src=\"https://i1.example.vn/2026/11/{number:05}.jpg\" alt=\"Ảnh minh họa {number}\" width=\"480\" height=\"288\"></picture></a>\n\
         <h3 class=\"title-news\"><a href=\"/bai-{number}.html\">Bài viết số {number}&nbsp;&ndash; chuyên mục giáo dục</a></h3>\n</div>\n"
    );
}

fn paragraph(out: &mut String, random: &mut Random, sentences: &[&str]) {
    out.push_str("<p class=\"Normal\">");
    for _ in 0..3 {
        let sentence = sentences[random.below(sentences.len())];
        if random.below(4) == 0 {
            let _ = write!(out, "<strong>{sentence}</strong> ");
        } else {
            let _ = write!(out, "{sentence} ");
        }
    }
    out.push_str("</p>\n");
}

/// splitmix64: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % limit
    }
}
