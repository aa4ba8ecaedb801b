//! The atomics of the ring and the index. `tests/cache_ring.rs` compiles those two files against
//! loom's in place of these.

pub(super) use lachan_sys::prefetch;
pub(super) use std::sync::atomic::{AtomicU64, Ordering, fence};

/// So many words, all 0. They come from the system as untouched pages, so that memory is used
/// only as the cache fills.
pub(super) fn zeroed(words: usize) -> Box<[AtomicU64]> {
    bytemuck::zeroed_slice_box(words)
}
