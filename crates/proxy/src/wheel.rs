//! A timer wheel for very many deadlines that mostly move on before they come.
//!
//! Each thing has one entry. A deadline that is put off costs nothing: when its entry comes round,
//! the owner says what is due by now, and until when the entry sleeps on.

/// Turns of one round; entries further away come round more than once.
const SLOTS: u32 = 256;

/// Deadlines in ticks of its owner's choice.
#[derive(Debug)]
pub(crate) struct Wheel<T> {
    slots: Vec<Vec<T>>,
    /// The tick up to which everything was looked at.
    now: u32,
    entries: usize,
}

impl<T> Wheel<T> {
    pub(crate) fn new() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Vec::new()).collect(),
            now: 0,
            entries: 0,
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Adds a thing that is to be looked at once this tick has come, or earlier.
    pub(crate) fn add(&mut self, tick: u32, thing: T) {
        let ahead = tick.saturating_sub(self.now).clamp(1, LAST);
        let slot = place(self.now + ahead);
        self.slots[slot].push(thing);
        self.entries += 1;
    }

    /// Looks at all things whose time may have come: `due` says until when one sleeps on, or `None`
    /// when it is done with.
    pub(crate) fn advance(&mut self, now: u32, mut due: impl FnMut(&T) -> Option<u32>) {
        while self.now < now {
            // One round looks at everything.
            if now - self.now > SLOTS {
                self.now = now - SLOTS;
            }
            self.now += 1;
            let slot = place(self.now);
            let mut things = std::mem::take(&mut self.slots[slot]);
            self.entries -= things.len();
            for thing in things.drain(..) {
                if let Some(tick) = due(&thing) {
                    self.add(tick, thing);
                }
            }
            // The room it has is kept: nothing is added for a whole round ahead.
            self.slots[slot] = things;
        }
    }
}

const LAST: u32 = SLOTS - 1;

/// Where a tick stands.
const fn place(tick: u32) -> usize {
    (tick % SLOTS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_up_at_their_tick_and_sleep_on_when_told() {
        let mut wheel = Wheel::new();
        wheel.add(3, 'a');
        wheel.add(1000, 'b');
        let mut seen = Vec::new();
        for tick in 1..=1100 {
            wheel.advance(tick, |&thing| {
                let until = if thing == 'a' { 3 } else { 1000 };
                if tick >= until {
                    seen.push((tick, thing));
                    None
                } else {
                    Some(until)
                }
            });
        }
        assert_eq!(seen, [(3, 'a'), (1000, 'b')]);
        assert!(wheel.is_empty());
    }

    #[test]
    fn a_long_sleep_of_the_machine_loses_nothing() {
        let mut wheel = Wheel::new();
        for tick in 1..600 {
            wheel.add(tick, tick);
        }
        let mut count = 0;
        wheel.advance(1_000_000, |_| {
            count += 1;
            None
        });
        assert_eq!(count, 599);
        assert!(wheel.is_empty());
        wheel.add(1_000_001, 1);
        let mut came = false;
        wheel.advance(1_000_001, |_| {
            came = true;
            None
        });
        assert!(came);
    }
}
