//! The places of a thread's connections, and who has them.

use std::collections::HashMap;
use std::net::IpAddr;

use super::conn::Conn;

/// Connections by place. A place that became free is not given away while events that were fetched
/// may still speak of who had it.
#[derive(Default)]
pub(super) struct Places {
    slots: Vec<Slot>,
    free: Vec<usize>,
    freed: Vec<usize>,
    open: usize,
    by_device: HashMap<IpAddr, u32>,
}

/// A place. The generation tells those apart that had it one after another.
struct Slot {
    generation: u32,
    conn: Option<Conn>,
}

impl Places {
    /// Gives a connection a place; `None` when there are too many, in all or of its device.
    pub(super) fn put(&mut self, conn: Conn, most: usize, most_of_one: u32) -> Option<usize> {
        let device = conn.peer;
        let of_device = self.by_device.get(&device).copied().unwrap_or(0);
        if self.open >= most || of_device >= most_of_one {
            return None;
        }
        self.by_device.insert(device, of_device + 1);
        self.open += 1;
        let index = self.free.pop().unwrap_or(self.slots.len());
        if index == self.slots.len() {
            self.slots.push(Slot {
                generation: 0,
                conn: None,
            });
        }
        self.slots[index].conn = Some(conn);
        Some(index)
    }

    /// Takes a connection off its place.
    pub(super) fn take(&mut self, index: usize) -> Option<Conn> {
        let slot = self.slots.get_mut(index)?;
        let conn = slot.conn.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        let device = conn.peer;
        if let Some(count) = self.by_device.get_mut(&device) {
            *count -= 1;
            if *count == 0 {
                self.by_device.remove(&device);
            }
        }
        self.open -= 1;
        self.freed.push(index);
        Some(conn)
    }

    /// Gives away again what became free: all events that were fetched are done with.
    pub(super) fn reuse(&mut self) {
        self.free.append(&mut self.freed);
    }

    pub(super) fn get(&self, index: usize) -> Option<&Conn> {
        self.slots.get(index)?.conn.as_ref()
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Conn> {
        self.slots.get_mut(index)?.conn.as_mut()
    }

    /// What tells the connection at this place from all others, before and after.
    pub(super) fn key(&self, index: usize) -> u64 {
        let generation = self.slots.get(index).map_or(0, |slot| slot.generation);
        u64::from(generation) << 32 | index as u64
    }

    /// The place of the connection with this key, while it lives.
    pub(super) fn index_of(&self, key: u64) -> Option<usize> {
        let index = usize::try_from(key & u64::from(u32::MAX)).ok()?;
        let slot = self.slots.get(index)?;
        let lives = u64::from(slot.generation) == key >> 32 && slot.conn.is_some();
        lives.then_some(index)
    }
}
