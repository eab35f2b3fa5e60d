//! Sessions of the CRM whose every commit is known, also when its acknowledgement was lost.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lawtail::model::Lsn;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::sleep;
use tokio_postgres::{Client, Error, NoTls, SimpleQueryMessage};

use crate::dice::Dice;
use crate::history::{Due, Expected, Moment, Place, Transaction};
use crate::support::patience::until;
use crate::support::process::subject_of;
use crate::support::rows;

/// Contacts of one large transaction: far above the 64 kB from which PostgreSQL may stream it
/// before it ends.
const LARGE: u64 = 400;

/// What the sessions have committed.
pub struct Chronicle {
    url: Mutex<String>,
    transactions: Mutex<Vec<Transaction>>,
    contacts: Mutex<Vec<u64>>,
    next: AtomicU64,
    life: AtomicU32,
}

/// Whether a transaction was committed, and between which two moments.
type Committed = Option<(Moment, Moment)>;

impl Chronicle {
    /// Nothing yet, of the database at this address. Contacts are numbered from `first` on.
    pub fn new(url: String, first: u64) -> Chronicle {
        Chronicle {
            url: Mutex::new(url),
            transactions: Mutex::default(),
            contacts: Mutex::default(),
            next: AtomicU64::new(first),
            life: AtomicU32::new(0),
        }
    }

    /// Every committed transaction, in the order in which that became known.
    pub fn transactions(&self) -> Vec<Transaction> {
        self.transactions.lock().unwrap().clone()
    }

    /// Every contact that was committed.
    pub fn contacts(&self) -> Vec<u64> {
        self.contacts.lock().unwrap().clone()
    }

    /// From here on positions mean something else.
    pub fn begin_another_life(&self) -> u32 {
        self.life.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The sessions find their database at another address.
    pub fn move_to(&self, url: String) {
        *self.url.lock().unwrap() = url;
    }

    fn url(&self) -> String {
        self.url.lock().unwrap().clone()
    }

    /// In which life of the database we are.
    pub fn life(&self) -> u32 {
        self.life.load(Ordering::SeqCst)
    }

    fn ids(&self, count: u64) -> u64 {
        self.next.fetch_add(count, Ordering::SeqCst)
    }

    fn note(
        &self,
        (before, after): (Moment, Moment),
        contacts: std::ops::Range<u64>,
        expected: Option<Expected>,
    ) {
        self.contacts.lock().unwrap().extend(contacts);
        self.transactions.lock().unwrap().push(Transaction { before, after, expected });
    }
}

/// One session, which comes back whenever it is thrown out.
pub struct Session {
    chronicle: Arc<Chronicle>,
    client: Client,
}

/// Sessions at work.
pub struct Crew {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Crew {
    /// So many sessions, each with its own share of chance.
    pub fn start(chronicle: &Arc<Chronicle>, dice: &mut Dice, count: usize) -> Crew {
        let (stop, stopped) = watch::channel(false);
        let work = |_| {
            let (chronicle, stopped) = (Arc::clone(chronicle), stopped.clone());
            let dice = Dice::new(dice.next());
            spawn_local(async move { Session::open(chronicle).await.work(dice, &stopped).await })
        };
        Crew { tasks: (0..count).map(work).collect(), stop }
    }

    /// Lets each end what it is doing.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

impl Session {
    pub async fn open(chronicle: Arc<Chronicle>) -> Session {
        let client = connect(&chronicle.url()).await;
        Session { chronicle, client }
    }

    /// Works until told to stop.
    async fn work(&mut self, mut dice: Dice, stop: &watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.step(&mut dice).await;
            sleep(Duration::from_millis(dice.below(40))).await;
        }
    }

    async fn step(&mut self, dice: &mut Dice) {
        match dice.below(22) {
            0..5 => drop(self.stranger().await),
            5..9 => self.opted_out().await,
            9..11 => self.opted_in().await,
            11..14 => self.contact().await,
            14 => self.savepoints().await,
            15 => self.large().await,
            16 => self.moved().await,
            17 => self.never("ROLLBACK").await,
            18 => self.never("SELECT 1 / 0; COMMIT").await,
            19 => self.never_large().await,
            20 => self.prepared("COMMIT").await,
            _ => self.prepared("ROLLBACK").await,
        }
    }

    /// A contact without a basis: one finding, after the grace.
    pub async fn stranger(&mut self) -> Option<u64> {
        let id = self.chronicle.ids(1);
        let moments = self.commit(&rows::stranger(id), &is_there(id)).await?;
        self.chronicle.note(moments, id..id + 1, Some(without_basis(id, moments.0)));
        Some(id)
    }

    /// A contact opts out and is written to in a later transaction: one finding, at once.
    async fn opted_out(&mut self) {
        let id = self.chronicle.ids(1);
        let statements = rows::contact(id) + &rows::opt_out(id);
        let Some(moments) = self.commit(&statements, &is_there(id)).await else { return };
        self.chronicle.note(moments, id..id + 1, None);
        let since = moments.0.place;
        let Some(moments) = self.commit(&rows::mail(id), &was_mailed(id)).await else { return };
        let subject = subject_of(id);
        let expected = Expected { code: "CN-002", subject, since, due: Due::AtOnce };
        self.chronicle.note(moments, 0..0, Some(expected));
    }

    /// A contact who asked for it is written to.
    async fn opted_in(&mut self) {
        let id = self.chronicle.ids(1);
        let statements = rows::contact(id) + &rows::opt_in(id);
        let Some(moments) = self.commit(&statements, &is_there(id)).await else { return };
        self.chronicle.note(moments, id..id + 1, None);
        if let Some(moments) = self.commit(&rows::mail(id), &was_mailed(id)).await {
            self.chronicle.note(moments, 0..0, None);
        }
    }

    async fn contact(&mut self) {
        let id = self.chronicle.ids(1);
        if let Some(moments) = self.commit(&rows::contact(id), &is_there(id)).await {
            self.chronicle.note(moments, id..id + 1, None);
        }
    }

    /// Somebody who was rolled back, and somebody after that who was not.
    async fn savepoints(&mut self) {
        let id = self.chronicle.ids(3);
        let statements = [
            &rows::contact(id),
            "SAVEPOINT one;",
            &rows::stranger(id + 1),
            "SAVEPOINT two; ROLLBACK TO one; SAVEPOINT three;",
            &rows::stranger(id + 2),
            "RELEASE three;",
        ];
        let Some(moments) = self.commit(&statements.concat(), &is_there(id)).await else { return };
        self.chronicle.note(moments, id..id + 1, None);
        self.chronicle.note(moments, id + 2..id + 3, Some(without_basis(id + 2, moments.0)));
    }

    async fn large(&mut self) {
        let id = self.chronicle.ids(LARGE + 1);
        let statements = rows::contacts(id..id + LARGE) + &rows::stranger(id + LARGE);
        let Some(moments) = self.commit(&statements, &is_there(id)).await else { return };
        let expected = Some(without_basis(id + LARGE, moments.0));
        self.chronicle.note(moments, id..id + LARGE + 1, expected);
    }

    /// A change that no rule minds, of somebody who may have been there for long.
    async fn moved(&mut self) {
        let statement = "UPDATE crm.contacts SET city = 'Potsdam' WHERE id = 3;";
        if let Some(moments) = self.commit(statement, "true").await {
            self.chronicle.note(moments, 0..0, None);
        }
    }

    /// What is never committed is never found.
    async fn never(&mut self, end: &str) {
        let id = self.chronicle.ids(1);
        let statements = format!("BEGIN; {} {end}", rows::stranger(id));
        let _ = self.client.batch_execute(&statements).await;
        if self.client.batch_execute("ROLLBACK").await.is_err() {
            self.come_back().await;
        }
    }

    async fn never_large(&mut self) {
        let id = self.chronicle.ids(LARGE);
        let statements: String = (id..id + LARGE / 20).map(rows::stranger).collect();
        let statements =
            format!("BEGIN; {statements} {} ROLLBACK", rows::contacts(id + LARGE / 20..id + LARGE));
        if self.client.batch_execute(&statements).await.is_err() {
            self.come_back().await;
        }
    }

    /// A contact without a basis, in two phases: found when it is committed, never when it is rolled
    /// back. What was prepared outlives sessions and crashes, so it is always brought to its end.
    async fn prepared(&mut self, end: &str) {
        let id = self.chronicle.ids(1);
        let name = format!("{} {id}", self.chronicle.life());
        let statements = format!("BEGIN; {} PREPARE TRANSACTION '{name}'", rows::stranger(id));
        if let Err(error) = self.client.batch_execute(&statements).await {
            let told = error.as_db_error().map(|it| it.code().code());
            assert!(told.is_none_or(is_an_end), "{error:?}");
            self.come_back().await;
        }
        let mut asked = None;
        let after = loop {
            match self.settle(&name, end, &mut asked).await {
                Ok(after) => break after,
                Err(_) => self.come_back().await,
            }
        };
        let Some(before) = asked else { return };
        let there = format!("SELECT ({})::text", is_there(id));
        if end == "COMMIT" && self.ask(&there).await[0] == "true" {
            let expected = Some(without_basis(id, before));
            self.chronicle.note((before, after), id..id + 1, expected);
        }
    }

    /// Ends a prepared transaction if it is there. Returns a moment at which it certainly was not;
    /// `asked` is the moment before it was first told to end.
    async fn settle(
        &self,
        name: &str,
        end: &str,
        asked: &mut Option<Moment>,
    ) -> Result<Moment, Error> {
        let there = format!("SELECT 'there' FROM pg_prepared_xacts WHERE gid = '{name}'");
        if !values(&self.client, &there).await?.is_empty() {
            let now = self.moment(&values(&self.client, MOMENT).await?);
            asked.get_or_insert(now);
            self.client.batch_execute(&format!("{end} PREPARED '{name}'")).await?;
        }
        Ok(self.moment(&values(&self.client, MOMENT).await?))
    }

    /// Asks until there is an answer: what has been committed is to be known.
    async fn ask(&mut self, query: &str) -> Vec<String> {
        loop {
            match values(&self.client, query).await {
                Ok(told) => return told,
                Err(_) => self.come_back().await,
            }
        }
    }

    async fn come_back(&mut self) {
        self.client = connect(&self.chronicle.url()).await;
    }

    /// Runs statements as one transaction. `proof` is a condition that it alone makes true.
    async fn commit(&mut self, statements: &str, proof: &str) -> Committed {
        let begin = format!("BEGIN; SELECT pg_current_xact_id()::text; {statements} {MOMENT}");
        let begun = match values(&self.client, &begin).await {
            Ok(begun) => begun,
            Err(error) => {
                // A statement of ours that is wrong would otherwise pass for a fault.
                assert!(
                    error.as_db_error().is_none_or(|it| is_an_end(it.code().code())),
                    "{error:?}"
                );
                self.come_back().await;
                return None;
            }
        };
        let (xid, before) = (&begun[0], self.moment(&begun[1..]));
        match values(&self.client, &format!("COMMIT; {MOMENT}")).await {
            Ok(told) => Some((before, self.moment(&told))),
            Err(_) => {
                self.come_back().await;
                self.has_committed(xid, proof).await.then_some(())?;
                let told = self.ask(MOMENT).await;
                Some((before, self.moment(&told)))
            }
        }
    }

    /// What became of a transaction whose acknowledgement was lost. Its number alone does not tell:
    /// one that a crash has swallowed whole leaves it to another.
    async fn has_committed(&mut self, xid: &str, proof: &str) -> bool {
        loop {
            let query = format!("SELECT pg_xact_status('{xid}'::xid8), ({proof})::text");
            match values(&self.client, &query).await {
                Ok(status) if status[0] == "in progress" => {
                    sleep(Duration::from_millis(20)).await;
                }
                Ok(status) => return status[0] == "committed" && status[1] == "true",
                Err(error) => {
                    // Not given out again since the crash.
                    if error.as_db_error().is_some_and(|it| it.code().code() == "22023") {
                        return false;
                    }
                    self.come_back().await;
                }
            }
        }
    }

    fn moment(&self, told: &[String]) -> Moment {
        let lsn: Lsn = told[0].parse().unwrap();
        let place = Place { life: self.chronicle.life(), lsn: lsn.0 };
        Moment { place, micros: told[1].parse().unwrap() }
    }
}

const MOMENT: &str = "SELECT pg_current_wal_insert_lsn()::text, \
    (extract(epoch FROM clock_timestamp()) * 1000000)::int8::text;";

fn without_basis(id: u64, before: Moment) -> Expected {
    let subject = subject_of(id);
    Expected { code: "LB-001", subject, since: before.place, due: Due::AfterGrace }
}

fn is_there(id: u64) -> String {
    format!("EXISTS (SELECT FROM crm.contacts WHERE id = {id})")
}

fn was_mailed(id: u64) -> String {
    format!("EXISTS (SELECT FROM crm.sends WHERE contact_id = {id})")
}

/// The server ended the session or the transaction, and not because of what we asked
/// (PostgreSQL manual, appendix "PostgreSQL Error Codes": connection exceptions and operator
/// intervention).
fn is_an_end(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("57")
}

/// Every value of every row.
pub async fn values(client: &Client, statements: &str) -> Result<Vec<String>, Error> {
    let mut values = Vec::new();
    for message in client.simple_query(statements).await? {
        if let SimpleQueryMessage::Row(row) = message {
            let cells = (0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned());
            values.extend(cells);
        }
    }
    Ok(values)
}

/// A session as soon as the server gives one. Its commits are in the log when they return.
pub async fn connect(url: &str) -> Client {
    until("a session", async || {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.ok()?;
        tokio::spawn(connection);
        client.batch_execute("SET synchronous_commit = on").await.ok()?;
        Some(client)
    })
    .await
}
