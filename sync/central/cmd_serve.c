/* SPDX-License-Identifier: MIT */
#include "central/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/authority.h"
#include "central/command.h"
#include "central/httpd.h"
#include "central/intake.h"
#include "os/file.h"
#include "os/log.h"

static const char help[] =
    "Takes in what terminals send, over HTTPS, until SIGTERM or SIGINT. Two\n"
    "processes: this one speaks to the network; the other holds the keys and the\n"
    "ledger. Prints `listening https://HOST:PORT` when ready.\n"
    "  --listen HOST:PORT  default 127.0.0.1:8443; port 0 picks a free one\n";

#define LISTENING_FILE "listening"

enum {
	BACKLOG = 128,
	PORT_LEN_MAX = 5,
};

enum err listening_read(int dir_fd, char ret_url[URL_LEN_MAX + 1])
{
	char url[URL_LEN_MAX + 1];
	size_t len = 0;
	enum err err = file_read(dir_fd, LISTENING_FILE, url, URL_LEN_MAX, &len);
	while (err == ERR_NONE && len > 0 && url[len - 1] == '\n')
		len--;
	return err == ERR_NONE
		   ? text_from_bytes(ret_url, URL_LEN_MAX + 1, bytes_of(url, len))
		   : err;
}

/* --- the address ----------------------------------------------------------- */

struct address {
	char host[HOST_LEN_MAX + 1];
	char port[PORT_LEN_MAX + 1];
	bool six; /* was written in brackets */
};

/* HOST:PORT or [HOST]:PORT. */
static enum err address_parse(const char *text, struct address *ret_address)
{
	struct address address = {0};
	uint64_t port = 0;
	const char *colon = strrchr(text, ':');
	if (colon == NULL || colon == text)
		return ERR_FORMAT;
	struct bytes host = bytes_of(text, (size_t)(colon - text));
	address.six = host.len > 2 && text[0] == '[' && colon[-1] == ']';
	if (address.six)
		host = bytes_of(text + 1, host.len - 2);
	enum err err = text_from_bytes(address.host, sizeof address.host, host);
	if (err == ERR_NONE)
		err = decimal_u64(colon + 1, 65535, &port);
	if (err == ERR_NONE)
		err = text_copy(address.port, sizeof address.port, colon + 1);
	if (err == ERR_NONE)
		*ret_address = address;
	return err;
}

static int bind_one(const struct addrinfo *info)
{
	int on = 1;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
		int why = errno;
		(void)close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/* 0, or an exit code after a sentence. */
static int listen_at(const struct address *address, int *ret_fd)
{
	struct addrinfo *found = NULL;
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	int code = getaddrinfo(address->host, address->port, &hints, &found);
	if (code != 0)
		return complain(EXIT_UNAVAILABLE_, "cannot listen at %s: %s",
		    address->host, gai_strerror(code));
	int fd = bind_one(found);
	int why = errno;
	freeaddrinfo(found);
	if (fd < 0)
		return complain(why == EACCES ? 77 : EXIT_UNAVAILABLE_,
		    "cannot listen at %s port %s: %s", address->host, address->port,
		    strerror(why));
	*ret_fd = fd;
	return 0;
}

static int bound_port(int fd)
{
	struct sockaddr_storage storage = {0};
	socklen_t len = sizeof storage;

	union {
		struct sockaddr_storage *any;
		struct sockaddr *plain;
	} view = {.any = &storage};
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	if (getsockname(fd, view.plain, &len) != 0)
		return 0;
	if (storage.ss_family == AF_INET6) {
		memcpy(&six, &storage, sizeof six);
		return ntohs(six.sin6_port);
	}
	memcpy(&four, &storage, sizeof four);
	return ntohs(four.sin_port);
}

/* Terminals cannot reach "every address": they are told the first name that the
 * certificate was made for. */
static const char *reachable_host(
    const struct address *address, const struct hosts *hosts)
{
	bool every =
	    strcmp(address->host, "0.0.0.0") == 0 || strcmp(address->host, "::") == 0;
	if (!every)
		return address->host;
	return hosts->count > 0 ? hosts->host[0] : "localhost";
}

static enum err tell(int dir_fd, const struct address *address, int listen_fd)
{
	struct certificate certificate;
	struct hosts hosts;
	char url[URL_LEN_MAX + 1];
	enum err err = certificate_load(dir_fd, CERTIFICATE_TLS, &certificate);
	if (err == ERR_NONE)
		err =
		    certificate_hosts(bytes_of(certificate.der, certificate.len), &hosts);
	if (err != ERR_NONE)
		return err;
	const char *host = reachable_host(address, &hosts);
	if (!certificate_covers(bytes_of(certificate.der, certificate.len), host))
		(void)complain(0,
		    "warning: the certificate is not for %s, so terminals will refuse "
		    "it; a central is made for it with: init DIR --host %s",
		    host, host);
	bool six = strchr(host, ':') != NULL;
	(void)snprintf(url, sizeof url, "https://%s%s%s:%d", six ? "[" : "", host,
	    six ? "]" : "", bound_port(listen_fd));
	err = file_write(dir_fd, LISTENING_FILE, 0600, bytes_of_text(url));
	if (err == ERR_NONE) {
		(void)printf("listening %s\n", url);
		if (fflush(stdout) != 0)
			err = ERR_IO;
	}
	return err;
}

/* --- the web process ------------------------------------------------------- */

struct web {
	struct loop *loop;
	struct ipc *intake;
	struct httpd *httpd;
	struct certificate ca;
	char *certificate_pem;
	char *key_pem;
	char *ca_pem;
};

static void on_stop(void *self, int signo)
{
	(void)signo;
	loop_stop(self);
}

static enum err load_tls(struct web *web, int dir_fd)
{
	struct certificate server;
	struct key_pair pair;
	int keys_fd = openat(dir_fd, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (keys_fd < 0)
		return ERR_NOT_FOUND;
	enum err err = key_load(keys_fd, KEY_TLS, &pair);
	(void)close(keys_fd);
	if (err == ERR_NONE)
		err = key_pem(&pair, &web->key_pem);
	key_wipe(&pair);
	if (err == ERR_NONE)
		err = certificate_load(dir_fd, CERTIFICATE_TLS, &server);
	if (err == ERR_NONE)
		err = certificate_pem(
		    bytes_of(server.der, server.len), &web->certificate_pem);
	if (err == ERR_NONE)
		err = certificate_load(dir_fd, CERTIFICATE_CA, &web->ca);
	if (err == ERR_NONE)
		err = certificate_pem(bytes_of(web->ca.der, web->ca.len), &web->ca_pem);
	return err;
}

static enum err web_open(struct web *web, int dir_fd, int intake_fd, int listen_fd)
{
	enum err err = ipc_open(intake_fd, IPC_REPLY_FRAME_MAX, &web->intake);
	if (err == ERR_NONE)
		err = loop_new(&web->loop);
	if (err == ERR_NONE)
		err = loop_signal(web->loop, SIGTERM, on_stop, web->loop);
	if (err == ERR_NONE)
		err = loop_signal(web->loop, SIGINT, on_stop, web->loop);
	if (err == ERR_NONE)
		err = load_tls(web, dir_fd);
	if (err != ERR_NONE)
		return err;
	const struct httpd_config config = {
	    .listen_fd = listen_fd,
	    .certificate_pem = web->certificate_pem,
	    .key_pem = web->key_pem,
	    .ca_pem = web->ca_pem,
	    .ca_der = bytes_of(web->ca.der, web->ca.len),
	    .intake = web->intake,
	    .loop = web->loop,
	};
	return httpd_open(&config, &web->httpd);
}

static void web_close(struct web *web)
{
	httpd_close(&web->httpd);
	ipc_close(&web->intake);
	pem_free(&web->certificate_pem);
	pem_free(&web->key_pem);
	pem_free(&web->ca_pem);
	if (web->loop != NULL)
		loop_free(&web->loop);
}

static int serve_web(
    int dir_fd, int intake_fd, int listen_fd, const struct address *address)
{
	static struct web web;
	enum err err = web_open(&web, dir_fd, intake_fd, listen_fd);
	if (err == ERR_NONE)
		err = tell(dir_fd, address, listen_fd);
	if (err == ERR_NONE)
		err = loop_run(web.loop);
	int code = 0;
	if (err != ERR_NONE)
		code = complain_of(err, "cannot serve");
	else if (httpd_failed(web.httpd))
		code = complain(EXIT_SOFTWARE_, "the intake process has ended, so "
						"serving ends; see its message above");
	web_close(&web);
	return code;
}

/* --- both ------------------------------------------------------------------ */

/* The intake writes one byte when it is ready; else its sentence is on stderr. */
static bool wait_ready(int intake_fd)
{
	char byte = 0;
	ssize_t got;
	do
		got = read(intake_fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	return got == 1 && byte == INTAKE_READY;
}

static int wait_child(pid_t child)
{
	int status = 0;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_SOFTWARE_;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return complain(EXIT_SOFTWARE_, "the intake process was ended by signal %d",
	    WTERMSIG(status));
}

static int serve(const char *dir, int dir_fd, const struct address *address)
{
	int pair[2];
	int listen_fd = -1;
	int code = listen_at(address, &listen_fd);
	if (code != 0)
		return code;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return complain(EXIT_SOFTWARE_, "cannot make a socket pair");
	pid_t child = fork();
	if (child < 0)
		return complain(EXIT_TRY_LATER_, "cannot start the intake process");
	if (child == 0) {
		(void)close(pair[0]);
		(void)close(listen_fd);
		exit(intake_serve(dir, dir_fd, pair[1]));
	}
	(void)close(pair[1]);
	if (wait_ready(pair[0])) {
		code = serve_web(dir_fd, pair[0], listen_fd, address);
	} else {
		(void)close(pair[0]);
		(void)close(listen_fd);
	}
	int child_code = wait_child(child);
	return code != 0 ? code : child_code;
}

int cmd_serve(int argc, char **argv)
{
	const char *dir = NULL;
	const char *listen = "127.0.0.1:8443";
	const struct command_option options[] = {
	    {.name = "listen", .value = &listen}, {0}};
	const struct command_line line = {.usage = "serve DIR [--listen HOST:PORT]",
	    .help = help,
	    .options = options,
	    .arguments = &dir,
	    .argument_count = 1};
	struct address address;
	int code = 0;
	int dir_fd = -1;
	if (!command_parse(&line, argc, argv, &code))
		return code;
	if (address_parse(listen, &address) != ERR_NONE)
		return complain(EXIT_USAGE_, "--listen %s is not HOST:PORT", listen);
	code = central_open(dir, &dir_fd);
	if (code != 0)
		return code;
	(void)signal(SIGPIPE, SIG_IGN);
	code = serve(dir, dir_fd, &address);
	(void)close(dir_fd);
	return code;
}
