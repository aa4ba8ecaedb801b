// Texts of the page about safe search. They come with that page: the first load has no room for them.
export const safeVi = {
  title: "Tìm kiếm an toàn",
  lead: "Mỗi cấp học dùng công cụ tìm kiếm và trang video ở dạng nào. Hộp đổi câu trả lời DNS, nên máy nào cũng theo, không cần cài gì.",
  kind: { search: "Công cụ tìm kiếm", video: "Trang video" },
  engine: "Công cụ",
  strictness: { strict: "An toàn, chặt", moderate: "An toàn, vừa", off: "Như bình thường" },
  byHost: "trả lời bằng {{host}}",
  without: "Công cụ không có dạng an toàn thì đóng cho: {{tiers}}.",
  check: {
    title: "Kiểm tra ngay",
    hint: "Hộp tự hỏi tên miền của từng công cụ như một máy trong nhóm, rồi xem có đường nào vòng qua dạng an toàn không. Lần hỏi này không được ghi lại.",
    group: "Nhóm",
    none: "Máy chưa thuộc nhóm nào",
    run: "Kiểm tra",
    running: "Hộp đang hỏi từng công cụ…",
    good: "Mọi công cụ đều trả lời đúng như bảng cấp học muốn.",
    bad: "Có công cụ vòng qua được dạng an toàn. Hãy xem dòng màu đỏ và báo quản trị viên; trang Khám hộp nói cách sửa.",
    unknown: "Có công cụ chưa kiểm tra được vì máy chủ DNS bên ngoài không trả lời. Hãy thử lại sau.",
    names: "{{count, number}} tên miền",
    details: "Từng loại câu trả lời",
  },
  state: {
    safe: "An toàn",
    closed: "Đóng",
    off: "Như bình thường",
    unanswered: "Chưa rõ",
    unsafe: "Không an toàn",
  },
  say: {
    safe: "Mọi câu trả lời đều dẫn đến dạng an toàn.",
    closed: "Công cụ này đang đóng với nhóm.",
    off: "Cấp học của nhóm được dùng công cụ này như bình thường.",
    unanswered: "Chưa có câu trả lời nên chưa nói được gì.",
    unsafe: "Có câu trả lời dẫn ra ngoài dạng an toàn.",
  },
  record: {
    A: "Địa chỉ IPv4",
    AAAA: "Địa chỉ IPv6",
    HTTPS: "Bản ghi HTTPS",
  },
  example: "{{count, number}} tên miền, chẳng hạn {{name}}",
};

type Shape<T> = { [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };
export type SafeTexts = Shape<typeof safeVi>;
