//! `lachan top`: the running filter, live. On a terminal it takes the whole screen and follows its
//! size; into a pipe, or on a terminal that can do nothing, it prints one look after the other.
//!
//! It shows what the log of blocked attempts keeps, and numbers: never an allowed name, never a
//! device. Drawing is plain text with a few escape sequences that every terminal since the VT100
//! knows; a library of widgets would bring some twenty crates for four tables.

pub(super) mod draw;
mod screen;

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use lachan_config::Config;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{self, Sender};

use super::cache::failed;
use crate::cli;
use crate::console::Console;
use crate::control::{Answer, Client, ClientError, Request, Sample};
use crate::database;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::words::Words;
use draw::View;
use screen::Screen;

/// Between two tries to reach a filter that went away.
const RETRY: Duration = Duration::from_secs(1);
/// The width of what is printed where there is no screen.
const PRINTED_WIDTH: usize = 100;

/// Shows the running filter, live.
///
/// # Errors
/// [`Fault`]: the settings, or a filter that cannot be asked.
pub(crate) fn top(asked: &cli::Top, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let config = database::config(&asked.settings)?;
    console.words = Words::of_environment_or(config.school.language);
    let has_screen = std::io::stdout().is_terminal() && screen::can_draw();
    if asked.once || asked.json || !has_screen {
        print(asked, &config, console)?;
    } else {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Fault::Runtime)?;
        runtime.block_on(live(&config, console.words))?;
    }
    Ok(Exit::Done)
}

/// Prints looks until nobody takes them, or one.
fn print(asked: &cli::Top, config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    let broken = |error| failed(config, error);
    let mut samples = Samples::begin(config.control.socket.clone()).map_err(broken)?;
    let view = view(config, console.words);
    loop {
        let sample = samples.next().map_err(broken)?;
        if asked.json {
            let text = serde_json::to_string(&sample).map_err(std::io::Error::from);
            console.line(text.map_err(Fault::Output)?)?;
        } else {
            for line in view.sample(&sample, PRINTED_WIDTH, usize::MAX) {
                console.line(line.painted(PRINTED_WIDTH))?;
            }
        }
        if asked.once {
            return Ok(());
        }
        if !asked.json {
            console.line("")?;
        }
        console.out.flush().map_err(Fault::Output)?;
    }
}

fn view(config: &Config, words: Words) -> View<'_> {
    View {
        words,
        zone: &config.school.time_zone,
    }
}

/// Samples of the running filter.
struct Samples {
    client: Client,
}

impl Samples {
    fn begin(socket: PathBuf) -> Result<Self, ClientError> {
        let mut client = Client::connect(&socket)?;
        client.send(&Request::Top)?;
        Ok(Self { client })
    }

    fn next(&mut self) -> Result<Sample, ClientError> {
        match self.client.next()? {
            Answer::Sample(sample) => Ok(*sample),
            _ => Err(ClientError::Unexpected),
        }
    }
}

/// What happens while the screen is up.
enum Event {
    Sample(Box<Sample>),
    /// The filter went away, or cannot be reached.
    Lost(ClientError),
    Key(u8),
}

/// Draws until somebody has seen enough.
async fn live(config: &Config, words: Words) -> Result<(), Fault> {
    // Before the screen is taken: a filter that does not run is a plain message.
    let socket = config.control.socket.clone();
    let first = Samples::begin(socket.clone()).map_err(|error| failed(config, error))?;
    let (events, mut inbox) = mpsc::channel(8);
    follow(first, socket, events.clone());
    listen_to_keys(events);
    let mut ends = Ends::new().map_err(Fault::Runtime)?;
    let mut resizes = signal(SignalKind::window_change()).map_err(Fault::Runtime)?;
    let mut screen = Screen::take().map_err(Fault::Output)?;
    let view = view(config, words);
    let mut shown = None;
    loop {
        screen.draw(&view, shown.as_ref()).map_err(Fault::Output)?;
        tokio::select! {
            event = inbox.recv() => match event {
                Some(Event::Key(key)) if !is_quit(key) => {}
                Some(Event::Sample(sample)) => shown = Some(Shown::Sample(sample)),
                Some(Event::Lost(error)) => {
                    let path = crate::words::path(&config.control.socket);
                    shown = Some(Shown::Lost(words.control_failed(&path, &error)));
                }
                Some(Event::Key(_)) | None => return Ok(()),
            },
            () = ends.wait() => return Ok(()),
            _ = resizes.recv() => screen.clear(),
        }
    }
}

/// What stands on the screen.
pub(super) enum Shown {
    /// The filter.
    Sample(Box<Sample>),
    /// Why there is nothing to see.
    Lost(String),
}

/// The signals that end the view and give the screen back.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Ends {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// Ctrl-C comes as a signal; these are the other keys people try.
fn is_quit(key: u8) -> bool {
    const ESCAPE: u8 = 0x1B;
    const END_OF_INPUT: u8 = 0x04;
    matches!(key, b'q' | b'Q' | ESCAPE | END_OF_INPUT)
}

/// Follows the filter from a thread, through its restarts, until the view ends.
fn follow(first: Samples, socket: PathBuf, events: Sender<Event>) {
    thread::spawn(move || {
        let mut samples = Ok(first);
        loop {
            let lost = match samples {
                Ok(samples) => send_all(samples, &events),
                Err(error) => error,
            };
            if events.blocking_send(Event::Lost(lost)).is_err() {
                return;
            }
            thread::sleep(RETRY);
            samples = Samples::begin(socket.clone());
        }
    });
}

/// Hands on samples until there are no more, and says why.
fn send_all(mut samples: Samples, events: &Sender<Event>) -> ClientError {
    loop {
        let sent = match samples.next() {
            Ok(sample) => events.blocking_send(Event::Sample(Box::new(sample))),
            Err(error) => return error,
        };
        if sent.is_err() {
            // The view ended, so nobody reads the reason.
            return ClientError::Unexpected;
        }
    }
}

/// Listens to keys from a thread, which ends with the process.
fn listen_to_keys(events: Sender<Event>) {
    if !std::io::stdin().is_terminal() {
        return;
    }
    thread::spawn(move || {
        for key in std::io::stdin().lock().bytes().map_while(Result::ok) {
            if events.blocking_send(Event::Key(key)).is_err() {
                return;
            }
        }
    });
}
