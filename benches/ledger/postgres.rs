//! The same facts in tables of PostgreSQL, asked for and changed by primary key through statements that are
//! prepared once, over one connection.

use std::fmt::Write as _;
use std::pin::pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::SinkExt;
use lawtail::model::Channel;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

use super::facts::{PERMISSIONS, PURPOSE, Person, in_no_order};
use super::{TRANSACTION, median, pseudonyms};

/// References as lawtail keeps them, and what a judgement needs of each fact.
const TABLES: &str = "
CREATE TABLE contact_points (subject bytea, channel smallint, point bytea,
  PRIMARY KEY (subject, channel, point));
CREATE TABLE bases (subject bytea, purpose text, basis text NOT NULL, valid_until timestamptz,
  recorded timestamptz NOT NULL, position pg_lsn NOT NULL, PRIMARY KEY (subject, purpose));
CREATE TABLE permissions (holder bytea, channel smallint, purpose text, subject bytea NOT NULL,
  status text NOT NULL, valid_until timestamptz, recorded timestamptz NOT NULL,
  position pg_lsn NOT NULL, PRIMARY KEY (holder, channel, purpose));";

/// What stands behind each permission and basis.
const RECORDED: &str = "\\N\t2026-01-01 12:00:00+00\t0/1F4";

fn connect(url: &str) -> (Runtime, Client) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("runtime");
    let client = runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("server");
        tokio::spawn(connection);
        client
    });
    (runtime, client)
}

pub fn load(url: &str, subjects: u64) {
    let (runtime, client) = connect(url);
    let begun = Instant::now();
    runtime.block_on(async {
        client.batch_execute(TABLES).await.expect("tables");
        copy(&client, "contact_points", subjects, points).await;
        copy(&client, "bases", subjects, bases).await;
        copy(&client, "permissions", subjects, permissions).await;
        client.batch_execute("VACUUM ANALYZE").await.expect("vacuum");
        client.batch_execute("CHECKPOINT").await.expect("checkpoint");
        let query = "SELECT sum(pg_total_relation_size(relid))::bigint FROM pg_stat_user_tables";
        let bytes: i64 = client.query_one(query, &[]).await.expect("size").get(0);
        println!("disk_mib {}", bytes / (1 << 20));
    });
    println!("seconds {:.1}", begun.elapsed().as_secs_f64());
}

async fn copy(client: &Client, table: &str, subjects: u64, lines: fn(&Person, &mut String)) {
    let sink = client.copy_in(&format!("COPY {table} FROM STDIN")).await.expect("copy");
    let mut sink = pin!(sink);
    let mut text = String::new();
    for number in 1..=subjects {
        lines(&Person::new(number), &mut text);
        if text.len() > 1 << 20 || number == subjects {
            sink.send(Bytes::from(std::mem::take(&mut text))).await.expect("send");
        }
    }
    sink.close().await.expect("the copy ends");
}

fn hex(reference: lawtail::model::Reference) -> String {
    let mut text = String::from("\\\\x");
    reference.0.iter().for_each(|byte| write!(text, "{byte:02x}").expect("text grows"));
    text
}

fn points(person: &Person, text: &mut String) {
    let pseudonyms = pseudonyms();
    let subject = hex(person.subject(&pseudonyms));
    for channel in [Channel::Email, Channel::Phone] {
        let point = hex(person.point(channel, &pseudonyms));
        writeln!(text, "{subject}\t{}\t{point}", channel as u8).expect("text grows");
    }
}

fn bases(person: &Person, text: &mut String) {
    let subject = hex(person.subject(&pseudonyms()));
    writeln!(text, "{subject}\tcustomer_relationship\tcontract\t{RECORDED}").expect("text grows");
}

fn permissions(person: &Person, text: &mut String) {
    let pseudonyms = pseudonyms();
    let subject = hex(person.subject(&pseudonyms));
    for (channel, purpose) in PERMISSIONS {
        let holder = hex(person.point(channel, &pseudonyms));
        let channel = channel as u8;
        writeln!(text, "{holder}\t{channel}\t{purpose}\t{subject}\tconfirmed\t{RECORDED}")
            .expect("text grows");
    }
}

pub fn lookups(url: &str, subjects: u64, number: u64) {
    let (runtime, client) = connect(url);
    let pseudonyms = pseudonyms();
    runtime.block_on(async {
        let query = "SELECT status, valid_until, recorded, position FROM permissions
                     WHERE holder = ANY ($1) AND channel = $2 AND purpose = ANY ($3)";
        let query = client.prepare(query).await.expect("a query");
        for pass in ["cold", "warm"] {
            let mut times = Vec::new();
            for person in in_no_order(subjects, number) {
                let holders = person.holders(&pseudonyms).map(|holder| holder.0.to_vec()).to_vec();
                let (channel, purposes) = (Channel::Email as i16, vec![PURPOSE, ""]);
                let begun = Instant::now();
                let found = client.query(&query, &[&holders, &channel, &purposes]).await;
                times.push(begun.elapsed());
                assert_eq!(found.expect("rows").len(), 1, "one permission each");
            }
            let whole: Duration = times.iter().sum();
            println!("{pass}_per_second {:.0}", number as f64 / whole.as_secs_f64());
            println!("{pass}_median {:.2}", median(times));
        }
    });
}

pub fn changes(url: &str, subjects: u64, number: u64) {
    let (runtime, mut client) = connect(url);
    let pseudonyms = pseudonyms();
    runtime.block_on(async {
        let change =
            "UPDATE permissions SET status = 'opted_out', recorded = now(), position = '0/186A0'
                      WHERE holder = $1 AND channel = $2 AND purpose = $3";
        let change = client.prepare(change).await.expect("a statement");
        let people: Vec<Person> = in_no_order(subjects, number).collect();
        let mut times = Vec::new();
        for people in people.chunks(TRANSACTION as usize) {
            let begun = Instant::now();
            let transaction = client.transaction().await.expect("a transaction");
            for person in people {
                let holder = person.point(Channel::Email, &pseudonyms).0.to_vec();
                let (channel, purpose) = (Channel::Email as i16, PURPOSE);
                let changed = transaction.execute(&change, &[&holder, &channel, &purpose]).await;
                assert_eq!(changed.expect("a change"), 1, "one permission each");
            }
            transaction.commit().await.expect("a commit");
            times.push(begun.elapsed() / people.len() as u32);
        }
        println!("change_median {:.2}", median(times));
    });
}
