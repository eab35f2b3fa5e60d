//! Who may connect, and how: SASL over TLS, TLS with a client's certificate, and what is said when it fails.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use lawtail::model::{Code, Fault, Recovery};
use lawtail::shell::contract::Publisher;
use lawtail::shell::publisher::KafkaSettings;
use lawtail::wire::Topic;

use super::broker::{Broker, Setup, free_port};
use super::consumer::consume;
use super::{finding, publisher, seal};

const PASSWORD: &str = "correct-horse";

/// A broker with a listener for SASL over TLS and one for TLS with client certificates. Without
/// either, one is nobody, who may do all that tests do beside.
struct Secured {
    broker: Broker,
    sasl: u16,
    tls: u16,
    folder: tempfile::TempDir,
}

impl Secured {
    fn start() -> Secured {
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path());
        let (sasl, tls) = (free_port(), free_port());
        let at = |name: &str| folder.path().join(name).display().to_string();
        let plain = "org.apache.kafka.common.security.plain.PlainLoginModule required";
        let scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
        let bearer = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required";
        let properties = format!(
            "ssl.keystore.type=PEM\nssl.keystore.location={}\n\
             ssl.truststore.type=PEM\nssl.truststore.location={}\n\
             listener.name.ssl.ssl.client.auth=required\n\
             sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER\n\
             listener.name.sasl_ssl.plain.sasl.jaas.config={plain} user_lawtail=\"{PASSWORD}\" \
             user_stranger=\"{PASSWORD}\";\n\
             listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config={scram}\n\
             listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={scram}\n\
             listener.name.sasl_ssl.oauthbearer.sasl.jaas.config={bearer};\n\
             authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
             super.users=User:ANONYMOUS;User:lawtail;User:CN=lawtail\n",
            at("broker.pem"),
            at("ca.pem"),
        );
        let user = |bits: u32| format!("SCRAM-SHA-{bits}=[name=lawtail,password={PASSWORD}]");
        let setup = Setup {
            listeners: vec![("SASL_SSL", sasl), ("SSL", tls)],
            properties,
            users: vec![user(256), user(512)],
            ..Setup::default()
        };
        Secured { broker: Broker::with(&setup), sasl, tls, folder }
    }

    fn shared() -> Arc<Secured> {
        static SHARED: Mutex<Weak<Secured>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let secured = Arc::new(Secured::start());
            *shared = Arc::downgrade(&secured);
            secured
        })
    }

    /// Settings for SASL over TLS with these properties.
    fn sasl(&self, prefix: &str, properties: &[(&str, &str)]) -> KafkaSettings {
        let given = [("security.protocol", "sasl_ssl")];
        self.settings(self.sasl, prefix, &[&given, properties].concat())
    }

    /// Settings for TLS with these properties.
    fn tls(&self, prefix: &str, properties: &[(&str, &str)]) -> KafkaSettings {
        self.settings(self.tls, prefix, &[&[("security.protocol", "ssl")], properties].concat())
    }

    fn settings(&self, port: u16, prefix: &str, properties: &[(&str, &str)]) -> KafkaSettings {
        let mut settings = KafkaSettings {
            timeout: Duration::from_secs(20),
            ..KafkaSettings::new(format!("127.0.0.1:{port}"), prefix)
        };
        let authority = self.folder.path().join("ca.pem").display().to_string();
        settings.properties.insert("ssl.ca.location".into(), authority);
        for (key, value) in properties {
            // Files lie in the folder.
            let value = match value.ends_with(".pem") || value.ends_with(".key") {
                true => self.folder.path().join(value).display().to_string(),
                false => (*value).to_owned(),
            };
            settings.properties.insert((*key).into(), value);
        }
        settings
    }
}

/// An authority, another one, the broker's certificate and those of two clients.
fn certificates(folder: &Path) {
    for name in ["ca", "other"] {
        openssl(
            folder,
            &format!(
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -keyout {name}.key \
                 -out {name}.pem"
            ),
        );
    }
    fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
    for (name, authority) in [("server", "ca"), ("lawtail", "ca"), ("forged", "other")] {
        openssl(
            folder,
            &format!("req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out csr"),
        );
        openssl(
            folder,
            &format!(
                "x509 -req -in csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial \
                 -days 2 -extfile names -out {name}.pem"
            ),
        );
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    fs::write(folder.join("broker.pem"), read("server.key") + &read("server.pem")).unwrap();
}

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the openssl command is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn password<'a>(mechanism: &'a str, user: &'a str, password: &'a str) -> [(&'a str, &'a str); 3] {
    [("sasl.mechanism", mechanism), ("sasl.username", user), ("sasl.password", password)]
}

const TOKEN: [(&str, &str); 3] = [
    ("sasl.mechanism", "OAUTHBEARER"),
    ("enable.sasl.oauthbearer.unsecure.jwt", "true"),
    ("sasl.oauthbearer.config", "principal=lawtail"),
];

const CERTIFICATE: [(&str, &str); 2] =
    [("ssl.certificate.location", "lawtail.pem"), ("ssl.key.location", "lawtail.key")];

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_log_in_publishes() {
    let secured = Secured::shared();
    let ways = [
        secured.sasl("plain", &password("PLAIN", "lawtail", PASSWORD)),
        secured.sasl("scram-256", &password("SCRAM-SHA-256", "lawtail", PASSWORD)),
        secured.sasl("scram-512", &password("SCRAM-SHA-512", "lawtail", PASSWORD)),
        secured.sasl("token", &TOKEN),
        secured.tls("certificate", &CERTIFICATE),
    ];
    let events = seal((1..=20).map(finding));
    for settings in ways {
        let prefix = settings.prefix.clone();
        let mut publisher = publisher(settings);
        // A topic that was just made has no leader for a moment; the daemon tries again as well.
        let mut attempts = 0..10;
        while let Err(fault) = publisher.publish(&events).await {
            let passes = fault.code == Code::KFK_001 && attempts.next().is_some();
            assert!(passes, "{prefix}: {fault}");
        }
        assert!(consume(&secured.broker, &prefix, Topic::Findings) == events, "{prefix}");
        assert_eq!(publisher.reach().await, Ok(1), "{prefix}");
    }
}

async fn refused(settings: KafkaSettings) -> Fault {
    let short = KafkaSettings { timeout: Duration::from_secs(6), ..settings };
    let asked = publisher(short.clone()).reach().await;
    let fault = publisher(short).publish(&seal([finding(1)])).await.unwrap_err();
    if fault.code != Code::KFK_002 {
        assert_eq!(asked.unwrap_err().code, fault.code, "the doctor says the same");
    }
    assert!(!fault.to_string().contains("battery-staple"), "{fault}");
    fault
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_says_so() {
    let secured = Secured::shared();
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let wrong = password(mechanism, "lawtail", "battery-staple");
        let fault = refused(secured.sasl("login", &wrong)).await;
        assert_eq!((fault.code, fault.recovery()), (Code::KFK_005, Recovery::Retry), "{fault}");
        assert!(fault.remedy().contains("sasl") || fault.remedy().contains("user"), "{fault}");
    }
    let unknown = password("SCRAM-SHA-512", "nobody", PASSWORD);
    assert_eq!(refused(secured.sasl("login", &unknown)).await.code, Code::KFK_005);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_tls_says_so() {
    let secured = Secured::shared();
    let known = password("PLAIN", "lawtail", PASSWORD);
    let other = [known.as_slice(), &[("ssl.ca.location", "other.pem")]].concat();
    let forged = [("ssl.certificate.location", "forged.pem"), ("ssl.key.location", "forged.key")];
    let cases = [
        ("another authority", secured.sasl("tls", &other)),
        ("no certificate", secured.tls("tls", &[])),
        ("a forged certificate", secured.tls("tls", &forged)),
    ];
    for (case, settings) in cases {
        let fault = refused(settings).await;
        assert_eq!(
            (fault.code, fault.recovery()),
            (Code::KFK_006, Recovery::Retry),
            "{case}: {fault}"
        );
        assert!(fault.remedy().contains("ssl.ca.location"), "{case}: {fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_write_is_told_what_to_grant() {
    let secured = Secured::shared();
    let known = password("PLAIN", "stranger", PASSWORD);
    let fault = refused(secured.sasl("stranger", &known)).await;
    assert_eq!((fault.code, fault.recovery()), (Code::KFK_002, Recovery::Stop), "{fault}");
    assert!(fault.remedy().contains("allow this user"), "{fault}");
}
