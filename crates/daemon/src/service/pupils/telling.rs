//! Telling of harm: the form is read, encrypted and stored. What it says is in no log, no error and no file.

use lachan_store::{ReportError, ReportKind};
use lachan_web::{
    MAX_CONTACT, MAX_STORY, Reply, ReportPage, Telling, Written, WrongReport, report_field,
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
        let story = fields.get(report_field::STORY).trim();
        let contact = fields.get(report_field::CONTACT).trim();
        let Some(kind) = ReportKind::named(fields.get(report_field::KIND)) else {
            return wrong(WrongReport::Empty);
        };
        if story.is_empty() {
            return wrong(WrongReport::Empty);
        }
        // Browsers send line ends as two characters, and count them as one.
        let length = story.chars().filter(|c| *c != '\r').count();
        if length > MAX_STORY || contact.chars().count() > MAX_CONTACT {
            return wrong(WrongReport::TooLong);
        }
        let Some(crowd) = self.pupils.limits.may_report(self.asker.client) else {
            return wrong(WrongReport::TooMany);
        };
        let told = Told {
            version: 1,
            story,
            contact,
        };
        let sealed = match seal(&recipient, &told) {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::error!(%error, "a report could not be encrypted");
                return wrong(WrongReport::NotNow);
            }
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
        ReportPage {
            around: self.around,
            telling,
            token: &self.token(),
            kinds: &KINDS,
        }
        .reply()
    }
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
