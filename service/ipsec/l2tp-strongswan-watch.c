/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The l2tp-client authors */

/* strongSwan's SA while it is up: is it still there, and is what renews it. Whatever has happened,
 * an end or a replacement, the daemon's list of SAs says what is left. */

#include "l2tp-strongswan-private.h"

#include "service/base/l2tp-log.h"
#include "l2tp-ipsec-proposals.h"
#include "l2tp-xfrm.h"

#define VERIFY_INTERVAL 60 /* seconds */

static L2tpIpsecAttempt
describe (L2tpIpsecStrongswan *self, char **ret_peer)
{
  L2tpConfig *config = l2tp_ipsec_get_config (&self->parent);
  GInetSocketAddress *peer = l2tp_ipsec_get_peer (&self->parent);

  *ret_peer = g_inet_address_to_string (g_inet_socket_address_get_address (peer));
  return (L2tpIpsecAttempt){
    .peer = *ret_peer,
    .ikev2 = l2tp_config_get_boolean (config, L2TP_OPTION_IPSEC_IKEV2),
    .ike = (const char *const *) self->attempt.ike,
    .esp = (const char *const *) self->attempt.esp,
    .custom = l2tp_config_is_set (config, L2TP_OPTION_IPSEC_IKE) ||
              l2tp_config_is_set (config, L2TP_OPTION_IPSEC_ESP),
    .compatible = self->attempt.compatible,
    .remote_id = l2tp_config_get_string (config, L2TP_OPTION_IPSEC_REMOTE_ID),
  };
}

GError *
l2tp_strongswan_make_error (L2tpIpsecStrongswan *self, L2tpIpsecFailure failure, const char *detail)
{
  g_autofree char *peer = NULL;
  L2tpIpsecAttempt attempt = describe (self, &peer);

  return l2tp_ipsec_failure_to_error (failure, &attempt, detail);
}

/* What is left of an SA whose daemon was killed protects nothing, and is in nobody's way but the
 * next one's. */
void
l2tp_strongswan_clean_kernel (L2tpIpsecStrongswan *self)
{
  GInetSocketAddress *peer = l2tp_ipsec_get_peer (&self->parent);
  GInetSocketAddress *local = l2tp_ipsec_get_local (&self->parent);
  g_autoptr (GInetAddress) host = peer != NULL && self->sa.local_host != NULL
                                      ? g_inet_address_new_from_string (self->sa.local_host)
                                      : NULL;
  g_autoptr (GSocketAddress) bound = NULL;
  struct xfrm_selector selector;

  if (host == NULL)
    return;
  l2tp_xfrm_remove_sa (g_inet_socket_address_get_address (peer), self->sa.spi_out, NULL);
  l2tp_xfrm_remove_sa (host, self->sa.spi_in, NULL);
  bound = g_inet_socket_address_new (host, g_inet_socket_address_get_port (local));
  if (l2tp_xfrm_make_selector (G_INET_SOCKET_ADDRESS (bound), peer, &selector))
    l2tp_xfrm_remove_policy (&selector, XFRM_POLICY_OUT, NULL);
  if (l2tp_xfrm_make_selector (peer, G_INET_SOCKET_ADDRESS (bound), &selector))
    l2tp_xfrm_remove_policy (&selector, XFRM_POLICY_IN, NULL);
}

void
l2tp_strongswan_lose_daemon (L2tpIpsecStrongswan *self, const char *detail)
{
  GError *error = l2tp_strongswan_make_error (self, L2TP_IPSEC_FAILURE_DAEMON_ENDED, detail);

  l2tp_strongswan_clean_kernel (self);
  l2tp_strongswan_link_clear (&self->link);
  l2tp_strongswan_undo (self);
  l2tp_ipsec_lose (&self->parent, L2TP_IPSEC_FAILURE_DAEMON_ENDED, error);
}

static void
on_link_closed (L2tpVici *vici, GError *error, gpointer user_data)
{
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (L2tpIpsec) alive = g_object_ref (&self->parent);

  /* In the other states a command is under way, and fails with this. */
  if (self->state == L2TP_STRONGSWAN_UP)
    l2tp_strongswan_lose_daemon (self, error->message);
  else if (self->state == L2TP_STRONGSWAN_CLAIMING)
    l2tp_ipsec_daemon_cancel_claim (l2tp_ipsec_get_daemon (&self->parent), self->initiating);
  else if (self->state == L2TP_STRONGSWAN_IDLE)
    l2tp_strongswan_link_clear (&self->link);
}

/* Two SAs of the name, while one replaces the other: what counts is that one protects. */
static void
hear_sa (L2tpIpsecStrongswan *self, const L2tpViciSection *ike)
{
  L2tpStrongswanSa sa;

  l2tp_strongswan_parse_sa (ike, g_get_monotonic_time (), &sa);
  if (self->heard.status.is_up)
    {
      l2tp_strongswan_sa_clear (&sa);
      return;
    }
  l2tp_strongswan_sa_clear (&self->heard);
  self->heard = sa;
}

/* Before the daemon says that it is done it has said what it has made. */
static void
hear_child (L2tpIpsecStrongswan *self, L2tpViciSection *message, const L2tpViciSection *ike)
{
  if (l2tp_vici_section_is_yes (message, "up"))
    hear_sa (self, ike);
  else
    l2tp_strongswan_sa_clear (&self->heard);
}

static void
on_event (L2tpVici *vici, const char *name, L2tpViciSection *message, gpointer user_data)
{
  L2tpIpsecStrongswan *self = user_data;
  g_autofree char *conn = NULL;
  L2tpViciSection ike;

  if (!l2tp_vici_section_first_section (message, &ike, &conn) || g_strcmp0 (conn, self->name) != 0)
    return;
  if (g_str_equal (name, "list-sa"))
    hear_sa (self, &ike);
  else if (self->state == L2TP_STRONGSWAN_INITIATING && g_str_equal (name, "child-updown"))
    hear_child (self, message, &ike);
  else if (self->state == L2TP_STRONGSWAN_UP)
    l2tp_strongswan_check (self);
}

static void
lose (L2tpIpsecStrongswan *self)
{
  GError *error = l2tp_strongswan_make_error (self, L2TP_IPSEC_FAILURE_LOST, NULL);

  if (self->adopting) /* this daemon may be another one, after one that was killed */
    l2tp_strongswan_clean_kernel (self);
  l2tp_strongswan_undo (self);
  l2tp_ipsec_lose (&self->parent, L2TP_IPSEC_FAILURE_LOST, error);
}

static void
end_check (L2tpIpsecStrongswan *self)
{
  self->checking = FALSE;
  if (self->state == L2TP_STRONGSWAN_UNDOING)
    l2tp_strongswan_undo (self);
  else if (self->state == L2TP_STRONGSWAN_UP && self->check_again)
    l2tp_strongswan_check (self);
}

static void
on_loaded_again (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!l2tp_strongswan_load_finish (result, &error))
    l2tp_warning (l2tp_ipsec_get_tag (ipsec), "strongSwan has lost the connection: %s",
                  error->message);
  end_check (self);
}

/* What was adopted has no plan until it is needed: the key may have been asked for. */
static gboolean
complete_plan (L2tpIpsecStrongswan *self, GError **error)
{
  gboolean without_key = self->plan.without_key;
  const char *group = l2tp_ipsec_proposals_group_from_name (self->sa.dh_group);

  if (self->plan.name != NULL)
    return TRUE;
  if (group != NULL)
    self->attempt.pfs_group = group;
  if (!l2tp_strongswan_make_plan (self, error))
    return FALSE;
  self->plan.without_key = without_key;
  return TRUE;
}

static void
load_again (L2tpIpsecStrongswan *self)
{
  const char *tag = l2tp_ipsec_get_tag (&self->parent);
  g_autoptr (GError) error = NULL;

  if (!complete_plan (self, &error))
    {
      l2tp_warning (tag, "strongSwan has lost the connection: %s", error->message);
      end_check (self);
      return;
    }
  l2tp_info (tag, "somebody removed the connection from strongSwan; loading it again");
  l2tp_strongswan_load_async (self->link.control, self->link.work, &self->plan, &self->loaded,
                              on_loaded_again, g_object_ref (self));
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (GError) error = NULL;

  if (l2tp_strongswan_verify_finish (result, &error) || error != NULL ||
      self->state != L2TP_STRONGSWAN_UP)
    {
      end_check (self);
      return;
    }
  load_again (self);
}

void
l2tp_strongswan_take_status (L2tpIpsecStrongswan *self)
{
  L2tpIpsecStatus status;

  self->adopting = FALSE;
  l2tp_strongswan_sa_clear (&self->sa);
  self->sa = self->heard;
  self->heard = (L2tpStrongswanSa){ 0 };
  status = self->sa.status;
  status.compatible = self->attempt.compatible;
  self->sa.status = (L2tpIpsecStatus){ 0 };
  l2tp_ipsec_set_status (&self->parent, &status);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (L2tpIpsec) ipsec = user_data;
  L2tpIpsecStrongswan *self = user_data;
  g_autoptr (GBytes) bytes = l2tp_vici_command_finish (L2TP_VICI (source), result, NULL, NULL);

  if (bytes == NULL || self->state != L2TP_STRONGSWAN_UP)
    {
      end_check (self);
      return;
    }
  if (!self->heard.status.is_up)
    {
      self->checking = FALSE;
      lose (self);
      return;
    }
  if (self->adopting)
    l2tp_info (l2tp_ipsec_get_tag (ipsec), "strongSwan's SA is adopted");
  l2tp_strongswan_take_status (self);
  if (self->state == L2TP_STRONGSWAN_UP)
    l2tp_strongswan_verify_async (self->link.control, self->name, &self->loaded, on_verified,
                                  g_object_ref (self));
  else
    end_check (self);
}

void
l2tp_strongswan_ask_for_sa (L2tpIpsecStrongswan *self, GAsyncReadyCallback callback)
{
  l2tp_strongswan_sa_clear (&self->heard);
  l2tp_vici_command_async (self->link.control,
                           l2tp_strongswan_make_simple ("list-sas", "ike", self->name, NULL, NULL),
                           NULL, callback, g_object_ref (self));
}

void
l2tp_strongswan_check (L2tpIpsecStrongswan *self)
{
  self->check_again = self->checking;
  if (self->checking || !l2tp_strongswan_link_is_open (&self->link))
    return;
  self->checking = TRUE;
  l2tp_strongswan_ask_for_sa (self, on_checked);
}

static gboolean
on_verify_timer (gpointer user_data)
{
  l2tp_strongswan_check (user_data);
  return G_SOURCE_CONTINUE;
}

void
l2tp_strongswan_watch (L2tpIpsecStrongswan *self)
{
  self->verify_timer = g_timeout_add_seconds (VERIFY_INTERVAL, on_verify_timer, self);
}

void
l2tp_strongswan_listen (L2tpIpsecStrongswan *self)
{
  g_signal_connect (self->link.control, "event", G_CALLBACK (on_event), self);
  g_signal_connect (self->link.control, "closed", G_CALLBACK (on_link_closed), self);
  g_signal_connect (self->link.work, "event", G_CALLBACK (on_event), self);
  g_signal_connect (self->link.work, "closed", G_CALLBACK (on_link_closed), self);
}
