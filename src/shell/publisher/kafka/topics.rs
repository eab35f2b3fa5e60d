//! The topics: created when they are missing, verified when they are there.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::listener::Listener;
use super::settings::{self, KafkaSettings};
use crate::model::{Code, Fault};
use crate::wire::Topic;

type Administration = AdminClient<Listener>;

/// Creates what is missing and verifies what is there.
///
/// # Errors
/// `KFK-001` when no broker answers, `KFK-002` when a topic may not be created or would lose
/// events.
pub(super) async fn prepare(
    settings: &KafkaSettings,
    client: &ClientConfig,
    listener: &Listener,
) -> Result<(), Fault> {
    let administration: Administration = client
        .create_with_context(listener.clone())
        .map_err(|error| settings::refused_configuration(&error))?;
    let mut missing = Vec::new();
    for topic in Topic::ALL {
        if !verify(settings, &administration, topic).await? {
            missing.push(topic);
        }
    }
    create(settings, &administration, &missing).await
}

fn options(settings: &KafkaSettings) -> AdminOptions {
    AdminOptions::new().request_timeout(Some(settings.timeout))
}

/// Whether the topic is there. The client tells nothing of a topic that is missing, nor of one
/// whose settings may not be read.
async fn verify(
    settings: &KafkaSettings,
    administration: &Administration,
    topic: Topic,
) -> Result<bool, Fault> {
    let name = settings.topic(topic);
    let specifier = [ResourceSpecifier::Topic(&name)];
    let answer = administration.describe_configs(&specifier, &options(settings)).await;
    let answer = answer.map_err(|error| broken(&error, &name))?;
    let described = answer.iter().find_map(|found| found.as_ref().ok()?.get("cleanup.policy"));
    match described.and_then(|entry| entry.value.as_deref()) {
        Some(policy) => verify_cleanup(topic, &name, policy).map(|()| true),
        None => Ok(false),
    }
}

/// The data map is kept by key for ever; of everything else each event counts.
fn verify_cleanup(topic: Topic, name: &str, policy: &str) -> Result<(), Fault> {
    let compacted = policy.split(',').any(|part| part.trim() == "compact");
    let wanted = cleanup_policy(topic);
    if compacted == (wanted == "compact") {
        return Ok(());
    }
    let cause = format!("{name} has cleanup.policy={policy}, it must be {wanted}");
    let help = format!(
        "kafka-configs.sh --alter --entity-type topics --entity-name {name} \
         --add-config cleanup.policy={wanted}"
    );
    Err(Fault::new(Code::KFK_002, cause).help(help))
}

fn cleanup_policy(topic: Topic) -> &'static str {
    match topic {
        Topic::Catalogue => "compact",
        Topic::Findings | Topic::Incidents | Topic::Coverage => "delete",
    }
}

async fn create(
    settings: &KafkaSettings,
    administration: &Administration,
    missing: &[Topic],
) -> Result<(), Fault> {
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(|topic| settings.topic(*topic)).collect();
    // -1 leaves the number of replicas to the broker (KIP-464).
    let replication = settings.replication.unwrap_or(-1);
    let wanted: Vec<NewTopic<'_>> = names
        .iter()
        .zip(missing)
        .map(|(name, topic)| {
            NewTopic::new(name, settings.partitions, TopicReplication::Fixed(replication))
                .set("cleanup.policy", cleanup_policy(*topic))
        })
        .collect();
    let answer = administration.create_topics(&wanted, &options(settings)).await;
    for outcome in answer.map_err(|error| broken(&error, &names.join(", ")))? {
        match outcome {
            Ok(name) => tracing::info!(topic = name, "created the topic"),
            Err((name, RDKafkaErrorCode::TopicAlreadyExists)) => {
                tracing::warn!(topic = name, "may not read the topic's settings: not verified");
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

/// The fault of a broker's or librdkafka's refusal: whatever may pass by itself is tried again.
pub(super) fn fault(code: RDKafkaErrorCode, place: &str) -> Fault {
    use RDKafkaErrorCode::*;
    let kind = match code {
        MessageSizeTooLarge
        | InvalidMessageSize
        | InvalidTopic
        | InvalidRecord
        | MessageBatchTooLarge
        | TopicAuthorizationFailed
        | ClusterAuthorizationFailed
        | PolicyViolation
        | InvalidConfig
        | InvalidPartitions
        | UnsupportedForMessageFormat => Code::KFK_002,
        _ => Code::KFK_001,
    };
    let fault = Fault::new(kind, format!("{place}: {code}"));
    match code {
        TopicAuthorizationFailed | ClusterAuthorizationFailed => fault.help(
            "allow this user Write, Describe and DescribeConfigs on the topics, and Create while \
             they are missing",
        ),
        _ => fault,
    }
}
