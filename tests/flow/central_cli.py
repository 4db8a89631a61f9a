#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The central's command line: what each command prints, refuses and exits with,
while `serve` runs and while it does not, and how its two processes end."""
import json, os, signal, ssl, stat, sys, time, urllib.error, urllib.request
from datetime import datetime, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import tempfile
from balcao import TOP, Central, Process, check, program, run

C = program("balcao-central")
COMMANDS = {"init": 1, "serve": 1, "token": 1, "publish": 2, "events": 1, "audit": 1, "import": 2, "report": 1}
YAML = os.path.join(TOP, "sync/central/examples/recarga.yaml")
folder = tempfile.mkdtemp(prefix="cli-", dir=os.environ.get("TMPDIR"))
os.chdir(folder)


def says(*args, code, word=""):
    """Exit code, and a sentence on stderr with `word` in it, nothing on stdout."""
    out = run(C, *args, code=code)
    check(out == "", f"{args}: a refusal printed on stdout: {out}")
    check(word in run.err, f"{args}: {run.err!r} does not say {word!r}")
    check(run.err.count("\n") <= 14, f"{args}: more than a sentence: {run.err}")


def get(url, path, **kw):
    plain = ssl.create_default_context()
    plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, **kw), context=plain, timeout=20) as r:
            return r.status, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(p) for p in f.read().split()]


def gone(pid, seconds=20):
    for _ in range(seconds * 20):
        try:
            with open(f"/proc/{pid}/stat") as f:
                if f.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


# --- help, versions, wrong usage ---------------------------------------------
check(run(C, "--version").startswith("balcao-central "), "version")
text = run(C, "--help")
for command, arguments in COMMANDS.items():
    check(command in text, f"help does not name {command}")
    check(run(C, command, "--help").startswith(f"usage: balcao-central {command} DIR"), f"{command} --help")
    check(run(C, command, "--version").startswith("balcao-central "), f"{command} --version")
    says(command, code=64, word="usage")
    says(command, *["x"] * arguments, "--colour", code=64, word="--colour")
    says(command, *["x"] * arguments, "y", code=64, word="y")
says(code=64, word="usage")
says("destroy", "x", code=64, word="destroy")

# --- a directory that is none of ours -----------------------------------------
os.mkdir("empty")
open("afile", "w").close()
for args in (["serve", "empty"], ["token", "empty", "--store", "S", "--terminal", "T"], ["publish", "empty", YAML],
             ["events", "empty", "--json"], ["audit", "empty"], ["import", "empty", "afile"], ["report", "empty"]):
    says(*args, code=78, word="init")
    check(os.listdir("empty") == [], f"{args} left something behind")
for args in (["events", "nowhere", "--json"], ["audit", "nowhere"], ["serve", "nowhere"]):
    says(*args, code=69, word="nowhere")

# --- init ------------------------------------------------------------------------
says("init", "bad", "--host", "no/name", code=64, word="no/name")
says("init", "bad", "--host", "fe80::1::2", code=64, word="fe80")
check(not os.path.exists("bad"), "a refused init made a directory")
says("init", "afile/x", code=73, word="afile/x")
out = run(C, "init", "c", "--host", "loja.example", "--host", "192.0.2.7")
pin = out.split("ca pin ")[1].strip()
check(len(pin) == 64, out)
for top, _, files in os.walk("c"):
    check(stat.S_IMODE(os.stat(top).st_mode) & 0o077 == 0, f"{top} is open to others")
    for name in files:
        path = os.path.join(top, name)
        check(stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0, f"{path} is open to others")
before = {n: open(os.path.join("c/keys", n), "rb").read() for n in os.listdir("c/keys") if n != "tokens"}
says("init", "c", code=73, word="already")
check(before == {n: open(os.path.join("c/keys", n), "rb").read() for n in before}, "a second init changed the keys")
says("token", "c", "--store", "S1", "--terminal", "T1", code=75, word="serve")
check(run(C, "events", "c", "--json") == "", "an empty central has events")
check(run(C, "audit", "c").startswith("audit: 0 events"), "audit of an empty central")

# --- serve -----------------------------------------------------------------------
for listen in ("8443", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", ":1"):
    says("serve", "c", "--listen", listen, code=64, word=listen)
says("serve", "c", "--listen", "203.0.113.1:0", code=69, word="203.0.113.1")
central = Central.__new__(Central)
central.dir, central.address = "c", "127.0.0.1:0"
central.serve()
check(get(central.url, "/v1/health") == (200, b"ok\n"), "health")
for path in ("/", "/v1/letters/../x", "/v1/nothing", "/.well-known/est/simpleenroll"):
    check(get(central.url, path)[0] == 404, path)
check(get(central.url, "/v1/batches")[0] == 405, "GET of batches")
for path in ("/v1/batches", "/v1/asks", "/.well-known/est/tls/simplereenroll"):
    check(get(central.url, path, data=b"x")[0] == 403, f"{path} let a stranger in")
check(get(central.url, "/v1/letters/programme")[0] == 403, "letters let a stranger in")
check(get(central.url, "/.well-known/est/tls/simpleenroll", data=b"x")[0] == 401, "enrolment without a password")
says("serve", "c", "--listen", "127.0.0.1:0", code=75, word="in use")
run(C, "init", "other")
says("serve", "other", "--listen", central.address, code=69, word=central.address.split(":")[1])

# --- token, while serve runs ---------------------------------------------------
token = json.loads(run(C, "token", "c", "--store", "S1", "--terminal", "T1", "--json"))
check(list(token) == ["url", "terminal", "token", "ca_pin", "expires", "qr"], f"keys of token: {list(token)}")
check(token["url"] == central.url and token["terminal"] == "T1" and token["ca_pin"] == pin, f"token: {token}")
check(len(bytes.fromhex(token["token"])) == 16, "token length")
check(token["qr"] == "BALCAO1:%s|T1|%s|%s" % (token["url"], token["token"], pin), "qr text")
life = datetime.fromisoformat(token["expires"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
check(13 * 60 < life.total_seconds() <= 15 * 60, f"a token lives {life}")
text = run(C, "token", "c", "--store", "S1", "--terminal", "T1")
check("balcao enrol --url " + central.url in text, "token says how to enrol")
qr = run(C, "token", "c", "--store", "S1", "--terminal", "T1", "--qr", env=dict(os.environ, LC_ALL="C.UTF-8"))
rows = qr.splitlines()
check(len(rows) > 15 and all(set(r) <= set("█▀▄ ") for r in rows), "qr in half blocks")
check(abs(len(rows) * 2 - len(rows[0])) <= 1, f"qr is not square: {len(rows)} x {len(rows[0])}")
plain = run(C, "token", "c", "--store", "S1", "--terminal", "T1", "--qr", env=dict(os.environ, LC_ALL="C"))
check(set(plain) <= set("# \n"), "qr in ASCII")
for bad in (["--store", "S 1", "--terminal", "T1"], ["--store", "S1", "--terminal", "../T"], ["--store", "S1"],
            ["--terminal", "T1"], ["--store", "S1", "--terminal", "T1", "--json", "--qr"]):
    says("token", "c", *bad, code=64)

# --- publish, listing and audit, while serve runs ---------------------------------
with open("wrong.yaml", "w") as f:
    f.write("id: x\ncolour: red\n")
says("publish", "c", "wrong.yaml", code=65, word="wrong.yaml:2:")
says("publish", "c", "missing.yaml", code=69, word="missing.yaml")
lines = run(C, "publish", "c", YAML, timeout=240).splitlines()
versions = {l.split()[0]: int(l.split()[1]) for l in lines}
check(set(versions) == {"programme", "directory"}, f"publish printed {lines}")
check(abs(versions["programme"] / 1000 - time.time()) < 3600, "version is about Unix milliseconds")
again = {l.split()[0]: int(l.split()[1]) for l in run(C, "publish", "c", YAML, timeout=240).splitlines()}
check(all(again[k] > versions[k] for k in versions), "versions rise")
says("events", "c", code=64, word="--json")
check(run(C, "events", "c", "--json") == "", "events of a central without batches")
check("every signature" in run(C, "audit", "c"), "audit while serving")
check(isinstance(json.loads(run(C, "report", "c", "--json")), dict), "report --json")
says("import", "c", "no-stick", code=69, word="no-stick")

# --- the end of both processes ------------------------------------------------------
for sig in (signal.SIGTERM, signal.SIGINT):
    (intake,) = children(central.serving.p.pid)
    check(central.stop(sig) == 0, f"serve ends cleanly on {sig}")
    check(gone(intake), "the intake process outlived serve")
    check(not os.path.exists("c/intake.sock"), "the socket was left behind")
    run(C, "audit", "c")
    central.serve()
(intake,) = children(central.serving.p.pid)
os.kill(intake, signal.SIGKILL)
check(central.serving.p.wait(30) not in (0, None), "serve went on without its intake")
central.serve()
(intake,) = children(central.serving.p.pid)
os.kill(central.serving.p.pid, signal.SIGKILL)
check(gone(intake), "the intake outlived a killed web process")
central.serving.p.wait(30)
run(C, "events", "c", "--json")
run(C, "audit", "c")

# --- results that cannot be written are no success ---------------------------------
with open("/dev/full", "w") as full:
    import subprocess
    for args in (["--help"], ["audit", "c"], ["report", "c"]):
        p = subprocess.run([C, *args], stdout=full, stderr=subprocess.PIPE)
        check(p.returncode != 0, f"{args} into a full disk ended well")
print("every command, its refusals and exit codes; both processes end together")
