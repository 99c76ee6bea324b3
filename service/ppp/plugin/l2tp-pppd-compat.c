/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* The only place that knows pppd's headers and what differs between 2.4.9 and 2.5. Hides pppd's
 * globals, hooks, notifiers, options and channel. PPP-14 … PPP-20, PPP-26 … PPP-29.
 *
 * 2.5 keeps some of what we need in private headers, but still exports it: declared here. */

/* pppd's headers are not written for our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wold-style-definition"
#ifdef L2TP_PPPD_2_5
#include <sys/time.h>
#include <pppd/pppd.h>
#include <pppd/options.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ipcp.h>
#include <pppd/eui64.h>
#include <pppd/ipv6cp.h>
#include <pppd/chap.h>
#include <pppd/upap.h>
#else
#include <pppd/pppd.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ipcp.h>
#define INET6 1 /* as pppd itself was built */
#include <pppd/eui64.h>
#include <pppd/ipv6cp.h>
#endif
#pragma GCC diagnostic pop

/* pppd has macros and functions of these names. */
#undef MIN
#undef MAX

#include "l2tp-pppd-compat.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/ppp-ioctl.h>

extern int ppp_dev_fd; /* the unit; in no header of either version */

/* So are these, and only where pppd was built with EAP-TLS. */
extern char *cacert_file __attribute__ ((weak));
extern char *cert_file __attribute__ ((weak));
extern char *privkey_file __attribute__ ((weak));

#ifdef L2TP_PPPD_2_5
typedef struct option PppdOption;
extern int listen_time;
extern int ifunit;
extern bool multilink;
extern int auth_done[];
#define PAP_WITHPEER      0x1
#define EAP_WITHPEER      0x10
#define CHAP_MD5_WITHPEER 0x40
#define CHAP_MS_WITHPEER  0x100
#define CHAP_MS2_WITHPEER 0x400
void add_fd (int fd);
char pppd_version[] = PPPD_VERSION;
#else
typedef option_t PppdOption;
char pppd_version[] = VERSION;
#endif

static const L2tpCompatCallbacks *callbacks;

static PppdOption options[2]; /* the last is the terminator */

/* 2.4.9's network order and type, 2.5's too. */
static void
choose_ip (u_int32_t *hisaddr)
{
  ipcp_gotoptions[0].req_dns1 = 1; /* asks for DNS without /etc/ppp/resolv.conf (PPP-28) */
  ipcp_gotoptions[0].req_dns2 = 1;
}

/* pppd may ask the LNS for PAP and CHAP: the secret comes when it is needed (PPP-20). */
static int
have_secret (void)
{
  return 1;
}

static int
get_chap_secret (char *user, char *secret)
{
  return callbacks->get_secret (secret);
}

static int
get_pap_secret (char *user, char *secret)
{
  return secret != NULL ? callbacks->get_secret (secret) : 1; /* NULL: is there one? */
}

/* pppd takes an address that choose_ip() leaves alone for one that it insists on, and with it
 * forgets ipcp-accept-remote. */
static void
snoop (unsigned char *frame, int len)
{
  ipcp_wantoptions[0].accept_remote = 1;
  callbacks->received (frame, len);
}

static void
snoop_sent (unsigned char *frame, int len)
{
  callbacks->sent (frame, len);
}

static int
channel_connect (void)
{
  return callbacks->connect ();
}

static int
channel_establish (int session)
{
  return callbacks->establish (session);
}

static void
channel_disestablish (int session)
{
#ifdef L2TP_PPPD_2_5
  ppp_generic_disestablish (session);
#else
  generic_disestablish_ppp (session);
#endif
}

static void
channel_nothing (void)
{
}

/* No send_config: its only effect would be another MTU than the one negotiated (PPP-26). */
static struct channel channel = {
  .options = options,
  .connect = channel_connect,
  .disconnect = channel_nothing,
  .establish_ppp = channel_establish,
  .disestablish_ppp = channel_disestablish,
  .cleanup = channel_nothing,
  .close = channel_nothing,
};

static void
add_notifiers (void)
{
#ifdef L2TP_PPPD_2_5
  ppp_add_notify (NF_PHASE_CHANGE, callbacks->phase, NULL);
  ppp_add_notify (NF_IP_UP, callbacks->ip_up, NULL);
  ppp_add_notify (NF_IP_DOWN, callbacks->ip_down, NULL);
  ppp_add_notify (NF_IPV6_UP, callbacks->ipv6_up, NULL);
  ppp_add_notify (NF_IPV6_DOWN, callbacks->ipv6_down, NULL);
  ppp_add_notify (NF_EXIT, callbacks->exit, NULL);
#else
  add_notifier (&phasechange, callbacks->phase, NULL);
  add_notifier (&ip_up_notifier, callbacks->ip_up, NULL);
  add_notifier (&ip_down_notifier, callbacks->ip_down, NULL);
  add_notifier (&ipv6_up_notifier, callbacks->ipv6_up, NULL);
  add_notifier (&ipv6_down_notifier, callbacks->ipv6_down, NULL);
  add_notifier (&exitnotify, callbacks->exit, NULL);
#endif
}

void
l2tp_compat_init (const L2tpCompatCallbacks *called, int *link_fd)
{
  callbacks = called;
  options[0] = (PppdOption){
    .name = (char *) L2TP_LINK_OPTION,
    .type = o_int,
    .addr = link_fd,
    .description = (char *) "Descriptor of the link to l2tp-clientd",
    .flags = OPT_PRIV | OPT_LLIMIT,
    .lower_limit = 3,
  };
#ifdef L2TP_PPPD_2_5
  ppp_add_options (options);
  ppp_set_modem (false);
#else
  add_options (options);
  modem = 0;
#endif
  the_channel = &channel;
  chap_check_hook = have_secret;
  chap_passwd_hook = get_chap_secret;
  pap_check_hook = have_secret;
  pap_passwd_hook = get_pap_secret;
  ip_choose_hook = choose_ip;
  snoop_recv_hook = snoop;
  snoop_send_hook = snoop_sent;
  add_notifiers ();
}

int
l2tp_compat_get_signal (void)
{
#ifdef L2TP_PPPD_2_5
  return ppp_signaled (SIGTERM) ? SIGTERM : 0;
#else
  return got_sigterm;
#endif
}

int
l2tp_compat_get_status (void)
{
#ifdef L2TP_PPPD_2_5
  return ppp_status ();
#else
  return status;
#endif
}

void
l2tp_compat_set_status (int code)
{
#ifdef L2TP_PPPD_2_5
  ppp_set_status (code);
#else
  status = code;
#endif
}

void
l2tp_compat_configure (const L2tpLinkSession *session)
{
  lcp_allowoptions[0].mru = (int) session->mtu;
  lcp_wantoptions[0].mru = (int) session->mru;
  lcp_wantoptions[0].neg_mru = 1;
  /* Nothing to win on a packet link; the LNS may still ask for them. */
  lcp_wantoptions[0].neg_asyncmap = 0;
  lcp_wantoptions[0].neg_pcompression = 0;
  lcp_wantoptions[0].neg_accompression = 0;
  listen_time = (int) session->listen_time;
  /* A request that goes again before its answer can be here comes to an LNS that is a step further,
   * and throws it back to the beginning: RFC 1661 section 4.1, Opened and RCR. */
  lcp_fsm[0].timeouttime = ipcp_fsm[0].timeouttime = ipv6cp_fsm[0].timeouttime =
      (int) session->restart_time;
}

bool
l2tp_compat_set_identity (char *ca, char *cert, char *key)
{
  if (&cacert_file == NULL || &cert_file == NULL || &privkey_file == NULL)
    return false;
  cacert_file = ca;
  cert_file = cert;
  privkey_file = key;
  return true;
}

int
l2tp_compat_establish (int session)
{
#ifdef L2TP_PPPD_2_5
  return ppp_generic_establish (session);
#else
  return generic_establish_ppp (session);
#endif
}

/* As a further link of a bundle, so that pppd makes no unit of its own (PPP-29). */
int
l2tp_compat_adopt (int session, int unit_fd, int unit)
{
  int fd;

  multilink = 1;
  fd = l2tp_compat_establish (session);
  multilink = 0;
  if (fd < 0)
    return -1;
  ppp_dev_fd = unit_fd;
  ifunit = unit;
  add_fd (unit_fd);
  return ioctl (fd, PPPIOCCONNECT, &unit) < 0 ? -1 : fd;
}

int
l2tp_compat_get_unit (int *ret_unit)
{
  if (ppp_dev_fd >= 0)
    *ret_unit = ifunit;
  return ppp_dev_fd;
}

bool
l2tp_compat_resend_lcp (void)
{
  if (lcp_fsm[0].state != REQSENT)
    return false;
  fsm_lowerdown (&lcp_fsm[0]);
  fsm_lowerup (&lcp_fsm[0]);
  return true;
}

void
l2tp_compat_ack_termination (uint8_t id)
{
  fsm_sdata (&lcp_fsm[0], TERMACK, id, NULL, 0);
}

static fsm_callbacks ipv6cp_callbacks; /* pppd's, but for one */
static void (*finish_ipv6cp) (fsm *f);
static bool ipv6cp_has_finished;

static void
on_ipv6cp_finished (fsm *f)
{
  if (!ipv6cp_has_finished)
    finish_ipv6cp (f);
  ipv6cp_has_finished = true;
}

void
l2tp_compat_begin_network (void)
{
  ipv6cp_has_finished = false;
  if (finish_ipv6cp != NULL || ipv6cp_fsm[0].callbacks == NULL)
    return;
  ipv6cp_callbacks = *ipv6cp_fsm[0].callbacks;
  finish_ipv6cp = ipv6cp_callbacks.finished;
  ipv6cp_callbacks.finished = on_ipv6cp_finished;
  ipv6cp_fsm[0].callbacks = &ipv6cp_callbacks;
}

L2tpLinkAuthMethod
l2tp_compat_get_auth (void)
{
  static const struct
  {
    int bit;
    L2tpLinkAuthMethod method;
  } methods[] = {
    { EAP_WITHPEER, L2TP_LINK_AUTH_EAP },        { CHAP_MS2_WITHPEER, L2TP_LINK_AUTH_MSCHAPV2 },
    { CHAP_MS_WITHPEER, L2TP_LINK_AUTH_MSCHAP }, { CHAP_MD5_WITHPEER, L2TP_LINK_AUTH_CHAP_MD5 },
    { PAP_WITHPEER, L2TP_LINK_AUTH_PAP },
  };

  for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
    if ((auth_done[0] & methods[i].bit) != 0)
      return methods[i].method;
  return L2TP_LINK_AUTH_NONE;
}

static int period;
static void (*periodic) (void);

static void
on_timeout (void *unused)
{
#ifdef L2TP_PPPD_2_5
  ppp_timeout (on_timeout, NULL, period, 0);
#else
  timeout (on_timeout, NULL, period, 0);
#endif
  if (unused == NULL)
    periodic ();
}

void
l2tp_compat_every (int seconds, void (*function) (void))
{
  period = seconds;
  periodic = function;
  on_timeout (&period);
}

/* pppd takes our own MRU for a bound of what we send, too; the LNS's is it alone (RFC 1661 section
 * 6.1). */
static int
get_mtu (int of_interface)
{
  int theirs = lcp_hisoptions[0].neg_mru ? lcp_hisoptions[0].mru : PPP_MRU;
  int ours = lcp_allowoptions[0].mru;
  int bound = theirs < ours ? theirs : ours;

  return bound > of_interface ? bound : of_interface;
}

const char *
l2tp_compat_get_ifname (void)
{
#ifdef L2TP_PPPD_2_5
  return ppp_ifname ();
#else
  return ifname;
#endif
}

void
l2tp_compat_get_ip (L2tpLinkIpUp *ret_ip)
{
  const ipcp_options *got = &ipcp_gotoptions[0];
  const char *name = l2tp_compat_get_ifname ();
#ifdef L2TP_PPPD_2_5
  int mtu = get_mtu (ppp_get_mtu (0));
#else
  int mtu = get_mtu (netif_get_mtu (0));
#endif

  memset (ret_ip, 0, sizeof *ret_ip);
  ret_ip->local.s_addr = got->ouraddr;
  ret_ip->peer.s_addr = ipcp_hisoptions[0].hisaddr;
  ret_ip->dns[0].s_addr = got->req_dns1 ? got->dnsaddr[0] : INADDR_ANY;
  ret_ip->dns[1].s_addr = got->req_dns2 ? got->dnsaddr[1] : INADDR_ANY;
  ret_ip->mtu = mtu > 0 ? (uint32_t) mtu : 0;
  memcpy (ret_ip->ifname, name, strnlen (name, sizeof ret_ip->ifname - 1));
}

void
l2tp_compat_get_ipv6 (L2tpLinkIpv6Up *ret_ip)
{
  memcpy (ret_ip->local, &ipv6cp_gotoptions[0].ourid, sizeof ret_ip->local);
  memcpy (ret_ip->peer, &ipv6cp_hisoptions[0].hisid, sizeof ret_ip->peer);
}

/* pppd's printers take their formats as char *; ours is a constant. */
void
l2tp_compat_log (const char *text)
{
  warn ((char *) "%s", text);
}

void
l2tp_compat_die (const char *text)
{
  fatal ((char *) "%s", text);
  __builtin_unreachable ();
}
