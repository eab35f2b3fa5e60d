//! The demonstration finds everything that it seeds, and nothing else; and leaves nothing behind.

use std::process::Command;

#[test]
fn everything_seeded_is_found_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    // The server runs as another user when the tests run as root.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder, open).expect("it is ours");
    let output = Command::new(env!("CARGO_BIN_EXE_lawtail"))
        .args(["demo", "--seconds", "20", "--contacts", "3000"])
        .env("TMPDIR", folder)
        .output()
        .expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("findings on clean traffic: 0"), "{text}");
    let left = std::fs::read_dir(folder).expect("it can be listed").count();
    assert_eq!(left, 0, "something was left behind");
}
