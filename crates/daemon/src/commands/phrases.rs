//! `lachan phrases`: which phrases stand in a page, and what each tier gets for it. The page is read
//! and scored by the same code as on its way through the proxy.

mod explain;
mod fetch;
mod judge;
mod source;
mod text;

use crate::cli::{Explain, Phrases};
use crate::console::Console;
use crate::exit::Exit;
use crate::fault::Fault;
pub(crate) use fetch::FetchError;
use judge::Judge;
pub(crate) use judge::UnusablePhrases;
use source::Body;

/// Carries out a command about phrases.
///
/// # Errors
/// [`Fault`]: the page, the ruleset or the rules.
pub(crate) fn phrases(asked: &Phrases, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let Phrases::Explain(asked) = asked;
    explain(asked, console)
}

fn explain(asked: &Explain, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let judge = Judge::of(asked)?;
    let body = Body::of(asked, console)?;
    let explanation = explain::explain(&judge, &body, asked.tier);
    if asked.json {
        console.json(&explanation)?;
    } else {
        text::print(&explanation, &judge, console)?;
    }
    Ok(Exit::Done)
}
