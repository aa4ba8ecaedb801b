//! The terminal while a view has it: the other screen, no cursor, keys as they are pressed; all of
//! it given back at the end, however the end comes. Nothing here knows what is drawn.

use std::io::{self, Write as _};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

use super::Shown;
use super::draw::View;

/// Into the other screen, without a cursor, without line wrap.
const TAKE: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
/// Back again.
const GIVE_BACK: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/// To the top left.
const HOME: &str = "\x1b[H";
/// What is left of this line, and all below.
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &str = "\x1b[J";
/// The size of a terminal that does not tell its own.
const DEFAULT_SIZE: (usize, usize) = (80, 24);

/// Whether this terminal can move its cursor.
pub(super) fn can_draw() -> bool {
    let kind = std::env::var("TERM").unwrap_or_default();
    !kind.is_empty() && kind != "dumb"
}

/// The terminal, taken.
pub(super) struct Screen {
    /// How the terminal took keys before.
    before: Option<Termios>,
    has_colours: bool,
    /// Whether the next drawing begins on an empty screen.
    is_stale: bool,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn take() -> io::Result<Self> {
        let screen = Self {
            before: take_keys(),
            has_colours: anstream::AutoStream::choice(&io::stdout())
                != anstream::ColorChoice::Never,
            is_stale: true,
        };
        write(TAKE)?;
        Ok(screen)
    }

    /// Has the next drawing begin on an empty screen.
    pub(super) fn clear(&mut self) {
        self.is_stale = true;
    }

    /// Draws over what stands there, so that nothing flickers.
    ///
    /// # Errors
    /// When the terminal cannot be written.
    pub(super) fn draw(&mut self, view: &View<'_>, shown: Option<&Shown>) -> io::Result<()> {
        let (width, height) = size();
        let lines = match shown {
            Some(Shown::Sample(sample)) => view.live(sample, width, height),
            Some(Shown::Lost(why)) => view.lost(why, width),
            None => view.waiting(),
        };
        let mut text = String::from(HOME);
        if std::mem::take(&mut self.is_stale) {
            text.push_str(CLEAR_BELOW);
        }
        for (index, line) in lines.iter().take(height).enumerate() {
            if index > 0 {
                text.push_str("\r\n");
            }
            let line = line.painted(width);
            if self.has_colours {
                text.push_str(&line);
            } else {
                text.push_str(&anstream::adapter::strip_str(&line).to_string());
            }
            text.push_str(CLEAR_LINE);
        }
        text.push_str(CLEAR_BELOW);
        write(&text)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = write(GIVE_BACK);
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, before);
        }
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Columns and lines.
fn size() -> (usize, usize) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => DEFAULT_SIZE,
    }
}

/// Has keys come as they are pressed and not be shown. Ctrl-C stays a signal; Ctrl-Z, which would
/// leave the other screen behind, is off. `None` where standard input is no terminal.
fn take_keys() -> Option<Termios> {
    let before = tcgetattr(io::stdin()).ok()?;
    let mut taken = before.clone();
    taken.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
    taken.special_codes[SpecialCodeIndex::VSUSP] = 0;
    taken.special_codes[SpecialCodeIndex::VMIN] = 1;
    taken.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(io::stdin(), OptionalActions::Now, &taken).ok()?;
    Some(before)
}
