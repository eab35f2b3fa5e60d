//! `/incidents`: what has been detected, and what people do about it. `/timelines`: what is on record of
//! a person.
//!
//! Every request needs a token (RFC 6750); without tokens in the settings nothing is answered here.
//! The name of the token says in which role something was done. What is answered about an incident is
//! the body of its last event.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::engine::Whom;
use crate::model::{
    Act, Action, Channel, Code, Fault, Incident, Instruction, Reference, TableName, Timestamp,
};
use crate::shell::clock::Clock;
use crate::shell::desk::Desk;
use crate::wire;

/// How long an answer may take: a copy of a large table does not hold one up, a full disk does.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a request's body that are read.
const BODY_BYTES: usize = 16 << 10;

/// A token and the role that it stands for.
#[derive(Clone, Debug)]
pub struct Token {
    /// The role, such as `data-protection-officer`.
    pub name: String,
    /// What a request shows.
    pub secret: SecretString,
}

/// What the interface answers from.
#[derive(Clone)]
pub struct Api {
    desk: Desk,
    tokens: Arc<[Token]>,
    clock: Arc<dyn Clock>,
}

impl Api {
    /// Answers whoever shows one of these tokens.
    pub fn new(desk: Desk, tokens: Vec<Token>, clock: Arc<dyn Clock>) -> Self {
        Api { desk, tokens: tokens.into(), clock }
    }

    /// Its routes.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/incidents", get(list))
            .route("/incidents/{id}", get(show))
            .route("/incidents/{id}/acts", post(act))
            .route("/timelines", post(timeline))
            .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES))
            .with_state(self)
    }

    /// In which role a request is made. Hashes are compared, so that how long it takes says nothing
    /// about a token.
    fn role(&self, headers: &HeaderMap) -> Result<&str, Fault> {
        let refused = |cause: &str| Fault::new(Code::API_001, cause);
        if self.tokens.is_empty() {
            return Err(refused("the settings name no token"));
        }
        let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer "));
        let shown = Sha256::digest(shown.ok_or_else(|| refused("no token was shown"))?);
        let fits = |token: &&Token| Sha256::digest(token.secret.expose_secret()) == shown;
        let token = self.tokens.iter().find(fits);
        Ok(&token.ok_or_else(|| refused("the token is not one of the settings"))?.name)
    }
}

async fn list(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Refusal> {
    api.role(&headers)?;
    let incidents = in_time(api.desk.list()).await?;
    let bodies: Result<Vec<Box<RawValue>>, Fault> = incidents.iter().map(body).collect();
    Ok(Json(bodies?).into_response())
}

async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    api.role(&headers)?;
    let incident = in_time(api.desk.show(named(&id)?)).await?;
    Ok(Json(body(&incident)?).into_response())
}

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    action: Action,
    reason: String,
    /// RFC 3339.
    aware: Option<String>,
}

async fn act(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Refusal> {
    let by = api.role(&headers)?.to_owned();
    // What cannot be read is not repeated.
    let unreadable = |cause: &str| Fault::new(Code::INC_003, cause);
    let asked: Asked = serde_json::from_slice(&content).map_err(|_| {
        unreadable("the request is no JSON object with `action`, `reason` and perhaps `aware`")
    })?;
    let aware = asked.aware.map(|text| {
        Timestamp::parse(&text).ok_or_else(|| unreadable("`aware` is no time, as in RFC 3339"))
    });
    let Asked { action, reason, .. } = asked;
    let act = Act { action, time: api.clock.now(), by, reason, aware: aware.transpose()? };
    let instruction = Instruction { incident: named(&id)?, act };
    let incident = in_time(api.desk.instruct(instruction)).await?;
    Ok(Json(body(&incident)?).into_response())
}

/// Whom is asked about: exactly one of the three.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum AskedAbout {
    Reference { reference: Reference },
    Row { table: TableName, key: String },
    ContactPoint { channel: Channel, contact_point: String },
}

/// The body names the person, so that no address of a page does.
async fn timeline(
    State(api): State<Api>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Refusal> {
    api.role(&headers)?;
    // What cannot be read is not repeated.
    let asked: AskedAbout = serde_json::from_slice(&content).map_err(|_| {
        let cause = "the request is no JSON object with `reference`, with `table` and `key`, or with \
                     `channel` and `contact_point`";
        Fault::new(Code::API_003, cause)
    })?;
    let whom = match asked {
        AskedAbout::Reference { reference } => Whom::Reference(reference),
        AskedAbout::Row { table, key } => Whom::Row(table, key),
        AskedAbout::ContactPoint { channel, contact_point } => {
            Whom::ContactPoint(channel, contact_point)
        }
    };
    let body = in_time(api.desk.timeline(whom)).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn named(id: &str) -> Result<Uuid, Fault> {
    id.parse().map_err(|_| Fault::new(Code::INC_001, "this is no incident's id"))
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let late = |_| Fault::new(Code::API_002, "no answer within 10 seconds");
    tokio::time::timeout(PATIENCE, answer).await.map_err(late)?
}

fn body(incident: &Incident) -> Result<Box<RawValue>, Fault> {
    RawValue::from_string(wire::incident_body(incident))
        .map_err(|_| Fault::new(Code::API_002, "the incident cannot be written as JSON"))
}

/// A fault as an answer.
struct Refusal(Fault);

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Refusal(fault)
    }
}

/// A fault as JSON.
#[derive(Serialize)]
struct Explained<'a> {
    code: Code,
    title: &'a str,
    cause: &'a str,
    remedy: &'a str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal(fault) = self;
        let statuses = [
            (Code::API_001, StatusCode::UNAUTHORIZED),
            (Code::API_003, StatusCode::UNPROCESSABLE_ENTITY),
            (Code::INC_001, StatusCode::NOT_FOUND),
            (Code::INC_002, StatusCode::CONFLICT),
            (Code::INC_003, StatusCode::UNPROCESSABLE_ENTITY),
        ];
        let known = statuses.into_iter().find(|(code, _)| *code == fault.code);
        let status = known.map_or(StatusCode::SERVICE_UNAVAILABLE, |(_, status)| status);
        let (code, title) = (fault.code, fault.code.title());
        let explained = Explained { code, title, cause: &fault.cause, remedy: fault.remedy() };
        let mut answer = (status, Json(explained)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let how = HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, how);
        }
        answer
    }
}
