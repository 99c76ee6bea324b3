/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* Writes down a call, and puts one together again from what is written and from what its pppd has
 * kept. Hides that layout, and what is asked of the kernel before it is believed: the pppd has the
 * start time that is told, its descriptors are those that are told, the sockets belong to this
 * tunnel and session, and both still exist. Design sections 4 and 6; KRN-20. */

#include "l2tp-handover.h"

#include "service/base/l2tp-error.h"
#include "service/base/l2tp-fd.h"
#include "service/ppp/l2tp-pppd-spawn.h"

#define STOPCCN_CLEAR 1 /* RFC 2661 section 4.4.2 */

GVariant *
l2tp_handover_export (const L2tpHandover *handover, L2tpPpp *ppp)
{
  int fds[L2TP_N_DESCRIPTORS] = { 0 };
  GVariant *ppp_state = l2tp_ppp_export (ppp, fds);
  L2tpDriver *driver = handover->driver;
  GVariant *engine = driver != NULL ? l2tp_driver_export (driver) : NULL;
  g_auto (GVariantDict) more = G_VARIANT_DICT_INIT (NULL);

  if (handover->ipsec != NULL)
    g_variant_dict_insert_value (&more, "ipsec", handover->ipsec);
  fds[L2TP_DESCRIPTOR_SESSION] = handover->session_fd;
  fds[L2TP_DESCRIPTOR_UDP] = driver != NULL ? l2tp_driver_get_udp_fd (driver) : -1;
  fds[L2TP_DESCRIPTOR_TUNNEL] = driver != NULL ? l2tp_driver_get_tunnel_fd (driver) : -1;
  return g_variant_new ("(qqx@" L2TP_DESCRIPTORS_TYPE "@" L2TP_PPP_STATE_TYPE "mv@a{sv})",
                        handover->session_id, handover->peer_session_id, handover->up_since,
                        l2tp_descriptors_export (fds), ppp_state, engine,
                        g_variant_dict_end (&more));
}

/* Takes UDP and tunnel out of @found. */
static L2tpDriver *
adopt_driver (L2tpConfig *config,
              const char *tag,
              L2tpPorts *ports,
              GVariant *engine,
              L2tpDescriptors *found,
              GError **error)
{
  if (engine == NULL || found->fds[L2TP_DESCRIPTOR_UDP] < 0 ||
      found->fds[L2TP_DESCRIPTOR_TUNNEL] < 0)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_FAILED, "there was no tunnel yet");
      return NULL;
    }
  return l2tp_driver_adopt (config, tag, ports, l2tp_descriptors_steal (found, L2TP_DESCRIPTOR_UDP),
                            l2tp_descriptors_steal (found, L2TP_DESCRIPTOR_TUNNEL), engine, error);
}

/* @pidfd is taken over. On failure there may be a driver all the same. */
static gboolean
put_together (L2tpHandover *self,
              gboolean wants_ipsec,
              L2tpPpp *ppp,
              GVariant *ppp_state,
              int pidfd,
              L2tpDescriptors *found,
              GError **error)
{
  const char *reason = NULL;

  self->session_fd = l2tp_descriptors_steal (found, L2TP_DESCRIPTOR_SESSION);
  if (self->driver == NULL)
    ; /* which was told */
  else if ((self->ipsec != NULL) != wants_ipsec)
    reason = "ipsec-enabled is another now";
  else if (!l2tp_driver_has_session (self->driver, self->session_id, self->peer_session_id,
                                     self->session_fd))
    reason = "the kernel's session is gone";
  else
    return l2tp_ppp_adopt (ppp, ppp_state, pidfd, found, error);
  l2tp_pppd_process_kill_and_reap (pidfd);
  if (reason != NULL)
    g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_FAILED, reason);
  return FALSE;
}

static void
clean_up (L2tpHandover *self)
{
  l2tp_clear_fd (&self->session_fd);
  if (self->driver != NULL)
    l2tp_driver_close (self->driver, STOPCCN_CLEAR, 0);
  if (self->driver != NULL && self->ipsec != NULL) /* what it repeats would leave in clear */
    l2tp_driver_abandon (self->driver);
  g_clear_object (&self->driver);
  g_clear_pointer (&self->ipsec, g_variant_unref);
}

gboolean
l2tp_handover_adopt (L2tpConfig *config,
                     const char *tag,
                     L2tpPorts *ports,
                     L2tpPpp *ppp,
                     GVariant *state,
                     L2tpHandover *ret_handover,
                     GError **error)
{
  L2tpHandover handover = { .session_fd = -1 };
  g_auto (L2tpDescriptors) found = { { 0 }, { 0 } };
  g_autoptr (GVariant) names = g_variant_get_child_value (state, 3);
  g_autoptr (GVariant) ppp_state = g_variant_get_child_value (state, 4);
  g_autoptr (GVariant) more = g_variant_get_child_value (state, 6);
  g_autoptr (GVariant) engine = NULL;
  int pidfd;

  l2tp_descriptors_import (&found, names);
  g_variant_get_child (state, 0, "q", &handover.session_id);
  g_variant_get_child (state, 1, "q", &handover.peer_session_id);
  g_variant_get_child (state, 2, "x", &handover.up_since);
  g_variant_get_child (state, 5, "mv", &engine);
  pidfd = l2tp_ppp_find (ppp_state, &found);
  if (pidfd < 0)
    {
      g_set_error_literal (error, L2TP_ERROR, L2TP_ERROR_FAILED, "pppd is gone");
      return FALSE;
    }
  handover.ipsec = g_variant_lookup_value (more, "ipsec", G_VARIANT_TYPE_VARDICT);
  handover.driver = adopt_driver (config, tag, ports, engine, &found, error);
  if (!put_together (&handover, l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_ENABLED), ppp,
                     ppp_state, pidfd, &found, error))
    {
      clean_up (&handover);
      return FALSE;
    }
  *ret_handover = handover;
  return TRUE;
}

void
l2tp_handover_get_pppd (GVariant *state, gint32 *ret_pid, guint64 *ret_start_time)
{
  g_autoptr (GVariant) ppp_state = g_variant_get_child_value (state, 4);

  g_variant_get_child (ppp_state, 1, "i", ret_pid);
  g_variant_get_child (ppp_state, 2, "t", ret_start_time);
}

void
l2tp_handover_end (gint32 pid, guint64 start_time)
{
  int pidfd = pid > 1 ? l2tp_pppd_process_open (pid, start_time) : -1;

  if (pidfd >= 0)
    l2tp_pppd_process_kill_and_reap (pidfd);
}
