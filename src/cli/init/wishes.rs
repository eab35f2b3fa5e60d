//! What a column may say of a person's wishes: names of flags, choices and confirmations in the languages of
//! European CRMs. Each becomes a comment for a person to confirm; nothing here is in force.

use super::words::{begins, folded, holds, is_mobile, is_one, words};

/// What a flag may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Messages are not wanted.
    No,
    /// Messages are wanted, or the other way round.
    Yes,
    /// Data may only be stored (Art. 18).
    Restricted,
    /// The person objects to being profiled (Art. 21, 22).
    NoProfiling,
}

const NO: &str = "\
    optout optedout hasopted unsubscri blacklist suppress donot noemail nomail nocall object \
    withdrawn robinson sprzeciw rezygn wypis wycof widersp widerruf abgemeld abbestell \
    werbesperr keinewerbung desinscri refus oppos oposic nomolestar disiscri revoc rifiut \
    uitgeschreven afgemeld bezwaar odhlas nesouhlas odvolan namitk avregistr avanmal kielt \
    leiratkoz tiltakoz dezabon indsigelse \
    abmeld desabon sperrlist stoplist blocklist denylist \
    werbeverbot afmeld framelding frameld afvist nejtak nixtelefon";

const YES: &str = "\
    optin optedin subscri consent newsletter marketing permission gdpr rgpd zgod einwillig \
    zustimm abonn consenti consenso acepta autoriz souscri iscri toestemm ingeschrev souhlas \
    prihlas samtyck prenumer suostumus tilaus hozzajarul feliratk acord consimt samtyk \
    tilmeld sigkatath sugkatath \
    einwill boletin acepta \
    accetta aceita akzept markkinoi doubleopt obchodnisdelen hirlevel uutiskirje nyhedsbrev \
    nyhetsbrev nieuwsbrief infolettre zpravodaj biuletyn buletin enimerotik";

const CLOSED: &str = "\
    restrict block lock frozen einschraenk einschrank sperr ogranicz zablok limitac limitaz \
    limite bloque bloccat beperk omezen begrans begraens rajoit korlatoz periorism \
    eingeschrank \
    limitad";

const PROCESSING: &str = "\
    process verarbeit przetwarz tratam trattam traitement verwerk zpracov behandl kasittel \
    kezel prelucr epexerg dsgvo rodo art18 privacy";

/// Ways to reach somebody, and what for.
const REACHED_BY: &str = "\
    mail sms phone call tel post news market contact kontakt contatt werb reklam publici \
    promo messag fax push";

/// Parts of words for profiling itself, and not for a profile.
const PROFILING: &str = "\
    profiling profileren profilering profilage profilow profilaz profilad profilar profilac \
    profilovan profiloin profilalk perfilad perfilam perfilag scoring katartisiprofil";

/// Words for "no".
const NEGATED: &str = "\
    no not never dont stop kein keine keinen keiner nicht non pas ne jamais nie zakaz nao niente \
    geen niet zadny zadne nechce ingen inget inga ej inte ikke intet ei ala nem nincs tilos nu \
    oxi ochi";

/// Words for "without": `ohne_werbung` is a wish, `ohne_email` is none.
const WITHOUT: &str = "\
    without ohne sans brak bez sin sem senza zonder utan uden ilman nelkul fara choris xoris horis";

/// Beginnings of words that are "no" and a verb in one.
const REFUSED: &str = "nevol neposil nekontakt nezasil neoslov";

/// Beginnings of words for advertising and regular mail; most of them say it in any column.
const ADVERTISING: &str = "\
    werb reklam reclame publicid publicit pubblicit prospection advertis marketing markkinoi promotional \
    newsletter mailing rundmail rundschreib diafim utskick demarchag";

/// The last parts of compounds: `emailwerbung`.
const ADVERTISED: &str = "werbung reklam publicid publicit pubblicit markkinoi mainonta diafim";

/// Words that are advertising beside a channel, and something else without one.
const OFFERS: &str =
    "promo promos pub promotion promotions offer offers news oferta oferty ofertas offres offerte";

/// Words that look like advertising: complaints, applications, trade.
const NO_ADVERTISING: &str = "reklamac reklamat reklamaa reklamier bewerb gewerb erwerb";

/// Beginnings of words for a channel, and for what one does by it.
const BY: &str = "\
    mail email mms phone telef teleph telemark anruf anschreib brief whatsapp push fax correo \
    courriel poczt posta sahkopost viest puhel mobil movil cellular handy portable komork telemov llamad llamar appel chiamat chiamar chamad \
    dzwon volat hivas hivhat soita soitt bellen opkald tilefon call handy kuld";

/// The same where the whole word is needed.
const BY_WORD: &str = "tel sms post postal courrier ring suna sunati bel mms kontakt contact";

/// Beginnings of words for reaching somebody by whatever channel.
const CONTACT: &str = "contact kontakt contatt yhteyd kapcsolat epikoin";

/// Beginnings of words for "may" and "wants".
const ALLOWED: &str = "\
    allow accept permit permis permes receiv erlaub freigeg gestatt erwuensch erwunsch autoris \
    authori autoriz admite recib receb ricev zezwol dozwol pozwol toegestaan ontvang povol zasil \
    tillat tillad modtag lupa sallit haluaa engedely kerhet dorest permis epitrep";

/// The same where the whole word is needed.
const ALLOWED_WORD: &str = "\
    may can ok okay wants wanted darf duerfen durfen moechte mochte will accord quiere puede puo \
    vuole mag moze smi ma chce wil onsker onskar saa lehet kaphat poate vrea ja yes oui si tak";

/// Beginnings of words for what became of a message.
const SENT: &str = "\
    sent bounc opened click deliver geklickt geoeffn geoffn gesend versend versandt verschick \
    zustell zugestellt wysla wyslan enviad envoye inviat verzond odesla skickad sendt lahetet \
    elkuld kuldott trimis count anzahl";

/// Beginnings of words for what is known of an address.
const CHECKED: &str = "\
    verif valid invalid gueltig gultig geprueft gepruft zweryf potwierdz geverif overen bestaetig \
    bestatig confirm fehler error failed missing fehlt primary haupt default";

/// What a column may say of a person's will; `None` for most, also for accounts that are locked.
pub fn says(column: &str) -> Option<Says> {
    let words = words(column);
    let name = told(&words);
    // `baja` is a withdrawal, and a part of `trabajador`.
    if words.iter().any(|word| is_one(word, "baja bajas dnc")) {
        return Some(Says::No);
    }
    let closed = holds(&name, CLOSED);
    let profiling = holds(&name, PROFILING);
    if profiling || name.contains("profil") {
        let objects = holds(&name, NO) || profiling && (closed || is_negated(&words));
        return objects.then_some(Says::NoProfiling);
    }
    match (closed, holds(&name, PROCESSING), holds(&name, REACHED_BY)) {
        (true, true, _) => Some(Says::Restricted),
        (true, false, true) => Some(Says::No),
        (true, false, false) => None,
        (false, _, _) if is_about_a_message(&words) => None,
        (false, _, _) if holds(&name, NO) => Some(Says::No),
        (false, _, _) if holds(&name, YES) || confirms(&words) => Some(yes_or_no(&words)),
        (false, _, _) => None,
    }
}

/// The same of a column that can say little more than yes and no: `werbung_sms`, `may_call`, `geen_post`.
pub fn flag_says(column: &str) -> Option<Says> {
    let words = words(column);
    says(column).or_else(|| {
        let any = |begin: &str, whole: &str| {
            words.iter().any(|word| begins(word, begin) || is_one(word, whole))
        };
        if is_about_a_message(&words) || any(CHECKED, "") || told(&words).contains("profil") {
            return None;
        }
        let reaches = any(BY, BY_WORD) || any(CONTACT, "");
        let allows = any(ALLOWED, ALLOWED_WORD) || any(CONTACT, "") && any(BY, "sms tel post");
        let advertises = words.iter().any(|word| advertises(word))
            || any("", OFFERS) && (any(BY, BY_WORD) || allows || is_negated(&words));
        let is_refused = words.first().is_some_and(|first| is_one(first, NEGATED)) && reaches;
        match any(REFUSED, "") || is_refused {
            true => Some(Says::No),
            false => (advertises || allows && reaches).then(|| yes_or_no(&words)),
        }
    })
}

/// Whether the rows of a table may be wishes, each with its answer in a column of states.
pub fn are_wishes(table: &str) -> bool {
    const PREFERENCES: &str = "\
        preferen praeferen praferen preferin voorkeur onskemal mieltymyk protimis \
        kommunikationseinstell kontakteinstell kontaktwunsch kontaktwunsch kanalwahl";
    let confirmed = words(table).iter().any(|word| is_one(word, "doi"));
    confirmed
        || holds(&folded(table), PREFERENCES)
        || matches!(says(table), Some(Says::No | Says::Yes))
}

/// Whether the rows of a table may be addresses or people that want no messages: `bajas_boletin`, `stop_sms`.
pub fn are_refusals(table: &str) -> bool {
    let stops = words(table).iter().any(|word| is_one(word, "stop robinson"));
    says(table) == Some(Says::No)
        || stops && words(table).iter().any(|word| begins(word, BY) || is_one(word, BY_WORD))
}

/// The channel that a column is named for: `werbung_sms`.
pub fn channel_named(column: &str) -> Option<&'static str> {
    const CHANNELS: [(&str, &str, &str); 6] = [
        ("mail email correo sahkopost courriel newsletter", "emailwerbung mel", "email"),
        ("smswerb", "sms", "sms"),
        ("push", "", "push"),
        (
            "phone telef teleph anruf call llamad appel dzwon soitt puhel bellen opkald tilefon",
            "tel",
            "phone",
        ),
        ("postal briefpost", "post brief courrier", "post"),
        ("fax", "", "fax"),
    ];
    let words = words(column);
    let named = |(begin, whole, _): &&(&str, &str, &str)| {
        words.iter().any(|word| begins(word, begin) || is_one(word, whole))
    };
    let mut found = CHANNELS.iter().filter(named).map(|(_, _, channel)| *channel);
    match found.next() {
        // Whoever is asked about a mobile telephone is asked about text messages.
        None => is_mobile(column).then_some("sms"),
        only => only.filter(|_| found.next().is_none()),
    }
}

/// Whether a column is named for reaching somebody by whatever channel.
pub fn names_contact(column: &str) -> bool {
    words(column).iter().any(|word| begins(word, CONTACT))
}

/// A name as one word, without what only looks like advertising.
fn told(words: &[String]) -> String {
    let name = words.concat();
    NO_ADVERTISING.split(' ').fold(name, |name, other| name.replace(other, ""))
}

fn advertises(word: &str) -> bool {
    let is_other = holds(word, NO_ADVERTISING);
    !is_other && (begins(word, ADVERTISING) || holds(word, ADVERTISED))
}

/// Whether a word before the last one says "no" or "without": `newsletter_no` may be a number.
fn is_negated(words: &[String]) -> bool {
    let before = words.len().saturating_sub(1);
    words[..before].iter().any(|word| is_one(word, NEGATED) || is_one(word, WITHOUT))
}

fn yes_or_no(words: &[String]) -> Says {
    if is_negated(words) { Says::No } else { Says::Yes }
}

/// Whether a column names a message or a list and no wish, or what became of it: `newsletter_id`,
/// `newsletter_sent`.
fn is_about_a_message(words: &[String]) -> bool {
    let is_key = |word: Option<&String>| word.is_some_and(|word| is_one(word, "id uuid guid"));
    is_key(words.first()) || is_key(words.last()) || words.iter().any(|word| begins(word, SENT))
}

/// Double opt-in by its short name, which is also that of a publication's identifier.
fn confirms(words: &[String]) -> bool {
    const ANSWERS: &str = "status state stat zustand stand bestaetig bestatig confirm potwierdz";
    let is_named = words.iter().any(|word| is_one(word, "doi"));
    is_named && words.iter().any(|word| begins(word, ANSWERS))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a name says in a column of texts, and in one of flags.
    fn both(name: &str) -> [Option<Says>; 2] {
        [says(name), flag_says(name)]
    }

    #[test]
    fn a_flag_says_which_will_it_records() {
        for (name, expected) in [
            ("email_opt_out", Some(Says::No)),
            ("baja_boletin", Some(Says::No)),
            ("trabajador", None),
            ("tratamiento_limitado", Some(Says::Restricted)),
            ("EINWILL_TEL", Some(Says::Yes)),
            ("sprzeciw_marketing", Some(Says::No)),
            ("Werbesperre", Some(Says::No)),
            ("mail_blocked", Some(Says::No)),
            ("zgoda_marketing", Some(Says::Yes)),
            ("NewsletterOptIn", Some(Says::Yes)),
            ("ProcessingBlocked", Some(Says::Restricted)),
            ("przetwarzanie_ograniczone", Some(Says::Restricted)),
            ("Verarbeitung_eingeschränkt", Some(Says::Restricted)),
            ("ProfilingObjection", Some(Says::NoProfiling)),
            ("sprzeciw_profilowanie", Some(Says::NoProfiling)),
            ("AccountBlocked", None),
            ("konto_zablokowane", None),
            ("profile_picture", None),
            ("first_name", None),
        ] {
            assert_eq!(both(name), [expected; 2], "{name}");
        }
    }

    #[test]
    fn a_flag_for_each_channel_is_a_permission_in_every_language() {
        for name in [
            "werbung_email",
            "werbung_sms",
            "Telefonwerbung",
            "darf_kontaktiert_werden_mail",
            "email_erlaubt",
            "kontakt_per_telefon",
            "marketing_email",
            "may_call",
            "allow_sms",
            "email_ok",
            "contact_by_post",
            "promo_sms",
            "pub_email",
            "publicité_sms",
            "accepte_appels",
            "reklama_sms",
            "reklamy_email",
            "publicidad_email",
            "recibe_sms",
            "pubblicità_sms",
            "ricevi_email",
            "publicidade_email",
            "aceita_sms",
            "reclame_post",
            "mag_bellen",
            "obchodní_sdělení_sms",
            "reklam_sms",
            "tillåt_sms",
            "reklame_mail",
            "tillad_opkald",
            "sähköpostimarkkinointi",
            "sms_sallittu",
            "reklám_email",
            "hírlevél",
            "publicitate_sms",
            "poate_email",
            "diafimisi_sms",
            "doi_status",
        ] {
            assert_eq!(flag_says(name), Some(Says::Yes), "{name}");
        }
    }

    #[test]
    fn a_refusal_of_a_channel_is_one_in_every_language() {
        for name in [
            "keine_werbung",
            "kein_newsletter",
            "keine_anrufe",
            "no_sms",
            "never_call",
            "ne_pas_appeler",
            "pas_de_pub_sms",
            "stop_sms",
            "nie_dzwonic",
            "bez_reklam",
            "brak_zgody",
            "sin_publicidad",
            "no_llamar",
            "senza_pubblicità",
            "não_contactar",
            "geen_reclame",
            "niet_bellen",
            "nevolat",
            "bez_newsletteru",
            "ingen_reklam",
            "ej_sms",
            "ingen_reklame",
            "ei_markkinointia",
            "älä_soita",
            "nem_hívható",
            "fără_newsletter",
            "nu_suna",
            "oxi_diafimisi",
        ] {
            assert_eq!(flag_says(name), Some(Says::No), "{name}");
        }
    }

    #[test]
    fn an_objection_to_profiling_is_found_in_every_language_and_a_picture_is_none() {
        for name in [
            "kein_profiling",
            "no_profiling",
            "keine_profilbildung_widerspruch",
            "sans_profilage",
            "bez_profilowania",
            "sin_perfilado",
            "senza_profilazione",
            "sem_perfilagem",
            "geen_profilering",
            "bez_profilování",
            "ingen_profilering",
            "ei_profilointia",
            "nincs_profilalkotás",
            "fără_profilare",
            "kein_scoring",
        ] {
            assert_eq!(both(name), [Some(Says::NoProfiling); 2], "{name}");
        }
        for name in
            ["no_profile_picture", "profil_gesperrt", "profile_locked", "scoring", "profil_mail"]
        {
            assert_eq!(both(name), [None; 2], "{name}");
        }
    }

    #[test]
    fn what_looks_like_advertising_or_a_wish_is_none() {
        for name in [
            "reklamation",
            "reklamacja_sms",
            "bewerbung",
            "gewerbe",
            "gewerbe_gesperrt",
            "erwerbsminderung",
            "wettbewerber",
            "newsletter_id",
            "newsletter_sent",
            "mail_bounced",
            "email_verified",
            "email_gültig",
            "sms_zugestellt",
            "telefon_bestätigt",
            "ohne_email",
            "sin_correo",
            "email",
            "telefon",
            "is_pub",
            "promo",
            "no",
            "contact",
            "hotel",
            "doi",
            "doi_url",
            "aktiv",
            "can_login",
            "not_valid",
            "is_primary",
            "nicht_erschienen",
        ] {
            assert_eq!(flag_says(name), None, "{name}");
        }
        // A text of that name may be an address.
        for name in ["werbung_email", "allow_sms", "no_sms"] {
            assert_eq!(says(name), None, "{name}");
        }
    }

    #[test]
    fn tables_of_preferences_and_of_confirmations_hold_wishes() {
        for name in [
            "praeferenzen",
            "Kontaktpräferenz",
            "contact_preferences",
            "préférences",
            "preferencje",
            "voorkeuren",
            "doi_token",
            "DoiMail",
            "zgody",
        ] {
            assert!(are_wishes(name), "{name}");
        }
        for name in ["orders", "token", "referenzen", "einstellungen", "doing"] {
            assert!(!are_wishes(name), "{name}");
        }
    }

    #[test]
    fn tables_of_those_who_want_nothing_are_told_from_other_lists() {
        for name in
            ["abmeldungen", "bajas_boletin", "T_DESABONNEMENT", "T_STOP_SMS", "unsubscribes"]
        {
            assert!(are_refusals(name), "{name}");
        }
        for name in
            ["bus_stops", "newsletter", "consents", "recibos", "anmeldungen", "stop_reasons"]
        {
            assert!(!are_refusals(name), "{name}");
        }
    }

    #[test]
    fn a_flag_names_its_channel_where_it_is_only_one() {
        for (name, expected) in [
            ("werbung_email", Some("email")),
            ("sms_opt_in", Some("sms")),
            ("tel_optin", Some("phone")),
            ("werbung_post", Some("post")),
            ("sms_email_optin", None),
            ("acepta_movil", Some("sms")),
            ("consenso_cellulare", Some("sms")),
            ("ELE_OPTIN_MEL", Some("email")),
            ("mobile_push", Some("push")),
            ("hotel_newsletter", Some("email")),
            ("zgoda_marketing", None),
        ] {
            assert_eq!(channel_named(name), expected, "{name}");
        }
    }
}
