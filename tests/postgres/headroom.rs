//! A slot that comes near its end is said before it is lost.

use tokio::time::{Instant, sleep};

use crate::support::{DEADLINE, Follower, Scene, cluster};

/// Repeats until the slot's room is, or is no longer, low.
async fn until_low(follower: &mut Follower, low: bool, mut repeat: impl AsyncFnMut()) {
    let deadline = Instant::now() + DEADLINE;
    let mut status = follower.source.status();
    while status.borrow_and_update().outlook.low != low {
        assert!(Instant::now() < deadline, "{:?}", *status.borrow());
        repeat().await;
        let before = follower.events.len();
        follower.until("something", |events| events.len() > before).await;
        sleep(std::time::Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_slot_that_is_not_confirmed_is_said_to_be_in_danger_and_safe_again() {
    let settings = [("max_slot_wal_keep_size", "64MB"), ("max_wal_size", "2GB")];
    let cluster: &'static _ = Box::leak(Box::new(cluster(&settings, Vec::new())));
    let scene = Scene::on(cluster, "room").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    follower.acknowledging = false;
    let fill = "SELECT pg_logical_emit_message(false, 'x', repeat('x', 2000000))";
    until_low(&mut follower, true, async || scene.run(fill).await).await;
    let status = follower.source.status().borrow().clone();
    let slot = status.slot.unwrap();
    assert_eq!((slot.invalid(), slot.limit_bytes), (None, Some(64 << 20)));
    assert!(slot.safe_wal_bytes.unwrap() < 16 << 20 && status.outlook.loss.is_some());
    follower.acknowledging = true;
    // The server moves the slot on where it has noted the running transactions.
    until_low(&mut follower, false, async || scene.run("CHECKPOINT").await).await;
}
