//! What names say in the languages of European CRMs, as far as a draft needs it. A hint becomes a line
//! for a person to confirm, or decides between two references; what holds personal data is the
//! classification's own business.

use crate::model::{Column, Table};

/// The words of a name, without accents: `TouchedBy` and `touched_by` are the same two.
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_small = false;
    for letter in name.chars() {
        let hump = letter.is_uppercase() && before_small;
        if !letter.is_alphanumeric() || hump {
            words.push(String::new());
        }
        before_small = letter.is_lowercase() || letter.is_numeric();
        if letter.is_alphanumeric() {
            fold(letter, words.last_mut().expect("there is one"));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// All words of a name as one.
pub fn folded(name: &str) -> String {
    words(name).concat()
}

fn fold(letter: char, into: &mut String) {
    const BASES: [(&str, &str); 13] = [
        ("àáâãäåāăą", "a"),
        ("çćč", "c"),
        ("ďđ", "d"),
        ("èéêëēęě", "e"),
        ("ìíîïī", "i"),
        ("ł", "l"),
        ("ñńň", "n"),
        ("òóôõöøő", "o"),
        ("ř", "r"),
        ("śšşș", "s"),
        ("ťţț", "t"),
        ("ùúûüűů", "u"),
        ("ýźżž", "z"),
    ];
    for small in letter.to_lowercase() {
        match BASES.iter().find(|(accented, _)| accented.contains(small)) {
            Some((_, base)) => into.push_str(base),
            None if small == 'ß' => into.push_str("ss"),
            None => into.push(small),
        }
    }
}

pub(super) fn begins(word: &str, stems: &str) -> bool {
    stems.split(' ').any(|stem| !stem.is_empty() && word.starts_with(stem))
}

pub(super) fn holds(text: &str, parts: &str) -> bool {
    parts.split(' ').any(|part| text.contains(part))
}

pub(super) fn is_one(word: &str, of: &str) -> bool {
    of.split(' ').any(|other| other == word)
}

/// Beginnings of words for "changed".
const CHANGED: &str = "\
    modif updat chang touch edit writ amend saved revis zmien zmodyf geaend geand aender \
    bearbeit actualiz aggiorn gewijzigd wijzig bijgewerkt muok muut paivit modosit alterad \
    atualiz zmen uprav andr opdat rediger tropopoi \
    aend";

/// Words for whoever did something.
const WHO: &str = "\
    by user usr uid who login account staff employee operator agent von durch benutzer \
    nutzer mitarbeiter par utilisateur por usuario da utente przez uzytkownik kto pracownik \
    door gebruiker medewerker utilizador kdo uzivatel av anvandare af bruger kayttaja \
    felhasznalo utilizator \
    ben bearb";

/// Words for an account, which say who did something also without more.
const USERS: &str = "\
    user usr uid usuario uti utilisateur utente utilizador utilizator uzytkownik uzyt benutzer nutzer gebruiker \
    anvandare bruger kayttaja felhasznalo uzivatel xristis";

/// Words for whoever does the work, where they are all of a column's name.
const DOERS: &str = "\
    operator operatore operador opera operateur agent agente author auteur autor autore \
    bearbeiter sachbearbeiter mitarbeiter erfasser pracownik dipendente impiegato empleado employe funcionario \
    medewerker who wer kto qui quien chi kdo";

/// Words before whoever did something: `subido_por`.
const BY: &str = "by por par przez von durch door da";

/// Words that say by themselves who changed something.
const CHANGERS: &str = "\
    editor modifier updater changer bearbeiter sachbearbeiter zmienil zmienila zmodyfikowal \
    edytowal zmenil upravil muokkaaja muuttaja modosito redaktor modificateur modificatore";

/// Whether a column says who changed the row last.
pub fn names_changer(column: &str) -> bool {
    let words = words(column);
    if words.iter().any(|word| is_one(word, CHANGERS)) {
        return true;
    }
    let change = words.iter().position(|word| begins(word, CHANGED));
    let who = |word: &String| is_one(word, WHO);
    if change.is_some_and(|place| words[place + 1..].iter().any(who)) {
        return true;
    }
    // `usuario_modificacion`: in other languages the user comes first.
    if let [.., before, last] = &words[..]
        && begins(last, CHANGED)
        && is_one(before, USERS)
    {
        return true;
    }
    // In one word: `modifiedby`, `lastupdateuid`.
    let folded = words.concat();
    let folded = folded.strip_prefix("last").unwrap_or(&folded);
    let end = folded.strip_suffix("id").filter(|rest| !rest.ends_with('u')).unwrap_or(folded);
    begins(folded, CHANGED) && ["by", "user", "uid", "przez"].iter().any(|who| end.ends_with(who))
}

/// Beginnings of words for what somebody does who works with the CRM.
const WORK: &str = "\
    creat assign owner author delet handl manager responsib approv review enter utworz dodal \
    wprowadz usun erstell angelegt erfass zustand verantwort geloescht cree creat saisi \
    gestion cread registr inser gemaakt aangemaakt vytvor skapad oprett luoja";

/// What a person does whose data it is: `booked_by`.
const OWN_ACTS: &str = "\
    book order request bought paid submit sign given referr invit report rent reserv compr pedid solicit \
    encarg pagad commande achet demand reserve pay ordinat acquist prenot richiest firmat firmad zamow kupion \
    oplac bestell gekauft gebucht bezahlt besteld gekocht betaald";

/// Whether a column says who worked on the row, and not whom it is about.
pub fn names_worker(column: &str) -> bool {
    let words = words(column);
    done_by(&words) || words.iter().any(|word| begins(word, WORK)) || names_changer(column)
}

/// Whether the name ends in who did something, unless that is what a person does whose data it is.
fn done_by(words: &[String]) -> bool {
    let [first, .., last] = words else { return false };
    first != last && is_one(last, BY) && !words.iter().any(|word| begins(word, OWN_ACTS))
}

/// Whether a column says who made the row.
pub fn names_maker(column: &str) -> bool {
    const MADE: &str = "\
        creat author enter utworz dodal wprowadz erstell angelegt cree saisi cread criad inserid inserit \
        aangemaakt vytvor skapad";
    let words = words(column);
    let registers = words.iter().any(|word| is_one(word, "alta"))
        && words.iter().any(|word| is_one(word, USERS));
    registers || done_by(&words) || words.iter().any(|word| begins(word, MADE))
}

/// Whether a column is named for whoever works with the row, and for nothing else: `utente`, `agent`.
pub fn names_doer(column: &str) -> bool {
    matches!(&words(column)[..], [word] if is_one(word, DOERS) || is_one(word, USERS))
}

/// Whether a column may name the rows of its own table: `GuestCode` of `Guest`.
pub fn is_key(column: &str, table: &str) -> bool {
    const KEYS: &str = "\
        id code key no nr num number uuid guid kod numer nummer codigo numero";
    let (column, table) = (words(column), words(table));
    let is_key = |word: &String| is_one(word, KEYS);
    // Of the table's own words each may be in the plural, or in another case.
    let own = |word: &String| {
        let shared = |other: &String| {
            let alike = word.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
            alike >= 4 || alike >= 3 && alike == word.chars().count()
        };
        table.iter().any(shared)
    };
    column.iter().any(is_key) && column.iter().all(|word| is_key(word) || own(word))
}

/// Of what a column holds the key, as its name has it: `contact` of `contactId`, `klienta` of `id_klienta`.
pub fn referred(column: &str) -> Option<String> {
    let words = words(column);
    let rest = match &words[..] {
        [rest @ .., last] if last == "id" => rest,
        [first, rest @ ..] if first == "id" => rest,
        _ => return None,
    };
    (!rest.is_empty()).then(|| rest.concat())
}

/// Whether two words may be one in the singular and the plural, or in two cases: `osoba` and `osoby`,
/// `person` and `personen`.
pub fn are_forms_of_one(one: &str, other: &str) -> bool {
    let alike = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let ending = |word: &str| word.chars().count() - alike;
    alike >= 4 && ending(one) <= 2 && ending(other) <= 2
}

/// Beginnings of words for people who work with a CRM.
const STAFF: &str = "\
    user usr staff employ agent operator admin seller salesrep advis consult doctor nurse \
    teacher trainer therap mitarbeiter benutzer berater pracowni lekarz uzytkowni utilisat \
    usuari utente utenti dipendent emplead medewerker zamestnan anvandar medarbe tyontekij \
    angajat";

/// Whether the people of a table are those who work with the CRM.
pub fn are_staff(table: &str) -> bool {
    words(table).iter().any(|word| begins(word, STAFF))
}

/// Names of columns that say in which state something is.
pub fn is_state(column: &str) -> bool {
    const STATES: &str = "\
        status state answer decision stan estado etat situacao situacion statut stato stav tila allapot stare \
        zustand tilstand katastasi \
        wahl auswahl antwort entscheidung choice choix decisione decision decisao reponse eleccion \
        opcion respuesta escolha opcao resposta scelta risposta wybor odpowiedz decyzja keuze \
        antwoord beslissing volba odpoved rozhodnuti svar beslut valg afgorelse valinta vastaus \
        paatos valasztas valasz dontes alegere raspuns decizie epilogi apantisi apofasi";
    is_one(&folded(column), STATES)
}

/// Parts of names of tables that record messages or calls.
const MESSAGES: &str = "\
    message mailing mailout outbox campaignlog campaignmember delivery phonecall \
    sms wyslan wiadomos enviad mensaj mensagen envoi envoye gesendet versand nachricht \
    messagg inviat verzonden odeslan zprav skickad meddeland lahet viesti kuldott uzenet \
    trimis besked \
    envio zustellung aussend";

/// The same where a word has to begin so: `sent` is in `consent` as well, and `call` in `recall`.
const SENDS: &str = "send sent trace";

/// Beginnings of words for calls.
const CALLS: &str = "\
    call llamad anruf appel chiamat telefonat chamad rozmow dzwon opkald telefonsamtal puhelu hivas apelur \
    telefongespr telefoongespr hovor";

/// Whether the rows of a table may be messages or calls.
pub fn are_messages(table: &str) -> bool {
    let begun = |word: &String| begins(word, SENDS) || begins(word, CALLS);
    holds(&folded(table), MESSAGES) || words(table).iter().any(begun)
}

/// The channel that the name of a table of messages says.
pub fn sent_by(table: &str) -> Option<&'static str> {
    let words = words(table);
    match () {
        () if folded(table).contains("sms") => Some("sms"),
        () if words.iter().any(|word| begins(word, CALLS)) => Some("phone"),
        () => None,
    }
}

/// The name of a column without what the columns of its table begin with: `DEM_ETAT` of `T_DEMANDE` is an
/// `ETAT`.
pub fn own_name<'n>(table: &Table, column: &'n str) -> &'n str {
    let Some((prefix, rest)) = column.split_once('_').filter(|(_, rest)| !rest.is_empty()) else {
        return column;
    };
    let folded = folded(prefix);
    let alike = |it: &&Column| it.name.split_once('_').is_some_and(|(first, _)| first == prefix);
    let is_shared = table.columns.iter().filter(alike).count() >= 2;
    let is_tables = words(&table.name.name).iter().any(|word| word.starts_with(&folded));
    if is_shared && is_tables { rest } else { column }
}

/// By what the rows of a table reach people, where its name says so: a channel, or any of them.
pub fn reaches_by(table: &str) -> Option<Option<&'static str>> {
    const CHANNELS: [(&str, &str); 14] = [
        ("mail", "email"),
        ("correo", "email"),
        ("sahkoposti", "email"),
        ("courriel", "email"),
        ("phone", "phone"),
        ("telef", "phone"),
        ("teleph", "phone"),
        ("mobil", "phone"),
        ("puhelin", "phone"),
        ("fax", "fax"),
        ("contact", ""),
        ("kontakt", ""),
        ("contatt", ""),
        ("yhteystie", ""),
    ];
    let name = folded(table);
    if are_messages(table) || super::wishes::are_wishes(table) {
        return None;
    }
    let found = CHANNELS.iter().find(|(part, _)| name.contains(part))?;
    Some(Some(found.1).filter(|channel| !channel.is_empty()))
}

/// Whether a column is the address itself where the table says of which kind: `PersonEmail.Address`.
pub fn is_address(column: &str) -> bool {
    const NAMES: &str = "\
        address value number adres adresse wert valor valeur valore wartosc numer nummer \
        numero waarde hodnota cislo varde arvo ertek szam valoare vaerdi";
    is_one(&folded(column), NAMES)
}

/// Whether a column says of which kind the address in the row is.
pub fn is_kind(column: &str) -> bool {
    const NAMES: &str = "\
        kind type channel medium art typ kanal tipo canal canale genere genre rodzaj soort kanaal druh slag \
        laji tyyppi kanava fajta tipus csatorna tip eidos typos kanali";
    words(column).iter().any(|word| is_one(word, NAMES))
}

/// The channel that a label stands for, as `mobile` in a column of kinds.
pub fn channel_of(label: &str) -> Option<&'static str> {
    const CHANNELS: [(&str, &str); 5] = [
        ("mail correo sahkoposti courriel postael", "email"),
        ("fax", "fax"),
        ("sms", "sms"),
        ("postal courrier brief correspond listown", "post"),
        (
            "phone tel mobil cell handy gsm portable festnetz komork movil puhelin matkapuh kinito kezbesi",
            "phone",
        ),
    ];
    const WHOLE: [(&str, &str); 2] = [
        ("mel courriel posta epost", "email"),
        ("post poste letter carta lettre lettera list", "post"),
    ];
    let label = folded(label);
    let whole = WHOLE.iter().find(|(words, _)| is_one(&label, words));
    whole
        .or_else(|| CHANNELS.iter().find(|(parts, _)| holds(&label, parts)))
        .map(|(_, channel)| *channel)
}

/// The channel that a label of a wish stands for: a mobile telephone is asked about for text messages.
pub fn channel_wished(label: &str) -> Option<&'static str> {
    match holds(&folded(label), MOBILE) {
        true => Some("sms"),
        false => channel_of(label),
    }
}

/// Parts of words for a mobile telephone.
const MOBILE: &str = "\
    movil mobil cellul celular handy portable gsm komork telemov matkapuh kinito";

/// Whether a column is named for a mobile telephone.
pub fn is_mobile(column: &str) -> bool {
    words(column).iter().any(|word| begins(word, MOBILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_changed_a_row_is_found_in_any_style_and_when_it_was_is_not() {
        for name in [
            "TouchedBy",
            "changed_by",
            "modified_user",
            "LastEditor",
            "zmienil",
            "zmodyfikowane_przez",
            "AEND_BEN",
            "geändert_von",
            "modifié_par",
            "modificado_por",
            "aggiornato_da",
            "gewijzigd_door",
            "ändrad_av",
            "write_uid",
            "modifiedby",
            "lastUpdatedById",
            "update_user_id",
            "modified_user_id",
        ] {
            assert!(names_changer(name) && names_worker(name), "{name}");
        }
        for name in
            ["TouchedAt", "zmieniono", "updated_at", "edition", "writer_name", "user_id", "by"]
        {
            assert!(!names_changer(name), "{name}");
        }
    }

    #[test]
    fn who_made_a_row_is_found_in_any_language_and_who_acted_for_themselves_is_not() {
        for name in [
            "creado_por",
            "criado_por",
            "inserito_da",
            "créé_par",
            "subido_por",
            "usuario_alta",
            "utworzone_przez",
            "hochgeladen_von",
        ] {
            assert!(names_maker(name), "{name}");
        }
        for name in
            ["comprado_por", "pagado_por", "acheté_par", "prenotato_da", "alta", "por", "da"]
        {
            assert!(!names_maker(name), "{name}");
        }
        for name in ["usuario", "utente", "utilisateur", "Agente", "auteur", "kto"] {
            assert!(names_doer(name), "{name}");
        }
        for name in ["usuario_nombre", "autorizado", "agencia"] {
            assert!(!names_doer(name), "{name}");
        }
        for name in ["usuario_modificacion", "UTI_MODIF", "utente_modifica", "user_modified"] {
            assert!(names_changer(name), "{name}");
        }
    }

    #[test]
    fn a_consent_is_no_message_and_a_call_is_one() {
        for name in ["sends", "sms_versand", "llamadas", "T_APPEL", "phone_calls", "campaign_sends"]
        {
            assert!(are_messages(name), "{name}");
        }
        for name in ["consents", "consentimientos", "T_CONSENTEMENT", "representantes", "recalls"] {
            assert!(!are_messages(name), "{name}");
        }
        assert_eq!(sent_by("T_SMS"), Some("sms"));
        assert_eq!(sent_by("llamadas"), Some("phone"));
        assert_eq!(sent_by("mailings"), None);
    }

    #[test]
    fn a_mobile_telephone_is_asked_about_for_text_messages_and_reached_by_both() {
        for label in ["movil", "móvil", "cellulare", "Handy", "portable", "mobile", "komórka"] {
            assert_eq!(channel_wished(label), Some("sms"), "{label}");
        }
        for (label, channel) in
            [("telefono", "phone"), ("fijo", "phone"), ("mel", "email"), ("courrier", "post")]
        {
            assert_eq!(channel_wished(label).unwrap_or("phone"), channel, "{label}");
        }
        assert_eq!(channel_of("mobile"), Some("phone"));
    }

    #[test]
    fn who_did_the_work_is_not_whom_it_is_about() {
        for name in
            ["created_by", "ManagerId", "assigned_to", "utworzyl", "approved_by", "owner_id"]
        {
            assert!(names_worker(name), "{name}");
        }
        for name in ["PersonId", "booked_by", "customer_id", "id_pacjenta", "requested_by"] {
            assert!(!names_worker(name), "{name}");
        }
    }

    #[test]
    fn a_table_names_its_own_rows() {
        for (column, table) in
            [("GuestCode", "Guest"), ("customer_no", "customers"), ("nr_klienta", "klienci")]
        {
            assert!(is_key(column, table), "{column} {table}");
        }
        for (column, table) in [("PersonId", "Waitlist"), ("name", "Guest"), ("Guest", "Guest")] {
            assert!(!is_key(column, table), "{column} {table}");
        }
    }

    #[test]
    fn a_table_of_addresses_is_no_log_of_messages() {
        assert_eq!(reaches_by("PersonEmail"), Some(Some("email")));
        assert_eq!(reaches_by("kontakty_pacjentow"), Some(None));
        for table in ["MailOut", "email_messages", "email_opt_outs", "newsletter_mails", "orders"] {
            assert_eq!(reaches_by(table), None, "{table}");
        }
    }
}
