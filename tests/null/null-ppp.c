/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* PPP without pppd, in the place of service/ppp/l2tp-ppp.c and l2tp-standby.c: it comes up by
 * itself once it has a session, with addresses that are made up. What would be a process or a unit
 * is a descriptor, so that one that is forgotten is seen. The user's name asks for what can go
 * wrong, see README.md. */

#include <sys/eventfd.h>

#include "service/base/l2tp-fd.h"
#include "service/ppp/l2tp-ppp.h"
#include "service/ppp/l2tp-pppd-stray.h"

#define STEP        2    /* ms from one thing that happens to the next */
#define LIFE        15   /* ms of one that is killed */
#define BETWEEN     500  /* ms from one change of IPv6 to the next */
#define PATIENCE    4000 /* ms of one that hears nothing */
#define AUTH_FAILED 19
#define PEER_DEAD   15
#define TERMINATED  5

struct _L2tpPpp
{
  GObject parent_instance;

  L2tpConfig *config;
  int process, unit;
  guint next; /* what happens next */
  L2tpPppdExit status;
  gboolean refused, up;
  GInetAddress *address, *peer;
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

static gboolean
is_user (L2tpPpp *self, const char *name)
{
  return g_strcmp0 (l2tp_config_get_string (self->config, L2TP_OPTION_USER), name) == 0;
}

static void
plan (L2tpPpp *self, guint delay, GSourceFunc what)
{
  g_clear_handle_id (&self->next, g_source_remove);
  self->next = g_timeout_add (delay, what, self);
}

static gboolean
on_exit_due (gpointer data)
{
  g_autoptr (L2tpPpp) self = g_object_ref (L2TP_PPP (data));

  self->next = 0;
  self->up = FALSE;
  l2tp_clear_fd (&self->process);
  g_signal_emit (self, signals[EXITED], 0, &self->status);
  return G_SOURCE_REMOVE;
}

static void
plan_exit (L2tpPpp *self, guint delay, gboolean signaled, int status)
{
  self->status = (L2tpPppdExit){ .signaled = signaled, .status = status };
  plan (self, delay, on_exit_due);
}

static gboolean on_up_due (gpointer data);

static gboolean
on_down_due (gpointer data)
{
  g_autoptr (L2tpPpp) self = g_object_ref (L2TP_PPP (data));

  self->up = FALSE;
  plan (self, STEP, on_up_due);
  g_signal_emit (self, signals[DOWN], 0);
  return G_SOURCE_REMOVE;
}

static gboolean
on_up_due (gpointer data)
{
  g_autoptr (L2tpPpp) self = g_object_ref (L2TP_PPP (data));
  gboolean again = self->up;

  self->next = 0;
  self->up = TRUE;
  if (self->unit < 0)
    self->unit = eventfd (0, EFD_CLOEXEC);
  if (is_user (self, "killed"))
    plan_exit (self, LIFE, TRUE, 9);
  else if (is_user (self, "restless"))
    plan (self, LIFE, on_down_due);
  else if (is_user (self, "fickle"))
    plan (self, BETWEEN, on_up_due);
  else if (is_user (self, "unheard"))
    plan_exit (self, PATIENCE, FALSE, PEER_DEAD);
  g_signal_emit (self, signals[again ? IPV6 : UP], 0);
  return G_SOURCE_REMOVE;
}

static gboolean
on_network_due (gpointer data)
{
  g_autoptr (L2tpPpp) self = g_object_ref (L2TP_PPP (data));

  self->next = 0;
  self->refused = is_user (self, "refused");
  if (self->refused)
    plan_exit (self, STEP, FALSE, AUTH_FAILED);
  else
    plan (self, STEP, on_up_due);
  g_signal_emit (self, signals[NETWORK], 0);
  return G_SOURCE_REMOVE;
}

L2tpPpp *
l2tp_ppp_new (L2tpConfig *config, L2tpStandby *standby)
{
  L2tpPpp *self = g_object_new (L2TP_TYPE_PPP, NULL);

  self->config = l2tp_config_ref (config);
  return self;
}

gboolean
l2tp_ppp_start (L2tpPpp *ppp, GError **error)
{
  g_return_val_if_fail (ppp->process < 0, FALSE);
  ppp->process = eventfd (0, EFD_CLOEXEC);
  return TRUE;
}

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
  g_return_val_if_fail (ppp->process >= 0 && session_fd >= 0 && tunnel_fd >= 0, FALSE);
  plan (ppp, STEP, on_network_due);
  return TRUE;
}

/* There is no process that could outlive this one. */
GVariant *
l2tp_ppp_export (L2tpPpp *ppp, int *fds)
{
  fds[L2TP_DESCRIPTOR_LINK] = fds[L2TP_DESCRIPTOR_OUTPUT] = fds[L2TP_DESCRIPTOR_UNIT] = -1;
  return g_variant_new (L2TP_PPP_STATE_TYPE, 0, 0, (guint64) 0, 0, "", "", "", "", "", "", 0, "",
                        "");
}

int
l2tp_ppp_find (GVariant *state, L2tpDescriptors *descriptors)
{
  return -1;
}

gboolean
l2tp_ppp_adopt (L2tpPpp *ppp,
                GVariant *state,
                int pidfd,
                L2tpDescriptors *descriptors,
                GError **error)
{
  g_return_val_if_reached (FALSE);
}

void
l2tp_ppp_terminate (L2tpPpp *ppp, gint64 grace)
{
  if (ppp->process >= 0)
    plan_exit (ppp, STEP, FALSE, TERMINATED);
}

void
l2tp_ppp_drop_unit (L2tpPpp *ppp)
{
  l2tp_clear_fd (&ppp->unit);
  ppp->up = FALSE;
}

GError *
l2tp_ppp_judge_exit (L2tpPpp *ppp, const L2tpPppdExit *status, L2tpPppdVerdict *ret_verdict)
{
  L2tpPppdContext context = { .peer_message = l2tp_ppp_get_peer_message (ppp) };

  if (ret_verdict != NULL)
    l2tp_pppd_exit_get_verdict (status, &context, ret_verdict);
  return l2tp_pppd_exit_to_error (status, &context);
}

const char *
l2tp_ppp_get_peer_message (L2tpPpp *ppp)
{
  return ppp->refused ? "that is the wrong one" : NULL;
}

guint
l2tp_ppp_get_mschap_error (L2tpPpp *ppp)
{
  return ppp->refused ? 691 : 0;
}

const char *
l2tp_ppp_get_auth (L2tpPpp *ppp)
{
  return ppp->up ? "MS-CHAPv2" : "";
}

gboolean
l2tp_ppp_is_running (L2tpPpp *ppp)
{
  return ppp->process >= 0;
}

gboolean
l2tp_ppp_has_unit (L2tpPpp *ppp)
{
  return ppp->unit >= 0;
}

GPid
l2tp_ppp_get_pid (L2tpPpp *ppp)
{
  return 0;
}

const char *
l2tp_ppp_get_interface (L2tpPpp *ppp)
{
  return ppp->up ? "null0" : "";
}

GInetAddress *
l2tp_ppp_get_address (L2tpPpp *ppp)
{
  return ppp->up ? ppp->address : NULL;
}

GInetAddress *
l2tp_ppp_get_peer_address (L2tpPpp *ppp)
{
  return ppp->up ? ppp->peer : NULL;
}

GInetAddress *
l2tp_ppp_get_dns (L2tpPpp *ppp, guint index)
{
  return ppp->up ? ppp->peer : NULL;
}

guint
l2tp_ppp_get_mtu (L2tpPpp *ppp)
{
  return ppp->up ? l2tp_config_get_max_mtu (ppp->config) : 0;
}

GInetAddress *
l2tp_ppp_get_address6 (L2tpPpp *ppp)
{
  return NULL;
}

GInetAddress *
l2tp_ppp_get_peer_address6 (L2tpPpp *ppp)
{
  return NULL;
}

static void
l2tp_ppp_finalize (GObject *object)
{
  L2tpPpp *self = L2TP_PPP (object);

  g_clear_handle_id (&self->next, g_source_remove);
  l2tp_clear_fd (&self->process);
  l2tp_clear_fd (&self->unit);
  g_object_unref (self->address);
  g_object_unref (self->peer);
  l2tp_config_unref (self->config);
  G_OBJECT_CLASS (l2tp_ppp_parent_class)->finalize (object);
}

static void
l2tp_ppp_class_init (L2tpPppClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_ppp_finalize;

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
  self->process = self->unit = -1;
  self->address = g_inet_address_new_from_string ("192.0.2.1");
  self->peer = g_inet_address_new_from_string ("192.0.2.2");
}

/* --- The stand-by --------------------------------------------------------------------------- */

struct _L2tpStandby
{
  GObject parent_instance;

  int waiting;
};

G_DEFINE_FINAL_TYPE (L2tpStandby, l2tp_standby, G_TYPE_OBJECT)

L2tpStandby *
l2tp_standby_new (L2tpConfig *config, const char *ipparam)
{
  return g_object_new (L2TP_TYPE_STANDBY, NULL);
}

void
l2tp_standby_set_warm (L2tpStandby *standby, gboolean warm)
{
  l2tp_clear_fd (&standby->waiting);
  if (warm)
    standby->waiting = eventfd (0, EFD_CLOEXEC);
}

void
l2tp_standby_refill (L2tpStandby *standby)
{
}

/* This machine's own service has pppds, too. */
guint
l2tp_pppd_stray_end (GArray *keep)
{
  return 0;
}

static void
l2tp_standby_finalize (GObject *object)
{
  l2tp_clear_fd (&L2TP_STANDBY (object)->waiting);
  G_OBJECT_CLASS (l2tp_standby_parent_class)->finalize (object);
}

static void
l2tp_standby_class_init (L2tpStandbyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = l2tp_standby_finalize;
}

static void
l2tp_standby_init (L2tpStandby *self)
{
  self->waiting = -1;
}
