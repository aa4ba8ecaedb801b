//! `lachan check-config`: the settings file, and the certificate it names, without starting.

use lachan_config::{Config, TEMPLATE, Tls};

use crate::certificate;
use crate::cli;
use crate::console::{Console, WARNING, styled};
use crate::database::config_path;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::time::Now;
use crate::words::path;

/// Tells every mistake of a settings file, or prints the template.
///
/// # Errors
/// [`Fault::Config`] with all mistakes, [`Fault::Certificate`], [`Fault::Output`].
pub(crate) fn check_config(
    asked: &cli::CheckConfig,
    console: &mut Console<'_>,
) -> Result<Exit, Fault> {
    if asked.template {
        return console
            .out
            .write_all(TEMPLATE.as_bytes())
            .map(|()| Exit::Done)
            .map_err(Fault::Output);
    }
    let file = asked.file.as_deref().or(asked.settings.config.as_deref());
    let file = config_path(file);
    match Config::load(&file) {
        Ok(config) => {
            if let Some(tls) = &config.resolver.encrypted.tls {
                check_certificate(tls, console)?;
            }
            console.line(console.words.config_sound(&path(&file)))?;
            Ok(Exit::Done)
        }
        Err(error) => {
            // One run tells everything: what is wrong with the certificate, too.
            let tls = Config::certificate_named_in(&file);
            let checked = tls.map(|tls| check_certificate(&tls, console));
            if let Some(Err(Fault::Certificate(error))) = checked {
                let why = console.words.certificate_error(&error);
                let text = format!("{}: resolver.tls: {why}", path(&file));
                console.note(styled(WARNING, text))?;
            }
            Err(error.into())
        }
    }
}

/// Reads the certificate as the filter would, and tells what it would tell.
fn check_certificate(tls: &Tls, console: &mut Console<'_>) -> Result<(), Fault> {
    let now = Now::system().known().map(|now| now.as_second());
    for concern in certificate::judge(tls, now)? {
        let what = console.words.certificate_concern(&concern);
        let text = console.words.certificate_warning(&what);
        console.note(styled(WARNING, text))?;
    }
    Ok(())
}
