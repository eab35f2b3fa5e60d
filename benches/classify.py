"""The other side of benches/classify.sh: texts to read, and Microsoft Presidio's pattern recognisers.

    classify.py make FILE sparse|dense BYTES     notes, one a line
    classify.py presidio TEXTS ANSWERS SECONDS   what Presidio finds, until the time is over; prints MB/s
"""

import json
import random
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


def presidio(texts, answers, seconds):
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

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

    keys = {"EMAIL_ADDRESS": "user.contact.email", "PHONE_NUMBER": "user.contact.phone_number", "PERSON": "user.name", "IBAN_CODE": "user.financial.bank_account", "CREDIT_CARD": "user.financial.credit_card", "IP_ADDRESS": "user.device.ip_address", "LOCATION": "user.contact.address"}
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=NoModel())
    registry.recognizers = [it for it in registry.recognizers if "Spacy" not in type(it).__name__]
    engine = AnalyzerEngine(registry=registry, nlp_engine=NoModel(), supported_languages=["en"])
    size, start = 0, time.process_time()
    with open(answers, "w") as output:
        for line in open(texts, encoding="utf-8"):
            question = json.loads(line)
            found = engine.analyze(question["text"], language="en")
            spans = [{"start": it.start, "end": it.end, "category": keys.get(it.entity_type, "user.government_id.national_identification_number")} for it in found if it.entity_type not in ("DATE_TIME", "URL") and it.score >= 0.4]
            output.write(json.dumps({"id": question["id"], "spans": spans}) + "\n")
            size += len(line.encode())
            if time.process_time() - start > seconds:
                break
    print(f"{size / (time.process_time() - start) / 1e6:.4f}")


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    presidio(sys.argv[2], sys.argv[3], float(sys.argv[4]))
