//! Against a real server: whose transaction is open, and what the circuit breaker does to it.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use super::*;
use crate::shell::cluster::{Cluster, ClusterSettings};
use crate::shell::source::postgres::Address;
use crate::shell::source::postgres::breaker::Account;
use crate::shell::source::postgres::control::Control;

const PASSWORD: &str = "secret";

/// A cluster, a session of its superuser, and one of a role that may do nothing in particular.
struct Scene {
    cluster: Cluster,
    admin: Client,
    control: Control,
}

impl Scene {
    async fn new() -> Self {
        let started = tokio::task::spawn_blocking(|| Cluster::start(ClusterSettings::default()));
        let cluster = started.await.unwrap().unwrap();
        let admin = connect(&cluster.url("postgres")).await;
        let roles = format!(
            "CREATE ROLE watcher LOGIN NOINHERIT PASSWORD '{PASSWORD}';
             CREATE ROLE crm LOGIN PASSWORD '{PASSWORD}';
             CREATE TABLE t (i int); GRANT INSERT ON t TO crm"
        );
        admin.batch_execute(&roles).await.unwrap();
        let address = Address::parse(&cluster.url_of("watcher", PASSWORD, "postgres")).unwrap();
        let control = Control::open(&address, None, "lawtail/test").await.unwrap();
        Scene { cluster, admin, control }
    }

    async fn run(&self, statement: &str) {
        self.admin.batch_execute(statement).await.unwrap();
    }

    /// A transaction that has changed something and now runs a long statement.
    async fn busy(&self) -> (u32, JoinHandle<Result<(), tokio_postgres::Error>>) {
        let client = connect(&self.cluster.url_of("crm", PASSWORD, "postgres")).await;
        let begin = "SET application_name = 'nightly'; BEGIN; INSERT INTO t VALUES (1)";
        client.batch_execute(begin).await.unwrap();
        let row = client.query_one("SELECT pg_current_xact_id()::text", &[]).await.unwrap();
        let xid = row.get::<_, String>(0).parse().unwrap();
        let running =
            tokio::spawn(async move { client.batch_execute("SELECT pg_sleep(600)").await });
        let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while self.admin.query_one(sleeping, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        (xid, running)
    }

    /// What is told of an open transaction.
    async fn told(&self, breaker: &CircuitBreaker, question: Question) -> Vec<News> {
        let (_, backends) = Backends::new(breaker.clone());
        let events = backends.answer(&self.control.asker(), question).await;
        let news = |event| match event {
            Event::Uncommitted(told) => {
                assert_eq!((told.xid, told.first), (question.xid, question.first));
                told.news
            }
            other => panic!("{other:?} is no news"),
        };
        events.into_iter().map(news).collect()
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn breaker(mode: BreakerMode) -> CircuitBreaker {
    CircuitBreaker { mode, allow: Vec::new() }
}

fn alarm(xid: u32) -> Question {
    Question { xid, first: Lsn(7), alarmed: true }
}

fn interruption(news: &[News]) -> Option<Interruption> {
    news.iter().find_map(|news| match news {
        News::Interrupted(interruption) => Some(*interruption),
        _ => None,
    })
}

#[tokio::test]
async fn whose_transaction_it_is_takes_no_right_but_the_address_does() {
    let scene = Scene::new().await;
    let (xid, running) = scene.busy().await;
    let on = breaker(BreakerMode::On);
    let seen = Question { alarmed: false, ..alarm(xid) };
    for (grant, address) in [
        ("SELECT 1", ""),
        ("ALTER ROLE watcher INHERIT; GRANT pg_read_all_stats TO watcher", "127.0.0.1"),
    ] {
        scene.run(grant).await;
        let told = scene.told(&on, seen).await;
        let [News::Backend(backend)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((backend.user.as_str(), backend.application.as_str()), ("crm", "nightly"));
        assert_eq!(backend.address, address);
    }
    assert_eq!(scene.told(&on, alarm(xid + 1_000)).await, [News::Interrupted(Interruption::Gone)]);
    assert_eq!(scene.told(&breaker(BreakerMode::Off), alarm(xid + 1_000)).await, []);
    assert!(!running.is_finished(), "asking harms nobody");
    running.abort();
}

#[tokio::test]
async fn exactly_the_backend_of_the_alarm_is_cancelled_and_only_when_told_to() {
    let scene = Scene::new().await;
    let (xid, running) = scene.busy().await;
    let dry = scene.told(&breaker(BreakerMode::DryRun), alarm(xid)).await;
    assert_eq!(interruption(&dry), Some(Interruption::WouldCancel));
    let refused = scene.told(&breaker(BreakerMode::On), alarm(xid)).await;
    assert_eq!(interruption(&refused), Some(Interruption::Refused), "pg_signal_backend is missing");
    scene.run("GRANT pg_signal_backend TO watcher").await;
    let refused = scene.told(&breaker(BreakerMode::On), alarm(xid)).await;
    assert_eq!(interruption(&refused), Some(Interruption::Refused), "and not inherited");
    scene.run("REVOKE pg_signal_backend FROM watcher; ALTER ROLE watcher INHERIT").await;
    scene.run("GRANT pg_signal_backend TO watcher").await;
    let account = Account { user: None, application: Some("nightly".into()) };
    let spared = CircuitBreaker { mode: BreakerMode::On, allow: vec![account] };
    let allowed = scene.told(&spared, alarm(xid)).await;
    assert_eq!(interruption(&allowed), Some(Interruption::Allowed));
    // The same backend with another transaction is not the one that was meant.
    let [News::Backend(backend), _] = dry.as_slice() else { panic!("{dry:?}") };
    let other = breaker(BreakerMode::On).act(&scene.control.asker(), xid + 1, backend).await;
    assert_eq!(other, Some(Interruption::Gone));
    assert!(!running.is_finished());
    let cancelled = scene.told(&breaker(BreakerMode::On), alarm(xid)).await;
    assert_eq!(interruption(&cancelled), Some(Interruption::Cancelled));
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::QUERY_CANCELED));
}

#[tokio::test]
async fn answers_come_as_news_beside_the_stream() {
    let scene = Scene::new().await;
    let (xid, running) = scene.busy().await;
    let (questions, mut backends) = Backends::new(breaker(BreakerMode::DryRun));
    questions.seen(xid, Lsn(7));
    questions.alarmed(xid, Lsn(7));
    let (sender, mut events) = mpsc::channel::<Handover>(4);
    let answers = async {
        let seen = events.recv().await.unwrap().unwrap().events.len();
        let alarmed = events.recv().await.unwrap().unwrap().events.len();
        (seen, alarmed)
    };
    let asker = scene.control.asker();
    tokio::select! {
        never = backends.run(asker, sender) => match never {},
        told = answers => assert_eq!(told, (1, 2)),
    }
    running.abort();
}

#[tokio::test]
async fn an_alarm_whose_answer_was_cut_off_is_answered_on_the_next_connection() {
    let scene = Scene::new().await;
    let (xid, running) = scene.busy().await;
    let (questions, mut backends) = Backends::new(breaker(BreakerMode::DryRun));
    questions.alarmed(xid, Lsn(7));
    let (sender, mut events) = mpsc::channel::<Handover>(1);
    // Nobody takes what is there already, so the answer is on its way when its connection ends.
    sender.send(Ok(Batch::default())).await.unwrap();
    let cut_off = tokio::time::timeout(
        Duration::from_secs(2),
        backends.run(scene.control.asker(), sender.clone()),
    );
    assert!(cut_off.await.is_err());
    assert_eq!(events.recv().await.unwrap().unwrap().events.len(), 0);
    let told = tokio::select! {
        never = backends.run(scene.control.asker(), sender) => match never {},
        told = events.recv() => told.unwrap().unwrap(),
    };
    let news = told.events.iter().map(|event| match event {
        Event::Uncommitted(told) => told.news.clone(),
        other => panic!("{other:?} is no news"),
    });
    let news: Vec<News> = news.collect();
    assert_eq!(interruption(&news), Some(Interruption::WouldCancel));
    running.abort();
}
