//! `/metrics`, `/livez` and `/readyz`, open to whoever reaches them, and [`api`], which asks for a
//! token.
//!
//! Without any name of a person; it binds to the loopback address unless told otherwise.

pub mod api;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::api::Api;
use super::health::Report;
use super::monitor::Monitor;
use crate::model::{Code, Fault};

/// How long an answer that is under way may still take when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// The server, until it is stopped or dropped.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Binds the address (port 0 takes a free one) and answers from then on.
    ///
    /// # Errors
    /// [`Code::NET_001`] when the address cannot be bound.
    pub async fn start(
        listen: SocketAddr,
        monitor: Arc<Monitor>,
        api: Api,
    ) -> Result<Server, Fault> {
        let unbound = |error: std::io::Error| {
            Fault::new(Code::NET_001, format!("{listen} cannot be bound: {error}"))
        };
        let listener = TcpListener::bind(listen).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let routes = Router::new()
            .route("/metrics", get(metrics))
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .with_state(monitor)
            .merge(api.routes());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, routes).with_graceful_shutdown(async {
            // An error means that the handle was dropped, which is a stop as well.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async { serving.await });
        Ok(Server { address, stop, task })
    }

    /// The address that was bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: answers under way are finished, as long as that takes a moment.
    pub async fn stop(mut self) {
        // An error means that it has ended already.
        let _ = self.stop.send(());
        if tokio::time::timeout(LAST_ANSWERS, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

async fn metrics(State(monitor): State<Arc<Monitor>>) -> impl IntoResponse {
    let text = monitor.text();
    ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text)
}

async fn livez(State(monitor): State<Arc<Monitor>>) -> Response {
    answer(monitor.health().live())
}

async fn readyz(State(monitor): State<Arc<Monitor>>) -> Response {
    answer(monitor.health().ready())
}

fn answer(report: Report) -> Response {
    let status = if report.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::engine::detect::trial::policies;
    use crate::model::limits::SILENCE_TIMEOUT;
    use crate::model::{Lsn, Timestamp};
    use crate::shell::clock::ManualClock;
    use crate::shell::desk::Desk;

    const LOOPBACK: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    async fn started() -> (Arc<ManualClock>, Arc<Monitor>, Server) {
        let clock = Arc::new(ManualClock::at(Timestamp(1_700_000_000_000_000)));
        let monitor = Arc::new(Monitor::new(&policies(), clock.clone()));
        let server = Server::start(LOOPBACK, Arc::clone(&monitor), api(&clock)).await.unwrap();
        (clock, monitor, server)
    }

    /// Nobody answers behind it.
    fn api(clock: &Arc<ManualClock>) -> Api {
        Api::new(Desk::open().0, Vec::new(), clock.clone())
    }

    /// Status line and body.
    async fn read(address: SocketAddr, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: lawtail\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    }

    #[tokio::test]
    async fn metrics_are_served_in_the_text_format() {
        let (_, monitor, server) = started().await;
        monitor.settled(Lsn(30), Lsn(10), 1_234);
        let (head, body) = read(server.address(), "/metrics").await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
        assert!(body.contains("\nlawtail_slot_retained_bytes 1234\n"));
        assert!(body.contains("\n# TYPE lawtail_change_latency_seconds histogram\n"));
        server.stop().await;
    }

    #[tokio::test]
    async fn readiness_follows_the_wire_and_says_why() {
        let (clock, monitor, server) = started().await;
        let (head, body) = read(server.address(), "/readyz").await;
        assert!(head.starts_with("http/1.1 503"), "{head}");
        assert!(body.contains("nothing has come from the database yet"), "{body}");
        monitor.received();
        let (head, body) = read(server.address(), "/readyz").await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        let report: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(report["ok"], true);
        assert_eq!(report["checks"].as_array().unwrap().len(), 5);
        clock.pass(2 * SILENCE_TIMEOUT);
        assert!(read(server.address(), "/readyz").await.0.starts_with("http/1.1 503"));
        server.stop().await;
    }

    #[tokio::test]
    async fn liveness_ends_with_the_run_loop() {
        let (_, monitor, server) = started().await;
        assert!(read(server.address(), "/livez").await.0.starts_with("http/1.1 200"));
        monitor.stopped();
        assert!(read(server.address(), "/livez").await.0.starts_with("http/1.1 503"));
        assert!(read(server.address(), "/other").await.0.starts_with("http/1.1 404"));
        server.stop().await;
    }

    #[tokio::test]
    async fn an_address_in_use_is_a_fault_with_a_remedy() {
        let (clock, monitor, server) = started().await;
        let fault = Server::start(server.address(), monitor, api(&clock)).await.err().unwrap();
        assert_eq!(fault.code, Code::NET_001);
        assert!(fault.cause.contains(&server.address().to_string()), "{}", fault.cause);
        server.stop().await;
    }

    #[tokio::test]
    async fn a_stopped_server_answers_no_more() {
        let (_, _, server) = started().await;
        let address = server.address();
        // A client that keeps its connection open and asks nothing must not hold up the stop.
        let _idle = TcpStream::connect(address).await.unwrap();
        server.stop().await;
        assert!(TcpStream::connect(address).await.is_err());
    }
}
