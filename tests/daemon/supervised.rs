//! What the service manager hears, on a real datagram socket as systemd's.

use std::os::unix::net::UnixDatagram;

use crate::support::patience::PATIENCE;
use crate::support::{Crm, Home};

/// Reads messages until one line is the wanted one; all lines up to then.
fn until_told(socket: &UnixDatagram, wanted: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut message = [0; 4096];
    while !lines.iter().any(|line| line == wanted) {
        let length = socket.recv(&mut message).unwrap_or_else(|error| {
            panic!("waited in vain for {wanted}: {error}; heard {lines:?}");
        });
        let text = std::str::from_utf8(&message[..length]).unwrap();
        lines.extend(text.lines().map(str::to_owned));
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_hears_ready_status_signs_of_life_and_stopping() {
    let crm = Crm::new("supervised").await;
    let home = Home::following(&crm);
    let address = home.path("notify");
    let socket = UnixDatagram::bind(&address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let watchdog = "400000".as_ref();
    let mut lawtail =
        home.start_with(&[("NOTIFY_SOCKET", address.as_os_str()), ("WATCHDOG_USEC", watchdog)]);
    assert_eq!(until_told(&socket, "READY=1"), ["READY=1"], "nothing is said before");
    lawtail.until_streaming().await;
    until_told(&socket, "STATUS=following");
    until_told(&socket, "WATCHDOG=1");
    until_told(&socket, "WATCHDOG=1");
    lawtail.terminate().await.assert_clean();
    until_told(&socket, "STOPPING=1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_no_reason_not_to_be_ready() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let crm = Crm::new("supervised_start").await;
    let url = format!("postgres://u:p@127.0.0.1:{port}/d?connect_timeout=600");
    let home = Home::following(&crm).with("database", &format!("{{url: '{url}'}}"));
    let address = home.path("notify");
    let socket = UnixDatagram::bind(&address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let lawtail = home.start_with(&[("NOTIFY_SOCKET", address.as_os_str())]);
    let told = until_told(&socket, "STATUS=nothing has come from the database yet");
    assert_eq!(told[0], "READY=1");
    assert!(!told.iter().any(|line| line == "WATCHDOG=1"), "nobody asked for it: {told:?}");
    lawtail.terminate().await.assert_clean();
    until_told(&socket, "STOPPING=1");
}
