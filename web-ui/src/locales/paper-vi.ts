// The printed sheets, in Vietnamese.
export const paperVi = {
  lead: "In ra để dán trong lớp, phòng máy, hoặc gửi về nhà.",
  which: "Tờ nào",
  sheet: { poster: "Áp phích", parents: "Gửi phụ huynh" },
  code: "Mã QR mở {{address}}",
  poster: {
    title: "Em gặp chuyện trên mạng? Em không ở một mình.",
    hotline: "Gọi 111: miễn phí, suốt ngày đêm, không cần nói tên.",
    danger: "Nguy hiểm ngay lúc này: gọi 113, hoặc tìm thầy cô gần nhất.",
    box: "Ở trường, mở địa chỉ này trên bất kỳ máy nào: xem vì sao một trang bị chặn, xin mở, hoặc kể riêng với thầy cô tư vấn.",
  },
  parents: {
    title: "Kính gửi phụ huynh: để con an toàn trên mạng, ở trường và ở nhà",
    school:
      "Ở trường, hộp Lá Chắn lọc nội dung theo lứa tuổi. Trang con được xem thì không bao giờ bị ghi lại; trang bị chặn chỉ ghi theo phút và theo nhóm, không theo tên con.",
    home: "Ở nhà, sáu việc nên làm",
    devices: "Công cụ có sẵn, miễn phí",
    android: "Điện thoại Android, Chromebook: ứng dụng Family Link của Google.",
    apple: "iPhone, iPad: Cài đặt, mục Thời gian sử dụng.",
    windows: "Máy tính Windows: Microsoft Family Safety.",
    call: "Cần giúp đỡ: gọi 111, tổng đài quốc gia bảo vệ trẻ em, miễn phí, 24/7.",
    rule: {
      talk: "Mỗi ngày hỏi con hôm nay trên mạng có gì vui, có gì làm con khó chịu; nghe trước, khuyên sau.",
      room: "Để máy ở phòng chung; con nhỏ dùng máy khi có người lớn bên cạnh.",
      night: "Cất điện thoại ngoài phòng ngủ ban đêm.",
      account: "Tài khoản của con để riêng tư; không kết bạn với người chưa gặp ngoài đời.",
      shop: "Không đưa mã OTP, mật khẩu, ảnh giấy tờ cho bất kỳ ai, kể cả người tự xưng là cán bộ.",
      help: "Con bị đe dọa, bắt nạt: đừng trách con, đừng xóa tin nhắn; chụp lại và gọi 111.",
    },
  },
};
