/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The plugin: pppd's channel, and the far end of the private link. pppd starts, says HELLO and
 * waits in connect() for a session; from then on it reports and asks. Whatever is wrong on the link
 * ends pppd. One pppd is one plugin, so its state is static. PPP-26 … PPP-29. */

#include "l2tp-pppd-address.h"
#include "l2tp-pppd-compat.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECRET_TIMEOUT 90 /* seconds: a person may be typing */
#define FOREVER        (-1)

/* An LNS that gets no answer to its Hello gives up after half a minute; nobody will miss a session
 * for which no service has come back in two. */
#define ORPHAN_CHECK 10 /* seconds */
#define ORPHAN_MAX   12 /* checks in a row */

#define STATUS_USER_REQUEST     5  /* ERR-45 */
#define STATUS_PEER_AUTH_FAILED 11 /* ERR-51 */
#define STATUS_HANGUP           16 /* ERR-56 */
#define STATUS_AUTH_REJECTED    19 /* ERR-59 */

#define PHASE_DEAD         0
#define PHASE_AUTHENTICATE 5
#define PHASE_NETWORK      7
#define PHASE_RUNNING      8

#define PROTOCOL_LCP  0xc021
#define PROTOCOL_PAP  0xc023
#define PROTOCOL_CHAP 0xc223
#define PROTOCOL_EAP  0xc227

#define LCP_CONFIGURE_REQUEST 1
#define LCP_TERMINATE_REQUEST 5
#define PAP_NAK               3
#define CHAP_FAILURE          4
#define EAP_REQUEST           1
#define EAP_RESPONSE          2
#define EAP_NOTIFICATION      2
#define EAP_TLS               13
#define EAP_TLS_LENGTH        0x80
#define EAP_MSCHAPV2          26

#define TLS_ALERT       21
#define TLS_ALERT_FATAL 2

void plugin_init (void);

static int link_fd = -1;
static L2tpLinkSession session;
static int held[L2TP_LINK_FDS_MAX]; /* session, UDP, tunnel, service's ends of the link and of our
                                       output, unit */
static int identity[L2TP_LINK_N_IDENTITY_FDS] = { -1, -1, -1 };
static bool spoke_tls;   /* pppd has let EAP-TLS begin, and no success count without its end */
static bool refused_lns; /* it did not like the LNS's certificate */
static int service_pidfd = -1;
static int orphan_checks;
static bool heard_lns;
static bool running;        /* IPCP is up, and nobody has begun to end the link */
static int end_status = -1; /* when the link was over */

static void
report (uint8_t type, const void *body)
{
  if (l2tp_link_send (link_fd, type, body, NULL, 0) < 0)
    l2tp_compat_log ("l2tp-client: the service does not take reports");
}

/* wait_link:
 * Waits until the link has something, a signal asks for the end, or @timeout seconds are over.
 * SIGTERM is blocked but while we sleep, so that none is lost between the look and the sleep.
 * Returns whether there is something to receive. */
static bool
wait_link (int timeout)
{
  struct pollfd poll_fd = { .fd = link_fd, .events = POLLIN };
  struct timespec now, end, left;
  sigset_t ending, before;
  int n = 0;

  sigemptyset (&ending);
  sigaddset (&ending, SIGTERM);
  sigaddset (&ending, SIGINT);
  sigprocmask (SIG_BLOCK, &ending, &before);
  clock_gettime (CLOCK_MONOTONIC, &end);
  end.tv_sec += timeout;
  while (l2tp_compat_get_signal () == 0)
    {
      clock_gettime (CLOCK_MONOTONIC, &now);
      left = (struct timespec){ .tv_sec = end.tv_sec - now.tv_sec };
      if (timeout != FOREVER && left.tv_sec <= 0)
        break;
      n = ppoll (&poll_fd, 1, timeout == FOREVER ? NULL : &left, &before);
      if (n > 0 || (n < 0 && errno != EINTR))
        break;
    }
  sigprocmask (SIG_SETMASK, &before, NULL);
  return n > 0;
}

/* The service made the link; if it is not our parent any more, it died before we had its pidfd. */
static bool
service_lives (void)
{
  struct ucred peer;
  socklen_t len = sizeof peer;

  return service_pidfd >= 0 && getsockopt (link_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
         peer.pid == getppid ();
}

/* Looks whether the next message is one of a service that took over, and takes it. */
static bool
note_adoption (void)
{
  L2tpLinkBody body;
  int fds[L2TP_LINK_FDS_MAX];
  size_t n_fds;
  uint8_t type = 0;

  if (recv (link_fd, &type, 1, MSG_PEEK | MSG_DONTWAIT) != 1 || type != L2TP_LINK_ADOPTED ||
      l2tp_link_receive (link_fd, &body, fds, &n_fds) != L2TP_LINK_ADOPTED)
    return false;
  if (service_pidfd >= 0)
    close (service_pidfd);
  service_pidfd = fds[0];
  orphan_checks = 0; /* also if it is gone again by now */
  return true;
}

/* pppd and its VPN outlive a service that is killed, but not for ever one that does not come back.
 */
static void
check_service (void)
{
  struct pollfd poll_fd = { .events = POLLIN };

  while (note_adoption ())
    continue;
  poll_fd.fd = service_pidfd;
  orphan_checks = poll (&poll_fd, 1, 0) > 0 ? orphan_checks + 1 : 0;
  if (orphan_checks < ORPHAN_MAX)
    return;
  l2tp_compat_log ("l2tp-client: the service does not come back");
  kill (getpid (), SIGTERM);
}

static bool
is_sane (const L2tpLinkSession *s, size_t n_fds)
{
  return s->mtu >= 128 && s->mtu <= 16384 && s->mru >= 128 && s->mru <= 16384 &&
         s->listen_time <= 60000 && s->restart_time >= 1 &&
         s->restart_time <= L2TP_LINK_RESTART_MAX && s->unit >= L2TP_LINK_NO_UNIT &&
         n_fds == (s->unit >= 0 ? 6u : 5u);
}

/* In the way that pppd takes: by name. A descriptor that is sealed and has no other name in the
 * file system is as good as a file, and nobody else finds it. */
static void
take_identity (const int *fds)
{
  static char paths[L2TP_LINK_N_IDENTITY_FDS][32];

  for (size_t i = 0; i < L2TP_LINK_N_IDENTITY_FDS; i++)
    {
      identity[i] = fds[i];
      snprintf (paths[i], sizeof paths[i], "/proc/self/fd/%d", fds[i]);
    }
  if (!l2tp_compat_set_identity (paths[L2TP_LINK_IDENTITY_CA], paths[L2TP_LINK_IDENTITY_CERT],
                                 paths[L2TP_LINK_IDENTITY_KEY]))
    l2tp_compat_die ("l2tp-client: this pppd has no EAP-TLS");
}

static bool
receive_session (void)
{
  L2tpLinkBody body;
  size_t n_fds;
  int type = l2tp_link_receive (link_fd, &body, held, &n_fds);

  if (type == L2TP_LINK_IDENTITY && identity[0] < 0)
    {
      take_identity (held);
      if (!wait_link (FOREVER))
        return false;
      type = l2tp_link_receive (link_fd, &body, held, &n_fds);
    }
  if (type == 0)
    {
      l2tp_compat_log ("l2tp-client: the service closed the link");
      return false;
    }
  if (type != L2TP_LINK_SESSION || !is_sane (&body.session, n_fds))
    {
      l2tp_compat_log ("l2tp-client: no valid session on the link");
      return false;
    }
  session = body.session;
  return true;
}

/* pppd catches its own faults to clean up, which takes addresses and routes off the interface. It
 * dies of them instead, and the next pppd finds the interface as it was (PPP-29). */
static void
let_faults_kill (void)
{
  static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS };

  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
    signal (faults[i], SIG_DFL);
}

static int
plugin_connect (void)
{
  const L2tpLinkHello hello = { .version = L2TP_LINK_VERSION };

  if (link_fd < 0 || fcntl (link_fd, F_SETFD, FD_CLOEXEC) < 0 || !service_lives ())
    l2tp_compat_die ("l2tp-client: no link to the service");
  let_faults_kill ();
  report (L2TP_LINK_HELLO, &hello);
  if (!wait_link (FOREVER))
    {
      l2tp_compat_set_status (STATUS_USER_REQUEST);
      return -1;
    }
  if (!receive_session ())
    return -1;
  l2tp_compat_configure (&session);
  return held[0];
}

static void
report_unit (void)
{
  L2tpLinkUnit body;
  int unit = L2TP_LINK_NO_UNIT;
  int fd = l2tp_compat_get_unit (&unit);

  body.unit = unit;
  if (fd >= 0 && l2tp_link_send (link_fd, L2TP_LINK_UNIT, &body, &fd, 1) < 0)
    l2tp_compat_log ("l2tp-client: the service does not take the unit");
}

static int
plugin_establish (int session_fd)
{
  int fd;

  fd = session.unit >= 0 ? l2tp_compat_adopt (session_fd, held[5], session.unit)
                         : l2tp_compat_establish (session_fd);
  if (fd < 0)
    return -1;
  report_unit ();
  l2tp_compat_every (ORPHAN_CHECK, check_service);
  return fd;
}

static int
take_secret (const L2tpLinkSecret *answer, char *secret)
{
  size_t len = strnlen (answer->secret, sizeof answer->secret);

  if (answer->valid > 1 || len == sizeof answer->secret)
    l2tp_compat_die ("l2tp-client: malformed secret on the link");
  if (!answer->valid)
    return -1;
  memcpy (secret, answer->secret, len + 1);
  return 1;
}

static int
plugin_get_secret (char *secret)
{
  L2tpLinkBody body;
  int fds[L2TP_LINK_FDS_MAX];
  size_t n_fds;
  int result;

  report (L2TP_LINK_SECRET_WANTED, NULL);
  do
    {
      if (!wait_link (SECRET_TIMEOUT))
        return -1;
    }
  while (note_adoption ());
  if (l2tp_link_receive (link_fd, &body, fds, &n_fds) != L2TP_LINK_SECRET)
    l2tp_compat_die ("l2tp-client: no valid secret on the link");
  result = take_secret (&body.secret, secret);
  explicit_bzero (&body, sizeof body);
  return result;
}

static void
report_message (const uint8_t *text, size_t len)
{
  L2tpLinkText body = { 0 };

  memcpy (body.text, text, len < sizeof body.text ? len : sizeof body.text - 1);
  report (L2TP_LINK_PEER_MESSAGE, &body);
}

/* What RFC 5246 section 7.2 calls them, as far as they are about certificates. */
static const char *
alert_to_string (uint8_t alert)
{
  static const struct
  {
    uint8_t alert;
    const char *text;
  } texts[] = {
    { 42, "bad certificate" },     { 43, "unsupported certificate" }, { 44, "certificate revoked" },
    { 45, "certificate expired" }, { 46, "certificate unknown" },     { 48, "unknown CA" },
    { 49, "access denied" },       { 51, "decrypt error" },
  };

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (texts[i].alert == alert)
      return texts[i].text;
  return "TLS alert";
}

/* @data: from the type octet on. Returns whether it is a fatal alert, which fits in one fragment,
 * in clear, as those about certificates are; it is reported. RFC 5216 section 3.1. */
static bool
see_tls (const uint8_t *data, size_t len)
{
  size_t header = len > 1 && (data[1] & EAP_TLS_LENGTH) != 0 ? 6 : 2;
  const uint8_t *record;
  const char *text;

  if (identity[0] < 0 || len != header + 7 || data[0] != EAP_TLS)
    return false;
  record = data + header;
  if (record[0] != TLS_ALERT || record[5] != TLS_ALERT_FATAL)
    return false;
  text = alert_to_string (record[6]);
  report_message ((const uint8_t *) text, strlen (text));
  return true;
}

/* A notification is text. MS-CHAPv2 inside EAP refuses as it does outside, with a code, an id and
 * a length of its own in front. RFC 3748 section 5.2. */
static void
see_eap_request (const uint8_t *data, size_t len)
{
  if (len > 1 && data[0] == EAP_NOTIFICATION)
    report_message (data + 1, len - 1);
  else if (len > 5 && data[0] == EAP_MSCHAPV2 && data[1] == CHAP_FAILURE)
    report_message (data + 5, len - 5);
  else
    see_tls (data, len);
}

/* The LNS ends a link that is up (ERR-40). pppd would take the addresses off the interface and wait
 * for the LNS to say so again; this way the next pppd finds the interface as it was (PPP-29). */
static void
end_at_once (uint8_t id)
{
  const L2tpLinkExit body = { .status = 0 };

  l2tp_compat_ack_termination (id);
  report (L2TP_LINK_EXIT, &body);
  _exit (0);
}

/* @packet: from the code octet on; its own length field may lie. */
static void
see_packet (unsigned protocol, const uint8_t *packet, size_t len)
{
  size_t said = (size_t) packet[2] << 8 | packet[3];

  if (said < 4 || said > len)
    return;
  if (protocol == PROTOCOL_LCP && packet[0] == LCP_CONFIGURE_REQUEST && !heard_lns)
    {
      heard_lns = true;
      l2tp_compat_resend_lcp ();
    }
  else if (protocol == PROTOCOL_LCP && packet[0] == LCP_TERMINATE_REQUEST && running)
    end_at_once (packet[1]);
  else if (protocol == PROTOCOL_CHAP && packet[0] == CHAP_FAILURE)
    report_message (packet + 4, said - 4);
  else if (protocol == PROTOCOL_PAP && packet[0] == PAP_NAK && said > 4 && packet[4] <= said - 5)
    report_message (packet + 5, packet[4]);
  else if (protocol == PROTOCOL_EAP && packet[0] == EAP_REQUEST)
    see_eap_request (packet + 4, said - 4);
}

static void
plugin_received (const uint8_t *frame, int len)
{
  if (len >= 8)
    see_packet ((unsigned) frame[2] << 8 | frame[3], frame + 4, (size_t) len - 4);
}

/* pppd answers in EAP-TLS only when it is in the midst of it, from where a success of the LNS's is
 * none before the LNS has proved who it is. */
static void
plugin_sent (const uint8_t *frame, int len)
{
  if (len < 10 || ((unsigned) frame[2] << 8 | frame[3]) != PROTOCOL_EAP ||
      frame[4] != EAP_RESPONSE || frame[8] != EAP_TLS)
    return;
  spoke_tls = true;
  if (see_tls (frame + 8, (size_t) len - 8))
    refused_lns = true;
}

/* Who is to be known by a certificate does not get away with a bare “success”, which pppd would be
 * content with. */
static void
insist_on_tls (void)
{
  const L2tpLinkExit body = { .status = STATUS_PEER_AUTH_FAILED };

  if (identity[0] < 0 || spoke_tls)
    return;
  l2tp_compat_log ("l2tp-client: the LNS does without EAP-TLS");
  report (L2TP_LINK_EXIT, &body);
  _exit (STATUS_PEER_AUTH_FAILED);
}

static void
plugin_phase (void *data, int phase)
{
  const L2tpLinkPhase body = { .phase = (uint32_t) phase };

  if (phase == PHASE_NETWORK && !running)
    l2tp_compat_begin_network ();
  running = phase == PHASE_RUNNING;
  if (phase == PHASE_AUTHENTICATE)
    spoke_tls = refused_lns = false;
  if (phase == PHASE_NETWORK)
    insist_on_tls ();
  if (phase == PHASE_DEAD)
    end_status = l2tp_compat_get_status ();
  if (phase == PHASE_NETWORK && link_fd >= 0)
    report (L2TP_LINK_AUTH,
            &(L2tpLinkAuth){ .method = identity[0] >= 0 ? L2TP_LINK_AUTH_EAP_TLS
                                                        : l2tp_compat_get_auth () });
  if (link_fd >= 0)
    report (L2TP_LINK_PHASE, &body);
}

static void
plugin_ip_up (void *data, int unused)
{
  L2tpLinkIpUp body;

  l2tp_compat_get_ip (&body);
  report (L2TP_LINK_IP_UP, &body);
}

static void
plugin_ip_down (void *data, int unused)
{
  report (L2TP_LINK_IP_DOWN, NULL);
}

static void
plugin_ipv6_up (void *data, int unused)
{
  L2tpLinkIpv6Up body;

  l2tp_compat_get_ipv6 (&body);
  l2tp_pppd_keep_link_local (l2tp_compat_get_ifname (), body.local);
  report (L2TP_LINK_IPV6_UP, &body);
}

static void
plugin_ipv6_down (void *data, int unused)
{
  report (L2TP_LINK_IPV6_DOWN, NULL);
}

/* A link that ended by a timer (no answer to us, or a Terminate-Request of the LNS) is read once
 * more by pppd, which takes that for a hangup and forgets the status that it had. Nothing but the
 * exit comes after this notifier. */
static void
plugin_exit (void *data, int status)
{
  int real = status == STATUS_HANGUP && end_status >= 0 ? end_status : status;
  L2tpLinkExit body;

  /* An LNS that hears that its certificate is refused refuses us. */
  if (real == STATUS_AUTH_REJECTED && refused_lns)
    real = STATUS_PEER_AUTH_FAILED;
  body.status = real;
  if (link_fd >= 0)
    report (L2TP_LINK_EXIT, &body);
  if (real != status)
    exit (real);
}

/* pppd has the secret for a moment, so no core dumps. Not PR_SET_DUMPABLE: a later service gets its
 * descriptors out of pppd with pidfd_getfd(), which Yama lets it do only if told so. */
static void
harden (void)
{
  const struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
  prctl (PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
}

/* pppd's entry. */
void
plugin_init (void)
{
  static const L2tpCompatCallbacks callbacks = {
    .connect = plugin_connect,
    .establish = plugin_establish,
    .get_secret = plugin_get_secret,
    .received = plugin_received,
    .sent = plugin_sent,
    .phase = plugin_phase,
    .ip_up = plugin_ip_up,
    .ip_down = plugin_ip_down,
    .ipv6_up = plugin_ipv6_up,
    .ipv6_down = plugin_ipv6_down,
    .exit = plugin_exit,
  };

  harden ();
  service_pidfd = pidfd_open (getppid (), 0);
  l2tp_compat_init (&callbacks, &link_fd);
}
