//! `publish.webhook`.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::read::Form;
use crate::model::limits::webhook::{AFTER, SECRET_LENGTH};
use crate::policy::document::node::Node;
use crate::policy::document::reader::{Reader, optional};
use crate::shell::webhook::When;

/// Where critical incidents go by HTTP.
#[derive(Debug)]
pub struct Webhook {
    /// Its URL; the path may be a secret.
    pub url: SecretString,
    /// Key of the signatures.
    pub secret: SecretString,
    /// File of the certificate authorities to trust; the system's when `None`.
    pub authorities: Option<PathBuf>,
    /// When it is used.
    pub when: When,
}

impl Form<'_> {
    pub(super) fn webhook(&self, reader: &mut Reader, node: &Node) -> Option<Webhook> {
        let keys = ["url", "url_file", "secret_file", "ca_file", "when", "after"];
        let fields = reader.fields(node, &keys)?;
        let url = self.secret(reader, &fields, "url")?;
        if url.is_none() {
            let help = "add `url: https://host/path`, or `url_file:`";
            reader.fault(fields.place(), "`url` is missing", help);
        }
        let secret = fields
            .required("secret_file", reader)
            .and_then(|node| Some((self.secret_text(reader, node)?, node)));
        let short = |(secret, _): &(SecretString, _)| secret.expose_secret().len() < SECRET_LENGTH;
        if let Some((_, node)) = secret.as_ref().filter(|secret| short(secret)) {
            let cause = format!("the secret is shorter than {SECRET_LENGTH} characters");
            reader.fault(&node.place, cause, "make one with `openssl rand -hex 32`");
        }
        let authorities = optional(&fields, "ca_file", |node| self.path(reader, node));
        let after = optional(&fields, "after", |node| reader.duration(node));
        let after: Option<Duration> = after.map(|after| after.unwrap_or(AFTER));
        let moments = [("kafka_away", false), ("always", true)];
        let always = fields
            .optional("when")
            .map_or(Some(false), |node| reader.one_of(node, "moment", &moments));
        let when = if always? { When::Always } else { When::KafkaAway(after?) };
        Some(Webhook { url: url?, secret: secret?.0, authorities: authorities?, when })
    }
}
