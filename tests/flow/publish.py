#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The manager's side of publishing: faults keep what is in force, all of them
are told in one run, --check publishes nothing, a second publication is quick and
says what it changes."""
import os
import pathlib
import re
import subprocess
import tempfile
import time

CENTRAL = os.path.join(os.environ.get("B", "build/release"), "balcao-central")
EXAMPLE = pathlib.Path("sync/central/examples/recarga.yaml").read_text(encoding="utf-8")
MEMBERS = pathlib.Path("sync/central/examples/members.csv").read_text(encoding="utf-8")


def run(*arguments):
    done = subprocess.run([CENTRAL, *arguments], capture_output=True, text=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def expect(condition, what):
    if not condition:
        raise SystemExit("publish: " + what)


def main(folder):
    central = os.path.join(folder, "central")
    path = os.path.join(folder, "recarga.yaml")

    def write(yaml, members=MEMBERS):
        pathlib.Path(path).write_text(yaml, encoding="utf-8")
        pathlib.Path(folder, "members.csv").write_text(members, encoding="utf-8")

    expect(run("init", central)[0] == 0, "no central")

    # Form: one fault, with line, column and what was expected.
    write(EXAMPLE.replace("digits: 16", "digits: sixteen"))
    code, out, err = run("publish", central, path)
    line = EXAMPLE[:EXAMPLE.index("digits: 16")].count("\n") + 1
    expect(code == 65 and out == "", "a wrong type was taken")
    expect(f"{path}:{line}:13: identities[1].digits: expected a whole number" in err, err)

    # Meaning: all in one run, in the order of their lines; nothing half applied.
    write(EXAMPLE.replace('prefix: "90765555"', 'prefix: "4"')
          .replace("category: bebidas\n", "category: bebida\n")
          .replace('to: "2026-12-24"', 'to: "2026-11-24"')
          .replace("earner: store\n    points_per_real: \"1/10\"",
                   "earner: store\n    points_per_real: \"1/0\""))
    code, out, err = run("publish", central, path)
    places = re.findall(r"^[^:\n]+:\d+:\d+: ([^:]+):", err, re.M)
    expect(code == 65 and out == "", "faults of meaning were taken")
    expect(places == ["identities[1].prefix", "rules[3].category", "rules[4].from",
                      "rules[11].points_per_real"], err)

    # Members: wrong ones keep the programme back, too.
    write(EXAMPLE, MEMBERS.replace("9076555575248227", "4111111111111111"))
    code, out, err = run("publish", central, path)
    expect(code == 65 and out == "" and "members.csv:2: card: " in err, err)

    # Nothing is in force yet, or --check would compare with it.
    write(EXAMPLE)
    code, out, err = run("publish", central, path, "--check")
    expect(code == 0 and out == "" and "~" not in err, err)
    expect("recarga-premiada: 13 rules" in err and "members: 3000" in err, err)

    code, out, err = run("publish", central, path)
    first = dict(line.split()[:2] for line in out.splitlines())
    expect(code == 0 and set(first) == {"programme", "directory"}, out + err)
    expect("123456" not in "".join((out, err)), "a PIN was printed")
    for name in os.listdir(central):
        file = pathlib.Path(central, name)
        if file.is_file():
            data = file.read_bytes()
            expect(b"246810" not in data and b"Iara" not in data,
                   f"{name} holds a PIN or a member in clear")

    # A PIN or a name may change without a word; figures never do.
    write(EXAMPLE.replace("points: 15", "points: 150"))
    started = time.monotonic()
    code, out, err = run("publish", central, path)
    quick = time.monotonic() - started
    second = dict(line.split()[:2] for line in out.splitlines())
    expect(code == 0 and int(second["programme"]) > int(first["programme"]), out + err)
    changes = [line for line in err.splitlines() if " ~ " in line]
    expect(len(changes) == 1 and changes[0].startswith("rules ~ recarga-alta: ")
           and changes[0].endswith("150 points"), err)
    print(f"faults told in one run, nothing half applied; again in {quick:.2f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(made)
