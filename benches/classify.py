"""The other side of benches/classify.sh: texts to read, and Microsoft Presidio's pattern recognisers.

    classify.py make FILE sparse|dense BYTES     notes, one a line
    classify.py presidio TEXTS ANSWERS SECONDS   what Presidio finds, until the time is over; prints MB/s
    classify.py notes TEXTS LABELS FILE…         the labelled notes of tests/texts in the form of the two
"""

import json
import random
import re
import sys
import time

CLEAN = """The delivery was moved to next week because the warehouse was closed, and the new price list was sent
after the call. We agreed that the invoice will be paid within thirty days and that the training takes place in the
second half of the year. The customer asked for a second quote with more seats, longer support hours and a discount
for the first year. Nothing else is open at the moment, and the next review is planned after the summer break.
Der Kunde wartet auf das neue Angebot und meldet sich nach der internen Abstimmung wieder bei uns. La commande sera
livrée en deux fois et la facture suivra dans quelques jours.""".replace("\n", " ")
FULL = [
    "Call Anna Lindholm on +49 30 901820 or write to anna.lindholm@example.org about it.",
    "Herr Jürgen Müller, Hauptstraße 12a, 10115 Berlin, wurde wegen Burnout krankgeschrieben.",
    "IBAN DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111, logged in from 192.0.2.7.",
    "Mme Dupont, née le 12.03.1985, est joignable au 01 42 68 53 00.",
    "Pan Jan Kowalski, ul. Długa 7/3, 00-950 Warszawa, PESEL 44051401359.",
]


def make(path, kind, size):
    random.seed(1)
    sentences = [sentence.strip() + "." for sentence in CLEAN.split(".") if sentence.strip()]
    written = 0
    with open(path, "w", encoding="utf-8") as file:
        number = 0
        while written < size:
            full = kind == "dense" or number % 20 == 0
            note = [] if kind == "dense" else random.choices(sentences, k=12)
            note += random.choices(FULL, k=4 if kind == "dense" else 1) if full else []
            line = json.dumps({"id": number, "text": " ".join(note)}, ensure_ascii=False) + "\n"
            file.write(line)
            written += len(line.encode())
            number += 1


# Presidio's entities in our terms. Its many national numbers (US_SSN, UK_NHS, ES_NIF, IT_FISCAL_CODE, …) are one
# category here. What has no category of ours counts for neither side.
CATEGORIES = {
    "EMAIL_ADDRESS": "user.contact.email",
    "PHONE_NUMBER": "user.contact.phone_number",
    "PERSON": "user.name",
    "IBAN_CODE": "user.financial.bank_account",
    "CREDIT_CARD": "user.financial.credit_card",
    "IP_ADDRESS": "user.device.ip_address",
    "LOCATION": "user.contact.address",
    "MAC_ADDRESS": "user.device.device_id",
}
LEFT_OUT = {"DATE_TIME", "URL", "NRP", "CRYPTO", "MEDICAL_LICENSE", "US_BANK_NUMBER", "US_ITIN"}


def category(entity):
    if entity in LEFT_OUT:
        return None
    if entity.endswith("PASSPORT"):
        return "user.government_id.passport_number"
    return CATEGORIES.get(entity, "user.government_id.national_identification_number")


def presidio(texts, answers, seconds):
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    # The list of public suffixes that comes with the library: nothing is fetched while time is taken.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())

    class NoModel(NlpEngine):
        """Pattern recognisers need no model: words by spaces."""

        def load(self): pass
        def is_loaded(self): return True
        def process_text(self, text, language): return NlpArtifacts([], [], [], [], self, language)
        def process_batch(self, texts, language, **_): return ((text, self.process_text(text, language)) for text in texts)
        def is_stopword(self, word, language): return False
        def is_punct(self, word, language): return False
        def get_supported_entities(self): return []
        def get_supported_languages(self): return ["en"]

    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=NoModel())
    # Those that ask a language model are left out: nothing is downloaded.
    registry.recognizers = [it for it in registry.recognizers if "Spacy" not in type(it).__name__]
    engine = AnalyzerEngine(registry=registry, nlp_engine=NoModel(), supported_languages=["en"])
    size, start = 0, time.process_time()
    with open(answers, "w") as output:
        for line in open(texts, encoding="utf-8"):
            question = json.loads(line)
            found = engine.analyze(question["text"], language="en")
            spans = [{"start": it.start, "end": it.end, "category": category(it.entity_type)} for it in found if it.score >= 0.4]
            spans = [span for span in spans if span["category"]]
            output.write(json.dumps({"id": question["id"], "spans": spans}) + "\n")
            size += len(line.encode())
            if time.process_time() - start > seconds:
                break
    print(f"{size / (time.process_time() - start) / 1e6:.4f}")


MARKS = {
    "name": "user.name",
    "email": "user.contact.email",
    "phone": "user.contact.phone_number",
    "addr": "user.contact.address",
    "iban": "user.financial.bank_account",
    "card": "user.financial.credit_card",
    "ip": "user.device.ip_address",
    "id": "user.government_id.national_identification_number",
    "pass": "user.government_id.passport_number",
    "plate": "user.government_id.vehicle_registration",
    "dob": "user.demographic.date_of_birth",
}


def notes(texts, labels, files):
    lines = [line.rstrip("\n") for file in files for line in open(file, encoding="utf-8")]
    lines = [line for line in lines if line and not line.startswith("#")]
    with open(texts, "w", encoding="utf-8") as questions, open(labels, "w") as meant:
        for number, line in enumerate(lines):
            language, rest = line.split(": ", 1)
            text, spans = "", []
            for piece in re.split(r"(\[\w+:[^\]]*\])", rest.split(" => ")[0].replace("\\n", "\n")):
                mark = re.fullmatch(r"\[(\w+):([^\]]*)\]", piece)
                if mark:
                    spans.append({"start": len(text), "end": len(text) + len(mark[2]), "category": MARKS[mark[1]]})
                text += mark[2] if mark else piece
            questions.write(json.dumps({"id": number, "text": text}, ensure_ascii=False) + "\n")
            meant.write(json.dumps({"id": number, "language": language, "spans": spans}) + "\n")


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3], int(sys.argv[4]))
elif sys.argv[1] == "notes":
    notes(sys.argv[2], sys.argv[3], sys.argv[4:])
else:
    presidio(sys.argv[2], sys.argv[3], float(sys.argv[4]))
