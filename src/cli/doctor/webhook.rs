//! The receiver of critical incidents: whether it can be reached and would take them. It is asked by a
//! signed `OPTIONS` without an event, so that nobody is told of an incident that there is not.

use crate::cli::run;
use crate::model::{Code, Fault};
use crate::shell::clock::{Clock, SystemClock};
use crate::shell::diagnosis::{Remark, Remarks};
use crate::shell::settings::Webhook;
use crate::shell::webhook::{Tried, Unanswered};

/// Neither path nor secret is ever told: both let others in.
pub async fn look(webhook: Webhook) -> Vec<Remark> {
    let mut remarks = Remarks::about("webhook");
    let settings = match run::webhook_settings(webhook) {
        Ok(settings) => settings,
        Err(fault) => {
            remarks.fault("reach", &fault);
            return remarks.all;
        }
    };
    let (place, over_tls) = settings.receiver.place();
    let tried = settings.receiver.try_out(&settings.secret, SystemClock.now()).await;
    let connected = !matches!(
        tried,
        Tried::Unanswered(Unanswered::Name | Unanswered::Connection | Unanswered::Late, _)
    );
    if connected {
        remarks.ok("reach", format!("{place} takes connections"));
    }
    let secured = !matches!(tried, Tried::Unanswered(Unanswered::Tls, _));
    if connected && secured && over_tls {
        remarks.ok("TLS", "the receiver's certificate is valid and in its name");
    }
    match tried {
        Tried::Answered(status) => say_answer(status, &mut remarks),
        Tried::Unanswered(Unanswered::Tls, fault) => remarks.fault("TLS", &fault),
        Tried::Unanswered(Unanswered::Http | Unanswered::Path, fault) => {
            remarks.fault("answer", &fault);
        }
        Tried::Unanswered(_, fault) => remarks.fault("reach", &fault),
    }
    remarks.all
}

/// What the status says of an event that would be sent.
fn say_answer(status: u16, remarks: &mut Remarks) {
    let refused = |remedy: &str| {
        Fault::new(Code::WHK_002, format!("a request without an event is answered {status}"))
            .help(remedy)
    };
    match status {
        200..=299 => remarks.ok("answer", format!("a signed request is answered {status}")),
        405 | 501 => remarks.ok(
            "answer",
            format!("{status}: it is there and takes no OPTIONS; whether it takes events shows with one"),
        ),
        401 | 403 | 407 => remarks.fault(
            "answer",
            &refused(
                "authorisation is refused: give both ends the same secret, set both clocks, since the \
                 signature covers the moment, and check a token in the path of publish.webhook.url",
            ),
        ),
        404 | 410 => remarks.fault(
            "answer",
            &refused("nothing is found there: correct the path of publish.webhook.url"),
        ),
        300..=399 => remarks.fault(
            "answer",
            &refused("redirections are not followed: name in publish.webhook.url where it leads to"),
        ),
        _ => remarks.warn(
            "answer",
            format!("a request without an event is answered {status}"),
            "see in the receiver's log whether it would take an event",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::{Path, Request, State};
    use axum::http::StatusCode;
    use axum::routing::any;
    use secrecy::SecretString;
    use tokio::net::TcpListener;

    use super::*;
    use crate::shell::diagnosis::Verdict;
    use crate::shell::webhook::{When, signature};

    const SECRET: &str = "a secret of at least 24 characters";

    type Heard = Arc<Mutex<Vec<Request>>>;

    /// Answers with the status that the path asks for.
    async fn answer(
        State(heard): State<Heard>,
        Path((status, _token)): Path<(u16, String)>,
        request: Request,
    ) -> StatusCode {
        heard.lock().unwrap().push(request);
        StatusCode::from_u16(status).unwrap()
    }

    async fn serve() -> (SocketAddr, Heard) {
        let heard = Heard::default();
        let routes = Router::new().route("/{status}/{token}", any(answer));
        let routes = routes.with_state(Arc::clone(&heard));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        (address, heard)
    }

    /// Check and verdict of each remark, having checked that it shows no secret.
    async fn looked(url: String) -> Vec<(&'static str, Verdict, String)> {
        let (url, secret) = (SecretString::from(url), SecretString::from(SECRET));
        let webhook = Webhook { url, secret, authorities: None, when: When::Always };
        let remarks = look(webhook).await.into_iter();
        let told = remarks.map(|remark| {
            let text = format!("{} {}", remark.found, remark.remedy.unwrap_or_default());
            assert!(!text.contains(SECRET) && !text.contains("canary"), "{text}");
            (remark.check, remark.verdict, text)
        });
        told.collect()
    }

    #[tokio::test]
    async fn a_receiver_is_asked_once_signed_and_without_an_event() {
        let (address, heard) = serve().await;
        let told = looked(format!("http://{address}/204/canary")).await;
        let verdicts: Vec<_> = told.iter().map(|(check, verdict, _)| (*check, *verdict)).collect();
        assert_eq!(verdicts, [("reach", Verdict::Ok), ("answer", Verdict::Ok)]);
        let heard = std::mem::take(&mut *heard.lock().unwrap());
        let [request] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!(request.method(), "OPTIONS");
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        let length = request.headers().get("content-length");
        assert!(length.is_none_or(|length| length == "0"), "{length:?}");
        let moment = header("webhook-timestamp").parse().unwrap();
        let expected = signature::of(SECRET.as_bytes(), header("webhook-id"), moment, "");
        assert_eq!(header("webhook-signature"), expected);
    }

    #[tokio::test]
    async fn each_way_to_be_refused_has_its_remedy() {
        let (address, _heard) = serve().await;
        for (status, verdict, remedy) in [
            (401, Verdict::Fault, "authorisation is refused"),
            (403, Verdict::Fault, "authorisation is refused"),
            (404, Verdict::Fault, "correct the path"),
            (308, Verdict::Fault, "redirections are not followed"),
            (405, Verdict::Ok, "takes no OPTIONS"),
            (503, Verdict::Warning, "the receiver's log"),
        ] {
            let told = looked(format!("http://{address}/{status}/canary")).await;
            let (check, found, text) = told.last().unwrap();
            assert_eq!((*check, *found), ("answer", verdict), "{text}");
            assert!(text.contains(remedy) && text.contains(&status.to_string()), "{text}");
        }
    }

    #[tokio::test]
    async fn what_keeps_an_answer_away_is_told_apart() {
        let (address, _heard) = serve().await;
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        for (url, expected, remedy) in [
            (format!("http://{free}/canary"), "reach", "start the receiver"),
            ("https://nowhere.invalid/canary".to_owned(), "reach", "this machine's DNS"),
            (format!("https://localhost:{}/canary", address.port()), "TLS", "certificate"),
            ("http://elsewhere.example/canary".to_owned(), "reach", "https://"),
        ] {
            let told = looked(url).await;
            let (check, verdict, text) = told.last().unwrap();
            assert_eq!((*check, *verdict), (expected, Verdict::Fault), "{text}");
            assert!(text.contains(remedy), "{text}");
        }
    }
}
