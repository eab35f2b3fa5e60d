//! Every way in, and every way to be turned away.

use std::path::Path;
use std::process::Command;

use lawtail::model::Code;
use lawtail::shell::source::postgres::SourceSettings;

use crate::support::{Follower, PASSWORD, Scene, connect, drop_slot, shared};

/// Follows far enough to have seen the whole road: both connections, copy and stream.
async fn works(settings: SourceSettings) {
    let mut follower = Follower::new(settings, None).await;
    follower.until("an idle position after the copy", |events| events.len() > 2).await;
    follower.source.stop().await;
}

#[tokio::test]
async fn a_unix_socket_needs_no_password() {
    let scene = Scene::new("login_socket").await;
    let address = format!(
        "host={} port={} user={} dbname={}",
        scene.cluster.socket_folder().display(),
        scene.cluster.port(),
        scene.name,
        scene.name
    );
    works(scene.settings_at(&address)).await;
}

#[tokio::test]
async fn scram_lets_in_with_the_password_and_not_without() {
    let scene = Scene::new("login_scram").await;
    works(scene.settings()).await;
    let wrong = scene.cluster.url_of(scene.name, "wrong", scene.name);
    let fault = scene.refusal(scene.settings_at(&wrong)).await;
    assert_eq!(fault.code, Code::PG_002);
    assert!(!fault.to_string().contains("wrong"), "{fault}");
    let none = scene.url().replace(&format!(":{PASSWORD}"), "");
    assert_eq!(scene.refusal(scene.settings_at(&none)).await.code, Code::PG_002);
}

#[tokio::test]
async fn md5_clear_text_and_trust_let_in() {
    let scene = Scene::new("login_methods").await;
    for role in ["md5_role", "clear_role", "trusted_role"] {
        scene
            .run(&format!(
                "SET password_encryption = '{}'; \
                 CREATE ROLE {role} LOGIN REPLICATION PASSWORD '{PASSWORD}'; \
                 GRANT USAGE ON SCHEMA crm TO {role}; GRANT SELECT ON crm.contacts TO {role}",
                if role == "md5_role" { "md5" } else { "scram-sha-256" }
            ))
            .await;
        let settings = scene.settings_at(&scene.cluster.url_of(role, PASSWORD, scene.name));
        works(SourceSettings { slot: role.into(), ..settings }).await;
        if role != "trusted_role" {
            let wrong = scene.settings_at(&scene.cluster.url_of(role, "wrong", scene.name));
            assert_eq!(scene.refusal(wrong).await.code, Code::PG_002);
        }
    }
    let unwelcome = scene.cluster.url_of("unwelcome_role", PASSWORD, scene.name);
    assert_eq!(scene.refusal(scene.settings_at(&unwelcome)).await.code, Code::PG_002);
}

#[tokio::test]
async fn nobody_at_the_address_is_said_so() {
    let scene = Scene::new("login_nobody").await;
    // A port that was free a moment ago; the listener is gone before we connect.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("postgresql://u@127.0.0.1:{port}/d");
    assert_eq!(scene.refusal(scene.settings_at(&address)).await.code, Code::PG_001);
    let address = "host=/nonexistent user=u";
    assert_eq!(scene.refusal(scene.settings_at(address)).await.code, Code::PG_001);
    let address = scene.url().replace(&format!("/{}", scene.name), "/no_such_database");
    assert_eq!(scene.refusal(scene.settings_at(&address)).await.code, Code::PG_002);
}

/// Makes an authority and a server certificate for `localhost`, and turns TLS on. Returns the
/// folder with `ca.pem`, `other.pem` (an authority that has nothing to do with it) and
/// `server.pem`.
async fn certificates() -> tempfile::TempDir {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    for name in ["ca", "other"] {
        let authority = format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -keyout {name}.key \
             -out {name}.pem"
        );
        openssl(folder, &authority);
    }
    openssl(
        folder,
        "req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr",
    );
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    openssl(
        folder,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
         -extfile names -out server.pem",
    );
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let key = shared().write_file("server.key", &read("server.key")).unwrap();
    let certificate = shared().write_file("server.pem", &read("server.pem")).unwrap();
    let admin = connect(&shared().url("postgres")).await;
    for statement in [
        format!("ALTER SYSTEM SET ssl_key_file = '{}'", key.display()),
        format!("ALTER SYSTEM SET ssl_cert_file = '{}'", certificate.display()),
        "ALTER SYSTEM SET ssl = on".to_owned(),
        "SELECT pg_reload_conf()".to_owned(),
    ] {
        admin.batch_execute(&statement).await.unwrap();
    }
    temporary
}

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the openssl command is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn tls_verifies_what_sslmode_says() {
    let scene = Scene::new("login_tls").await;
    let temporary = certificates().await;
    let folder = temporary.path();
    scene.until("SELECT setting FROM pg_settings WHERE name = 'ssl'", "on").await;
    let address = |host: &str, mode: &str, root: Option<&str>| {
        let root = root.map(|root| format!("&sslrootcert={}", folder.join(root).display()));
        let url = scene.url().replace("127.0.0.1", host);
        scene.settings_at(&format!("{url}?sslmode={mode}{}", root.unwrap_or_default()))
    };
    // A name on the certificate and an authority that vouches for it.
    works(address("localhost", "verify-full", Some("ca.pem"))).await;
    // Pinned: the very certificate, which is no authority.
    drop_slot(&scene).await;
    works(address("localhost", "verify-full", Some("server.pem"))).await;
    for (host, mode, root) in
        [("127.0.0.1", "verify-ca", "ca.pem"), ("127.0.0.1", "require", "ca.pem")]
    {
        drop_slot(&scene).await;
        works(address(host, mode, Some(root))).await;
    }
    drop_slot(&scene).await;
    works(address("127.0.0.1", "require", None)).await;
    for (host, mode, root) in [
        ("localhost", "verify-full", Some("other.pem")),
        ("localhost", "verify-ca", Some("other.pem")),
        ("localhost", "require", Some("other.pem")),
        ("localhost", "verify-full", None),
        ("127.0.0.1", "verify-full", Some("ca.pem")),
        ("127.0.0.1", "verify-full", Some("server.pem")),
        ("localhost", "verify-full", Some("missing.pem")),
    ] {
        let fault = scene.refusal(address(host, mode, root)).await;
        assert_eq!(fault.code, Code::PG_007, "{host} {mode} {root:?}: {fault}");
    }
    // The login was bound to the channel, and both connections were encrypted.
    let mut follower =
        Follower::new(address("localhost", "verify-full", Some("ca.pem")), None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    let encrypted = "SELECT string_agg(ssl::text, ' ') FROM pg_stat_ssl JOIN pg_stat_activity \
        USING (pid) WHERE application_name LIKE 'lawtail/login_tls%'";
    // Whatever copied may not have taken its leave yet.
    scene.until(encrypted, "true true").await;
}

#[tokio::test]
async fn a_server_without_tls_is_refused_when_tls_is_required() {
    let cluster = crate::support::cluster(&[], Vec::new());
    for mode in ["require", "verify-full"] {
        let address = format!("{}?sslmode={mode}", cluster.url("postgres"));
        let settings = crate::support::settings(&address, "p");
        assert_eq!(crate::support::refusal(settings).await.code, Code::PG_007);
    }
}
