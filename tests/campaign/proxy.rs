//! The network between lawtail and its database, which can be made to fail.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Fine,
    /// Connections stay and nothing comes through; it comes later.
    Stalled,
    /// A few bytes at a time.
    Slow,
    /// Connections are refused, and those that are there are cut.
    Away,
}

/// Which connections are to end, and how: every change of the number ends them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cuts {
    both: u64,
    to_client: u64,
    to_server: u64,
}

/// Which half of a connection is closed. The other stays open, so that one end does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    ToClient,
    ToServer,
}

/// A TCP proxy on a loopback port of its own.
pub struct Proxy {
    address: SocketAddr,
    server: watch::Sender<u16>,
    weather: watch::Sender<Weather>,
    cuts: watch::Sender<Cuts>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// In front of a server on loopback.
    pub async fn before(port: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (weather, weathered) = watch::channel(Weather::Fine);
        let (cuts, cut) = watch::channel(Cuts::default());
        let (server, port) = watch::channel(port);
        let task = tokio::spawn(serve(listener, port, weathered, cut));
        Proxy { address, server, weather, cuts, task }
    }

    /// From now on in front of another server.
    pub fn redirect(&self, port: u16) {
        self.server.send_replace(port);
        self.cut();
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Ends every connection.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| cuts.both += 1);
    }

    /// Ends one direction of every connection.
    pub fn cut_half(&self, half: Half) {
        self.cuts.send_modify(|cuts| match half {
            Half::ToClient => cuts.to_client += 1,
            Half::ToServer => cuts.to_server += 1,
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    port: watch::Receiver<u16>,
    mut weather: watch::Receiver<Weather>,
    cuts: watch::Receiver<Cuts>,
) {
    let address = listener.local_addr().unwrap();
    let mut listener = Some(listener);
    loop {
        if *weather.borrow_and_update() == Weather::Away {
            listener = None;
        } else if listener.is_none() {
            listener = Some(TcpListener::bind(address).await.unwrap());
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = weather.changed() => if changed.is_err() { return },
            accepted = accepted => if let Ok((client, _)) = accepted {
                tokio::spawn(connect(client, *port.borrow(), weather.clone(), cuts.clone()));
            },
        }
    }
}

async fn connect(
    client: TcpStream,
    port: u16,
    weather: watch::Receiver<Weather>,
    mut cuts: watch::Receiver<Cuts>,
) {
    // A server that is away looks from here like a connection that ends at once.
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let at_first = *cuts.borrow_and_update();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let down = pump(from_server, to_client, weather.clone(), cuts.clone(), move |cuts| {
        cuts.to_client != at_first.to_client
    });
    let up = pump(from_client, to_server, weather.clone(), cuts.clone(), move |cuts| {
        cuts.to_server != at_first.to_server
    });
    let away = async {
        let mut weather = weather;
        let _ = weather.wait_for(|weather| *weather == Weather::Away).await;
    };
    tokio::select! {
        _ = cuts.wait_for(|cuts| cuts.both != at_first.both) => {}
        () = away => {}
        _ = async { tokio::join!(down, up) } => {}
    }
}

/// Copies one direction until its end, or until it is cut; then says so to the receiver.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut weather: watch::Receiver<Weather>,
    mut cuts: watch::Receiver<Cuts>,
    is_cut: impl Fn(&Cuts) -> bool,
) {
    let copy = async {
        let mut bytes = vec![0; 64 << 10];
        loop {
            let slow = *weather.borrow() == Weather::Slow;
            let room = if slow { 700 } else { bytes.len() };
            let Ok(count @ 1..) = from.read(&mut bytes[..room]).await else { break };
            if weather.wait_for(|weather| *weather != Weather::Stalled).await.is_err() {
                break;
            }
            if to.write_all(&bytes[..count]).await.is_err() {
                break;
            }
            if slow {
                sleep(Duration::from_millis(4)).await;
            }
        }
    };
    tokio::select! {
        _ = cuts.wait_for(|cuts| is_cut(cuts)) => {}
        () = copy => {}
    }
    let _ = to.shutdown().await;
}
