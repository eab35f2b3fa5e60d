//! How each fault is brought about.

use std::process::Command;
use std::time::Duration;

use lawtail::shell::cluster::StopMode;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::fault::Fault;
use crate::proxy::{Half, Weather};
use crate::rewind;
use crate::scene::Scene;
use crate::standby;
use crate::support::patience::until;

/// Longer than the server's `wal_sender_timeout`, which is two seconds here.
const PAST_SENDER_TIMEOUT: Duration = Duration::from_millis(2_500);

impl Scene {
    /// Brings it about, and puts everything right again as far as people would.
    pub async fn inflict(&mut self, fault: Fault) {
        match fault {
            Fault::Kill => self.kill().await,
            Fault::Terminate => self.terminate().await,
            Fault::Freeze => self.freeze().await,
            // Done before the sessions begin.
            Fault::KillInCopy => {}
            Fault::BlockedReceiver => self.block_receiver().await,
            Fault::FullEvents | Fault::FullStore => self.fill_disk(fault).await,
            Fault::WalsenderEnds => self.end_walsender().await,
            Fault::BackendKilled => self.kill_backend().await,
            Fault::RestartFast => self.restart(StopMode::Fast).await,
            Fault::RestartImmediate => self.restart(StopMode::Immediate).await,
            Fault::Cut => self.proxy.cut(),
            Fault::HalfCut => {
                let half = if self.dice.chance(50) { Half::ToClient } else { Half::ToServer };
                self.proxy.cut_half(half);
            }
            Fault::Stall => self.weather(Weather::Stalled).await,
            Fault::Slow => self.weather(Weather::Slow).await,
            Fault::Refused => self.weather(Weather::Away).await,
            Fault::SlotDropped
            | Fault::SlotDroppedLive
            | Fault::SlotRecreated
            | Fault::SlotAdvanced
            | Fault::SlotLost => self.spoil_slot(fault).await,
            Fault::Restored | Fault::RestoredAnew | Fault::RolledBack => {
                rewind::rewind(self, fault).await;
            }
            Fault::Promoted => standby::promote(self).await,
        }
        self.pause(500).await;
        self.keep_running().await;
    }

    /// Kills it once or twice in its first initial copy.
    pub async fn kill_in_copy(&mut self) {
        for _ in 0..1 + self.dice.below(2) {
            self.keep_running().await;
            self.pause(2_500).await;
            self.lawtail = None;
        }
    }

    async fn terminate(&mut self) {
        self.keep_running().await;
        let lawtail = self.lawtail.take().unwrap();
        lawtail.terminate().await.assert_clean();
        self.probe().await;
    }

    async fn freeze(&mut self) {
        self.keep_running().await;
        let lawtail = self.lawtail.as_ref().unwrap();
        lawtail.signal("STOP");
        sleep(PAST_SENDER_TIMEOUT).await;
        lawtail.signal("CONT");
    }

    async fn weather(&mut self, weather: Weather) {
        self.proxy.set(weather);
        self.pause(3_500).await;
        self.proxy.set(Weather::Fine);
    }

    /// For a while events also go to somebody who never takes them. That must neither stop the
    /// reading nor be acknowledged.
    async fn block_receiver(&mut self) {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let accepting = async {
            let mut connections = Vec::new();
            while let Ok((connection, _)) = silent.accept().await {
                connections.push(connection);
            }
        };
        let port = silent.local_addr().unwrap().port();
        self.kill().await;
        self.publish_also_to_kafka(port);
        self.keep_running().await;
        tokio::select! {
            () = accepting => unreachable!("a listener does not end"),
            () = sleep(PAST_SENDER_TIMEOUT) => {}
        }
        if self.dice.chance(50) {
            self.kill().await
        } else {
            self.terminate().await
        }
        self.publish_to_file_alone();
    }

    async fn fill_disk(&mut self, fault: Fault) {
        let disk = |scene: &Scene| match fault {
            Fault::FullStore => scene.store_disk.as_ref().map(crate::disk::Disk::fill),
            _ => scene.event_disk.as_ref().map(crate::disk::Disk::fill),
        };
        if disk(self).is_none() {
            eprintln!("SKIPPED {fault:?}: mounting a file system takes root");
            return;
        }
        self.pause(3_000).await;
        match fault {
            Fault::FullStore => self.store_disk.as_ref().unwrap().free(),
            _ => self.event_disk.as_ref().unwrap().free(),
        }
    }

    async fn end_walsender(&mut self) {
        let name = self.name;
        let statement = format!(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots \
             WHERE slot_name = '{name}' AND active_pid IS NOT NULL"
        );
        self.ask(&statement).await;
    }

    /// The walsender, or the backend of one of the sessions.
    async fn kill_backend(&mut self) {
        let name = self.name;
        let whose = if self.dice.chance(50) { "walsender" } else { "client backend" };
        let query = format!(
            "SELECT max(pid)::text FROM pg_stat_activity \
             WHERE datname = '{name}' AND backend_type = '{whose}' AND pid <> pg_backend_pid()"
        );
        let pid = self.ask(&query).await;
        // There may be no walsender at this instant.
        if !pid.is_empty() {
            // It may have ended meanwhile.
            let _ = Command::new("kill").args(["-s", "KILL", &pid]).status();
        }
    }

    async fn restart(&mut self, mode: StopMode) {
        self.stop_server(mode).await;
        self.pause(1_000).await;
        self.start_server().await;
    }

    /// On a thread of its own: a server that stops waits for its clients.
    pub async fn stop_server(&self, mode: StopMode) {
        let cluster = self.cluster;
        tokio::task::spawn_blocking(move || cluster.stop(mode)).await.unwrap().unwrap();
    }

    pub async fn start_server(&self) {
        let cluster = self.cluster;
        tokio::task::spawn_blocking(|| cluster.start_again()).await.unwrap().unwrap();
    }

    /// What somebody else does to our slot. Before it we follow; after it something is lost.
    async fn spoil_slot(&mut self, fault: Fault) {
        self.until_following().await;
        if fault == Fault::SlotDroppedLive {
            return self.drop_live().await;
        }
        self.kill().await;
        let name = self.name;
        until("the slot to be free", async || (self.slot("active").await == "false").then_some(()))
            .await;
        let drop = format!("SELECT pg_drop_replication_slot('{name}')::text");
        let create =
            format!("SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')::text");
        let lose = "SELECT pg_logical_emit_message(true, 'somebody', 'else')::text";
        self.pause(500).await;
        self.ask(lose).await;
        match fault {
            Fault::SlotDropped => {
                self.ask(&drop).await;
            }
            Fault::SlotRecreated => {
                self.ask(&drop).await;
                self.pause(500).await;
                self.ask(&create).await;
            }
            Fault::SlotAdvanced => {
                let advance = format!(
                    "SELECT pg_replication_slot_advance('{name}', pg_current_wal_flush_lsn())::text"
                );
                self.ask(&advance).await;
            }
            _ => self.lose_slot().await,
        }
        self.meddled();
        self.pause(500).await;
    }

    async fn drop_live(&mut self) {
        let name = self.name;
        // Dropping needs the slot to be free, and lawtail is quick to take it again.
        let statement = format!(
            "DO $$ BEGIN FOR attempt IN 1..1000 LOOP \
                PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots \
                    WHERE slot_name = '{name}' AND active_pid IS NOT NULL; \
                BEGIN PERFORM pg_drop_replication_slot('{name}'); RETURN; \
                EXCEPTION WHEN object_in_use THEN NULL; END; \
             END LOOP; RAISE 'the slot is never free'; END $$"
        );
        self.ask(&statement).await;
    }

    async fn lose_slot(&mut self) {
        self.ask("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'").await;
        self.ask("SELECT pg_reload_conf()::text").await;
        until("the slot to be lost", async || {
            for _ in 0..3 {
                self.ask("SELECT pg_logical_emit_message(false, 'x', 'x')::text").await;
                self.ask("SELECT pg_switch_wal()::text").await;
            }
            self.ask("CHECKPOINT").await;
            (self.slot("wal_status").await == "lost").then_some(())
        })
        .await;
        self.ask("ALTER SYSTEM RESET max_slot_wal_keep_size").await;
        self.ask("SELECT pg_reload_conf()::text").await;
    }
}
