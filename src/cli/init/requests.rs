//! What names say of requests of data subjects, in the languages of European CRMs: a comment for a person to
//! confirm.

use std::fmt::Write;

use super::draft::quoted;
use super::suggest::labels;
use super::words::{self, begins, folded, holds, is_one};
use crate::model::{Column, Table};

/// Names of requests as such.
const REQUESTS: &str = "\
    request erasure dsar auskunft loeschantr wniosk zadost verzoek arco pyynt betroffenenrecht";

/// Words for a request or for a right that mean one of data subjects beside a word for data protection.
const ASKED: &str = "\
    solicitud peticion demande pedido richiest istanz anfrag antrag antraeg zadani anmodning begaran \
    henvendel kerel cerer aitim derech droit diritt direito prawo rights ejercicio exerci eserci";

/// Words for data protection.
const PROTECTION: &str =
    "gdpr rgpd dsgvo rodo lopd avg privacy datenschutz proteccion protection datos";

/// Beginnings of words for each kind of request.
const KINDS: [(&str, &str); 6] = [
    (
        "access",
        "acces acceso accesso auskunft dostep inzage pristup indsigt tillgang tarkast hozzaf copia copie kopie",
    ),
    (
        "rectification",
        "rectif rettif retific berichtig sprostow opraw correct correz korrig korrekt corriger modific",
    ),
    (
        "erasure",
        "eras delet supres suppres effac cancel loesch losch usuni usunie verwijder vymaz slet rader poist torles sterg apag elimin oubli olvid",
    ),
    ("restriction", "restric limit einschraenk ogranicz beperk omezen begrans begraens"),
    ("portability", "portab uebertrag ubertrag przenies przenos overdra"),
    ("objection", "object opos oppos opon widersp sprzeciw bezwaar namit indsig invand tiltak"),
];

/// Beginnings of words for what is done, and for what is refused.
const FULFILLED: &str = "\
    fulfil complet done close finish resuel resolv resolu erledig abgeschl beantw clos trait termin conclu \
    evas chius zamkn zrealiz zakoncz wykonan afgerond afgehand vyriz klar avslut afslut valmis lezar rezolv \
    atendid cumpl";
const REJECTED: &str = "\
    reject refus denied deny deneg negad rechaz abgelehn ablehn rifiut respint odrzuc odmow afgewez geweiger \
    zamit avslag afvis hylat elutas respins recus indefer";

/// Whether the rows of a table may be requests of data subjects.
pub fn are_requests(table: &str) -> bool {
    let words = words::words(table);
    let any = |stems: &str| words.iter().any(|word| begins(word, stems));
    holds(&folded(table), REQUESTS)
        || words.iter().any(|it| is_one(it, "anfrage anfragen"))
        || any(ASKED) && any(PROTECTION)
}

/// What the columns say of kind and outcome, as far as the schema lists their words.
pub fn suggestion(table: &Table, state: Option<&Column>, text: &mut String) {
    let kinds = table.columns.iter().filter(|it| words::is_kind(&it.name));
    let kind = kinds.map(|it| (it, known_kinds(table, it))).find(|(_, pairs)| !pairs.is_empty());
    let kind = match kind {
        Some((column, pairs)) => {
            format!("{{column: {}, values: {{{}}}}}", quoted(&column.name), pairs.join(", "))
        }
        None => "…".to_owned(),
    };
    let outcome = |stems: &str| -> Option<String> {
        let state = state?;
        let labels = labels(table, &state.name).into_iter();
        let fitting: Vec<String> =
            labels.filter(|it| begins(&folded(it), stems)).map(|it| quoted(&it)).collect();
        let list = fitting.join(", ");
        let condition = format!("[{{column: {}, in: [{list}]}}]", quoted(&state.name));
        (!fitting.is_empty()).then_some(condition)
    };
    let fulfilled = outcome(FULFILLED).unwrap_or_else(|| "[…]".to_owned());
    let rejected = outcome(REJECTED).map(|it| format!(", rejected: {it}")).unwrap_or_default();
    text.push_str("    # confirm: are these rows requests of data subjects?\n");
    let _ = writeln!(text, "    # request: {{kind: {kind}, fulfilled: {fulfilled}{rejected}}}");
}

fn known_kinds(table: &Table, column: &Column) -> Vec<String> {
    let kind = |label: &String| {
        let word = folded(label);
        let known = KINDS.iter().find(|(_, stems)| begins(&word, stems))?;
        Some(format!("{}: {}", quoted(label), known.0))
    };
    labels(table, &column.name).iter().filter_map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_data_subjects_are_told_from_other_requests() {
        for name in [
            "privacy_requests",
            "solicitudes_rgpd",
            "T_DEMANDE_RGPD",
            "wnioski_rodo",
            "richieste_privacy",
            "derechos_arco",
            "pedidos_rgpd",
            "Anfrage",
        ] {
            assert!(are_requests(name), "{name}");
        }
        for name in ["solicitudes", "demandes", "pedidos", "rgpd_settings", "richieste_ferie"] {
            assert!(!are_requests(name), "{name}");
        }
    }
}
