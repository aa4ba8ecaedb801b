//! Telling of harm: the form is read, encrypted where the page did not, and stored. What it says is in no log, no error
//! and no file.

use lachan_store::{ReportError, ReportKind, Sealed};
use lachan_web::{
    Fields, MAX_CONTACT, MAX_STORY, Reply, ReportPage, Sealing, Telling, Written, WrongReport,
    from_page, report_field,
};

use super::blocks::tell;
use super::seal::{Told, seal};
use super::words::KINDS;
use super::{Known, Sent};

impl Known<'_> {
    /// The form, or who else listens.
    pub(super) fn report(&self) -> Reply {
        self.told(match self.recipient() {
            Some(_) => Telling::Form {
                wrong: None,
                written: Written::default(),
            },
            None => Telling::NoCounsellor,
        })
    }

    /// Takes a report.
    pub(super) fn reported(&self, sent: &Sent) -> (u16, Reply) {
        let telling = self.take(sent);
        let status = match telling {
            Telling::Taken | Telling::NoCounsellor => 200,
            Telling::Form { wrong, .. } => match wrong {
                Some(WrongReport::TooMany) => 429,
                Some(WrongReport::NotNow) => 503,
                Some(WrongReport::Stale) => 403,
                _ => 400,
            },
        };
        (status, self.told(telling))
    }

    fn take<'s>(&self, sent: &'s Sent) -> Telling<'s> {
        let wrong = |wrong| Telling::Form {
            wrong: Some(wrong),
            written: sent.written(),
        };
        let Some(recipient) = self.recipient() else {
            return Telling::NoCounsellor;
        };
        if !sent.is_ours {
            return wrong(WrongReport::Stale);
        }
        let fields = &sent.fields;
        let Some(kind) = ReportKind::named(fields.get(report_field::KIND)) else {
            return wrong(WrongReport::Empty);
        };
        let content = match content(fields, &recipient) {
            Ok(content) => content,
            Err(why) => return wrong(why),
        };
        let Some(crowd) = self.pupils.limits.may_report(self.asker.client) else {
            return wrong(WrongReport::TooMany);
        };
        let sealed = match content {
            Content::Sealed(sealed) => sealed,
            Content::Plain(told) => match seal(&recipient, &told) {
                Ok(sealed) => sealed,
                Err(error) => {
                    tracing::error!(%error, "a report could not be encrypted");
                    return wrong(WrongReport::NotNow);
                }
            },
        };
        let at = self.asker.at.map(|at| at.unix);
        match self.pupils.parts.store.add_report(kind, sealed, crowd, at) {
            Ok(_) => Telling::Taken,
            Err(ReportError::TooMany) => wrong(WrongReport::TooMany),
            Err(ReportError::NoKey) => Telling::NoCounsellor,
            Err(error) => {
                let error = super::super::chain(&error);
                tracing::error!(%error, "a report could not be kept");
                wrong(WrongReport::NotNow)
            }
        }
    }

    /// To whom reports are encrypted.
    fn recipient(&self) -> Option<String> {
        let reader = self.pupils.parts.store.reader();
        let key = reader.and_then(|reader| reader.counsellor_key());
        let key = key.inspect_err(tell).ok().flatten();
        key.map(|key| key.recipient)
    }

    fn told(&self, telling: Telling<'_>) -> Reply {
        let recipient = self.recipient();
        let sealing = self.pupils.script.as_ref().zip(recipient.as_deref());
        ReportPage {
            around: self.around,
            telling,
            sealing: sealing.map(|(script, recipient)| Sealing { script, recipient }),
            token: &self.token(),
            kinds: &KINDS,
        }
        .reply()
    }
}

/// What a form brings.
enum Content<'c> {
    /// Encrypted in the page, for the counsellor's key and nobody else's.
    Sealed(Sealed),
    /// As it was written: the browser runs no scripts, or is too old for ours.
    Plain(Told<'c>),
}

/// Reads it.
fn content<'c>(fields: &'c Fields, recipient: &str) -> Result<Content<'c>, WrongReport> {
    let sealed = fields.get(report_field::SEALED);
    if !sealed.is_empty() {
        // For another key than the one in use nobody could open it.
        if fields.get(report_field::KEY) != recipient {
            return Err(WrongReport::Stale);
        }
        let sealed = from_page(sealed).and_then(|bytes| Sealed::new(bytes).ok());
        return sealed.map(Content::Sealed).ok_or(WrongReport::NotNow);
    }
    let story = fields.get(report_field::STORY).trim();
    let contact = fields.get(report_field::CONTACT).trim();
    if story.is_empty() {
        return Err(WrongReport::Empty);
    }
    // Browsers send line ends as two characters, and count them as one.
    let length = story.chars().filter(|c| *c != '\r').count();
    if length > MAX_STORY || contact.chars().count() > MAX_CONTACT {
        return Err(WrongReport::TooLong);
    }
    Ok(Content::Plain(Told {
        version: 1,
        story,
        contact,
    }))
}

impl Sent {
    /// What was written, to stand in the form that comes back; nothing of what another site sent.
    fn written(&self) -> Written<'_> {
        if !self.is_own {
            return Written::default();
        }
        Written {
            kind: self.fields.get(report_field::KIND),
            story: self.fields.get(report_field::STORY).trim(),
            contact: self.fields.get(report_field::CONTACT).trim(),
        }
    }
}
