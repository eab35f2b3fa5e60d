//! A critical incident while Kafka is away.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::{Crm, Home, rows};

const WAITING: &str = "lawtail_webhook_waiting_events";
const FAILED: &str = "lawtail_webhook_attempts_total{outcome=\"failed\"}";
const DELIVERED: &str = "lawtail_webhook_attempts_total{outcome=\"delivered\"}";

/// A receiver that keeps what it is told.
async fn receive(address: &str) -> (String, Arc<Mutex<Vec<String>>>, JoinHandle<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    let keep = async move |body: String| {
        kept.lock().unwrap().push(body);
        StatusCode::OK
    };
    let routes = Router::new().route("/hook", post(keep));
    let task = tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
    (address, told, task)
}

#[tokio::test]
async fn while_kafka_is_away_a_receiver_is_told_also_after_both_were_killed() {
    let crm = Crm::new("webhook").await;
    crm.run(&rows::contacts(1..60)).await;
    let (address, _, task) = receive("127.0.0.1:0").await;
    task.abort();
    let webhook = format!("{{url: 'http://{address}/hook', secret_file: hook.secret, after: 1s}}");
    let kafka = "{brokers: ['127.0.0.1:1'], prefix: crm}";
    let home = Home::following(&crm)
        .with("publish", &format!("{{kafka: {kafka}, webhook: {webhook}}}"))
        .with("store", "{folder: store, encryption_key: store.key}");
    home.write("hook.secret", "0123456789abcdef0123456789abcdef\n");
    home.write("store.key", [7; 32]);
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run("DELETE FROM crm.contacts WHERE id BETWEEN 10 AND 49").await;
    lawtail.until_metric(WAITING, |events| events >= 1.0).await;
    lawtail.until_metric(FAILED, |attempts| attempts >= 1.0).await;
    assert_eq!(lawtail.said("the webhook failed")[0]["code"], "WHK-001");
    lawtail.kill();

    let (_, told, task) = receive(&address).await;
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    lawtail.until_metric(DELIVERED, |events| events >= 1.0).await;
    lawtail.until_metric(WAITING, |events| events == 0.0).await;
    lawtail.terminate().await.assert_clean();
    task.abort();
    let told = told.lock().unwrap().clone();
    let event: serde_json::Value = serde_json::from_str(&told[0]).unwrap();
    assert_eq!(event["type"], "eu.lawtail.incident.v1");
    assert_eq!(event["data"]["metadata"]["event_code"], "SEC-002", "{event:#}");
    assert!(!told.concat().contains("@example.org"));
}
