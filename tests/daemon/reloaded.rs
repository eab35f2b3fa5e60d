//! SIGHUP, or files that change: policies are read anew, all or nothing, while the program runs.

use lawtail::policy::embedded;
use lawtail::wire::Topic;
use serde_json::Value;

use crate::support::{Crm, Home, Lawtail, rows};

const ON_TRIAL: &str = "\
pack: demo
register: demo
profile: strict
grace: 1s
rules: {LB-001: trial}
";

/// What has been published about policies.
fn told(home: &Home) -> Vec<Value> {
    let published = home.published();
    let bodies = published.once(Topic::Policies);
    bodies.iter().map(|event| serde_json::from_str(&event.data).unwrap()).collect()
}

/// Asks for the policies to be read anew, and waits until so many events were told of them.
async fn reload(home: &Home, lawtail: &mut Lawtail, events: usize) -> Value {
    lawtail.signal("HUP");
    let told = async |_: &Lawtail| told(home).into_iter().nth(events - 1);
    lawtail.until("the event of the policies", told).await
}

#[tokio::test]
async fn policies_are_read_anew_all_or_nothing() {
    let crm = Crm::new("reloaded").await;
    let home = Home::following(&crm);
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::stranger(100)).await;
    lawtail.until_found(&home, "LB-001", 100).await;
    let before = home.path("policies/policy.yaml");
    let before = std::fs::read_to_string(before).unwrap();

    // A folder with a fault changes nothing.
    home.write("policies/policy.yaml", "pack: demo\nregister: demo\nprofile: lenient\nrulez: {}\n");
    let refused = reload(&home, &mut lawtail, 1).await;
    let own = &refused["unmapped"]["gdpr"];
    assert_eq!(
        (&own["event"], &own["code"], &own["faults"]),
        (&"refused".into(), &"POL-002".into(), &2.into())
    );
    assert_eq!(refused["status_id"], 2);
    let former = own["policy_digest"].as_str().unwrap().to_owned();
    assert!(!lawtail.said("new policies were refused; those in force stay").is_empty());
    let count = "lawtail_policy_reloads_total{outcome=\"refused\"}";
    assert_eq!(lawtail.metric(count).await, Some(1.0));
    crm.run(&rows::stranger(101)).await;
    lawtail.until_found(&home, "LB-001", 101).await;

    // Nor does one whose pack is another.
    home.write("policies/policy.yaml", &before);
    let pack = &embedded::demo()["packs/demo.yaml"];
    home.write(
        "policies/packs/demo.yaml",
        pack.replacen("provenance: origin", "provenance: replica", 1),
    );
    let refused = reload(&home, &mut lawtail, 2).await;
    assert_eq!(refused["unmapped"]["gdpr"]["code"], "POL-004");
    home.write("policies/packs/demo.yaml", pack);

    // One without fault takes its place from here on.
    home.write("policies/policy.yaml", ON_TRIAL);
    let replaced = reload(&home, &mut lawtail, 3).await;
    let own = &replaced["unmapped"]["gdpr"];
    assert_eq!((&own["event"], &own["former"]), (&"replaced".into(), &former.as_str().into()));
    let digest = own["policy_digest"].as_str().unwrap().to_owned();
    assert_ne!(digest, former);
    crm.run(&rows::stranger(102)).await;
    lawtail.until_found(&home, "LB-001", 102).await;
    let (_, metrics) = lawtail.get("/metrics").await.unwrap();
    assert!(metrics.contains(&digest) && !metrics.contains(&former));
    assert_eq!(lawtail.metric("lawtail_trial_findings_total{code=\"LB-001\"}").await, Some(1.0));

    // The same again says nothing.
    lawtail.signal("HUP");
    let unchanged = "lawtail_policy_reloads_total{outcome=\"unchanged\"}";
    lawtail.until_metric(unchanged, |count| count == 1.0).await;
    lawtail.terminate().await.assert_clean();

    let events = home.published();
    let standing = |finding: &Value| finding["unmapped"]["gdpr"]["standing"].clone();
    let findings = events.once(Topic::Findings);
    let findings: Vec<Value> =
        findings.iter().map(|event| serde_json::from_str(&event.data).unwrap()).collect();
    let of = |digest: &str| {
        let own = |it: &&Value| {
            it["unmapped"]["gdpr"]["policy_digest"] == digest
                && it["unmapped"]["gdpr"]["rule"] == "LB-001"
        };
        findings.iter().filter(own).map(standing).collect::<Vec<_>>()
    };
    assert_eq!(of(&former), [Value::Null, Value::Null]);
    assert_eq!(of(&digest), ["trial"]);

    // A restart with other policies is told like a reload.
    home.write("policies/policy.yaml", &before);
    let mut lawtail = home.start();
    let back = lawtail.until("the restart's event", async |_| told(&home).into_iter().nth(3)).await;
    assert_eq!(back["unmapped"]["gdpr"]["former"], digest.as_str());
    assert_eq!(back["unmapped"]["gdpr"]["policy_digest"], former.as_str());
    lawtail.terminate().await.assert_clean();
    assert_eq!(told(&home).len(), 4);
}

/// As a ConfigMap is mounted: the files are links into a folder that is one itself, and that is swapped.
#[tokio::test]
async fn a_folder_that_has_changed_is_taken_over_unasked_and_whole() {
    let crm = Crm::new("changed").await;
    let mut home = Home::following(&crm);
    home.set("policies", "{folder: mounted, reload_on_change: true}");
    let before = std::fs::read_to_string(home.path("policies/policy.yaml")).unwrap();
    std::fs::rename(home.path("policies"), home.path("first")).unwrap();
    for folder in ["second", "third"] {
        for (path, text) in embedded::demo() {
            home.write(&format!("{folder}/{path}"), &text);
        }
    }
    home.write("second/policy.yaml", ON_TRIAL);
    home.write("third/policy.yaml", &before);
    home.write("third/profiles/torn.yaml", "profile: torn\nchannels: [\n");
    let mounted = home.path("mounted");
    std::fs::create_dir(&mounted).unwrap();
    link(&home.path("first"), &mounted.join("..data"));
    for entry in std::fs::read_dir(home.path("first")).unwrap() {
        let name = entry.unwrap().file_name();
        link(&std::path::Path::new("..data").join(&name), &mounted.join(&name));
    }
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::stranger(100)).await;
    lawtail.until_found(&home, "LB-001", 100).await;

    let swap = |folder: &str| {
        link(&home.path(folder), &mounted.join("..next"));
        std::fs::rename(mounted.join("..next"), mounted.join("..data")).unwrap();
    };
    swap("second");
    let nth = |number: usize| {
        let home = &home;
        async move |_: &Lawtail| told(home).into_iter().nth(number)
    };
    let replaced = lawtail.until("the event of the swap", nth(0)).await;
    let own = &replaced["unmapped"]["gdpr"];
    assert_eq!(own["event"], "replaced");
    let former = own["former"].clone();

    // A set with a fault is refused once, and what stands beside it is not taken over.
    swap("third");
    let refused = lawtail.until("the event of the fault", nth(1)).await;
    assert_eq!(refused["unmapped"]["gdpr"]["event"], "refused");
    swap("first");
    let back = lawtail.until("the event of the mended set", nth(2)).await;
    assert_eq!(back["unmapped"]["gdpr"]["policy_digest"], former);
    let count = |outcome: &str| format!("lawtail_policy_reloads_total{{outcome=\"{outcome}\"}}");
    assert_eq!(lawtail.metric(&count("unchanged")).await.unwrap_or(0.0), 0.0);
    assert_eq!(lawtail.metric(&count("refused")).await, Some(1.0));
    lawtail.terminate().await.assert_clean();
    assert_eq!(told(&home).len(), 3);
}

fn link(to: &std::path::Path, from: &std::path::Path) {
    std::os::unix::fs::symlink(to, from).unwrap();
}
