#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`balcao sync` in all its company: alone in the foreground while others record,
beside a counter that holds the journal, with the central down, killed, and with
a central whose answers do not verify."""
import json, os, signal, subprocess, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake_central as fc
from balcao import Central, Process, Terminal, check, program, run, temp
from world import PRODUCT, programme

folder = temp()
sale = {"type": "sale", "clerk": "c01", "member": None, "lines": [{"product": PRODUCT, "quantity_milli": 1000, "amount_cents": 500}]}


def eventually(what, sentence, seconds=60):
    """A bound against hanging only."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.05)
    raise AssertionError(sentence)


def carriers(state):
    """Carriers of this state directory that are alive."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                args = f.read().split(b"\0")
        except OSError:
            continue
        if os.path.basename(args[0]) == b"balcao-sync" and state.encode() in args:
            found.append(int(pid))
    return found


def sales(central):
    return sum(e["type"] == "sale" for e in central.events())


central = Central(folder, programme(folder)).serve()
t = Terminal(folder).enrol(central)

# --- in the foreground, while others record ----------------------------------
sync = Process([program("balcao"), "--state", t.state, "sync"])
for _ in range(5):
    check(all(a["ok"] for a in t.record([sale])), "record is refused while sync runs")
eventually(lambda: sales(central) == 5, "sync in the foreground does not carry")
eventually(lambda: t.status()["waiting"] == 0, "receipts are not taken in")
# a till's own pipe that stays open holds the lock; its records go out all the same
pipe = subprocess.Popen([program("balcao"), "--state", t.state, "record"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
for n in range(3):
    pipe.stdin.write(json.dumps(sale) + "\n")
    pipe.stdin.flush()
    check(json.loads(pipe.stdout.readline())["ok"], "not recorded")
eventually(lambda: sales(central) == 8, "what an open pipe recorded is not carried")
pipe.stdin.close()
check(pipe.wait(60) == 0, "record did not end well")
# its carrier is killed: another one takes over
os.kill(carriers(t.state)[0], signal.SIGKILL)
check(t.record([sale])[0]["ok"], "not recorded")
eventually(lambda: sales(central) == 9, "nobody carries after a killed carrier")
# killed itself: its carrier goes with it
check(len(carriers(t.state)) == 1, f"one carrier is wanted: {carriers(t.state)}")
sync.p.kill()
sync.p.wait()
eventually(lambda: not carriers(t.state), "the carrier outlived a killed sync")

# --- beside a running counter -------------------------------------------------
tape = os.path.join(folder, "tape")
with open(tape, "w", encoding="utf-8") as f:
    f.write('{"at_ms":120000,"key":"F1"}\n')
counter = Process([program("balcao"), "--state", t.state, "run", "--headless", "--reader", "tape:" + tape], stderr=subprocess.DEVNULL)
eventually(lambda: os.path.exists(os.path.join(t.state, "run.sock")), "run does not listen")
check(t.record([sale])[0]["ok"], "record through a running counter")
t.sync()
check(sales(central) == 10, "sync --once beside a counter does not carry")
check(t.status()["waiting"] == 0, "and its receipts are not taken in")
counter.p.kill()
counter.p.wait()
t.sync()  # its socket is still there, and nobody behind it

# --- the central is down ------------------------------------------------------
central.stop()
t.record([sale] * 3)
t.sync(code=75)
check("Nothing is lost" in run.err, run.err)
status = t.status()
check(status["waiting"] == 3, status)
central.serve()
t.sync()
check(sales(central) == 13 and t.status()["waiting"] == 0, "not all came after the outage")
seen = [e["id"] for e in central.events()]
check(len(seen) == len(set(seen)), "an event came twice")
central.audit()

# --- letters: a new programme reaches the till ---------------------------------
before = t.status()["programme"]
central.publish(os.path.join(folder, "recarga.yaml"))
t.sync()
check(t.status()["programme"] != before, "the new programme was not adopted")

# --- a central whose answers do not verify -------------------------------------
authority = fc.Authority()
fake = fc.FakeCentral(authority, authority.server(folder))
token = fc.Token()
fake.tokens["T2"] = token
u = Terminal(folder, "T2")
u.balcao("enrol", "--qr", f"BALCAO1:{fake.url}|T2|{token.secret.hex()}|{authority.pin()}", code=None)
check(run.code == 75, f"enrol with a central that answers nonsense: {run.code} {run.err}")
waiting = u.status()["waiting"]
check(waiting > 0, "the epoch-opened event waits")
u.sync(code=75)
check("still wait" in run.err, run.err)
check(u.status()["waiting"] == waiting, "something was taken for a receipt")
out = [n for n in os.listdir(os.path.join(u.state, "outbox")) if n.endswith(".batch")]
check(len(out) == 1, f"the batch left the outbox: {out}")
check(not [n for n in os.listdir(os.path.join(u.state, "inbox")) if n.endswith(".answer")], "the answer stays")
sent = set(fake.bodies)
check(len(sent) == 1, "a resend is not identical")
u.balcao("journal", "verify")

# --- what is not enrolled -----------------------------------------------------
v = Terminal(folder, "T3")
v.balcao("sync", "--once", code=78)
check("balcao enrol" in run.err, run.err)
v.balcao("sync", "now", code=64)
run(program("balcao"), "--state", os.path.join(folder, "nowhere"), "sync", "--once", code=78)
print("ok")
