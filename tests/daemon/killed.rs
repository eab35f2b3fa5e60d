//! SIGKILL at any instant loses nothing and repeats nothing but whole events as they were.

use std::time::Duration;

use lawtail::model::Lsn;
use lawtail::shell::contract::Store;
use tokio::time::{Instant, sleep};

use crate::dice::Dice;
use crate::support::published::{assert_valid, assert_verified};
use crate::support::{Crm, Home, rows};

/// Instants and traffic follow from it.
const SEED: u64 = 1;

/// How often it is killed.
const KILLS: u32 = 8;

/// A working day of the CRM, and what should be found about it.
struct Traffic {
    dice: Dice,
    next: u64,
    expected: Vec<(String, Option<String>)>,
}

impl Traffic {
    /// Lawful and unlawful work in small transactions until a moment.
    async fn until(&mut self, end: Instant, crm: &Crm, home: &Home) {
        while Instant::now() < end {
            self.step(crm, home).await;
            sleep(Duration::from_millis(self.dice.below(20))).await;
        }
    }

    async fn step(&mut self, crm: &Crm, home: &Home) {
        let choice = self.dice.below(4);
        if choice == 0 {
            return self.stranger(crm, home).await;
        }
        let id = self.next;
        self.next += 1;
        match choice {
            1 => {
                crm.run(&(rows::contact(id) + &rows::opt_out(id))).await;
                crm.run(&rows::mail(id)).await;
                self.expected.push(home.after_opt_out(id));
            }
            2 => {
                crm.run(&(rows::contact(id) + &rows::opt_in(id))).await;
                crm.run(&rows::mail(id)).await;
            }
            _ => crm.run(&rows::contact(id)).await,
        }
    }

    /// Somebody whom nothing allows to be kept.
    async fn stranger(&mut self, crm: &Crm, home: &Home) {
        crm.run(&rows::stranger(self.next)).await;
        self.expected.push(home.without_basis(self.next));
        self.next += 1;
    }
}

#[tokio::test]
async fn killed_at_any_instant_it_finds_everything_and_nothing_twice() {
    let crm = Crm::new("killed").await;
    crm.run(&rows::contacts(1..100)).await;
    let home = Home::following(&crm);
    let mut traffic = Traffic { dice: Dice::new(SEED), next: 1_000, expected: Vec::new() };
    // The copy is over: what is committed while an interrupted one goes on is a gap, see below.
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    traffic.stranger(&crm, &home).await;
    lawtail.until_found(&home, "LB-001", traffic.next - 1).await;
    lawtail.kill();
    for round in 0..KILLS {
        let mut lawtail = home.start();
        // Every other time it is killed while it starts.
        if round % 2 == 0 {
            lawtail.until_streaming().await;
        }
        let instant = Duration::from_millis(traffic.dice.below(1_500));
        traffic.until(Instant::now() + instant, &crm, &home).await;
        lawtail.kill();
        traffic.step(&crm, &home).await;
    }
    let mut lawtail = home.start();
    traffic.stranger(&crm, &home).await;
    lawtail.until_found(&home, "LB-001", traffic.next - 1).await;
    lawtail.terminate().await.assert_clean();

    traffic.expected.sort();
    assert!(traffic.expected.len() > 20, "hardly anything happened");
    // Reading checks that an id which comes again comes with the same content.
    assert_eq!(home.published().facts(), traffic.expected, "seed {SEED}");
    assert_valid(&home.events());
    assert_verified(&home.events());
}

/// Rows of the initial copy: several batches, so that there are seconds between the first and the last of them.
const ROWS: u64 = 30_000;

#[tokio::test]
async fn killed_in_the_initial_copy_it_goes_on_and_comes_to_the_same_end() {
    let crm = Crm::new("killed_copy").await;
    crm.run(&rows::contacts(1..ROWS)).await;
    crm.run(&rows::opt_out(7)).await;
    // Slowly, so that it is not over, nor all of it read, when it is killed.
    let home = Home::following(&crm).with("copy", "{rate_limit: 192KiB}");
    for _ in 0..2 {
        let mut lawtail = home.start();
        lawtail
            .until("a part of the copy in the store", async |lawtail| {
                let changes = "lawtail_changes_total{op=\"insert\",table=\"crm.contacts\"}";
                lawtail.metric(changes).await.filter(|rows| *rows > 0.0)
            })
            .await;
        lawtail.kill();
        let checkpoint = home.store().checkpoint().unwrap().expect("something was decided");
        assert_eq!(checkpoint.end, Lsn::ZERO, "the copy was over before the kill");
        // Of a part in which nothing was written there is nothing to announce.
        crm.run("SELECT pg_logical_emit_message(true, 'somebody', 'else')").await;
    }
    // By now the grace of what was copied is over, and the bases of those contacts were not seen.
    let killed = crm.value("SELECT clock_timestamp()::text").await;
    let over =
        format!("SELECT (clock_timestamp() > '{killed}'::timestamptz + interval '4s')::text");
    crm.until_value(&over, "true").await;
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::mail(7)).await;
    crm.run(&rows::stranger(999_999)).await;
    lawtail.until_found(&home, "LB-001", 999_999).await;
    let unlawful = "lawtail_judged_total{outcome=\"unlawful\",table=\"crm.contacts\"}";
    assert_eq!(lawtail.metric(unlawful).await, Some(1.0));
    lawtail.terminate().await.assert_clean();

    let mut expected = vec![home.without_basis(999_999), home.after_opt_out(7)];
    expected.sort();
    // Each interruption is announced with its bounds.
    let (gaps, findings): (Vec<_>, Vec<_>) =
        home.published().facts().into_iter().partition(|(code, _)| code == "COV-002");
    assert_eq!((gaps.len(), findings), (2, expected));
    assert_eq!(home.published().incidents(), []);
    assert_valid(&home.events());
    assert_verified(&home.events());
}
