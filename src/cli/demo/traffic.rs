//! The clean traffic: what staff and services do all day, in many small transactions, all of it
//! lawful under the profile `strict`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_postgres::Client;

use super::cast::{Cast, Standing};
use super::data::{NEWSLETTER_CAMPAIGNS, SERVICE_CAMPAIGN, somebody};
use super::dice::Dice;
use super::load;
use super::people::{self, Person};
use super::statements as sql;
use crate::model::Fault;

/// Connections that write at the same time.
pub const DESKS: i64 = 4;

/// Time between two actions at one desk; an action is one to three transactions.
const PACE: Duration = Duration::from_millis(55);

/// Between a new contact and its lawful basis, when the CRM writes them in two transactions. Well
/// within the grace of the demonstration's policy.
const TWO_STEPS: Duration = Duration::from_millis(300);

/// First key of the contacts that come in while the demonstration runs, and the distance between
/// the keys of two desks.
const NEW_CONTACTS: i64 = 1_000_000;

/// Works at every desk until told to stop. `transactions` counts along.
pub async fn run(
    url: &str,
    cast: Cast,
    transactions: Arc<AtomicU64>,
    stop: watch::Receiver<bool>,
) -> Result<(), Fault> {
    let mut desks = tokio::task::JoinSet::new();
    for number in 0..DESKS {
        let client = load::connect(url).await?;
        let desk = Desk::new(client, cast, number, transactions.clone());
        desks.spawn(desk.work(stop.clone()));
    }
    while let Some(ended) = desks.join_next().await {
        ended.expect("a desk neither panics nor is aborted")?;
    }
    Ok(())
}

/// One connection with the contacts that it looks after. No other desk touches them, so what it
/// remembers of them is true.
struct Desk {
    client: Client,
    cast: Cast,
    dice: Dice,
    transactions: Arc<AtomicU64>,
    unasked: Vec<i64>,
    requested: VecDeque<i64>,
    confirmed: Vec<i64>,
    customers: Vec<i64>,
    leads: Vec<i64>,
    next_contact: i64,
    next_order: i64,
    number: i64,
}

impl Desk {
    fn new(client: Client, cast: Cast, number: i64, transactions: Arc<AtomicU64>) -> Self {
        let mut desk = Desk {
            client,
            cast,
            dice: Dice::new(cast.seed(), "desk", number),
            transactions,
            unasked: Vec::new(),
            requested: VecDeque::new(),
            confirmed: Vec::new(),
            customers: Vec::new(),
            leads: Vec::new(),
            next_contact: NEW_CONTACTS * (1 + number),
            next_order: 1,
            number,
        };
        let ours = cast.regulars().filter(|id| id % DESKS == number && !cast.is_test(*id));
        for id in ours {
            desk.take_over(id);
        }
        desk
    }

    fn take_over(&mut self, id: i64) {
        match self.cast.standing(id) {
            Standing::Confirmed => self.confirmed.push(id),
            Standing::Requested => self.requested.push_back(id),
            // Leads that nobody writes to are the ones that are erased and deleted.
            Standing::Unasked if !self.cast.is_customer(id) => self.leads.push(id),
            Standing::Unasked => self.unasked.push(id),
            Standing::OptedOut => {}
        }
        if self.cast.is_customer(id) {
            self.customers.push(id);
        }
    }

    async fn work(mut self, mut stop: watch::Receiver<bool>) -> Result<(), Fault> {
        let mut pace = tokio::time::interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let stopped = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => true,
                _ = pace.tick() => false,
            };
            if stopped {
                return Ok(());
            }
            self.act().await?;
        }
    }

    /// One thing that happens in the CRM. Weights are in thousandths.
    async fn act(&mut self) -> Result<(), Fault> {
        match self.dice.below(1_000) {
            0..60 => self.sign_up().await,
            60..100 => self.lead_by_phone().await,
            100..330 => self.edit_profile().await,
            330..370 => self.ask_permission().await,
            370..395 => self.confirm_permission().await,
            395..405 => self.opt_out().await,
            405..560 => self.newsletter().await,
            560..640 => self.service_message().await,
            640..720 => self.call().await,
            720..790 => self.case().await,
            790..870 => self.order().await,
            870..930 => self.save_unchanged().await,
            930..933 => self.erase().await,
            933..936 => self.delete_lead().await,
            936..945 => self.export().await,
            _ => self.log_in().await,
        }
    }

    async fn sign_up(&mut self) -> Result<(), Fault> {
        let person = self.somebody_new();
        let submission = format!("web form, submission {}", self.dice.digits(8));
        let contact = sql::contact(&person, "svc.web-form");
        let basis = sql::basis(person.id, "consent", &submission, "svc.web-form");
        let mut statements = format!("{contact}{basis}");
        if self.dice.chance(50) {
            statements.push_str(&sql::permission_requested(&person));
            self.requested.push_back(person.id);
        } else {
            self.leads.push(person.id);
        }
        self.commit(&statements).await
    }

    async fn lead_by_phone(&mut self) -> Result<(), Fault> {
        let (person, actor) = (self.somebody_new(), self.colleague());
        let assessment = format!("assessment LIA-{}", self.dice.digits(4));
        self.commit(&sql::contact(&person, &actor)).await?;
        tokio::time::sleep(TWO_STEPS).await;
        let basis = sql::basis(person.id, "legitimate_interests", &assessment, &actor);
        self.commit(&basis).await?;
        self.unasked.push(person.id);
        Ok(())
    }

    async fn edit_profile(&mut self) -> Result<(), Fault> {
        let (person, actor) = (self.one_of_ours(), self.colleague());
        // The new value is somebody else's, so that it is of the right kind.
        let other = people::person(self.cast.seed(), person.id + 7);
        let (column, value) = match self.dice.below(3) {
            0 => ("job_title", other.job_title),
            1 => ("street", &*other.street),
            _ => ("notes", &*other.notes),
        };
        let edit = sql::profile_edited(person.id, column, value, &actor);
        let audit = sql::audited(&actor, "update", "contacts", person.id);
        self.commit(&(edit + &audit)).await
    }

    async fn ask_permission(&mut self) -> Result<(), Fault> {
        let Some(id) = take(&mut self.dice, &mut self.unasked) else { return Ok(()) };
        let person = self.person(id);
        self.commit(&sql::permission_requested(&person)).await?;
        self.requested.push_back(id);
        Ok(())
    }

    async fn confirm_permission(&mut self) -> Result<(), Fault> {
        let Some(id) = self.requested.pop_front() else { return Ok(()) };
        let ip_address = people::documentation_ip(&mut self.dice);
        self.commit(&sql::permission_confirmed(id, &ip_address)).await?;
        self.confirmed.push(id);
        Ok(())
    }

    async fn opt_out(&mut self) -> Result<(), Fault> {
        match take(&mut self.dice, &mut self.confirmed) {
            Some(id) => self.commit(&sql::opted_out(id)).await,
            None => Ok(()),
        }
    }

    async fn newsletter(&mut self) -> Result<(), Fault> {
        let campaign = self.dice.pick(&NEWSLETTER_CAMPAIGNS);
        match self.confirmed.is_empty() {
            true => Ok(()),
            false => {
                let id = self.dice.pick(&self.confirmed);
                self.message(campaign, id).await
            }
        }
    }

    async fn service_message(&mut self) -> Result<(), Fault> {
        let id = self.dice.pick(&self.customers);
        self.message(SERVICE_CAMPAIGN, id).await
    }

    async fn message(&mut self, campaign: i32, id: i64) -> Result<(), Fault> {
        let person = self.person(id);
        self.commit(&sql::queued(campaign, &person)).await?;
        self.commit(&sql::sent(id)).await
    }

    async fn call(&mut self) -> Result<(), Fault> {
        let (person, actor) = (self.one_of_ours(), self.colleague());
        let direction = self.dice.pick(&["inbound", "outbound"]);
        let seconds = self.dice.between(20, 1_800);
        self.commit(&sql::call(&person, direction, seconds, &actor)).await
    }

    async fn case(&mut self) -> Result<(), Fault> {
        let (person, actor) = (self.one_of_ours(), self.colleague());
        self.commit(&sql::case_opened(&person, &actor)).await?;
        match self.dice.chance(50) {
            true => self.commit(&sql::cases_closed(person.id, &actor)).await,
            false => Ok(()),
        }
    }

    async fn order(&mut self) -> Result<(), Fault> {
        let id = self.dice.pick(&self.customers);
        let (person, actor) = (self.person(id), self.colleague());
        let number = format!("LO-{}-{}", self.number, self.next_order);
        self.next_order += 1;
        let euros = self.dice.between(20, 9_000);
        self.commit(&sql::order(&person, &number, euros, &actor)).await?;
        self.commit(&sql::order_moved(id, "paid", &actor)).await
    }

    async fn save_unchanged(&mut self) -> Result<(), Fault> {
        let person = self.one_of_ours();
        self.commit(&sql::saved_unchanged(person.id)).await
    }

    async fn erase(&mut self) -> Result<(), Fault> {
        let Some(id) = take(&mut self.dice, &mut self.leads) else { return Ok(()) };
        let actor = self.colleague();
        self.commit(&sql::erasure_requested(id, &actor)).await?;
        self.commit(&sql::erasure_completed(id, &actor)).await
    }

    async fn delete_lead(&mut self) -> Result<(), Fault> {
        match take(&mut self.dice, &mut self.leads) {
            Some(id) => self.commit(&sql::deleted(id)).await,
            None => Ok(()),
        }
    }

    async fn export(&mut self) -> Result<(), Fault> {
        let (actor, rows) = (self.colleague(), self.dice.between(5, 80));
        let export = sql::exported("orders", rows, &actor);
        let audit = sql::audited(&actor, "export", "orders", rows);
        self.commit(&(export + &audit)).await
    }

    async fn log_in(&mut self) -> Result<(), Fault> {
        let actor = self.colleague();
        self.commit(&sql::audited(&actor, "login", "users", self.number)).await
    }

    async fn commit(&self, statements: &str) -> Result<(), Fault> {
        load::execute(&self.client, statements).await?;
        self.transactions.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn person(&self, id: i64) -> Person {
        people::person(self.cast.seed(), id)
    }

    fn somebody_new(&mut self) -> Person {
        self.next_contact += 1;
        self.person(self.next_contact)
    }

    /// A contact that is certainly there: customers are never erased.
    fn one_of_ours(&mut self) -> Person {
        let id = self.dice.pick(&self.customers);
        self.person(id)
    }

    fn colleague(&mut self) -> String {
        somebody(self.cast.seed(), &mut self.dice)
    }
}

/// Takes one out, whichever.
fn take(dice: &mut Dice, ids: &mut Vec<i64>) -> Option<i64> {
    match ids.len() {
        0 => None,
        length => Some(ids.swap_remove(dice.below(length as u64) as usize)),
    }
}
