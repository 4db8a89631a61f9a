# SPDX-License-Identifier: MIT
"""The programme that the flow tests publish: the shipped example with few members,
so that publishing takes no slow hashes."""
import os

from balcao import TOP

EXAMPLES = os.path.join(TOP, "sync", "central", "examples")
STORE = "loja-01"
PRODUCT = "7891000315507"
MEMBER = "card:9076555575248227"


def programme(folder):
    """A copy of the worked programme with a short members file beside it."""
    text = open(os.path.join(EXAMPLES, "recarga.yaml"), encoding="utf-8").read()
    rows = open(os.path.join(EXAMPLES, "members.csv"), encoding="utf-8").read().splitlines()
    path = os.path.join(folder, "recarga.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    with open(os.path.join(folder, "members.csv"), "w", encoding="utf-8") as f:
        f.write("\n".join(rows[:40]) + "\n")
    return path
