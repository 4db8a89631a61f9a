#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a hostile carrier may put into a terminal's inbox, and a hostile terminal
into the central's mail: nothing is taken that does not verify, nothing is lost, and
what is true is still taken beside it. Then a copy of a state directory that goes on
recording: held as a fork, the original goes on."""
import http.client, os, shutil, ssl, sys

import cbor2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from balcao import Central, Terminal, check, program, run, temp
from world import MEMBER, PRODUCT, programme

GAP_EXPECTED = 14  # key of the answer: sync/contract/balcao.cddl
folder = temp()
sale = {"type": "sale", "clerk": "c01", "member": MEMBER, "lines": [{"product": PRODUCT, "quantity_milli": 1000, "amount_cents": 1299}]}
stick = os.path.join(folder, "stick")
os.mkdir(stick)
central = Central(folder, programme(folder)).serve()
t1, t2, strange = (Terminal(folder, n) for n in ("T1", "T2", "T3"))
other = Central.__new__(Central)
os.mkdir(os.path.join(folder, "other"))
other.__init__(os.path.join(folder, "other"), programme(folder))
other.serve()
for t, c in ((t1, central), (t2, central), (strange, other)):
    t.enrol(c).sync()


def cut(terminal):
    """Records a sale and cuts it; its batch's name and bytes in the outbox."""
    terminal.record([sale])
    terminal.carry_out(stick)
    outbox = os.path.join(terminal.state, "outbox")
    name = max(n for n in os.listdir(outbox) if n.endswith(".batch"))
    return name, open(os.path.join(outbox, name), "rb").read()


def true_answer(terminal):
    """The carrier alone fetches it; the till has not seen it yet."""
    name = cut(terminal)[0] + ".answer"
    run(program("balcao-sync"), "--state", terminal.state, "once")
    path = os.path.join(terminal.state, "inbox", name)
    data = open(path, "rb").read()
    os.unlink(path)
    return name, data


# --- into the inbox -----------------------------------------------------------
_, old = true_answer(t1)
t1.sync()
name, mine = true_answer(t1)
_, theirs = true_answer(t2)
_, forged = true_answer(strange)
inbox = os.path.join(t1.state, "inbox")


def put(file, data):
    with open(os.path.join(inbox, file), "wb") as f:
        f.write(data)


def letter(terminal, kind):
    return open(os.path.join(terminal.state, "programme", kind), "rb").read()


def changed(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


before = t1.status()
letters = {k: letter(t1, k) for k in ("programme", "directory", "trust")}
HOSTILE = [(f"{n}", d) for n, d in (
    (name, b""), (name, b"no answer" * 50), (name, old), (name, theirs), (name, forged), ("x.answer", theirs), ("a\nb.answer", mine[:-1]), ("q" * 200 + ".answer", b"x"),
    ("huge.answer", bytes(3 << 20)), ("letter-programme", letter(strange, "programme")), ("letter-trust", letter(strange, "trust")), ("letter-directory", mine),
    ("letter-programme", changed(letters["programme"], 900)), ("letter-dance", b"x"), ("letter-", b"x"), ("dance", b"x"))]
HOSTILE += [(name, changed(mine, at)) for at in range(0, len(mine), 23)]
for file, data in HOSTILE:
    put(file, data)
    t1.balcao("record", input="")
    now = t1.status()
    for key in ("receipted", "waiting", "head", "recorded", "epoch", "programme", "held"):
        check(now[key] == before[key], f"{file!r} ({len(data)} bytes) changed {key}: {now}")
    check(not os.path.exists(os.path.join(inbox, file)), f"{file!r} was left in the inbox")
check(letters == {k: letter(t1, k) for k in letters}, "a letter was changed")

# What is no file at all, and the true answer behind it under a name not its own.
os.mkfifo(os.path.join(inbox, "a.answer"))
os.symlink("b.answer", os.path.join(inbox, "b.answer"))
os.symlink("/etc/passwd", os.path.join(inbox, "c.answer"))
os.makedirs(os.path.join(inbox, "d.answer", "deeper"))
os.mkdir(os.path.join(inbox, "letter-trust"))
put("zz.answer", mine)
t1.balcao("record", input="")
check(t1.status()["waiting"] == 0, "the true receipt was not taken")
put(name, mine)
t1.balcao("record", input="")
check(t1.status()["receipted"] == t1.status()["recorded"], "a replayed receipt changed something")
t1.balcao("journal", "verify")
for stray in ("stray", "b-1.batch"):
    open(os.path.join(t1.state, "outbox", stray), "w").close()
t1.record([sale])
t1.sync(code=None)
check(t1.status()["waiting"] == 0, f"a stray file in the outbox stopped the queue: {run.err} {t1.status()} {os.listdir(inbox)}")
for stray in ("stray", "b-1.batch"):
    if os.path.exists(os.path.join(t1.state, "outbox", stray)):
        os.unlink(os.path.join(t1.state, "outbox", stray))

# --- into the central's mail -----------------------------------------------------
t2.sync()


def post(terminal, data):
    keys = os.path.join(terminal.state, "keys", "carrier")
    tls = ssl.create_default_context(cafile=os.path.join(keys, "ca.pem"))
    tls.check_hostname = False
    tls.load_cert_chain(os.path.join(keys, "tls.crt"), os.path.join(keys, "tls.key"))
    line = http.client.HTTPSConnection(*central.address.split(":"), context=tls, timeout=30)
    line.request("POST", "/v1/batches", body=data, headers={"Content-Type": "application/cose"})
    answer = line.getresponse()
    got = answer.status, answer.read()
    line.close()
    return got


def ledger_count():
    return len(central.events())


batches = [cut(t2)[1] for _ in range(3)]
first_seq = t2.status()["recorded"] - 2
count = ledger_count()
for late in batches[1:]:
    status, body = post(t2, late)
    answer = cbor2.loads(cbor2.loads(body).value[2])
    check(status == 409 and answer[GAP_EXPECTED] == first_seq, f"before its turn: {status} {answer}")
for at in range(0, len(batches[0]), 37):
    status, body = post(t2, changed(batches[0], at))
    check(status == 400, f"bit changed at {at}: {status} {body}")
for bad in (b"", b"\0", batches[0][:-1], batches[0] + b"\0", batches[0] + batches[1]):
    check(post(t2, bad)[0] == 400, f"{bad[:20]}")
check(ledger_count() == count, "a refused batch left events")
receipt = post(t2, batches[0])
check(receipt[0] == 200 and post(t2, batches[0]) == receipt and post(t1, batches[0]) == receipt, "the same batch, another receipt")
check(ledger_count() == count + 3, "the gap closed and its batches were not taken")
for late in batches[1:]:
    check(post(t2, late)[0] == 200 and post(t2, late) == post(t2, late), "a receipt after the gap")
check(ledger_count() == count + 3, "a batch counted twice")
t2.sync()
check(t2.status()["waiting"] == 0, f"{t2.status()}")

# --- a copy that goes on ----------------------------------------------------------
copy = Terminal(folder, "copy")
shutil.rmtree(copy.state)
shutil.copytree(t2.state, copy.state)
t2.record([sale])
t2.sync()
count = ledger_count()
copy.record([{**sale, "clerk": "c02"}, sale])
copy.sync()
told = copy.status()
check(told["held"] == 1 and told["waiting"] == 2, f"the copy: {told}")
check("fork" in copy.balcao("status"), "status does not tell of the fork")
check(ledger_count() == count, "the copy's events are in the ledger")
t2.record([sale])
t2.sync()
told = t2.status()
check(told["waiting"] == 0 and told["held"] == 0 and ledger_count() == count + 1, f"the original: {told}")
check(len(copy.balcao("journal", "list").splitlines()) == copy.status()["recorded"], "the copy lost something")
for t in (t1, t2, copy):
    t.balcao("journal", "verify")
central.audit()
print(f"{len(HOSTILE)} forged files, 5 that are none, a gap, changed bits, doubles and a copied terminal: nothing taken, nothing lost")
