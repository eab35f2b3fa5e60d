"""Writes policies/lexicons/numbering.txt: which telephone numbers the numbering plans of the world assign.

    pip install phonenumbers && python tests/texts/numbering.py >policies/lexicons/numbering.txt

`phonenumbers` is the Python port of Google's libphonenumber (Apache-2.0), which follows the announcements of the
ITU and of the national authorities. Its patterns of valid numbers are made into automata, and of those only what a
number begins with (up to three digits after the country's code) and how many digits it may have then is kept.
"""

import functools
import sys

if sys.version_info >= (3, 11):
    import re._constants as kind
    import re._parser as parser
else:
    import sre_constants as kind
    import sre_parse as parser

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

DIGITS = "0123456789"
DEPTH = 3
LONGEST = 15


def build(items, then):
    """An automaton of `items` that goes on with `then`: nodes are ('accept',), ('digit', set, next), ('either', …)."""
    for operation, argument in reversed(list(items)):
        then = step(operation, argument, then)
    return then


def step(operation, argument, then):
    if operation is kind.LITERAL:
        return ("digit", frozenset(chr(argument)), then)
    if operation is kind.IN:
        allowed = set()
        for what, value in argument:
            if what is kind.LITERAL:
                allowed.add(chr(value))
            elif what is kind.RANGE:
                allowed.update(chr(code) for code in range(value[0], value[1] + 1))
            elif what is kind.CATEGORY and value is kind.CATEGORY_DIGIT:
                allowed.update(DIGITS)
            else:
                raise ValueError(what)
        return ("digit", frozenset(allowed & set(DIGITS)), then)
    if operation is kind.BRANCH:
        return ("either", tuple(build(branch, then) for branch in argument[1]))
    if operation is kind.SUBPATTERN:
        return build(argument[3], then)
    if operation in (kind.MAX_REPEAT, kind.MIN_REPEAT):
        least, most, body = argument
        return repeat(body, least, min(most, LONGEST), then)
    raise ValueError(operation)


def repeat(body, least, most, then):
    result = then
    for place in range(most, 0, -1):
        once = build(body, result)
        result = once if place <= least else ("either", (once, then))
    return result


@functools.lru_cache(maxsize=None)
def lengths(node):
    """How many digits may follow."""
    if node[0] == "accept":
        return frozenset([0])
    if node[0] == "either":
        return frozenset().union(*(lengths(each) for each in node[1]))
    return frozenset(count + 1 for count in lengths(node[2])) if node[1] else frozenset()


def after(node, digit):
    """What may follow a digit."""
    if node[0] == "accept":
        return []
    if node[0] == "either":
        return [each for branch in node[1] for each in after(branch, digit)]
    return [node[2]] if digit in node[1] else []


def prefixes(nodes, written):
    """Each beginning and the lengths of whole numbers, the shortest beginnings that say as much."""
    here = frozenset(len(written) + count for node in nodes for count in lengths(node))
    if not here:
        return {}
    if len(written) == DEPTH:
        return {written: here}
    found = {}
    for digit in DIGITS:
        found.update(prefixes([it for node in nodes for it in after(node, digit)], written + digit))
    if len(found) == 10 and all(len(key) == len(written) + 1 and value == here for key, value in found.items()) and written:
        return {written: here}
    return found


def main():
    print("# Telephone numbers that the numbering plans of the world assign, written by tests/texts/numbering.py")
    print(f"# from phonenumbers {phonenumbers.__version__} (libphonenumber, Apache-2.0). A line: the country's code, its regions, the")
    print("# prefix of long distance (`-` for none), then how many digits a number has and what those begin with.")
    for code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items(), key=lambda item: str(item[0])):
        nodes, trunk = [], "-"
        for region in regions:
            if region == "001":
                about = PhoneMetadata.metadata_for_nongeo_region(code, None)
            else:
                about = PhoneMetadata.metadata_for_region(region, None)
            nodes.append(build(parser.parse(about.general_desc.national_number_pattern), ("accept",)))
            if region == regions[0] and about.national_prefix:
                trunk = about.national_prefix
        groups = {}
        for prefix, counts in prefixes(nodes, "").items():
            groups.setdefault(tuple(sorted(counts)), []).append(prefix)
        texts = [",".join(map(str, counts)) + ":" + " ".join(each) for counts, each in sorted(groups.items())]
        print(code, "/".join(regions[:1]), trunk, "; ".join(texts))


main()
