//! What a person types.
//!
//! Exit codes: 0 ok, 1 failed or findings, 2 usage; `lawtail test` has 3 for what is not tested.

mod api;
mod check;
mod classify;
mod copy_bar;
mod decoy;
mod demo;
mod doctor;
mod explain;
mod faults;
mod incident;
mod init;
mod key;
mod learn;
mod prove;
mod replay;
mod report;
mod run;
mod scan;
mod store;
mod suppressed;
mod test;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Live, row-level GDPR compliance on a CRM's change stream.
#[derive(Parser)]
#[command(name = "lawtail", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write policies to begin with, for the CRM that a database holds
    Init(init::InitArguments),
    /// Follow a CRM database: the daemon
    Run(run::RunArguments),
    /// Check everything that following a database needs, each with its remedy
    Doctor(doctor::DoctorArguments),
    /// Print where a database holds personal data
    Scan(scan::ScanArguments),
    /// Show it all on a throwaway database with live traffic, violations and breaches
    Demo(demo::DemoArguments),
    /// Check policies, every fault at once
    Check(check::CheckArguments),
    /// Find personal data in texts: JSON lines in, JSON lines out
    Classify(classify::ClassifyArguments),
    /// Run the unit tests of policies through the production engine
    Test(test::TestArguments),
    /// Put a recorded change journal through the engine
    Replay(replay::ReplayArguments),
    /// What was detected, and what people do about it: through the running daemon
    Incident(incident::IncidentArguments),
    /// Reports for people: what cannot be judged here, and drafts for the authority
    Report(report::ReportArguments),
    /// Print the page of a finding or fault code
    Explain(explain::ExplainArguments),
    /// Check chain and signatures of published evidence, offline
    Verify(verify::VerifyArguments),
    /// Write the proof that one event was published
    Prove(prove::ProveArguments),
    /// Draft records of nobody's that only an intruder would touch
    Decoy(decoy::DecoyArguments),
    /// Make and show the keys that evidence is signed with
    Key(key::KeyArguments),
    /// What is done to the store while no lawtail uses it
    Store(store::StoreArguments),
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Init(arguments) => init::run(arguments),
        Command::Run(arguments) => run::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Scan(arguments) => scan::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Classify(arguments) => classify::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
        Command::Incident(arguments) => incident::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Prove(arguments) => prove::run(arguments),
        Command::Decoy(arguments) => decoy::run(arguments),
        Command::Key(arguments) => key::run(arguments),
        Command::Store(arguments) => store::run(arguments),
    }
}
