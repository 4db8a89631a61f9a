#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`balcao record`, `status`, `journal` and `carry` as other programs use them: the
examples as printed, every refusal with its field, retries, one writer ever, a
full disk, faults planted in the journal, the stick."""
import json, os, re, shutil, sqlite3, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import B, Central, Process, Terminal, check, program, run, temp
from world import MEMBER, PRODUCT, STORE, programme

folder = temp()
line = {"product": PRODUCT, "quantity_milli": 1000, "amount_cents": 1299}
sale = {"type": "sale", "clerk": "c01", "member": MEMBER, "lines": [line]}
topup = {"type": "topup", "clerk": "c01", "member": None, "operator": "vivo", "phone": "+5511961234567", "amount_cents": 2000}


def equal(got, wanted, what):
    check(got == wanted, f"{what}: {got!r}, wanted {wanted!r}")


# --- before there is anything ------------------------------------------------
fresh = Terminal(folder, "T1")
STATUS_KEYS = ["terminal", "epoch", "epoch_mark", "recorded", "receipted", "waiting", "oldest_waiting_s", "head", "outbox", "held", "clock", "programme", "training"]
status = fresh.status()
equal(sorted(status), sorted(STATUS_KEYS), "keys of status")
equal((status["terminal"], status["recorded"], status["programme"]), (None, 0, None), "status of a fresh terminal")
words = fresh.balcao("status")
check("not enrolled" in words and "balcao enrol" in words, f"status does not say what to do: {words}")
fresh.balcao("record", input=json.dumps(sale) + "\n", code=78)
check("not enrolled" in run.err, "record does not say that the terminal is not enrolled")
run(program("balcao"), "--state", os.path.join(folder, "nowhere"), "record", input="", code=69)
check("not enrolled" in run(program("balcao"), "--state", os.path.join(folder, "nowhere"), "status"), "no state directory")

central = Central(folder).serve()
terminal = Terminal(folder).enrol(central, STORE)
[a] = terminal.record([sale])
equal((a["ok"], a["field"]), (False, None), "a sale without a programme")
check("programme" in a["error"], a["error"])
check("No programme" in terminal.balcao("status"), "status does not tell of the missing programme")
central.publish(programme(folder))
terminal.sync()

# --- the examples, and what comes back ---------------------------------------
answers = terminal.record([sale, topup, {**sale, "member": "cpf:52998224725"}, {**topup, "member": "phone:+5511961234567"}])
for a in answers:
    check(a["ok"] and list(a) == ["ok", "seq", "id", "points", "again"] and not a["again"], f"{a}")
seqs = [a["seq"] for a in answers]
equal(seqs, list(range(seqs[0], seqs[0] + 4)), "seq")
check(all(re.fullmatch("[0-9a-f]{16}", a["id"]) for a in answers), "ids")
equal(answers[0]["points"], answers[2]["points"], "one member by card and by CPF")
check(answers[3]["points"] > 0, "a top-up earns")

# --- retries -----------------------------------------------------------------
mine = {**sale, "id": "00000000000000a1", "lines": [{**line, "quantity_milli": 3000, "amount_cents": 3897}, {"product": "OWN-1", "amount_cents": 100}]}
first, second = terminal.record([mine, mine])
equal({**second, "again": False}, first, "a retry")
check(second["again"], "a retry says so")
[other] = terminal.record([{**mine, "clerk": "c02"}])
equal((other["ok"], other["field"]), (False, "id"), "the same id with other content")
[third] = terminal.record([{**mine, "member": None}])
check(third["ok"] and third["again"], "what is sealed is not compared")

give = {"type": "return", "clerk": "c01", "of": "00000000000000a1", "lines": [line], "id": "00000000000000a2"}
undo = {"type": "void", "clerk": "c01", "of": "00000000000000a1", "id": "00000000000000a3"}
back, back_again, gone, gone_again = terminal.record([give, give, undo, undo])
check(back["ok"] and back["points"] <= 0 and back_again["again"], f"{back} {back_again}")
check(gone["ok"] and gone_again["again"] and gone_again["points"] == gone["points"], f"{gone} {gone_again}")
equal(first["points"] + back["points"] + gone["points"], 0, "a void gives back what is left")
[request] = terminal.record([{"type": "void", "clerk": "c01", "of": answers[3]["id"]}])
equal((request["ok"], request["points"]), (True, 0), "the void of a top-up")

# --- refusals: the field, nothing recorded, and on it goes -------------------
before = terminal.status()["recorded"]
CARD = "4111111111111111"
REFUSED = [
    ({**sale, "lines": [{**line, "amount_cents": -1}]}, "lines[0].amount_cents"),
    ({**sale, "lines": [line, {**line, "amount_cents": 0}]}, "lines[1].amount_cents"),
    ({**sale, "lines": [{**line, "amount_cents": 10**15}]}, "lines[0].amount_cents"),
    ({**sale, "lines": [{**line, "amount_cents": 12.99}]}, "lines[0].amount_cents"),
    ({**sale, "lines": [{**line, "amount_cents": "1299"}]}, "lines[0].amount_cents"),
    ({**sale, "lines": [{**line, "quantity_milli": 0}]}, "lines[0].quantity_milli"),
    ({**sale, "lines": [{**line, "quantity_milli": -1000}]}, "lines[0].quantity_milli"),
    ({**sale, "lines": [{**line, "product": ""}]}, "lines[0].product"),
    ({**sale, "lines": [{**line, "product": "x" * 25}]}, "lines[0].product"),
    ({**sale, "lines": [{**line, "product": CARD}]}, "lines[0].product"),
    ({**sale, "lines": [{"amount_cents": 1}]}, "lines[0].product"),
    ({**sale, "lines": [7]}, "lines[0]"),
    ({**sale, "lines": []}, "lines"),
    ({**sale, "lines": [line] * 201}, "lines"),
    ({**sale, "lines": None}, "lines"),
    ({**sale, "clerk": "zz"}, "clerk"),
    ({**sale, "clerk": None}, "clerk"),
    ({**sale, "clerk": "a b"}, "clerk"),
    ({**sale, "member": "card:" + CARD}, "member"),
    ({**sale, "member": "card:123"}, "member"),
    ({**sale, "member": "cpf:52998224724"}, "member"),
    ({**sale, "member": "phone:+551133334444"}, "member"),
    ({**sale, "member": "fax:1"}, "member"),
    ({**sale, "member": 9}, "member"),
    ({**sale, "memeber": None}, "memeber"),
    ({**sale, "id": "a1"}, "id"),
    ({**sale, "id": "g" * 16}, "id"),
    ({**topup, "operator": "oi!"}, "operator"),
    ({**topup, "operator": "nobody"}, "operator"),
    ({**topup, "amount_cents": 2001}, "amount_cents"),
    ({**topup, "amount_cents": -2000}, "amount_cents"),
    ({**topup, "phone": "+5511331234"}, "phone"),
    ({k: v for k, v in topup.items() if k != "phone"}, "phone"),
    ({"type": "void", "clerk": "c01", "of": "ffffffffffffffff"}, "of"),
    ({"type": "void", "clerk": "c01", "of": "00000000000000a1"}, "of"),
    ({"type": "void", "clerk": "c01", "of": "00000000000000a3"}, "of"),
    ({"type": "void", "clerk": "c01"}, "of"),
    ({**give, "id": "00000000000000b1"}, "of"),
    ({**give, "id": "00000000000000b2", "of": answers[0]["id"], "lines": [{**line, "quantity_milli": 2000}]}, "lines[0]"),
    ({**give, "id": "00000000000000b3", "of": answers[0]["id"], "lines": [{**line, "product": "OTHER"}]}, "lines[0].product"),
    ({**give, "id": "00000000000000b4", "of": answers[1]["id"]}, "of"),
    ({"type": "dance"}, "type"),
    ({"clerk": "c01"}, "type"),
    ({}, "type"),
]
for (request, field), answer in zip(REFUSED, terminal.record([r for r, _ in REFUSED])):
    equal((answer["ok"], answer["field"]), (False, field), f"{request}: {answer}")
    check(CARD[:6] not in json.dumps(answer), "a card's digits came back")
    check(field is None or answer["error"].startswith(field + ": "), f"{answer}")
raw = ['not json', '[1]', '"x"', '{"type":"sale","type":"sale"}', '{"type":', '', '\\', json.dumps(sale)[:-1], "{" * 5000, json.dumps({**sale, "member": "x" * 70000}), json.dumps(sale)]
out = [json.loads(l) for l in terminal.balcao("record", input="\n".join(raw)).splitlines()]
equal(len(out), len(raw), "answers to broken lines")
check(all(not a["ok"] and a["field"] is None for a in out[:-1]), f"{out}")
check(out[-1]["ok"], "the last line, without its newline")
equal(terminal.status()["recorded"], before + 1, "refused requests left something")

# --- a payment card leaves nothing, in memory or on disk ------------------------
def memory_holds(pid, needle):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for area in maps:
            addresses, rights = area.split()[:2]
            if "r" not in rights or "[v" in area:
                continue
            start, end = (int(x, 16) for x in addresses.split("-"))
            memory.seek(start)
            if needle in memory.read(end - start):
                return area
    return None


VISA = "4552098765432107"
holder = subprocess.Popen([program("balcao"), "--state", terminal.state, "record"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
requests = [{**sale, "member": "card:" + VISA}, {**sale, "lines": [{**line, "product": VISA}]}, {**sale, "clerk": VISA}, {"type": VISA}, {VISA: 1}, {**sale, "id": VISA[:15] + "x"}]
for request in [json.dumps(r) for r in requests] + ["no json " + VISA]:
    holder.stdin.write(request + "\n")
    holder.stdin.flush()
    check(not json.loads(holder.stdout.readline())["ok"], f"taken: {request}")
sanitized = "asan" in B  # whose shadow memory is too large to search
for i in range(0 if sanitized else len(VISA) - 5):
    found = memory_holds(holder.pid, VISA[i : i + 6].encode())
    check(found is None, f"digits of a refused card in memory: {found}")
holder.stdin.close()
holder.wait(60)
for where, _, files in os.walk(terminal.state):
    for name in files:
        with open(os.path.join(where, name), "rb") as f:
            content = f.read()
        check(not any(VISA[i : i + 6].encode() in content for i in range(len(VISA) - 5)), f"digits of a refused card in {name}")

# --- to the central and back -------------------------------------------------
check(terminal.status()["waiting"] > 0, "nothing waits")
terminal.sync()
status = terminal.status()
equal((status["waiting"], status["oldest_waiting_s"], status["outbox"], status["clock"]), (0, None, 0, "sure"), "after sync")
ledger = central.events()
listed = [json.loads(l) for l in terminal.balcao("journal", "list", "--json").splitlines()]
equal([list(l) for l in listed], [["epoch", "seq", "id", "type", "clerk", "amount_cents", "points", "receipted"]] * len(listed), "keys of journal list")
check(all(l["receipted"] for l in listed), "receipted")
for ours, theirs in zip(listed, ledger):
    for key in ["epoch", "seq", "id", "type", "clerk", "amount_cents", "points"]:
        equal(theirs[key], ours[key], f"event {ours['seq']} at the central, {key}")
equal(len(ledger), len(listed), "events at the central")
equal(len(subprocess.run([program("balcao"), "--state", terminal.state, "journal", "export", "--json"], capture_output=True, text=True).stdout.splitlines()), len(listed), "exported")
report = json.loads(terminal.balcao("report", "--json"))
equal(report["total"]["sales_cents"], sum(l["amount_cents"] for l in listed if l["type"] == "sale"), "report")

# --- what was sold under an earlier programme, returned under a new one ---------
[sold] = terminal.record([{**sale, "lines": [{**line, "quantity_milli": 4000, "amount_cents": 5196}]}])
path = programme(folder)
text = open(path, encoding="utf-8").read()
changed = text.replace('points_per_real: "1/2"', 'points_per_real: "3"')
check(changed != text, "the example has no rule to change")
with open(path, "w", encoding="utf-8") as f:
    f.write(changed)
central.publish(path)
terminal.sync()
[returned] = terminal.record([{"type": "return", "clerk": "c01", "of": sold["id"], "lines": [{**line, "quantity_milli": 4000, "amount_cents": 5196}]}])
equal(returned["points"], -sold["points"], "all of a sale returned under another programme")
terminal.sync()
for event in central.events():
    equal(event["points"], event["points_claimed"], f"points of event {event['seq']}")

# --- one writer --------------------------------------------------------------
holder = subprocess.Popen([program("balcao"), "--state", terminal.state, "record"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
holder.stdin.write(json.dumps(sale) + "\n")
holder.stdin.flush()
check(json.loads(holder.stdout.readline())["ok"], "recorded")
terminal.balcao("record", input=json.dumps(sale) + "\n", code=75)
check(str(holder.pid) in run.err and "record" in run.err, f"the holder is not told: {run.err}")
check(terminal.status()["waiting"] == 1, "status beside a writer")
terminal.balcao("journal", "verify")
holder.stdin.close()
equal(holder.wait(60), 0, "exit of record")

# --- by stick ----------------------------------------------------------------
central.stop()
stick = os.path.join(folder, "stick")
os.mkdir(stick)
terminal.record([sale, sale])
terminal.carry_out(stick)
out = os.path.join(stick, "balcao", terminal.name, "out")
names = sorted(os.listdir(out))
check(names and all(n.endswith(".batch") for n in names), f"on the stick: {names}")
run(program("balcao-central"), "import", central.dir, stick)
answers_dir = os.path.join(stick, "balcao", terminal.name, "in")
torn = sorted(n for n in os.listdir(answers_dir) if n.endswith(".answer"))[0]
with open(os.path.join(answers_dir, torn), "r+b") as f:
    f.truncate(100)
terminal.balcao("carry", "in", stick, code=65)
check(terminal.status()["waiting"] > 0, "a torn answer was taken")
run(program("balcao-central"), "import", central.dir, stick)
terminal.carry_in(stick)
equal(terminal.status()["waiting"], 0, "after the stick came back")
stranger = Terminal(folder, "T2")
terminal.balcao("carry", "in", os.path.join(folder, "no-stick"), code=69)
check("ok" in central.audit() or "holds" in central.audit(), "audit")

# --- a restored backup: the outbox is newer than the journal -------------------
central.serve()
terminal.sync()
database = lambda folder: [os.path.join(folder, n) for n in os.listdir(folder) if n.startswith("journal.db")]
backup = os.path.join(folder, "backup")
os.mkdir(backup)
for path in database(terminal.state):
    shutil.copy(path, backup)
forgotten = [a["id"] for a in terminal.record([sale, sale])]
for path in database(terminal.state):
    os.remove(path)
for path in database(backup):
    shutil.copy(path, terminal.state)
known = [a["id"] for a in terminal.record([sale, sale])]
equal(terminal.status()["epoch"], 2, "the epoch after a restored backup")
terminal.sync()
status = terminal.status()
equal((status["waiting"], status["held"], status["outbox"]), (0, 0, 0), "after a restored backup")
ids = [e["id"] for e in central.events()]
check(all(ids.count(i) == 1 for i in forgotten + known), "a sale of before or after the restored backup is not there once")
terminal.balcao("journal", "verify")
central.audit()
listed = [json.loads(l) for l in terminal.balcao("journal", "list", "--json").splitlines()]

# --- a disk that fills up ----------------------------------------------------
disk = "no small disk here"
if os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0:
    small = os.path.join(folder, "small")
    os.mkdir(small)
    script = f"""mount -t tmpfs -o size=7m none {small} && cp -a {terminal.state}/. {small}/ && rm -f {small}/reserve &&
        {program('balcao')} --state {small} status --json > {folder}/s1 &&
        head -c 64m /dev/zero > {small}/filler 2>/dev/null; {program('balcao')} --state {small} record < {folder}/full.in > {folder}/full.out; echo $? > {folder}/full.code;
        {program('balcao')} --state {small} status --json > {folder}/s2; rm {small}/filler; {program('balcao')} --state {small} record < {folder}/full.in > {folder}/room.out;
        {program('balcao')} --state {small} journal verify"""
    with open(os.path.join(folder, "full.in"), "w") as f:
        f.write((json.dumps(sale) + "\n") * 3)
    p = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True)
    equal(p.returncode, 0, f"on a small disk: {p.stderr}")
    read = lambda n: open(os.path.join(folder, n)).read()
    full = [json.loads(l) for l in read("full.out").splitlines()]
    check(len(full) == 3 and not any(a["ok"] for a in full) and "full" in full[0]["error"], f"on a full disk: {full} {p.stderr}")
    equal(json.loads(read("s1"))["recorded"], json.loads(read("s2"))["recorded"], "recorded on a full disk")
    check(all(json.loads(l)["ok"] for l in read("room.out").splitlines()), f"with room again: {read('room.out')}")
    disk = "full disk"

# --- faults planted in the journal -------------------------------------------
seq = next(l["seq"] for l in listed if l["type"] == "topup")
FAULTS = [
    (f"UPDATE event SET bytes = substr(bytes, 1, 60) || x'ff' || substr(bytes, 62) WHERE key & 0xffffffff = {seq}", seq),
    (f"DELETE FROM event WHERE key & 0xffffffff = {seq}", seq),
    ("UPDATE state SET head = zeroblob(32)", None),
]
for fault, named in FAULTS:
    spoilt = Terminal(folder, "spoilt")
    shutil.rmtree(spoilt.state)
    shutil.copytree(terminal.state, spoilt.state)
    db = sqlite3.connect(os.path.join(spoilt.state, "journal.db"))
    db.execute(fault)
    db.commit()
    db.close()
    said = json.loads(spoilt.balcao("journal", "verify", "--json", code=65))
    check(not said["ok"] and (named is None or said["seq"] == named), f"{fault}: {said}")
    spoilt.balcao("record", input="", code=65)
    check(named is None or f"event {named}" in run.err, f"at start: {run.err}")
terminal.balcao("journal", "verify")
print(f"record: examples, retries, {len(REFUSED)} refusals, stick, {disk} and {len(FAULTS)} planted faults as promised")
