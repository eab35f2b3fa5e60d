//! Writes a dump of signed events and prints how many a second `lawtail verify` checks.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use lawtail::model::{
    Activity, Code, Emission, Evidence, EvidenceRole, Finding, Lsn, Position, Reference, Severity,
    Standing, Status, TableName, Timestamp,
};
use lawtail::wire::chain::SigningKey;
use lawtail::wire::{Chain, Origin, lines};
use uuid::Uuid;

/// Events that are decided together.
const BATCH: u64 = 1_000;

fn finding(number: u64) -> Emission {
    let table = TableName::new("crm", "sends");
    let position = Position { commit: Lsn(number), ordinal: 1 };
    let row = Some(Reference([number as u8; 16]));
    let evidence = Evidence { role: EvidenceRole::Processing, table: table.clone(), row, position };
    Emission::Finding(Box::new(Finding {
        id: Uuid::from_u128(u128::from(number)),
        activity: Activity::Create,
        code: Code::CN_001,
        standing: Standing::Enforced,
        status: Status::Violation,
        severity: Severity::High,
        position,
        xid: 7,
        time: Timestamp(1_772_442_900_000_000),
        judged: Timestamp(1_772_442_930_000_000),
        table,
        subject: Some(Reference([number as u8; 16])),
        actor: None,
        purpose: Some("newsletter".into()),
        channel: None,
        reason: "no permission is on record".into(),
        evidence: vec![evidence],
        count: 1,
        profile: "gdpr-baseline".into(),
        policy_digest: "0".repeat(64),
        own_rule: None,
    }))
}

fn main() {
    let wanted = std::env::var("LAWTAIL_BENCH_EVENTS").ok().and_then(|text| text.parse().ok());
    let wanted: u64 = wanted.unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let (dump, public) = (folder.path().join("events.jsonl"), folder.path().join("key.pub"));
    let key = Arc::new(SigningKey::from_seed(&[7; 32]));
    std::fs::write(&public, key.public().to_pem()).unwrap();
    let mut chain = Chain::default().signing(Some(key), None).unwrap();
    let origin = Origin { system: "7301234567890123456".into(), database: "crm".into() };
    let mut file = BufWriter::new(File::create(&dump).unwrap());
    let mut written = 0;
    for batch in 0..wanted.div_ceil(BATCH) {
        let first = batch * BATCH;
        let said: Vec<Emission> = (first..wanted.min(first + BATCH)).map(finding).collect();
        for event in chain.extend(&said, &origin, Timestamp(1_772_442_930_000_000)) {
            writeln!(file, "{}", lines::encode(&event).unwrap()).unwrap();
            written += 1;
        }
    }
    file.into_inner().unwrap().sync_all().unwrap();
    let verify = || {
        let begun = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lawtail"));
        command.arg("verify").arg("--public-key").arg(&public).arg(&dump).stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "the dump is not verified");
        begun.elapsed().as_secs_f64()
    };
    let best = (0..3).map(|_| verify()).fold(f64::MAX, f64::min);
    println!("{:.0}", written as f64 / best);
}
