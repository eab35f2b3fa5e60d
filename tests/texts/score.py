"""Scores answers of `lawtail classify` against labels: score.py labels.jsonl answers.jsonl [texts.jsonl].

Spans of one category that overlap by more than half of the longer are the same. With the texts, what
was missed or false is printed.
"""

import collections
import json
import sys


def same(one, other):
    shared = min(one["end"], other["end"]) - max(one["start"], other["start"])
    longer = max(one["end"] - one["start"], other["end"] - other["start"])
    return one["category"] == other["category"] and 2 * shared > longer


def main():
    labels, answers = ([json.loads(line) for line in open(path)] for path in sys.argv[1:3])
    texts = [json.loads(line)["text"] for line in open(sys.argv[3])] if len(sys.argv) > 3 else None
    scores = collections.defaultdict(lambda: [0, 0, 0])
    for number, (label, answer) in enumerate(zip(labels, answers)):
        for span in answer["spans"]:
            right = any(same(span, meant) for meant in label["spans"])
            count(scores, label, span, 0 if right else 1, texts and texts[number])
        for meant in label["spans"]:
            if not any(same(span, meant) for span in answer["spans"]):
                count(scores, label, meant, 2, texts and texts[number])
    for key, (right, false, missed) in sorted(scores.items()):
        print(f"{key:40} F1 {2 * right / (2 * right + false + missed):.3f}  right {right} false {false} missed {missed}")


def count(scores, label, span, kind, text):
    for key in ("all", label["language"], span["category"]):
        scores[key][kind] += 1
    if text and kind:
        print(["", "false", "missed"][kind], label["language"], span["category"], "|", text[span["start"]:span["end"]], "|", text)


main()
