"""Writes the name and place lists of policies/lexicons from the locale data of Faker.

    python3 -m venv venv && venv/bin/pip install faker==40.54.0
    venv/bin/python tests/texts/gazetteers.py

Faker (https://github.com/joke2k/faker) is MIT licensed. Only names are taken: facts, sorted, without
weights. Words that Faker's own word lists, colours and job titles use as common words are written to
the file of names that need context.
"""

import importlib
import pathlib
import re
import unicodedata

LEXICONS = pathlib.Path(__file__).parents[2] / "policies" / "lexicons"
LOCALES = {
    "English": ["en_US", "en_GB", "en_IE", "en_NZ"],
    "German": ["de_DE", "de_AT", "de_CH"],
    "French": ["fr_FR", "fr_BE", "fr_CH"],
    "Spanish": ["es_ES", "es_MX", "es_CA"],
    "Italian": ["it_IT"],
    "Polish": ["pl_PL"],
    "Dutch": ["nl_NL", "nl_BE"],
    "Swedish": ["sv_SE"],
    "Norwegian": ["no_NO"],
    "Danish": ["da_DK"],
    "Portuguese": ["pt_PT", "pt_BR"],
    "Czech, Slovak": ["cs_CZ", "sk_SK"],
    "Romanian": ["ro_RO"],
    "Hungarian": ["hu_HU"],
    "Greek": ["el_GR"],
    "Finnish": ["fi_FI"],
    "Croatian, Slovene": ["hr_HR", "sl_SI"],
    "Bulgarian": ["bg_BG"],
    "Baltic": ["et_EE", "lv_LV", "lt_LT"],
    "Turkish": ["tr_TR"],
}
MOST_SURNAMES = 1600
# In the word lists, and hardly ever anything but a name.
KEPT = """alice alicia andre antonio carlos claire daniel david felipe fernando francisco francois garcia
gonzalez jakub jan jaromir jaroslav john jorge jose juan julio katerina leonardo lopez luis manuel marco maria
martin miguel pablo pedro petr pierre pietro piotr rafael radek sean tom tomas ted zdenek zuzana hana lena lina
miller rodriguez anders boleslav cristiano branka dan dana calista møller massimo oceane prochazka slava"""
# Towns of countries that Faker has no towns of.
OWN_PLACES = """Reykjavík Kópavogur Hafnarfjörður Akureyri Keflavík Selfoss Valletta Sliema Birkirkara Limassol Larnaca Paphos
Daugavpils Jūrmala Vilnius Kaunas Klaipėda Tallinn Tartu Pärnu Narva Ottawa Toronto Montreal Vancouver Plovdiv Burgas"""

# Common words, places and brands that are names as well.
OWN = """april may june august summer autumn will bill grant hope faith grace joy rose dawn art jordan paris
mercedes florence chelsea brooklyn madison austin dallas houston india asia chance chase mark rob pat drew miles
dean major earl duke king prince bishop pope jack frank sky skye star angel angela crystal amber pearl ivy iris
lily daisy heather holly ginger olive melody harmony destiny trinity liberty justice victor victoria sydney adelaide
charlotte carson lincoln washington jackson georgia virginia carolina dakota savannah cheyenne phoenix sterling
troy rich gene penny sandy sunny christian ernst wolf mai max augusta viktoria kim chris even odd tor onni ilta toivo
rauha sulo armas lahja mercy patience prudence page paige porter mason hunter cooper carter tanner taylor tyler
baker bailey parker spencer stewart logan morgan cameron dale glen cliff forest brook lane reed rusty buck chip
dolly barbie ken oscar emmy tony romeo juliet sierra kilo lima delta alpha nova luna stella aurora rio santiago
san diego francisco verona siena milan milano lourdes dolores mercedes carmen consuelo pilar rosario concepcion
asuncion remedios soledad camino nieves blanca marina rosa sol mar luz cruz reyes angeles santos domingo leon cordoba
valencia lucia monica bianca neve celeste gioia felice fiore italia roma vera libera prima norma alba diva allegra
porsche audi siemens bosch ford chrysler ferrari tesla dell adidas puma alexa siri clara linde henkel otto
hugo kaufmann becker schneider hermes ares apollo venus diana athena artemis olympia atlas titan orion eros nike
ola mila wiara nadzieja zora zlata sobota neděle vesna jasna stane svit rada siegfried heil star ace van von
don sir lady miss baron constant vincent marine aube prune clement juste parfait pascal noel ascension bella pia ramadan"""
WORD = re.compile(r"^[^\W\d_]+(?:[-'’][^\W\d_]+)*$")


def fold(word):
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


def values(provider, attributes):
    for attribute in attributes:
        found = getattr(provider, attribute, ())
        yield from (found.keys() if hasattr(found, "keys") else found)


def module(kind, locale):
    try:
        return importlib.import_module(f"faker.providers.{kind}.{locale}").Provider
    except ImportError:
        return None


def gather(kind, attributes):
    lists = {}
    for language, locales in LOCALES.items():
        words = []
        for locale in locales:
            provider = module(kind, locale)
            for value in values(provider, attributes) if provider else ():
                parts = str(value).split() if kind == "person" else [str(value)]
                for word in parts:
                    word = word.strip(".,")
                    if WORD.match(word) and len(word) > 1 and word[0].isupper():
                        words.append(word)
        lists[language] = sorted(dict.fromkeys(words))
    return lists


def common_words():
    words = set()
    for locale in ["en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "nl_NL", "cs_CZ", "el_GR", "da_DK", "ro_RO", "fi_FI", "sv_SE", "pt_PT"]:
        lorem = module("lorem", locale)
        words.update(fold(word) for word in values(lorem, ["word_list"]) if lorem)
        for kind, attributes in [("job", ["jobs"]), ("color", ["all_colors"])]:
            provider = module(kind, locale)
            for value in values(provider, attributes) if provider else ():
                words.update(fold(word) for word in re.findall(r"[^\W\d_]+", str(value)))
    return words


def write(name, header, lists):
    lines = [f"# {line}" for line in header]
    for language, words in lists.items():
        lines.append(f"# {language}")
        line = ""
        for word in words:
            if len(line) + len(word) > 98:
                lines.append(line)
                line = ""
            line = f"{line} {word}".strip()
        lines.append(line)
    (LEXICONS / name).write_text("\n".join(line for line in lines if line) + "\n")


def previous(name):
    text = (LEXICONS / name).read_text()
    lists, language = {}, None
    for line in text.splitlines()[1:]:
        if line.startswith("#"):
            language = line[1:].strip()
        else:
            lists.setdefault(language, []).extend(line.split())
    return lists


def main():
    source = "Gathered by tests/texts/gazetteers.py from Faker 40.54.0 (MIT) and own lists. Any case, with or without accents."
    given = gather("person", ["first_names", "first_names_male", "first_names_female", "first_names_nonbinary"])
    surnames = gather("person", ["last_names", "last_names_male", "last_names_female", "male_last_names", "female_last_names", "unisex_last_names"])
    for name, lists, title in [("first_names.txt", given, "Given names, by language."), ("surnames.txt", surnames, "Surnames, by language.")]:
        for language, words in previous(name).items():
            lists[language] = sorted(set(lists.get(language, [])[:]) | set(words))
        if name == "surnames.txt":
            # The Polish list alone is as long as all others; the frequent ones stand apart as "Polish, frequent".
            lists["Polish"] = sorted(set(lists["Polish"]))[:: max(1, len(lists["Polish"]) // MOST_SURNAMES)] if len(lists["Polish"]) > 2 * MOST_SURNAMES else lists["Polish"]
        # Lists of our own first, so that a name of both stays when the other list is thinned out.
        seen = set()
        for language in sorted(lists, key=lambda language: language in LOCALES):
            lists[language] = [word for word in lists[language] if not (fold(word) in seen or seen.add(fold(word)))]
        write(name, [title, source], lists)
    places = gather("address", ["cities", "city_names", "towns", "countries", "states", "provinces", "regions", "counties", "departments", "cantons", "districts", "distrikts"])
    seen = set()
    places["own"] = OWN_PLACES.split()
    for language in places:
        places[language] = [word for word in places[language] if not (fold(word) in seen or seen.add(fold(word)))]
    places = {language: words for language, words in places.items() if words}
    write("places.txt", ["Places: cities, regions, countries, by language. A word of one is no name by itself.", source], places)
    common = common_words()
    both = {fold(word) for lists in (given, surnames) for words in lists.values() for word in words}
    kept = set(KEPT.split())
    write("names_in_context.txt", [
        "Names that are common words as well: they count only beside another name or after a title.",
        source,
    ], {"From the word lists": sorted(word for word in both if word in common and word not in kept), "Own": OWN.split()})
    print(len(both), "names")


main()
