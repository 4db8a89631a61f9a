#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A central that answers as badly as it is told to. Not a test: carrier_faults.py
and others import it.

    fake = FakeCentral(Authority())
    fake.batches = "500"           # what POST /v1/batches gets: see FAULTS
    fake.seen                      # what came: (method, path, peer, length)

It keeps nothing and verifies no signature; the real one does (sync/central)."""
import base64, datetime, hashlib, http.server, ipaddress, os, socket, ssl, subprocess, tempfile, threading, time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
ANSWER_FILE_MAX = 64 * 1024
FAULTS = ("500", "503", "429", "403", "404", "302", "html", "empty-type", "oversized", "oversized-chunked", "truncated", "closed", "no-http")


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def key_pem(key):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    """A CA, and what it signs."""

    def __init__(self, name="Fake CA"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.cert = self.sign(self.name, self.key.public_key(), ca=True, start=now() - 2000 * DAY, end=now() + 9000 * DAY)

    def sign(self, subject, public, ca=False, start=None, end=None, hosts=()):
        b = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(public)
        b = b.serial_number(x509.random_serial_number())
        b = b.not_valid_before(start or now() - DAY).not_valid_after(end or now() + 400 * DAY)
        b = b.add_extension(x509.BasicConstraints(ca, None), True)
        if hosts:
            names = [x509.IPAddress(ipaddress.ip_address(h)) if h[0].isdigit() else x509.DNSName(h) for h in hosts]
            b = b.add_extension(x509.SubjectAlternativeName(names), False)
        return b.sign(self.key, hashes.SHA256())

    def pin(self):
        spki = self.cert.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(spki).hexdigest()

    def server(self, folder, hosts=("127.0.0.1", "localhost"), start=None, end=None):
        """Path of a PEM with key and certificate for a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake central")])
        cert = self.sign(name, key.public_key(), start=start, end=end, hosts=hosts)
        fd, path = tempfile.mkstemp(dir=folder, suffix=".pem")
        with os.fdopen(fd, "wb") as f:
            f.write(key_pem(key) + cert.public_bytes(PEM))
        return path

    def terminal(self, terminal, store, public, start=None, end=None):
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, store), x509.NameAttribute(NameOID.COMMON_NAME, terminal)])
        return self.sign(name, public, start=start, end=end)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self):
        self.request.settimeout(60)
        self.request.do_handshake()
        self.fake = self.server.fake
        with self.fake.lock:
            self.fake.connections += 1
        super().setup()

    def log_message(self, *_):
        pass

    def peer(self):
        cert = self.request.getpeercert()
        for part in (cert or {}).get("subject", ()):
            for oid, value in part:
                if oid == "commonName":
                    return value
        return None

    def note(self, length=0):
        with self.fake.lock:
            self.fake.seen.append((self.command, self.path, self.peer(), length))

    def say(self, status, body=b"", kind="text/plain", **headers):
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def cose(self, body, status=200, **headers):
        self.say(status, body, "application/cose", **headers)

    def fault(self, name):
        """Answers as `name` says; the connection ends where it says so."""
        if name == "hang":
            time.sleep(self.fake.hang_s)
            self.close_connection = True
        elif name == "429":
            self.say(429, b"slow down\n", Retry_After=str(self.fake.retry_after))
        elif name == "503":
            self.say(503, b"busy\n", Retry_After=str(self.fake.retry_after))
        elif name == "302":
            self.say(302, b"", Location="https://127.0.0.1:1/elsewhere")
        elif name == "html":
            self.say(200, b"<html>Log in to the hotel's network</html>", "text/html")
        elif name == "empty-type":
            self.say(200, b"\x01\x02", None)
        elif name == "oversized":
            self.cose(b"\0" * (ANSWER_FILE_MAX + 1))
        elif name == "oversized-chunked":
            self.send_response(200)
            self.send_header("Content-Type", "application/cose")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for _ in range(ANSWER_FILE_MAX // 4096 + 1):
                self.wfile.write(b"1000\r\n" + b"\0" * 4096 + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        elif name == "truncated":
            self.send_response(200)
            self.send_header("Content-Type", "application/cose")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half of it")
            self.close_connection = True
        elif name == "closed":
            self.close_connection = True
        elif name == "no-http":
            self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
            self.close_connection = True
        else:
            self.say(int(name), b"because I was told to\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.note(len(body))
        try:
            if self.path == "/v1/batches":
                self.batch(body)
            elif self.path.startswith("/.well-known/est/"):
                self.enrol(self.path.split("/")[3], body)
            else:
                self.say(404)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def batch(self, body):
        fault = self.fake.batches
        with self.fake.lock:
            self.fake.bodies.append(body)
            if self.fake.faulty_requests is not None and fault:
                self.fake.faulty_requests -= 1
                if self.fake.faulty_requests < 0:
                    fault = None
        alone = self.fake.refused.get(body)
        if alone:
            self.say(alone, b"this one is not well formed\n")
        elif fault:
            self.fault(fault)
        elif body in self.fake.gaps:
            self.cose(b"gap for " + body[:40], 409)
        else:
            self.cose(b"receipt for " + body[:40])

    def do_GET(self):
        self.note()
        name = self.path.rsplit("/", 1)[-1]
        if self.path.endswith("/cacerts"):
            if self.fake.cacerts:
                return self.fault(self.fake.cacerts)
            return self.pkcs7(self.fake.authority.cert)
        if not self.path.startswith("/v1/letters/"):
            return self.say(404)
        if self.fake.letters_fault:
            return self.fault(self.fake.letters_fault)
        letter = self.fake.letters.get(name)
        if letter is None:
            return self.say(404)
        version, body = letter
        if self.headers.get("If-None-Match") == f'"{version}"':
            return self.say(304, b"", None, ETag=f'"{version}"')
        return self.cose(body, ETag=f'"{version}"')

    def pkcs7(self, cert):
        der = pkcs7.serialize_certificates([cert], DER)
        self.say(200, base64.encodebytes(der), "application/pkcs7-mime")

    def enrol(self, label, body):
        if self.fake.enrol_fault.get(label):
            return self.fault(self.fake.enrol_fault[label])
        user, _, password = base64.b64decode(self.headers.get("Authorization", "Basic Og==")[6:]).decode().partition(":")
        csr = x509.load_der_x509_csr(base64.b64decode(body))
        public = csr.public_key()
        spki = public.public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        name = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        token = self.fake.tokens.get(user)
        if not csr.is_signature_valid or token is None or password != token.password(label, spki) or name != user:
            return self.say(401, b"no token of this terminal has this password\n")
        if token.given.setdefault(label, spki) != spki:
            return self.say(403, b"this token was used with another key\n")
        cert = self.fake.authority.terminal(user, token.store, public)
        if self.fake.enrol_cut == label:  # taken, and the answer is lost
            self.close_connection = True
            return None
        return self.pkcs7(cert)


class Token:
    def __init__(self, store="loja-1"):
        self.secret = os.urandom(16)
        self.store = store
        self.given = {}

    def password(self, label, spki):
        import hmac

        message = b"tls" if label == "tls" else b"signing" + hashlib.sha256(spki).digest()
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def handle_error(self, request, client_address):
        pass  # a client that goes away is what is being tested

    def get_request(self):
        raw, address = super().get_request()
        context = self.fake.context
        return context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False), address


class FakeCentral:
    def __init__(self, authority, server_pem, port=0):
        self.authority = authority
        self.lock = threading.Lock()
        self.seen, self.bodies, self.connections = [], [], 0
        self.batches = None  # a fault's name
        self.faulty_requests = None  # so many of them only
        self.refused, self.gaps = {}, set()
        self.retry_after, self.hang_s = 120, 30
        self.letters, self.letters_fault = {}, None
        self.cacerts, self.enrol_fault, self.enrol_cut = None, {}, None
        self.tokens = {}
        self.context = None
        self.use(server_pem)
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.fake = self
        self.port = self.server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def use(self, server_pem):
        """Another certificate, from the next connection on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(server_pem)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=self.authority.cert.public_bytes(PEM).decode())
        self.context = context

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# --- a wrong clock for one process ---------------------------------------------

CLOCK_C = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static time_t shift(void) { const char *s = getenv("FAKE_SHIFT_S"); return s ? (time_t)atoll(s) : 0; }
int clock_gettime(clockid_t id, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	int r = real(id, t);
	if (id == CLOCK_REALTIME)
		t->tv_sec += shift();
	return r;
}
time_t time(time_t *out)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}
int gettimeofday(struct timeval *v, void *z)
{
	struct timespec t;
	(void)z;
	clock_gettime(CLOCK_REALTIME, &t);
	v->tv_sec = t.tv_sec;
	v->tv_usec = t.tv_nsec / 1000;
	return 0;
}
"""


def make_clock(folder):
    """A library to preload, which shifts the wall clock; made once in `folder`."""
    library, source = os.path.join(folder, "clock.so"), os.path.join(folder, "clock.c")
    if not os.path.exists(library):
        with open(source, "w", encoding="ascii") as f:
            f.write(CLOCK_C)
        subprocess.run([os.environ.get("CC", "cc").split()[-1], "-shared", "-fPIC", "-O1", "-w", "-o", library, source, "-ldl"], check=True)
    return library


def at_clock(folder, seconds):
    """Environment in which it is `seconds` (Unix)."""
    asan = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": make_clock(folder), "FAKE_SHIFT_S": str(int(seconds - time.time())), "ASAN_OPTIONS": asan + ":verify_asan_link_order=0"}
