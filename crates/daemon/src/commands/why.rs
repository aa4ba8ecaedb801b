//! `lachan why`: the verdict on a name, the chain of reasons behind it, and what the other tiers
//! get. Asks the same [`lachan_policy::Policy::decide_traced`] as the filter. Sealed entries are
//! passed over there, so they show nowhere here. With a request code: what it stands for.

mod client;
mod code;
mod explain;
mod question;
mod text;
pub(crate) mod web;

use crate::cli;
use crate::console::Console;
use crate::exit::Exit;
use crate::fault::Fault;
use question::Question;

/// Explains a name.
///
/// # Errors
/// [`Fault`]: the name, the time, the group, or a file that cannot be used.
pub(crate) fn why(asked: &cli::Why, console: &mut Console<'_>) -> Result<Exit, Fault> {
    if let Some(code) = asked.code {
        return code::by_code(asked, code, console);
    }
    let question = Question::of(asked)?;
    if question.is_from_url && !asked.json {
        console.note(console.words.only_the_host(&question.name.to_unicode()))?;
    }
    let explanation = explain::explain(&question);
    if asked.json {
        console.json(&explanation)?;
    } else {
        text::print(&question, &explanation, console)?;
    }
    Ok(Exit::Done)
}
