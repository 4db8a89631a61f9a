#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The command line as design part 4 prints it, read sentence by sentence: help,
versions and exit codes everywhere, `--state` on either side of the verb, every key
of every JSON line, what is absent null, nothing asked when stdin is no terminal.
What `record` refuses and how the stick goes round is record.py's."""
import json, os, re, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Terminal, check, program, run, temp
from world import MEMBER, PRODUCT, STORE, programme

BALCAO, SYNC, CENTRAL = program("balcao"), program("balcao-sync"), program("balcao-central")
VERBS = ["run", "enrol", "sync", "record", "status", "journal", "devices", "carry", "report"]
CENTRAL_VERBS = ["init", "serve", "token", "publish", "events", "audit", "import", "report"]
STATUS = ["terminal", "epoch", "epoch_mark", "recorded", "receipted", "waiting", "oldest_waiting_s", "head", "outbox", "held", "clock", "programme",
          "training"]
LIST = ["epoch", "seq", "id", "type", "clerk", "amount_cents", "points", "receipted"]
EVENT = ["terminal", "epoch", "seq", "id", "type", "clerk", "amount_cents", "member", "points", "points_claimed", "refused"]
TOKEN = ["url", "terminal", "token", "ca_pin", "expires", "qr"]
folder = temp()
os.chdir(folder)


def equal(got, wanted, what):
    check(got == wanted, f"{what}: {got!r}, wanted {wanted!r}")


def fails(code, *args, **kw):
    """The exit code; a sentence on stderr, nothing on stdout."""
    out = run(*args, code=code, **kw)
    check(out == "" and run.err.strip(), f"{args}: stdout {out!r}, stderr {run.err!r}")


def lines_of(text):
    return [json.loads(l) for l in text.splitlines()]


# --- help and versions -------------------------------------------------------
for name, verbs in ((BALCAO, VERBS), (SYNC, []), (CENTRAL, CENTRAL_VERBS)):
    version = run(name, "--version")
    check(re.fullmatch(os.path.basename(name) + r" \d+\.\d+\.\d+\n", version), version)
    text = run(name, "--help")
    for verb in verbs:
        check(re.search(rf"^ +{verb} ", text, re.M), f"{name} --help does not tell of {verb}")
        check(verb in run(name, verb, "--help").splitlines()[0], f"{name} {verb} --help")
        equal(run(name, verb, "--version"), version, f"{name} {verb} --version")
    fails(64, name)
    fails(64, name, "dance")
for words in (["journal", "verify"], ["journal", "list"], ["journal", "export"], ["carry", "out"], ["carry", "in"]):
    check(run(BALCAO, *words, "--help").startswith("usage: "), f"{words} --help")
run(BALCAO, "--state", "nowhere", "status", "--help")
check(not os.path.exists("nowhere"), "help made a state directory")

# --- wrong usage: 64 ---------------------------------------------------------
for verb in VERBS:
    fails(64, BALCAO, verb, "--dance")
for words in (["journal"], ["journal", "dance"], ["carry"], ["carry", "out"], ["carry", "sideways", "x"], ["report", "--day"],
              ["status", "x"], ["sync", "x"], ["record", "x"], ["enrol"], ["enrol", "--qr", "x"], ["enrol", "--url", "https://x"],
              ["run", "--lang", "xx"], ["run", "--headless"], ["run", "--headless", "--reader", "piano:x"], ["--state"], ["status", "--state"], ["status", "--state="]):
    fails(64, BALCAO, *words)

# --- a state that is none: 69, 78 --------------------------------------------
os.mkdir("empty")
for words in (["record"], ["journal", "list"], ["journal", "verify"], ["journal", "export"], ["report"], ["carry", "out", "."], ["sync", "--once"]):
    fails(78, BALCAO, "--state", "empty", *words, input="")
    fails(None, BALCAO, "--state", "nowhere", *words, input="")
    check(run.code in (69, 78), f"{words} without a state: {run.code}")
    check("enrol" in run.err, f"{words} does not say what to do: {run.err}")
equal(list(json.loads(run(BALCAO, "--state", "empty", "status", "--json"))), STATUS, "status before enrolment")

# --- a central, a terminal ---------------------------------------------------
central = Central(folder, programme(folder)).serve()
token = central.token(STORE, "T1")
equal(list(token), TOKEN, "token --json")
check(all(isinstance(v, str) and v for v in token.values()) and token["url"] == central.url and token["terminal"] == "T1", f"{token}")
state = os.path.join(folder, "T1")
fails(None, BALCAO, "enrol", "--qr", token["qr"].replace(token["ca_pin"], "0" * 64), "--state", state)
run(BALCAO, "enrol", "--qr", token["qr"], "--state", state)
terminal = Terminal(folder)
status = terminal.status()
equal(list(status), STATUS, "status --json")
check(isinstance(status["programme"], int) and status["training"] is False, f"enrol ends with the letters adopted: {status}")

# --- --state before, after, joined, from the environment ---------------------
environment = {k: v for k, v in os.environ.items() if k != "BALCAO_STATE"}
for words, env in ((["--state", state, "status", "--json"], {}), (["status", "--state", state, "--json"], {}), (["status", "--json", f"--state={state}"], {}),
                   (["status", "--json"], {"BALCAO_STATE": state}), (["--state", state, "status", "--json"], {"BALCAO_STATE": "empty"})):
    equal(json.loads(run(BALCAO, *words, env={**environment, **env}))["terminal"], "T1", f"{words} {env}")

check(run(CENTRAL, "token", central.dir, "--store", STORE, "--terminal", "T1", "--json") and run.err == "", f"a second token: {run.err}")
run(CENTRAL, "token", central.dir, "--store", "another", "--terminal", "T1", "--json")
check(f"store {STORE}" in run.err, "a token for another store does not tell that the terminal stays")

# --- record ------------------------------------------------------------------
sale = {"type": "sale", "clerk": "c01", "member": MEMBER, "lines": [{"product": PRODUCT, "quantity_milli": 2000, "amount_cents": 2598}]}
topup = {"type": "topup", "clerk": "c01", "member": None, "operator": "vivo", "phone": "+5511961234567", "amount_cents": 2000}
first, top = terminal.record([sale, topup])
for a in (first, top):
    equal((list(a), a["ok"], a["again"]), (["ok", "seq", "id", "points", "again"], True, False), f"{a}")
give = {"type": "return", "clerk": "c01", "of": first["id"], "lines": [{"product": PRODUCT, "quantity_milli": 1000, "amount_cents": 1299}]}
back, gone, request = terminal.record([give, {"type": "void", "clerk": "c01", "of": first["id"]}, {"type": "void", "clerk": "c01", "of": top["id"]}])
equal((first["points"], back["points"] + gone["points"], request["points"]), (12, -12, 0), "points of a return, of a void, of a top-up's void")
HUGE = "9" * 20
for line, field in ((json.dumps(sale).replace("2598", HUGE), "lines[0].amount_cents"), (json.dumps(sale).replace("2598", "-" + HUGE), "lines[0].amount_cents"),
                    (json.dumps(sale).replace("2000", HUGE), "lines[0].quantity_milli"), (json.dumps(topup).replace("2000", HUGE), "amount_cents"),
                    (json.dumps(sale).replace("2598", "1e30"), "lines[0].amount_cents"), (json.dumps(sale).replace('"c01"', HUGE), "clerk"), ("no JSON", None)):
    [a] = lines_of(terminal.balcao("record", input=line + "\n"))
    equal((list(a), a["ok"], a["field"]), (["ok", "error", "field"], False, field), line)

# --- the screen without one: a tape, in a shift -------------------------------
with open("tape", "w") as f:
    for at, step in enumerate([{"text": "123456"}, {"key": "Enter"}, {"scan": {"source": "scanner", "aim": "]E0", "data": PRODUCT}}, {"key": "F5"}, {"key": "Enter"},
                               {"key": "F10"}, {"key": "Enter"}]):
        f.write(json.dumps({"at_ms": at * 500, **step}) + "\n")
told = lines_of(terminal.balcao("run", "--headless", "--reader", "tape:tape"))
check(all(len(t) == 1 and set(t) <= {"shown", "recorded", "refused"} for t in told), f"{told}")
equal([t["recorded"]["type"] for t in told if "recorded" in t], ["shift_open", "sale", "shift_close"], "recorded by the tape")
fails(69, BALCAO, "--state", state, "run", env={**environment, "TERM": "xterm"}, input="")
run(BALCAO, "--state", state, "run", "--headless", "--reader", "tape:missing", code=69)
check("missing" in run.err, f"a tape that is missing: {run.err}")

# --- journal, waiting and not -------------------------------------------------
check(not any(l["receipted"] for l in lines_of(terminal.balcao("journal", "list", "--json")) if l["type"] == "sale"), "receipted before it was sent")
status = terminal.status()
check(status["waiting"] > 0 and status["oldest_waiting_s"] >= 0 and len(status["head"]) == 64 and len(status["epoch_mark"]) == 16, f"{status}")
terminal.sync()
listed = lines_of(terminal.balcao("journal", "list", "--json"))
ledger = central.events()
equal([list(l) for l in listed], [LIST] * len(listed), "keys of journal list")
equal([list(l) for l in ledger], [EVENT] * len(ledger), "keys of events")
equal([(l["epoch"], l["seq"], l["id"], l["type"], l["clerk"], l["amount_cents"], l["points"]) for l in listed],
      [(l["epoch"], l["seq"], l["id"], l["type"], l["clerk"], l["amount_cents"], l["points_claimed"]) for l in ledger], "the journal and the ledger")
by_type = {e["type"]: e for e in ledger}
for type_, clerk, amount, member in (("epoch_opened", None, None, None), ("programme_adopted", None, None, None), ("shift_open", "c01", None, None),
                                     ("topup", "c01", 2000, None), ("return", "c01", -1299, None), ("shift_close", "c01", None, None)):
    e = by_type[type_]
    equal((e["clerk"], e["amount_cents"], e["member"], e["refused"]), (clerk, amount, member, None), type_)
equal([e["member"] for e in ledger if e["id"] == first["id"]], [MEMBER], "the member, as record takes it")
check(all(e["points"] == e["points_claimed"] for e in ledger), "points")
check(all(l["receipted"] for l in listed), "receipted")
status = terminal.status()
equal((status["waiting"], status["oldest_waiting_s"], status["outbox"], status["held"], status["recorded"], status["receipted"]),
      (0, None, 0, 0, len(listed), len(listed)), "status after sync")
equal(json.loads(terminal.balcao("journal", "verify", "--json"))["ok"], True, "journal verify --json")
equal(len(lines_of(terminal.balcao("journal", "export", "--json"))), len(listed), "journal export --json")

# --- devices, report -----------------------------------------------------------
if terminal.balcao("devices", "--json", code=None):
    for d in lines_of(terminal.balcao("devices", "--json")):
        equal(list(d), ["port", "interface", "vendor", "product", "name", "role", "state"], "devices --json")
report = json.loads(terminal.balcao("report", "--json"))
check(re.fullmatch(r"\d{4}-\d\d-\d\d", report["day"]) and report["terminal"] == "T1", f"{report}")
equal(json.loads(terminal.balcao("report", "--json", "--day", report["day"])), report, "report --day as it prints it")
equal(json.loads(terminal.balcao("report", "--json", "--day", "2001-01-01"))["total"]["sales"], 0, "report of another day")
fails(64, BALCAO, "--state", state, "report", "--day", "2026-02-30")
central_report = json.loads(run(CENTRAL, "report", central.dir, "--json"))
equal(central_report["total"]["sales_cents"], 2598 + 1299, "the central's report")
equal(central_report["days"][0]["day"], report["day"], "both programs write a day alike")

# --- away: 75; the stick --------------------------------------------------------
central.stop()
terminal.record([sale])
fails(75, BALCAO, "--state", state, "sync", "--once")
fails(69, BALCAO, "--state", state, "carry", "out", "no-stick")
os.mkdir("stick")
terminal.carry_out("stick")
run(CENTRAL, "import", central.dir, "stick")
terminal.carry_in("stick")
equal(terminal.status()["waiting"], 0, "waiting after the stick")
with open("wrong.yaml", "w") as f:
    f.write("id: [\n")
fails(65, CENTRAL, "publish", central.dir, "wrong.yaml")
central.audit()

# --- results that cannot be written are no success --------------------------------
for words in (["--help"], ["--version"], ["status", "--help"], ["status", "--json"], ["journal", "list", "--json"], ["journal", "verify", "--json"], ["report"]):
    with open("/dev/full", "w") as full:
        p = subprocess.run([BALCAO, "--state", state, *words], stdout=full, stderr=subprocess.DEVNULL, timeout=60)
    equal(p.returncode, 74, f"{words} onto a full disk")

# --- colour is nowhere but on a screen --------------------------------------------
for words in (["status"], ["journal", "list"], ["report"], ["devices"]):
    check("\x1b" not in terminal.balcao(*words, code=None) + run.err, f"{words} writes escapes into a file")
print("command line: help, usage, states, every key, absent values, exit codes as printed")
