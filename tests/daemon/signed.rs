//! Keys as an operator handles them: made, used, changed, proven with.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::process::program;
use crate::support::{Crm, Home, rows};

fn run(arguments: &[&str], paths: &[&Path]) -> Output {
    Command::new(program()).args(arguments).args(paths).output().unwrap()
}

/// Makes a key; its public part lies beside it.
fn new_key(home: &Home, name: &str) -> std::path::PathBuf {
    let made = run(&["key", "new"], &[&home.path(&format!("{name}.pem"))]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    home.write(&format!("{name}.pub"), &made.stdout);
    home.path(&format!("{name}.pub"))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn events_are_signed_across_a_kill_and_a_change_of_key() {
    let crm = Crm::new("signed").await;
    let mut home = Home::following(&crm);
    let (first, second) = (new_key(&home, "first"), new_key(&home, "second"));
    home.set("evidence", "{signing_key: first.pem}");
    for id in [1, 2] {
        let mut lawtail = home.start();
        lawtail.until_streaming().await;
        crm.run(&rows::stranger(id)).await;
        lawtail.until_found(&home, "LB-001", id).await;
        lawtail.kill();
    }
    let events = home.events();
    let checked = run(&["verify", "--public-key"], &[&first, &events]);
    assert!(checked.status.success(), "{}", told(&checked));
    assert!(told(&checked).contains("signatures are good"), "{}", told(&checked));

    home.set("evidence", "{signing_key: second.pem, retiring_key: first.pem}");
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::stranger(3)).await;
    lawtail.until_found(&home, "LB-001", 3).await;
    lawtail.terminate().await.assert_clean();
    let checked = run(&["verify", "--public-key"], &[&first, &events]);
    assert!(!checked.status.success(), "the second key was not given");
    let both = [second.as_path(), Path::new("--public-key"), first.as_path(), events.as_path()];
    let checked = run(&["verify", "--public-key"], &both);
    assert!(checked.status.success(), "{}", told(&checked));

    // Without the key it does not go on.
    home.set("evidence", "{}");
    let ended = home.start().ended().await;
    assert_eq!(ended.faults(), ["EVD-002"], "{}", ended.stderr);
    assert!(ended.stderr.contains("evidence.signing_key"), "{}", ended.stderr);
}
