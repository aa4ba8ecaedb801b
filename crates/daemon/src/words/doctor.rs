//! `lachan doctor`: the box itself. What is on the net stands in `doctor_net`.

use super::words;

words! {
    remedy() { vi: "→", en: "→" }
    all_well(unknown: usize) {
        vi: "Mọi thứ đều ổn; {unknown} mục chưa kiểm tra được.",
        en: "All is well; {unknown} points could not be checked.",
    }
    not_all_well(faults: usize, warnings: usize, unknown: usize) {
        vi: "{faults} lỗi, {warnings} lưu ý, {unknown} mục chưa kiểm tra được.",
        en: "{faults} faults, {warnings} warnings, {unknown} points could not be checked.",
    }
    run_as_root() { vi: "chạy lại với sudo: sudo lachan doctor", en: "run it again with sudo: sudo lachan doctor" }
    not_asked_offline() { vi: "không hỏi, vì có --offline", en: "not asked, because of --offline" }

    files_title() { vi: "Tệp và cơ sở dữ liệu", en: "Files and database" }
    ports_title() { vi: "Cổng", en: "Ports" }
    answering_title() { vi: "Bộ lọc đang chạy", en: "The running filter" }
    clock_title() { vi: "Đồng hồ", en: "Clock" }
    network_title() { vi: "Mạng", en: "Network" }
    machine_title() { vi: "Máy", en: "Machine" }

    settings_remedy() {
        vi: "sửa tệp rồi thử: lachan check-config; các mục dưới đây được kiểm tra theo cấu hình mặc định",
        en: "mend the file and try: lachan check-config; what follows was checked by the defaults",
    }
    database_not_yet(path: &str) {
        vi: "{path}: chưa có; bộ lọc sẽ tạo khi chạy lần đầu",
        en: "{path}: not there yet; the filter makes it at its first start",
    }
    database_without_groups(path: &str) {
        vi: "{path}: dùng được, nhưng chưa có nhóm nào, nên mọi thiết bị đều theo một cấp",
        en: "{path}: sound, but there is no group, so every device gets the same tier",
    }
    groups_remedy() {
        vi: "tạo nhóm: lachan groups add TÊN --tier CẤP --subnet DẢI",
        en: "make groups: lachan groups add NAME --tier TIER --subnet CIDR",
    }
    database_sound(path: &str, groups: usize, exceptions: usize) {
        vi: "{path}: dùng được, {groups} nhóm, {exceptions} ngoại lệ",
        en: "{path}: sound, {groups} groups, {exceptions} exceptions",
    }
    database_remedy(path: &str) {
        vi: "xem ai sở hữu tệp và còn chỗ trên đĩa không: ls -l {path}; chạy lệnh này bằng người dùng của bộ lọc hoặc sudo",
        en: "see who owns the file and whether the disk has room: ls -l {path}; run this as the filter's user or with sudo",
    }
    compile_remedy(path: &str) {
        vi: "biên dịch lại: lachan lists compile --out {path}",
        en: "compile it again: lachan lists compile --out {path}",
    }
    rules_remedy() {
        vi: "cài lại Lá Chắn, hoặc sửa paths.rules trong tệp cấu hình: bộ kiến thức đi kèm cũng không có",
        en: "install Lá Chắn again, or correct paths.rules in the settings: the shipped rules are missing as well",
    }
    ruleset_not_there(path: &str) { vi: "{path}: chưa có bộ luật", en: "{path}: there is no ruleset" }
    ruleset_bad(path: &str, why: &str) {
        vi: "{path}: bộ luật bị hỏng ({why})",
        en: "{path}: the ruleset is damaged ({why})",
    }
    ruleset_ageless(names: u64) {
        vi: "bộ luật nguyên vẹn, {names} tên; không rõ đã cũ bao lâu",
        en: "the ruleset is whole, {names} names; its age is not known",
    }
    ruleset_old(names: u64, days: i64) {
        vi: "bộ luật nguyên vẹn, {names} tên, nhưng đã {days} ngày: trang cờ bạc và lừa đảo đổi tên sau vài tuần",
        en: "the ruleset is whole, {names} names, but {days} days old: gambling and fraud move to new names within weeks",
    }
    ruleset_sound(names: u64, days: i64) {
        vi: "bộ luật nguyên vẹn, {names} tên, cách đây {days} ngày",
        en: "the ruleset is whole, {names} names, {days} days old",
    }

    port_ours(place: &str) { vi: "{place}: bộ lọc đang giữ", en: "{place}: the filter has it" }
    port_free(place: &str) { vi: "{place}: còn trống, dùng được", en: "{place}: free, and may be used" }
    port_denied(place: &str) {
        vi: "{place}: người dùng này không được mở; dịch vụ có thể được",
        en: "{place}: this user may not have it; the service perhaps may",
    }
    port_denied_remedy() {
        vi: "chạy lại với sudo; dịch vụ cần AmbientCapabilities=CAP_NET_BIND_SERVICE",
        en: "run again with sudo; the service needs AmbientCapabilities=CAP_NET_BIND_SERVICE",
    }
    port_no_address(place: &str) {
        vi: "{place}: không giao diện mạng nào của máy có địa chỉ này",
        en: "{place}: no interface of this machine has the address",
    }
    port_no_address_remedy() {
        vi: "sửa resolver.listen trong tệp cấu hình, hoặc đặt địa chỉ cho giao diện (ip addr cho biết máy có gì)",
        en: "correct resolver.listen in the settings, or give an interface the address (ip addr shows what there is)",
    }
    port_unusable(place: &str, why: &str) { vi: "{place}: không mở được ({why})", en: "{place}: cannot be opened ({why})" }
    listen_remedy() {
        vi: "sửa resolver.listen trong tệp cấu hình",
        en: "correct resolver.listen in the settings",
    }
    port_taken(place: &str) {
        vi: "{place}: chương trình khác đang giữ; người dùng này không thấy được là chương trình nào",
        en: "{place}: another program has it; this user cannot see which",
    }
    port_taken_remedy() {
        vi: "chạy lại với sudo để biết tên chương trình: sudo lachan doctor",
        en: "run again with sudo to learn its name: sudo lachan doctor",
    }
    port_taken_by(place: &str, holders: &str) { vi: "{place}: {holders} đang giữ", en: "{place}: {holders} has it" }
    resolved_remedy() {
        vi: "ghi DNSStubListener=no vào /etc/systemd/resolved.conf, chạy sudo systemctl restart systemd-resolved, rồi sudo ln -sf /run/systemd/resolve/resolv.conf /etc/resolv.conf",
        en: "put DNSStubListener=no into /etc/systemd/resolved.conf, run sudo systemctl restart systemd-resolved, then sudo ln -sf /run/systemd/resolve/resolv.conf /etc/resolv.conf",
    }
    stop_service_remedy(service: &str) {
        vi: "dừng dịch vụ ấy: sudo systemctl disable --now {service}",
        en: "stop that service: sudo systemctl disable --now {service}",
    }
    stop_program_remedy(name: &str, pid: u32) {
        vi: "dừng {name} (tiến trình {pid}), hoặc đổi resolver.listen trong tệp cấu hình",
        en: "stop {name} (process {pid}), or change resolver.listen in the settings",
    }
    port_of_silent_filter(place: &str, pid: u32) {
        vi: "{place}: một Lá Chắn (tiến trình {pid}) đang giữ, nhưng không trả lời ở ổ điều khiển",
        en: "{place}: a Lá Chắn (process {pid}) has it, but does not answer at the control socket",
    }
    silent_filter_remedy() {
        vi: "chạy bằng người dùng của bộ lọc hoặc sudo; xem control.socket trong tệp cấu hình có đúng là của bộ lọc ấy không",
        en: "run as the filter's user or with sudo; see whether control.socket in the settings is that filter's",
    }

    filter_not_running() { vi: "bộ lọc không chạy, hoặc không hỏi được", en: "the filter is not running, or cannot be asked" }
    filter_not_running_remedy() {
        vi: "sudo systemctl start lachan; nếu đang chạy thì chạy lệnh này với sudo; lý do nằm trong: journalctl -u lachan",
        en: "sudo systemctl start lachan; if it runs, run this with sudo; the reason is in: journalctl -u lachan",
    }
    local_answered(place: &str, millis: u128) {
        vi: "{place}: trả lời tên nội bộ sau {millis} ms",
        en: "{place}: answers a local name after {millis} ms",
    }
    blocked_answered(place: &str, name: &str, millis: u128) {
        vi: "{place}: chặn {name} sau {millis} ms",
        en: "{place}: blocks {name} after {millis} ms",
    }
    open_answered(place: &str, name: &str, millis: u128) {
        vi: "{place}: mở {name} sau {millis} ms",
        en: "{place}: opens {name} after {millis} ms",
    }
    no_answer(place: &str, name: &str, why: &str) {
        vi: "{place}: không trả lời đúng khi hỏi {name} ({why})",
        en: "{place}: gives no right answer to {name} ({why})",
    }
    no_answer_remedy() {
        vi: "sudo systemctl restart lachan; nếu vẫn vậy, xem tường lửa của máy và: journalctl -u lachan",
        en: "sudo systemctl restart lachan; if that does not help, look at the machine's firewall and: journalctl -u lachan",
    }
    open_not_answered(place: &str, name: &str, code: &str) {
        vi: "{place}: không mở được {name} ({code})",
        en: "{place}: does not open {name} ({code})",
    }
    open_not_answered_remedy() {
        vi: "xem mục máy chủ cấp trên bên dưới; đường truyền ra ngoài có thể đang hỏng",
        en: "see the upstreams below; the line out may be down",
    }
    blocked_not_blocked(place: &str, name: &str) {
        vi: "{place}: {name} phải bị chặn mà lại được mở",
        en: "{place}: {name} must be blocked and is not",
    }
    blocked_not_blocked_remedy(name: &str) {
        vi: "lachan reload, rồi xem: lachan why {name}",
        en: "lachan reload, then see: lachan why {name}",
    }

    clock_impossible() {
        vi: "đồng hồ của máy sai hẳn (trước năm 2026): thời khóa biểu và hạn của ngoại lệ được coi như đang đóng",
        en: "the clock is quite wrong (before 2026): timetables and the ends of exceptions hold as if closed",
    }
    clock_before_ruleset(shown: &str) {
        vi: "đồng hồ chỉ {shown}, trước cả lúc bộ luật được tạo",
        en: "the clock shows {shown}, before the ruleset was made",
    }
    clock_synchronised(shown: &str, millis: u128) {
        vi: "{shown}, được đồng bộ, lệch nhiều nhất {millis} ms",
        en: "{shown}, synchronised, off by {millis} ms at most",
    }
    clock_not_synchronised(shown: &str) {
        vi: "{shown}, nhưng không được đồng bộ: mất điện một lần là sai",
        en: "{shown}, but not synchronised: wrong after the next power cut",
    }
    clock_unknown(shown: &str) {
        vi: "{shown}; hệ thống không cho biết có được đồng bộ không",
        en: "{shown}; the system does not tell whether it is synchronised",
    }
    clock_remedy() {
        vi: "sudo timedatectl set-ntp true; máy phải ra được máy chủ giờ (UDP 123)",
        en: "sudo timedatectl set-ntp true; the machine must reach a time server (UDP 123)",
    }

    disk_unknown(folder: &str) { vi: "{folder}: không rõ còn bao nhiêu chỗ", en: "{folder}: the free space is not known" }
    disk_full_at(folder: &str, mib: u64) { vi: "{folder}: chỉ còn {mib} MiB", en: "{folder}: only {mib} MiB are free" }
    disk_low(folder: &str, mib: u64) {
        vi: "{folder}: còn {mib} MiB, không đủ cho bộ luật mới nằm cạnh bộ cũ",
        en: "{folder}: {mib} MiB are free, too little for a new ruleset beside the old one",
    }
    disk_free(folder: &str, mib: u64) { vi: "{folder}: còn {mib} MiB", en: "{folder}: {mib} MiB are free" }
    disk_remedy() {
        vi: "xem gì chiếm chỗ: sudo du -xh / --max-depth=2 | sort -h | tail; giảm store.events-kept nếu cần",
        en: "see what takes the space: sudo du -xh / --max-depth=2 | sort -h | tail; lower store.events-kept if need be",
    }
    card_wears(mib: u64) {
        vi: "bộ lọc ghi {mib} MiB mỗi ngày: thẻ nhớ sẽ mau hỏng",
        en: "the filter writes {mib} MiB a day: the card will not last",
    }
    card_written(mib: u64) {
        vi: "bộ lọc ghi khoảng {mib} MiB mỗi ngày: thẻ nhớ chịu được nhiều năm",
        en: "the filter writes about {mib} MiB a day: the card lasts for years",
    }
    card_remedy() {
        vi: "tăng store.flush (đến 60s), xem thiết bị nào hỏi mãi một tên bị chặn: lachan top",
        en: "raise store.flush (up to 60s), and see which devices ask for a blocked name for ever: lachan top",
    }
    files_few(most: u64, needed: u64) {
        vi: "bộ lọc chỉ được mở {most} tệp cùng lúc; resolver.max-misses cần khoảng {needed}",
        en: "the filter may have {most} files open; resolver.max-misses needs about {needed}",
    }
    files_enough(most: u64) { vi: "bộ lọc được mở {most} tệp cùng lúc", en: "the filter may have {most} files open" }
    files_remedy(needed: u64) {
        vi: "ghi LimitNOFILE={needed} vào dịch vụ (sudo systemctl edit lachan), hoặc giảm resolver.max-misses",
        en: "put LimitNOFILE={needed} into the service (sudo systemctl edit lachan), or lower resolver.max-misses",
    }
    memory_unknown() { vi: "không rõ còn bao nhiêu bộ nhớ", en: "the free memory is not known" }
    memory_low(mib: u64) {
        vi: "chỉ còn {mib} MiB bộ nhớ: biên dịch bộ luật mới có thể không đủ",
        en: "only {mib} MiB of memory are free: compiling a new ruleset may fail",
    }
    memory_free(mib: u64) { vi: "còn {mib} MiB bộ nhớ", en: "{mib} MiB of memory are free" }
    memory_remedy() {
        vi: "xem chương trình nào dùng nhiều: ps aux --sort=-rss | head; giảm resolver.cache-size nếu cần",
        en: "see which program uses most: ps aux --sort=-rss | head; lower resolver.cache-size if need be",
    }
    buffer_unknown() {
        vi: "không đọc được net.core.rmem_max",
        en: "net.core.rmem_max cannot be read",
    }
    buffer_small(has: u64, wanted: u64) {
        vi: "nhân chỉ cho {has} KiB bộ đệm nhận, bộ lọc muốn {wanted} KiB: cả lớp mở máy cùng lúc có thể mất câu hỏi",
        en: "the kernel gives {has} KiB of receive buffer, the filter wants {wanted} KiB: a class that opens its browsers at once may lose queries",
    }
    buffer_enough() { vi: "bộ đệm nhận của nhân đủ lớn", en: "the kernel's receive buffer is large enough" }
    buffer_remedy(bytes: u64) {
        vi: "echo net.core.rmem_max={bytes} | sudo tee /etc/sysctl.d/60-lachan.conf && sudo sysctl --system && sudo systemctl restart lachan",
        en: "echo net.core.rmem_max={bytes} | sudo tee /etc/sysctl.d/60-lachan.conf && sudo sysctl --system && sudo systemctl restart lachan",
    }
    losses_unknown() {
        vi: "không xem được nhân có làm mất câu hỏi nào không",
        en: "whether the kernel lost queries cannot be seen",
    }
    no_losses() { vi: "nhân chưa làm mất câu hỏi nào", en: "the kernel lost no query" }
    losses(count: u64) {
        vi: "nhân đã bỏ {count} câu hỏi vì bộ đệm nhận đầy",
        en: "the kernel threw {count} queries away, because the receive buffer was full",
    }
}
