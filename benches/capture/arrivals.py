"""How long after its commit a change arrived: `arrivals.py OUT` notes when each line of its input came;
`arrivals.py --latency FROM TO FILE` prints the number of changes in that file that were committed between
two moments (seconds since 1970), and the 50th, 99th and 100th percentile of their latency in milliseconds.

A line is a finding LB-001 of lawtail, whose `time` is the commit's, or the COMMIT of test_decoding with its
timestamp. Other lines are passed over.
"""

import json
import math
import re
import sys
import time
from datetime import datetime

COMMIT = re.compile(r"^COMMIT.*\(at (.*)\)$")


def committed(line):
    """When the change of a line was committed, or None when the line is of another kind."""
    if line.startswith("{"):
        event = json.loads(line)
        code = event["data"].get("metadata", {}).get("event_code")
        return moment(event["time"]) if code == "LB-001" else None
    found = COMMIT.match(line)
    return found and moment(found.group(1))


def moment(text):
    # PostgreSQL shortens fractions and the offset of the time zone.
    text = re.sub(r"(Z|[+-]00)$", "+00:00", text.replace(" ", "T"))
    whole, fraction = re.match(r"([^.+]*)(?:\.(\d+))?", text).groups()
    return datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (fraction or "0"))


def note(path):
    with open(path, "wb", buffering=1 << 20) as out:
        for line in iter(sys.stdin.buffer.readline, b""):
            out.write(b"%.6f " % time.time() + line)


def percentile(ordered, share):
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latency(begin, end, path):
    took = []
    with open(path, encoding="utf-8") as lines:
        for arrived, line in (line.rstrip("\n").split(" ", 1) for line in lines):
            when = committed(line)
            if when is not None and begin <= when < end:
                took.append(1000 * (float(arrived) - when))
    took.sort()
    print(len(took), *(f"{percentile(took, share):.1f}" for share in (0.5, 0.99, 1)) if took else ())


if sys.argv[1] == "--latency":
    latency(float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
else:
    note(sys.argv[1])
