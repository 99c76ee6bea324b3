/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* PPP on one session. Owns the unit's descriptor, which is what keeps the interface, and the pppd
 * of the moment. Answers pppd's wish for the password. Hides one pppd following another. PPP-20,
 * PPP-26, PPP-29. */

#include "l2tp-ppp.h"

#include <net/if.h>

#include "l2tp-link.h"
#include "l2tp-pppd-args.h"
#include "l2tp-pppd-spawn.h"
#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"

/* PPP-13 */
#define PHASE_NETWORK 7
#define PHASE_RUNNING 8

struct _L2tpPpp
{
  GObject parent_instance;

  L2tpConfig *config;
  L2tpStandby *standby;
  L2tpPppd *pppd;
  int unit_fd, unit;

  char *interface;
  GInetAddress *address, *peer_address, *dns[2];
  GInetAddress *address6, *peer_address6;
  guint mtu;

  guint phase;        /* the furthest that pppd got to */
  char *peer_message; /* the LNS's words on the authentication */
  char *auth;
  gboolean secret_missing;
};

enum
{
  UNIT,
  NETWORK,
  UP,
  IPV6,
  DOWN,
  EXITED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (L2tpPpp, l2tp_ppp, G_TYPE_OBJECT)

static void
clear_addresses (L2tpPpp *self)
{
  g_clear_pointer (&self->interface, g_free);
  g_clear_object (&self->address);
  g_clear_object (&self->peer_address);
  g_clear_object (&self->dns[0]);
  g_clear_object (&self->dns[1]);
  self->mtu = 0;
}

static void
clear_addresses6 (L2tpPpp *self)
{
  g_clear_object (&self->address6);
  g_clear_object (&self->peer_address6);
}

static void
on_unit (L2tpPppd *pppd, L2tpPpp *self)
{
  int unit = -1;
  int fd = l2tp_pppd_steal_unit (pppd, &unit);

  if (fd < 0)
    return;
  l2tp_clear_fd (&self->unit_fd);
  self->unit_fd = fd;
  self->unit = unit;
  g_signal_emit (self, signals[UNIT], 0);
}

static void
on_phase (L2tpPppd *pppd, guint phase, L2tpPpp *self)
{
  if (phase <= PHASE_RUNNING)
    self->phase = MAX (self->phase, phase);
  if (phase != PHASE_NETWORK)
    return;
  g_clear_pointer (&self->peer_message, g_free); /* it let us in */
  g_signal_emit (self, signals[NETWORK], 0);
}

static void
on_secret_wanted (L2tpPppd *pppd, L2tpPpp *self)
{
  L2tpSecret *secret = l2tp_pppd_args_want_tls (self->config)
                           ? NULL
                           : l2tp_config_get_secret (self->config, L2TP_OPTION_PASSWORD);

  self->secret_missing = secret == NULL;
  l2tp_pppd_give_secret (pppd, secret);
}

static void
on_peer_message (L2tpPppd *pppd, const char *message, L2tpPpp *self)
{
  g_free (self->peer_message);
  self->peer_message = g_strdup (message);
}

static void
on_auth (L2tpPppd *pppd, const char *method, L2tpPpp *self)
{
  g_free (self->auth);
  self->auth = g_strdup (method);
}

static void
on_ip_up (L2tpPppd *pppd, const L2tpPppdIp *ip, L2tpPpp *self)
{
  clear_addresses (self);
  self->interface = g_strdup (ip->ifname);
  g_set_object (&self->address, ip->local);
  g_set_object (&self->peer_address, ip->peer);
  g_set_object (&self->dns[0], ip->dns[0]);
  /* pppd as LNS offers its only server twice. */
  if (ip->dns[0] == NULL || ip->dns[1] == NULL || !g_inet_address_equal (ip->dns[0], ip->dns[1]))
    g_set_object (&self->dns[1], ip->dns[1]);
  self->mtu = ip->mtu;
  g_signal_emit (self, signals[UP], 0);
}

static void
on_ip_down (L2tpPppd *pppd, L2tpPpp *self)
{
  clear_addresses (self);
  g_signal_emit (self, signals[DOWN], 0);
}

/* IPCP has its own moment; without it there is nobody to tell. */
static void
tell_ipv6 (L2tpPpp *self)
{
  if (self->address != NULL)
    g_signal_emit (self, signals[IPV6], 0);
}

static void
on_ipv6_up (L2tpPppd *pppd, const L2tpPppdIp6 *ip, L2tpPpp *self)
{
  g_set_object (&self->address6, ip->local);
  g_set_object (&self->peer_address6, ip->peer);
  tell_ipv6 (self);
}

static void
on_ipv6_down (L2tpPppd *pppd, L2tpPpp *self)
{
  clear_addresses6 (self);
  tell_ipv6 (self);
}

static void
on_exited (L2tpPppd *pppd, const L2tpPppdExit *status, L2tpPpp *self)
{
  g_autoptr (L2tpPpp) alive = g_object_ref (self);

  g_signal_handlers_disconnect_by_data (pppd, self);
  g_clear_object (&self->pppd);
  g_signal_emit (self, signals[EXITED], 0, status);
}

L2tpPpp *
l2tp_ppp_new (L2tpConfig *config, L2tpStandby *standby)
{
  L2tpPpp *self = g_object_new (L2TP_TYPE_PPP, NULL);

  self->config = l2tp_config_ref (config);
  self->standby = g_object_ref (standby);
  return self;
}

static void
watch_pppd (L2tpPpp *self)
{
  g_signal_connect (self->pppd, "unit", G_CALLBACK (on_unit), self);
  g_signal_connect (self->pppd, "phase", G_CALLBACK (on_phase), self);
  g_signal_connect (self->pppd, "secret-wanted", G_CALLBACK (on_secret_wanted), self);
  g_signal_connect (self->pppd, "peer-message", G_CALLBACK (on_peer_message), self);
  g_signal_connect (self->pppd, "auth", G_CALLBACK (on_auth), self);
  g_signal_connect (self->pppd, "ip-up", G_CALLBACK (on_ip_up), self);
  g_signal_connect (self->pppd, "ip-down", G_CALLBACK (on_ip_down), self);
  g_signal_connect (self->pppd, "ipv6-up", G_CALLBACK (on_ipv6_up), self);
  g_signal_connect (self->pppd, "ipv6-down", G_CALLBACK (on_ipv6_down), self);
  g_signal_connect (self->pppd, "exited", G_CALLBACK (on_exited), self);
}

gboolean
l2tp_ppp_start (L2tpPpp *ppp, GError **error)
{
  g_return_val_if_fail (ppp->pppd == NULL, FALSE);

  ppp->pppd = l2tp_standby_take (ppp->standby, error);
  if (ppp->pppd == NULL)
    return FALSE;
  g_clear_pointer (&ppp->peer_message, g_free);
  g_clear_pointer (&ppp->auth, g_free);
  ppp->secret_missing = FALSE;
  ppp->phase = 0;
  watch_pppd (ppp);
  return TRUE;
}

/* --- From one service to the next ---------------------------------------------------------- */

static char *
address_to_string (GInetAddress *address)
{
  return address != NULL ? g_inet_address_to_string (address) : g_strdup ("");
}

GVariant *
l2tp_ppp_export (L2tpPpp *ppp, int *fds)
{
  g_autofree char *address = address_to_string (ppp->address);
  g_autofree char *peer_address = address_to_string (ppp->peer_address);
  g_autofree char *dns0 = address_to_string (ppp->dns[0]);
  g_autofree char *dns1 = address_to_string (ppp->dns[1]);
  g_autofree char *address6 = address_to_string (ppp->address6);
  g_autofree char *peer_address6 = address_to_string (ppp->peer_address6);

  fds[L2TP_DESCRIPTOR_LINK] = ppp->pppd != NULL ? l2tp_pppd_get_link_fd (ppp->pppd) : -1;
  fds[L2TP_DESCRIPTOR_OUTPUT] = ppp->pppd != NULL ? l2tp_pppd_get_output_fd (ppp->pppd) : -1;
  fds[L2TP_DESCRIPTOR_UNIT] = ppp->unit_fd;
  return g_variant_new (L2TP_PPP_STATE_TYPE, L2TP_LINK_VERSION, l2tp_ppp_get_pid (ppp),
                        ppp->pppd != NULL ? l2tp_pppd_get_start_time (ppp->pppd) : 0, ppp->phase,
                        l2tp_ppp_get_interface (ppp), address, peer_address, dns0, dns1,
                        l2tp_ppp_get_auth (ppp), ppp->mtu, address6, peer_address6);
}

int
l2tp_ppp_find (GVariant *state, L2tpDescriptors *descriptors)
{
  guint64 start_time;
  gint32 pid;
  int pidfd;

  g_variant_get_child (state, 1, "i", &pid);
  g_variant_get_child (state, 2, "t", &start_time);
  pidfd = pid > 1 ? l2tp_pppd_process_open (pid, start_time) : -1;
  if (pidfd >= 0)
    l2tp_descriptors_fetch (descriptors, pidfd);
  return pidfd;
}

static GInetAddress *
take_address (GVariant *state, guint index)
{
  const char *text;

  g_variant_get_child (state, index, "&s", &text);
  return *text != '\0' ? g_inet_address_new_from_string (text) : NULL;
}

/* Returns whether PPP was up. */
static gboolean
take_result (L2tpPpp *self, GVariant *state)
{
  guint version;

  clear_addresses (self);
  clear_addresses6 (self);
  g_free (self->auth);
  g_variant_get_child (state, 0, "u", &version);
  g_variant_get_child (state, 3, "u", &self->phase);
  g_variant_get_child (state, 4, "s", &self->interface);
  self->address = take_address (state, 5);
  self->peer_address = take_address (state, 6);
  self->dns[0] = take_address (state, 7);
  self->dns[1] = take_address (state, 8);
  g_variant_get_child (state, 9, "s", &self->auth);
  g_variant_get_child (state, 10, "u", &self->mtu);
  self->address6 = take_address (state, 11);
  self->peer_address6 = take_address (state, 12);
  return version == L2TP_LINK_VERSION && self->phase <= PHASE_RUNNING && self->address != NULL &&
         if_nametoindex (self->interface) != 0;
}

gboolean
l2tp_ppp_adopt (L2tpPpp *ppp,
                GVariant *state,
                int pidfd,
                L2tpDescriptors *descriptors,
                GError **error)
{
  int link_fd = descriptors->fds[L2TP_DESCRIPTOR_LINK];
  int output_fd = descriptors->fds[L2TP_DESCRIPTOR_OUTPUT];
  guint64 start_time;
  gint32 pid;

  ppp->unit_fd = l2tp_descriptors_steal (descriptors, L2TP_DESCRIPTOR_UNIT);
  ppp->unit = (int) (descriptors->names[L2TP_DESCRIPTOR_UNIT] & G_MAXINT32);
  if (!take_result (ppp, state) || ppp->unit_fd < 0 || link_fd < 0 || output_fd < 0)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_FAILED, "PPP was not up");
      l2tp_pppd_process_kill_and_reap (pidfd);
      return FALSE;
    }
  g_variant_get_child (state, 1, "i", &pid);
  g_variant_get_child (state, 2, "t", &start_time);
  ppp->pppd =
      l2tp_pppd_adopt (l2tp_config_get_string (ppp->config, L2TP_OPTION_UUID), pid, start_time,
                       pidfd, l2tp_descriptors_steal (descriptors, L2TP_DESCRIPTOR_LINK),
                       l2tp_descriptors_steal (descriptors, L2TP_DESCRIPTOR_OUTPUT));
  watch_pppd (ppp);
  return TRUE;
}

/* --- The session --------------------------------------------------------------------------- */

gboolean
l2tp_ppp_attach (L2tpPpp *ppp,
                 int session_fd,
                 int tunnel_fd,
                 int udp_fd,
                 guint listen_time,
                 guint round_trip,
                 const int *identity_fds,
                 GError **error)
{
  L2tpPppdSession session = {
    .session_fd = session_fd,
    .tunnel_fd = tunnel_fd,
    .udp_fd = udp_fd,
    .unit_fd = ppp->unit_fd,
    .unit = ppp->unit,
    .mtu = l2tp_config_get_max_mtu (ppp->config),
    .mru = l2tp_config_get_uint (ppp->config, L2TP_OPTION_MRU),
    .listen_time = listen_time,
    .identity_fds = identity_fds,
    .restart_time = MIN (1 + 2 * round_trip / 1000, L2TP_LINK_RESTART_MAX),
  };

  g_return_val_if_fail (ppp->pppd != NULL, FALSE);
  return l2tp_pppd_give_session (ppp->pppd, &session, error);
}

void
l2tp_ppp_terminate (L2tpPpp *ppp, gint64 grace)
{
  if (ppp->pppd != NULL)
    l2tp_pppd_terminate (ppp->pppd, grace);
}

void
l2tp_ppp_drop_unit (L2tpPpp *ppp)
{
  l2tp_clear_fd (&ppp->unit_fd);
  ppp->unit = -1;
  clear_addresses (ppp);
  clear_addresses6 (ppp);
}

GError *
l2tp_ppp_judge_exit (L2tpPpp *ppp, const L2tpPppdExit *status, L2tpPppdVerdict *ret_verdict)
{
  L2tpPppdContext context = {
    .phase = ppp->phase,
    .mppe = l2tp_pppd_args_want_mppe (ppp->config),
    .tls = l2tp_pppd_args_want_tls (ppp->config),
    .peer_message = ppp->peer_message,
  };

  if (ret_verdict != NULL)
    l2tp_pppd_exit_get_verdict (status, &context, ret_verdict);
  if (ppp->secret_missing && !status->signaled && context.tls)
    return g_error_new_literal (L2TP_ERROR, L2TP_ERROR_AUTH_FAILED,
                                "the LNS asks for a password, and not for a certificate\n"
                                "Set user-auth-type=password, or ask its operator for EAP-TLS.");
  if (ppp->secret_missing && !status->signaled)
    return g_error_new_literal (L2TP_ERROR, L2TP_ERROR_NO_SECRETS,
                                "the LNS asks for a password and there is none\n"
                                "Set the password of the connection.");
  return l2tp_pppd_exit_to_error (status, &context);
}

const char *
l2tp_ppp_get_peer_message (L2tpPpp *ppp)
{
  const char *text;

  l2tp_pppd_exit_read_message (ppp->peer_message, &text);
  return text;
}

guint
l2tp_ppp_get_mschap_error (L2tpPpp *ppp)
{
  return l2tp_pppd_exit_read_message (ppp->peer_message, NULL);
}

const char *
l2tp_ppp_get_auth (L2tpPpp *ppp)
{
  return ppp->auth != NULL ? ppp->auth : "";
}

gboolean
l2tp_ppp_is_running (L2tpPpp *ppp)
{
  return ppp->pppd != NULL;
}

gboolean
l2tp_ppp_has_unit (L2tpPpp *ppp)
{
  return ppp->unit_fd >= 0;
}

GPid
l2tp_ppp_get_pid (L2tpPpp *ppp)
{
  return ppp->pppd != NULL ? l2tp_pppd_get_pid (ppp->pppd) : 0;
}

char *
l2tp_ppp_dup_unit_name (L2tpPpp *ppp)
{
  const char *name = l2tp_config_get_string (ppp->config, L2TP_OPTION_INTERFACE_NAME);

  if (ppp->unit < 0)
    return NULL;
  return name != NULL ? g_strdup (name) : g_strdup_printf ("ppp%d", ppp->unit);
}

const char *
l2tp_ppp_get_interface (L2tpPpp *ppp)
{
  return ppp->interface != NULL ? ppp->interface : "";
}

GInetAddress *
l2tp_ppp_get_address (L2tpPpp *ppp)
{
  return ppp->address;
}

GInetAddress *
l2tp_ppp_get_peer_address (L2tpPpp *ppp)
{
  return ppp->peer_address;
}

GInetAddress *
l2tp_ppp_get_dns (L2tpPpp *ppp, guint index)
{
  g_return_val_if_fail (index < G_N_ELEMENTS (ppp->dns), NULL);
  return ppp->dns[index];
}

guint
l2tp_ppp_get_mtu (L2tpPpp *ppp)
{
  return ppp->mtu;
}

GInetAddress *
l2tp_ppp_get_address6 (L2tpPpp *ppp)
{
  return ppp->address6;
}

GInetAddress *
l2tp_ppp_get_peer_address6 (L2tpPpp *ppp)
{
  return ppp->peer_address6;
}

static void
l2tp_ppp_dispose (GObject *object)
{
  L2tpPpp *self = L2TP_PPP (object);

  if (self->pppd != NULL)
    g_signal_handlers_disconnect_by_data (self->pppd, self);
  g_clear_object (&self->pppd);
  l2tp_ppp_drop_unit (self);
  G_OBJECT_CLASS (l2tp_ppp_parent_class)->dispose (object);
}

static void
l2tp_ppp_finalize (GObject *object)
{
  L2tpPpp *self = L2TP_PPP (object);

  g_object_unref (self->standby);
  l2tp_config_unref (self->config);
  g_free (self->peer_message);
  g_free (self->auth);
  G_OBJECT_CLASS (l2tp_ppp_parent_class)->finalize (object);
}

static void
l2tp_ppp_class_init (L2tpPppClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = l2tp_ppp_dispose;
  object_class->finalize = l2tp_ppp_finalize;

  signals[UNIT] =
      g_signal_new ("unit", L2TP_TYPE_PPP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[NETWORK] = g_signal_new ("network", L2TP_TYPE_PPP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  signals[UP] =
      g_signal_new ("up", L2TP_TYPE_PPP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[IPV6] =
      g_signal_new ("ipv6", L2TP_TYPE_PPP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DOWN] =
      g_signal_new ("down", L2TP_TYPE_PPP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[EXITED] = g_signal_new ("exited", L2TP_TYPE_PPP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
l2tp_ppp_init (L2tpPpp *self)
{
  self->unit_fd = self->unit = -1;
}
