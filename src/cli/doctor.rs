//! `lawtail doctor`: every precondition, as ok, warning or fault, each with its remedy. It changes
//! nothing.

mod machine;
mod show;
mod webhook;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::model::Fault;
use crate::policy::{Policies, compile_with_tests};
use crate::shell::diagnosis::{Remark, Remarks, Verdict};
use crate::shell::policies;
use crate::shell::publisher::KafkaPublisher;
use crate::shell::settings::{self, Database, Kafka, Settings};
use crate::shell::source::postgres::{Address, Subject, examine};

/// Arguments of `lawtail doctor`.
#[derive(clap::Args)]
pub struct DoctorArguments {
    /// The settings
    #[arg(short, long, value_name = "FILE", default_value = "lawtail.yaml")]
    config: PathBuf,
    /// A standby that shall be able to take over with a copy of the slot; the password is that of
    /// the settings
    #[arg(long, value_name = "URL")]
    standby: Vec<String>,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// How the result is written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// One line for each precondition.
    Text,
    /// One JSON document.
    Json,
}

/// Looks at everything: 0 without faults, warnings allowed, otherwise 1.
pub fn run(arguments: DoctorArguments) -> ExitCode {
    let remarks = diagnose(&arguments);
    match arguments.format {
        Format::Text => show::text(&remarks),
        Format::Json => show::json(&remarks),
    }
    match remarks.iter().any(|remark| remark.verdict == Verdict::Fault) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

fn diagnose(arguments: &DoctorArguments) -> Vec<Remark> {
    let mut read = Remarks::about("settings");
    let settings = match settings::load(&arguments.config) {
        Ok(settings) => settings,
        Err(faults) => {
            faults.iter().for_each(|fault| read.fault("read", fault));
            return read.all;
        }
    };
    read.ok("read", arguments.config.display().to_string());
    let mut found = read.all;
    let (policies, remarks) = look_at_policies(&settings);
    found.extend(remarks);
    found.extend(machine::store(&settings.store.folder));
    found.extend(machine::key(&settings));
    found.extend(machine::signing(&settings));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            found.extend(runtime.block_on(reach_out(arguments, settings, policies.as_ref())))
        }
        Err(error) => {
            let mut remarks = Remarks::about("database");
            remarks.wrong("reach", error.to_string(), "free memory or processes of this machine");
            found.extend(remarks.all);
        }
    }
    found
}

fn look_at_policies(settings: &Settings) -> (Option<Policies>, Vec<Remark>) {
    let mut remarks = Remarks::about("policies");
    match policies::load(&settings.policies.folder) {
        Ok(policies) => {
            let found = format!("pack {}, digest {}", policies.pack.name, policies.digest);
            remarks.ok("read", found);
            look_for_open_questions(&settings.policies.folder, &mut remarks);
            (Some(policies), remarks.all)
        }
        Err(faults) => {
            faults.iter().for_each(|fault| remarks.fault("read", fault));
            (None, remarks.all)
        }
    }
}

/// What `lawtail init` has drafted counts as soon as it is in force, confirmed or not.
fn look_for_open_questions(folder: &Path, remarks: &mut Remarks) {
    let (files, _) = policies::read_folder(folder);
    let Ok(all) = compile_with_tests(&files) else { return };
    let open = policies::unconfirmed(&files, &all.in_force.names);
    match open.iter().map(|(_, lines)| lines.len()).sum::<usize>() {
        0 => remarks.ok("confirmed", "no line is marked `confirm`"),
        lines => remarks.warn(
            "confirmed",
            format!("{lines} lines are marked `confirm`, and in force as they stand"),
            "answer each and take its mark out; `lawtail check` names them",
        ),
    }
}

/// Database, Kafka and the address of metrics.
async fn reach_out(
    arguments: &DoctorArguments,
    settings: Settings,
    policies: Option<&Policies>,
) -> Vec<Remark> {
    let mut found = Vec::new();
    let mut running = false;
    let standbys = addresses(&settings.database, &arguments.standby);
    match (super::run::followed(&settings), standbys) {
        (Ok(source), Ok(standbys)) => {
            let examined = examine(&Subject {
                settings: &source,
                pack: policies.map(|policies| &policies.pack),
                slot_budget: settings.slot_budget,
                standbys: &standbys,
            })
            .await;
            running = examined.running;
            found.extend(examined.remarks);
        }
        (source, standbys) => {
            let mut remarks = Remarks::about("database");
            source.err().iter().for_each(|fault| remarks.fault("address", fault));
            standbys.err().iter().for_each(|fault| remarks.fault("address", fault));
            found.extend(remarks.all);
        }
    }
    if let Some(kafka) = settings.publish.kafka {
        found.extend(look_at_kafka(kafka, &settings.database.slot).await);
    }
    if let Some(file) = &settings.publish.file {
        found.extend(machine::event_file(file));
    }
    if let Some(receiver) = settings.publish.webhook {
        found.extend(webhook::look(receiver).await);
    }
    found.extend(machine::http(settings.http.listen, running));
    found
}

fn addresses(database: &Database, urls: &[String]) -> Result<Vec<Address>, Fault> {
    let parse = |url: &String| {
        let address = Address::parse(url)?;
        Ok(match &database.password {
            Some(password) => address.with_password(password.clone()),
            None => address,
        })
    };
    urls.iter().map(parse).collect()
}

async fn look_at_kafka(kafka: Kafka, slot: &str) -> Vec<Remark> {
    let mut remarks = Remarks::about("kafka");
    let reached = match KafkaPublisher::new(super::run::kafka_settings(kafka, slot)) {
        Ok(publisher) => publisher.reach().await,
        Err(fault) => Err(fault),
    };
    match reached {
        Ok(brokers) => remarks.ok("reach", format!("{brokers} brokers")),
        Err(fault) => remarks.fault("reach", &fault),
    }
    remarks.all
}
