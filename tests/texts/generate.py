"""Writes generated notes in fifteen languages, labelled, to measure how well reading generalises.

    python3 -m venv venv && venv/bin/pip install faker==40.54.0
    venv/bin/python tests/texts/generate.py 3000 >notes.jsonl 2>labels.jsonl

Names and addresses are those of Faker's locales, from which the gazetteers were gathered as well: the
figure says how templates, order and context are read, not how many names are known.
"""

import json
import random
import sys

from faker import Faker

LOCALES = dict(en="en_GB", de="de_DE", fr="fr_FR", es="es_ES", it="it_IT", pl="pl_PL", nl="nl_NL", sv="sv_SE", pt="pt_PT", cs="cs_CZ", ro="ro_RO", hu="hu_HU", el="el_GR", fi="fi_FI", da="da_DK")
# %n name, %a address, %p telephone number, %e e-mail address, %i IBAN, %d date of birth.
TEMPLATES = {
    "en": ["Spoke with %n about the renewal, send the papers to %a.", "%n can be reached on %p or %e.", "Refund to %i, account holder %n.", "Born %d, moved to %a last week.", "The server restarts after update 4.2.1; order 88123 is late."],
    "de": ["Mit %n über die Verlängerung gesprochen, Unterlagen an %a.", "%n ist erreichbar unter %p oder %e.", "Erstattung auf %i, Inhaber %n.", "Geboren am %d, neue Anschrift %a.", "Der Server startet nach Version 4.2.1 neu; Auftrag 88123 verspätet."],
    "fr": ["Échange avec %n sur le renouvellement, envoyer à %a.", "%n est joignable au %p ou %e.", "Remboursement sur %i, titulaire %n.", "Né le %d, habite %a.", "Le serveur redémarre, commande 88123 en retard."],
    "es": ["Hablé con %n de la renovación, enviar a %a.", "%n tiene el teléfono %p y el correo %e.", "Devolución a %i, titular %n.", "Nacido el %d, vive en %a.", "El servidor se reinicia, pedido 88123 con retraso."],
    "it": ["Parlato con %n del rinnovo, spedire a %a.", "%n risponde al telefono %p o %e.", "Rimborso su %i, intestato a %n.", "Nata il %d, residente in %a.", "Il server si riavvia, ordine 88123 in ritardo."],
    "pl": ["Rozmowa: %n w sprawie umowy, wysłać na %a.", "%n, telefon %p, mail %e.", "Zwrot na konto %i, właściciel %n.", "Urodzony %d, adres %a.", "Serwer startuje ponownie, zamówienie 88123 spóźnione."],
    "nl": ["Gesproken met %n over de verlenging, sturen naar %a.", "%n is bereikbaar op %p of %e.", "Terugbetalen op %i ten name van %n.", "Geboren op %d, woont op %a.", "De server herstart, bestelling 88123 is te laat."],
    "sv": ["Talade med %n om avtalet, skicka till %a.", "%n nås på telefon %p eller %e.", "Återbetalning till %i, innehavare %n.", "Född %d, bor på %a.", "Servern startar om, order 88123 är sen."],
    "pt": ["Falei com %n sobre a renovação, enviar para %a.", "%n atende no telefone %p ou %e.", "Reembolso para %i, titular %n.", "Nascido em %d, mora em %a.", "O servidor reinicia, encomenda 88123 atrasada."],
    "cs": ["Hovor: %n ohledně smlouvy, poslat na %a.", "%n, telefon %p, e-mail %e.", "Vrátit na %i, majitel %n.", "Narozen %d, bydliště %a.", "Server se restartuje, objednávka 88123 má zpoždění."],
    "ro": ["Am vorbit cu %n despre contract, trimitem la %a.", "%n, telefon %p, mail %e.", "Rambursare în %i, titular %n.", "Născut la %d, locuiește la %a.", "Serverul repornește, comanda 88123 întârzie."],
    "hu": ["Beszéltem: %n, szerződés, cím: %a.", "%n telefonszáma %p, címe %e.", "Visszatérítés: %i, tulajdonos %n.", "Született %d, lakcíme %a.", "A szerver újraindul, rendelés 88123 késik."],
    "el": ["Μίλησα με %n για το συμβόλαιο, αποστολή: %a.", "%n, τηλέφωνο %p ή %e.", "Επιστροφή στον %i, δικαιούχος %n.", "Γεννήθηκε %d, διεύθυνση %a.", "Ο διακομιστής ξεκινά ξανά, παραγγελία 88123 αργεί."],
    "fi": ["Puhelu: %n, sopimus, postitus: %a.", "%n, puhelin %p tai %e.", "Palautus tilille %i, haltija %n.", "Syntynyt %d, asuu %a.", "Palvelin käynnistyy, tilaus 88123 myöhässä."],
    "da": ["Talte med %n om aftalen, sendes til %a.", "%n træffes på telefon %p eller %e.", "Refusion til %i, indehaver %n.", "Født %d, bor på %a.", "Serveren genstarter, ordre 88123 er forsinket."],
}
CATEGORIES = {"n": "user.name", "a": "user.contact.address", "p": "user.contact.phone_number", "e": "user.contact.email", "i": "user.financial.bank_account", "d": "user.demographic.date_of_birth"}


def main():
    count = int(sys.argv[1])
    random.seed(7)
    for number in range(count):
        language = random.choice(list(LOCALES))
        fake = FAKES[language]
        values = {
            "n": f"{fake.first_name()} {fake.last_name()}",
            "a": fake.address().replace("\n", ", "),
            "p": fake.phone_number(),
            "e": fake.ascii_email(),
            "i": fake.iban(),
            "d": fake.date_of_birth(minimum_age=18, maximum_age=90).strftime("%d.%m.%Y"),
        }
        text, spans = "", []
        rest = random.choice(TEMPLATES[language])
        while "%" in rest:
            before, rest = rest.split("%", 1)
            text += before
            key, rest = rest[0], rest[1:]
            spans.append({"start": len(text), "end": len(text) + len(values[key]), "category": CATEGORIES[key]})
            text += values[key]
        text += rest
        print(json.dumps({"id": number, "text": text}, ensure_ascii=False))
        print(json.dumps({"id": number, "language": language, "spans": spans}), file=sys.stderr)


FAKES = {language: Faker(locale) for language, locale in LOCALES.items()}
for fake in FAKES.values():
    fake.seed_instance(7)
main()
