//! One emission of every kind, for the tests of this layer and the examples in `deploy/schemas`.

use uuid::Uuid;

use crate::model::*;
use crate::wire::Origin;

pub(crate) fn origin() -> Origin {
    Origin { system: "7301234567890123456".into(), database: "crm".into() }
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(crate) fn finding() -> Finding {
    let table = TableName::new("crm", "sends");
    let position = Position { commit: Lsn(0x16_B374_D848), ordinal: 3 };
    let evidence = |role, table: &TableName, row, commit| Evidence {
        role,
        table: table.clone(),
        row,
        position: Position { commit: Lsn(commit), ordinal: 1 },
    };
    Finding {
        id: Uuid::from_u128(0x5EED),
        activity: Activity::Create,
        code: Code::CN_002,
        status: Status::Violation,
        severity: Severity::Critical,
        standing: Standing::Enforced,
        position,
        xid: 4711,
        time: time("2026-03-02T09:15:00.25Z"),
        judged: time("2026-03-02T09:15:30Z"),
        table: table.clone(),
        subject: Some(Reference([0xA5; 16])),
        actor: Some(Reference([0x0C; 16])),
        purpose: Some("newsletter".into()),
        channel: Some(Channel::Email),
        reason: "the permission was withdrawn 3 days before the message was sent".into(),
        evidence: vec![
            evidence(EvidenceRole::Processing, &table, Some(Reference([1; 16])), 0x16_B374_D848),
            evidence(
                EvidenceRole::Permission,
                &TableName::new("crm", "consents"),
                None,
                0x16_0000_0010,
            ),
        ],
        count: 1,
        profile: "gdpr-baseline".into(),
        policy_digest: "d".repeat(64),
        own_rule: None,
    }
}

pub(crate) fn gap_finding() -> Finding {
    Finding {
        id: Uuid::from_u128(0xC0F),
        code: Code::COV_003,
        status: Status::Gap,
        severity: Severity::Informational,
        subject: None,
        actor: None,
        purpose: None,
        channel: None,
        reason: "the table is in no pack".into(),
        evidence: Vec::new(),
        ..finding()
    }
}

pub(crate) fn incident() -> Incident {
    let occurred = time("2026-03-02T03:00:00Z");
    let detected = time("2026-03-02T03:00:02Z");
    Incident {
        id: Uuid::from_u128(0x1AC1D),
        version: 2,
        activity: Activity::Update,
        code: Code::SEC_002,
        further_codes: Vec::new(),
        state: IncidentState::Open,
        breach_types: vec![BreachType::Integrity, BreachType::Availability],
        score: SeverityScore {
            processing_context: 200,
            ease_of_identification: 100,
            confidentiality: 0,
            integrity: 25,
            availability: 50,
            malicious_intent: 0,
        },
        occurred,
        latest: detected,
        detected,
        deadline: detected + limits::NOTIFICATION_WINDOW,
        first: Position { commit: Lsn(0x17_0000_0000), ordinal: 1 },
        last: Position { commit: Lsn(0x17_0000_4000), ordinal: 1_204 },
        actor: None,
        further_actors: Vec::new(),
        affected: Affected {
            subjects: Some(SubjectCount { value: 1_200, exact: false }),
            records: 1_204,
            cells: vec![
                CategoryCount { category: Category::Name, cells: 1_204 },
                CategoryCount { category: Category::Email, cells: 1_180 },
            ],
            tables: vec![TableName::new("crm", "contacts")],
            reversible: false,
        },
        handling: Handling::default(),
        transaction: None,
        reason: "1204 data subjects deleted in one transaction, at most 50 expected".into(),
        policy_digest: "d".repeat(64),
    }
}

/// One that is told before the commit.
pub(crate) fn provisional() -> Incident {
    Incident {
        id: Uuid::from_u128(0xA1A),
        state: IncidentState::Provisional,
        transaction: Some(OpenTransaction {
            xid: 4711,
            first: Lsn(0x17_0000_0000),
            backend: Some(Backend {
                pid: 31_337,
                user: "crm_app".into(),
                application: "psql".into(),
                address: "192.0.2.7".into(),
            }),
            erased_cells: 1_204,
            special_cells: 0,
            interruption: Some(Interruption::WouldCancel),
            committed: None,
            continued_by: None,
        }),
        ..incident()
    }
}

pub(crate) fn catalogue() -> CatalogueEntry {
    CatalogueEntry {
        table: TableName::new("crm", "contacts"),
        column: "e-mail.private".into(),
        path: None,
        verdict: ColumnVerdict {
            category: Some(Category::Email),
            confidence: 985,
            source: VerdictSource::Values,
            why: "498 of 505 values are e-mail addresses".into(),
        },
        position: Position { commit: Lsn(0x15_0000_0000), ordinal: 512 },
        time: time("2026-03-01T00:00:00Z"),
    }
}

pub(crate) fn observation() -> Observation {
    let (since, until) = (Timestamp(1_772_442_000_000_000), Timestamp(1_772_445_599_000_000));
    let (from, to) = (Lsn(0x16B_3748), Lsn(0x19C_0210));
    Observation { from, to, since, until, transactions: 1_284, digest: [0xcd; 32] }
}

pub(crate) fn gap() -> Gap {
    Gap {
        from: Lsn(0x15_0000_0000),
        to: Lsn(0x16_0000_0000),
        time: time("2026-03-01T12:00:00Z"),
        cause: GapCause::SlotLost,
    }
}

/// One that an exception holds for.
pub(crate) fn suppressed() -> Finding {
    Finding {
        id: Uuid::from_u128(0x5E7),
        severity: Severity::Informational,
        standing: Standing::Suppressed {
            exception: "paper-forms".into(),
            owner: "head of marketing".into(),
        },
        ..finding()
    }
}

/// One of a rule of the controller's own.
pub(crate) fn own() -> Finding {
    Finding {
        id: Uuid::from_u128(0x0E1),
        code: Code::OWN_001,
        severity: Severity::Medium,
        table: TableName::new("crm", "consents"),
        purpose: None,
        channel: None,
        reason: "somebody was opted out without a reason".into(),
        own_rule: Some(OwnRuleName {
            name: "opt-out-reason".into(),
            article: "GDPR Art. 5(2)".into(),
            says: "somebody was opted out without a reason".into(),
            remedy: "ask whoever made the change for the reason and record it".into(),
        }),
        ..finding()
    }
}

pub(crate) fn policies(event: PolicyEvent) -> PolicyNews {
    PolicyNews {
        id: Uuid::from_u128(0x901),
        time: time("2026-03-01T12:00:00Z"),
        event,
        digest: "d".repeat(64),
    }
}

pub(crate) fn replaced() -> PolicyNews {
    policies(PolicyEvent::Replaced { former: "c".repeat(64) })
}

fn refused() -> PolicyNews {
    policies(PolicyEvent::Refused {
        code: Code::POL_002,
        place: Some("policy.yaml:3:1 (profile)".into()),
        faults: 2,
    })
}

fn expired() -> PolicyNews {
    policies(PolicyEvent::ExceptionExpired {
        exception: "paper-forms".into(),
        rule: Code::CN_005,
        owner: "head of marketing".into(),
        expired: "2026-03-01T00:00:00Z".into(),
    })
}

fn maintained(name: Option<&str>, news: MaintenanceNews) -> PolicyNews {
    policies(PolicyEvent::Maintenance {
        maintenance: name.map(str::to_owned),
        news,
        rows: 40,
        declared_rows: 500,
    })
}

/// Every emission of the samples.
pub(crate) fn emissions() -> Vec<Emission> {
    let detector = Finding { id: Uuid::from_u128(0xDE7), code: Code::SEC_001, ..finding() };
    let not_personal = CatalogueEntry {
        column: "rank".into(),
        verdict: ColumnVerdict {
            category: None,
            source: VerdictSource::Name,
            ..catalogue().verdict
        },
        ..catalogue()
    };
    let within = CatalogueEntry {
        column: "profile".into(),
        path: Some("$.contacts[*].phone".into()),
        ..catalogue()
    };
    let unknown = Affected { subjects: None, cells: Vec::new(), ..incident().affected };
    let truncated = Incident {
        id: Uuid::from_u128(0x77),
        affected: unknown,
        further_codes: vec![Code::SEC_001],
        further_actors: vec![Reference([0x5A; 16])],
        ..incident()
    };
    let transaction = provisional().transaction.map(|transaction| OpenTransaction {
        committed: Some(incident().detected),
        continued_by: Some(incident().id),
        ..transaction
    });
    let (state, activity) = (IncidentState::Committed, Activity::Close);
    let continued = Incident { activity, state, transaction, ..provisional() };
    vec![
        Emission::Finding(Box::new(finding())),
        Emission::Finding(Box::new(gap_finding())),
        Emission::Finding(Box::new(detector)),
        Emission::Incident(Box::new(incident())),
        Emission::Incident(Box::new(truncated)),
        Emission::Catalogue(Box::new(catalogue())),
        Emission::Catalogue(Box::new(not_personal)),
        Emission::Catalogue(Box::new(within)),
        Emission::Coverage(gap()),
        Emission::Incident(Box::new(provisional())),
        Emission::Incident(Box::new(continued)),
        Emission::Finding(Box::new(suppressed())),
        Emission::Finding(Box::new(own())),
        Emission::Finding(Box::new(Finding { standing: Standing::Trial, ..suppressed() })),
        Emission::Policies(Box::new(replaced())),
        Emission::Policies(Box::new(refused())),
        Emission::Policies(Box::new(expired())),
        Emission::Policies(Box::new(maintained(Some("phone-format"), MaintenanceNews::Begun))),
        Emission::Policies(Box::new(maintained(None, MaintenanceNews::Exceeded))),
    ]
}
