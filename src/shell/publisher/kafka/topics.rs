//! The topics: created when they are missing, verified when they are there.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::listener::Listener;
use super::settings::{self, KafkaSettings};
use crate::model::{Code, Fault};
use crate::wire::Topic;

type Administration = AdminClient<Listener>;

/// Creates what is missing and verifies what is there. That of letters may be missing: nothing is
/// written to it as long as nothing is refused, and who has made the topics for an earlier version
/// has made none.
///
/// # Errors
/// `KFK-001` when no broker answers, `KFK-002` when a topic may not be created or would lose
/// events.
pub(super) async fn prepare(
    settings: &KafkaSettings,
    client: &ClientConfig,
    listener: &Listener,
) -> Result<(), Fault> {
    let administration = administration(client, listener)?;
    create_missing(settings, &administration, wanted(settings)).await?;
    let letters = create_missing(settings, &administration, vec![letters(settings)]).await;
    if let Err(fault) = letters {
        tracing::warn!(
            code = %fault.code,
            cause = fault.cause,
            remedy = fault.remedy(),
            "no topic for what Kafka refuses; it is needed once an event has to be set aside"
        );
    }
    Ok(())
}

/// The topic of letters, when there is one to write.
///
/// # Errors
/// As [`prepare`].
pub(super) async fn prepare_letters(
    settings: &KafkaSettings,
    client: &ClientConfig,
    listener: &Listener,
) -> Result<(), Fault> {
    let administration = administration(client, listener)?;
    create_missing(settings, &administration, vec![letters(settings)]).await
}

fn administration(client: &ClientConfig, listener: &Listener) -> Result<Administration, Fault> {
    let made = client.create_with_context(listener.clone());
    made.map_err(|error| settings::refused_configuration(&error))
}

async fn create_missing(
    settings: &KafkaSettings,
    administration: &Administration,
    all: Vec<Wanted>,
) -> Result<(), Fault> {
    let mut missing = Vec::new();
    for wanted in all {
        if !verify(settings, administration, &wanted).await? {
            missing.push(wanted);
        }
    }
    create(settings, administration, &missing).await
}

/// A topic as it has to be.
struct Wanted {
    name: String,
    cleanup: &'static str,
    partitions: i32,
}

impl Wanted {
    fn new_topic(&self, replication: i32) -> NewTopic<'_> {
        let replication = TopicReplication::Fixed(replication);
        NewTopic::new(&self.name, self.partitions, replication).set("cleanup.policy", self.cleanup)
    }
}

/// Read by whoever looks after what was refused.
fn letters(settings: &KafkaSettings) -> Wanted {
    Wanted { name: settings.dead_letters(), cleanup: "delete", partitions: 1 }
}

/// All but that of letters. The data map and the progress are kept by key for ever; of everything
/// else each event counts.
fn wanted(settings: &KafkaSettings) -> Vec<Wanted> {
    let topic = |topic: Topic| {
        let cleanup = if topic == Topic::Catalogue { "compact" } else { "delete" };
        Wanted { name: settings.topic(topic), cleanup, partitions: settings.partitions }
    };
    let progress = Wanted { name: settings.progress(), cleanup: "compact", partitions: 1 };
    let progress = settings.exactly_once.then_some(progress);
    Topic::ALL.into_iter().map(topic).chain(progress).collect()
}

fn options(settings: &KafkaSettings) -> AdminOptions {
    AdminOptions::new().request_timeout(Some(settings.timeout))
}

/// Whether the topic is there. The client tells nothing of a topic that is missing, nor of one
/// whose settings may not be read.
async fn verify(
    settings: &KafkaSettings,
    administration: &Administration,
    wanted: &Wanted,
) -> Result<bool, Fault> {
    let name = &wanted.name;
    let specifier = [ResourceSpecifier::Topic(name)];
    let answer = administration.describe_configs(&specifier, &options(settings)).await;
    let answer = answer.map_err(|error| broken(&error, name))?;
    let described = answer.iter().find_map(|found| found.as_ref().ok()?.get("cleanup.policy"));
    match described.and_then(|entry| entry.value.as_deref()) {
        Some(policy) => verify_cleanup(wanted, policy).map(|()| true),
        None => Ok(false),
    }
}

fn verify_cleanup(wanted: &Wanted, policy: &str) -> Result<(), Fault> {
    let Wanted { name, cleanup, .. } = wanted;
    let has = |what: &str| policy.split(',').any(|part| part.trim() == what);
    let fits = match *cleanup {
        "compact" => has("compact") && !has("delete"),
        _ => !has("compact"),
    };
    if fits {
        return Ok(());
    }
    let cause = format!("{name} has cleanup.policy={policy}, it must be {cleanup}");
    let help = format!(
        "kafka-configs.sh --alter --entity-type topics --entity-name {name} \
         --add-config cleanup.policy={cleanup}"
    );
    Err(Fault::new(Code::KFK_002, cause).help(help))
}

async fn create(
    settings: &KafkaSettings,
    administration: &Administration,
    missing: &[Wanted],
) -> Result<(), Fault> {
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|wanted| wanted.name.as_str()).collect();
    // -1 leaves the number of replicas to the broker (KIP-464).
    let replication = settings.replication.unwrap_or(-1);
    let topics: Vec<NewTopic<'_>> = missing.iter().map(|it| it.new_topic(replication)).collect();
    let answer = administration.create_topics(&topics, &options(settings)).await;
    for outcome in answer.map_err(|error| broken(&error, &names.join(", ")))? {
        match outcome {
            Ok(name) => tracing::info!(topic = name, "created the topic"),
            // Somebody else has just made it, or its settings may not be read.
            Err((name, RDKafkaErrorCode::TopicAlreadyExists)) => {
                let there = missing.iter().find(|wanted| wanted.name == name);
                let Some(there) = there else { continue };
                if !verify(settings, administration, there).await? {
                    tracing::warn!(topic = name, "may not read the topic's settings: not verified");
                }
            }
            Err((name, code)) => {
                return Err(fault(code, &format!("{name} cannot be created")));
            }
        }
    }
    Ok(())
}

/// The fault of an administrative request that failed as a whole.
fn broken(error: &KafkaError, place: &str) -> Fault {
    match error {
        KafkaError::AdminOp(code) => fault(*code, place),
        other => Fault::new(Code::KFK_001, format!("{place}: {other}")),
    }
}

/// Whether an event, or several together, are refused for what they are.
pub(super) fn is_of_the_event(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::*;
    matches!(code, MessageSizeTooLarge | InvalidMessageSize | InvalidRecord | MessageBatchTooLarge)
}

/// The fault of a broker's or librdkafka's refusal: whatever may pass by itself is tried again.
pub(super) fn fault(code: RDKafkaErrorCode, place: &str) -> Fault {
    use RDKafkaErrorCode::*;
    let kind = match code {
        code if is_of_the_event(code) => Code::KFK_004,
        InvalidTopic
        | TopicAuthorizationFailed
        | ClusterAuthorizationFailed
        | TransactionalIdAuthorizationFailed
        | InvalidTransactionTimeout
        | PolicyViolation
        | InvalidConfig
        | InvalidPartitions
        | UnsupportedForMessageFormat => Code::KFK_002,
        Fenced | ProducerFenced | InvalidProducerEpoch => Code::KFK_003,
        _ => Code::KFK_001,
    };
    let fault = Fault::new(kind, format!("{place}: {code}"));
    match code {
        TransactionalIdAuthorizationFailed => fault.help(
            "allow this user Write and Describe on the transactional ids that begin with the \
             prefix and a dot, or set publish.kafka.exactly_once: false",
        ),
        InvalidTransactionTimeout => fault.help("raise the brokers' transaction.max.timeout.ms"),
        TopicAuthorizationFailed | ClusterAuthorizationFailed => fault.help(
            "allow this user Write, Describe and DescribeConfigs on the topics, Read on the one \
             called progress, and Create while they are missing",
        ),
        _ => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_would_lose_events_is_refused() {
        let verified = |cleanup, policy| {
            let wanted = Wanted { name: "lawtail.findings".into(), cleanup, partitions: 1 };
            verify_cleanup(&wanted, policy).map_err(|fault| fault.code)
        };
        assert_eq!(verified("delete", "delete"), Ok(()));
        assert_eq!(verified("compact", "compact"), Ok(()));
        for both in ["compact,delete", "delete, compact"] {
            assert_eq!(verified("compact", both), Err(Code::KFK_002), "{both}");
            assert_eq!(verified("delete", both), Err(Code::KFK_002), "{both}");
        }
        assert_eq!(verified("compact", "delete"), Err(Code::KFK_002));
        assert_eq!(verified("delete", "compact"), Err(Code::KFK_002));
    }
}
