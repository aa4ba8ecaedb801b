// Texts of the notice that the box put something back by itself. They come with the pages that show it.
export const wentBackVi = {
  title: {
    unconfirmed: "Hộp đã tự trở về cài đặt trước",
    "no-start": "Hộp đã tự trở về cài đặt trước",
    died: "Hộp đã tự trở về cài đặt trước",
    restore: "Hộp đã tự quay lại trước khi khôi phục",
  },
  why: {
    unconfirmed: "Không ai bấm giữ thay đổi trong hai phút, hoặc hộp mất điện trước đó.",
    "no-start": "Hộp không khởi động được với cài đặt mới.",
    died: "Hộp đã khởi động hai lần với cài đặt mới và lần nào cũng dừng trong vòng một phút.",
    restore: "Hộp không chạy được với những gì trong bản sao lưu.",
  },
  when: "Lúc {{time}}",
  unknownTime: "Lúc hộp chưa biết giờ",
  by: "Người đổi: {{name}}",
  changed: "Những mục trở về như trước: {{keys}}",
  reason: "Hộp đã báo:",
  again: "Có thể lấy lại bản vừa bị trả về bằng nút Trở về bản trước ở trang Tệp cài đặt.",
  read: "Đã đọc",
};

type Shape<T> = { [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };
export type WentBackTexts = Shape<typeof wentBackVi>;
